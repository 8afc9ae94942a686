import * as vscode from 'vscode';
import { isSpanId, isTraceId } from '../../model/ids.ts';
import { fixAllKind } from '../../protocol/lint.ts';
import type { CommandHandlers } from '../commands.ts';
import { commands } from '../names.ts';
import type { LanguageService } from '../source/languageService.ts';

const { l10n } = vscode;

/**
 * @param pages folder of the rules' pages, `SPL301.md`
 * @param openTrace opens a span in the trace panel
 * @param language knows what was found
 */
export function lintCommands(
  pages: vscode.Uri,
  openTrace: (traceId: string, spanId: string) => Promise<void>,
  language: Pick<LanguageService, 'collectorRedaction'>,
): CommandHandlers<
  | typeof commands.explainRule
  | typeof commands.fixAll
  | typeof commands.showEvidence
  | typeof commands.configureLint
  | typeof commands.copyRedaction
> {
  return {
    [commands.explainRule]: async id => {
      const page = typeof id === 'string' && /^SPL\d{3}$/.test(id) ? id : await pickRule(pages);
      if (page === undefined) return;
      await vscode.commands.executeCommand('markdown.showPreview', vscode.Uri.joinPath(pages, `${page}.md`));
    },
    [commands.fixAll]: async () => {
      if (vscode.window.activeTextEditor === undefined)
        throw new Error(l10n.t('Open the file to fix first.'));
      await vscode.commands.executeCommand('editor.action.sourceAction', {
        kind: fixAllKind,
        apply: 'first',
      });
    },
    [commands.showEvidence]: async span => {
      const { traceId, spanId } = (span ?? {}) as { traceId?: unknown; spanId?: unknown };
      if (
        typeof traceId !== 'string' ||
        !isTraceId(traceId) ||
        typeof spanId !== 'string' ||
        !isSpanId(spanId)
      )
        throw new Error(l10n.t('This command is run from a finding that traces confirm.'));
      await openTrace(traceId, spanId);
    },
    [commands.configureLint]: configure,
    [commands.copyRedaction]: () => copyRedaction(language),
  };
}

/** A rule by its page: the first heading is its id and name, the third paragraph what it does. */
async function pickRule(pages: vscode.Uri): Promise<string | undefined> {
  const names = (await vscode.workspace.fs.readDirectory(pages)).map(([name]) => name);
  const items = await Promise.all(
    names
      .filter(name => /^SPL\d{3}\.md$/.test(name))
      .sort()
      .map(async name => {
        const text = new TextDecoder().decode(
          await vscode.workspace.fs.readFile(vscode.Uri.joinPath(pages, name)),
        );
        const [, label = name, detail = ''] = /^# (.*)\n[\s\S]*?\n## What it does\n\n(.*)/.exec(text) ?? [];
        return { label, detail, id: name.slice(0, -3) };
      }),
  );
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: l10n.t('Which rule?'),
    matchOnDetail: true,
  });
  return picked?.id;
}

/** Puts a processor for the collector on the clipboard that masks what was found. */
async function copyRedaction(language: Pick<LanguageService, 'collectorRedaction'>): Promise<void> {
  const location = vscode.ProgressLocation.Window;
  const title = l10n.t('Looking for sensitive data');
  const { text, patterns } = await vscode.window.withProgress({ location, title }, () =>
    language.collectorRedaction(),
  );
  if (text === undefined) {
    void vscode.window.showInformationMessage(
      l10n.t('Nothing sensitive was found: there is nothing to mask.'),
    );
    return;
  }
  await vscode.env.clipboard.writeText(text);
  void vscode.window.showInformationMessage(
    l10n.t('Copied a redaction processor with {0} patterns for the configuration of a collector.', patterns),
  );
}

/** Opens the folder's `spanline.json`, and makes one if there is none. */
async function configure(): Promise<void> {
  const active = vscode.window.activeTextEditor?.document.uri;
  const folder =
    (active === undefined ? undefined : vscode.workspace.getWorkspaceFolder(active)) ??
    vscode.workspace.workspaceFolders?.[0];
  if (folder === undefined) throw new Error(l10n.t('Open a folder first: spanline.json lies in it.'));
  const file = vscode.Uri.joinPath(folder.uri, 'spanline.json');
  try {
    await vscode.workspace.fs.stat(file);
  } catch {
    const text = `${JSON.stringify({ profile: 'default', rules: {}, ignore: [] }, undefined, 2)}\n`;
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(text));
  }
  await vscode.window.showTextDocument(file);
}
