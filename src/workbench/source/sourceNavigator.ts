import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/events.ts';
import type { SourceCandidate } from '../../model/source.ts';
import type { EngineLink } from '../link/engineLink.ts';
import { labelText } from '../text.ts';
import type { LanguageService } from './languageService.ts';
import { spanToLocate } from './spanToLocate.ts';

const { l10n } = vscode;

/** A candidate below this is offered and never opened by itself. */
const sureConfidence = 0.85;
const highlightMs = 1500;

/** From a span to its line. */
export class SourceNavigator implements Disposable {
  readonly #link: Pick<EngineLink, 'request'>;
  readonly #language: LanguageService;
  readonly #owned = new DisposableStore();
  readonly #highlight: vscode.TextEditorDecorationType;

  constructor(link: Pick<EngineLink, 'request'>, language: LanguageService) {
    this.#link = link;
    this.#language = language;
    this.#highlight = vscode.window.createTextEditorDecorationType({
      isWholeLine: true,
      backgroundColor: new vscode.ThemeColor('editor.rangeHighlightBackground'),
      borderColor: new vscode.ThemeColor('editor.rangeHighlightBorder'),
    });
    this.#owned.add(this.#highlight);
  }

  /** The places that a span may come from, best first; empty if the span is gone. */
  async candidates(traceId: string, spanId: string, signal?: AbortSignal): Promise<SourceCandidate[]> {
    const details = await this.#link.request('span/details', { traceId, spanId }, signal);
    return details === null ? [] : this.#language.locate(spanToLocate(details), signal);
  }

  /** Opens the line of a span: at once if there is one sure candidate, else the one that the user picks. */
  async openSpan(traceId: string, spanId: string, beside: boolean): Promise<boolean> {
    const candidates = await this.candidates(traceId, spanId);
    if (candidates.length === 0) {
      void vscode.window.setStatusBarMessage(l10n.t('No source line was found for this span.'), 5000);
      return false;
    }
    const [best, ...others] = candidates;
    const isSure =
      best.confidence >= sureConfidence && !others.some(each => each.confidence >= sureConfidence);
    const chosen = isSure ? best : await pickCandidate(candidates);
    return chosen !== undefined && this.openCandidate(chosen, beside);
  }

  /** Opens a candidate; one outside the workspace after asking. */
  async openCandidate({ uri, line, column = 1 }: SourceCandidate, beside: boolean): Promise<boolean> {
    const file = vscode.Uri.parse(uri, true);
    if (!(await mayOpen(file))) return false;
    const position = new vscode.Position(line - 1, column - 1);
    const editor = await vscode.window.showTextDocument(file, {
      selection: new vscode.Range(position, position),
      viewColumn: beside ? vscode.ViewColumn.Beside : undefined,
    });
    editor.revealRange(editor.selection, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    editor.setDecorations(this.#highlight, [
      new vscode.Range(editor.selection.active, editor.selection.active),
    ]);
    setTimeout(() => editor.setDecorations(this.#highlight, []), highlightMs);
    return true;
  }

  dispose(): void {
    this.#owned.dispose();
  }
}

async function pickCandidate(candidates: readonly SourceCandidate[]): Promise<SourceCandidate | undefined> {
  const items = candidates.map(candidate => ({
    label: `${labelText(candidate.path)}:${candidate.line}`,
    description: l10n.t('{0} % · {1}', Math.round(candidate.confidence * 100), labelText(candidate.strategy)),
    detail: labelText(candidate.preview) || undefined,
    candidate,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title: l10n.t('Go to Source'),
    placeHolder: l10n.t('Which line made this span?'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return picked?.candidate;
}

/** What a span names is received text: a path outside the workspace is opened only after the user has seen it. */
async function mayOpen(file: vscode.Uri): Promise<boolean> {
  if (vscode.workspace.getWorkspaceFolder(file) !== undefined) return true;
  if (file.scheme !== 'file') return false;
  const open = l10n.t('Open');
  const answer = await vscode.window.showWarningMessage(
    l10n.t('Open a file outside the workspace?'),
    { modal: true, detail: file.fsPath },
    open,
  );
  return answer === open;
}
