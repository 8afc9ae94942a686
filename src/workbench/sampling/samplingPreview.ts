import * as vscode from 'vscode';
import { ControlError } from '../../engine/controlClient.ts';
import type { SamplingPreview } from '../../protocol/control.ts';
import type { EngineLink } from '../link/engineLink.ts';
import type { ReceiverControl } from '../link/receiverControl.ts';
import type { TracePanels } from '../panel/tracePanels.ts';
import type { LanguageService } from '../source/languageService.ts';
import { countText, durationText, labelText } from '../text.ts';

const { l10n } = vscode;

/** Of the lost traces with errors, as many are listed. */
const mostListed = 200;

export interface SamplingCommandParts {
  readonly link: EngineLink;
  readonly control: ReceiverControl;
  readonly language: LanguageService;
  readonly panels: TracePanels;
}

/** Shows what the configuration in a file, or in one that is picked, would do with the stored traces; a lost one can be opened. */
export async function previewSampling(parts: SamplingCommandParts, file?: vscode.Uri): Promise<void> {
  const { link, control, language, panels } = parts;
  const uri = file ?? (await pickFile());
  if (uri === undefined) return;
  await control.require();
  const location = vscode.ProgressLocation.Window;
  const preview = await vscode.window.withProgress(
    { location, title: l10n.t('Previewing the sampling') },
    async () => {
      const text = (await vscode.workspace.openTextDocument(uri)).getText();
      const config = await language.readYaml(text);
      const ask = (pipeline?: string) =>
        link.request('sampling/preview', { config, ...(pipeline !== undefined && { pipeline }) });
      return ask().catch(async error => {
        const pipelines = pipelinesOf(error);
        if (pipelines === undefined) throw error;
        const title = l10n.t('Pipeline to Preview');
        const pipeline = await vscode.window.showQuickPick(pipelines, { title });
        return pipeline === undefined ? undefined : ask(pipeline);
      });
    },
  );
  if (preview === undefined) return;
  const traceId = await pickLost(link, vscode.workspace.asRelativePath(uri), preview);
  if (traceId !== undefined) await panels.open(traceId);
}

/** Several pipelines sample, and one is to be chosen. */
function pipelinesOf(error: unknown): string[] | undefined {
  const data = error instanceof ControlError ? error.data : undefined;
  return (data as { pipelines?: string[] } | undefined)?.pipelines;
}

/** The file in front if it looks like one, else one that is picked. */
async function pickFile(): Promise<vscode.Uri | undefined> {
  const active = vscode.window.activeTextEditor?.document;
  if (active !== undefined && /sampl|_strateg|policies/.test(active.getText())) {
    if (active.languageId === 'yaml' || active.languageId === 'json') return active.uri;
  }
  const files = await vscode.window.showOpenDialog({
    title: l10n.t('Preview a Sampling Configuration'),
    filters: { [l10n.t('Configurations')]: ['yaml', 'yml', 'json'], [l10n.t('All files')]: ['*'] },
  });
  return files?.[0];
}

/** Shows the report as a list: what is kept and why, and the lost traces with errors, which can be opened. */
async function pickLost(
  link: EngineLink,
  path: string,
  preview: SamplingPreview,
): Promise<string | undefined> {
  const { kept, dropped, byPolicy, withErrors, droppedWithErrors } = preview;
  const separator = (label: string) => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const lost = await Promise.all(
    droppedWithErrors.slice(0, mostListed).map(traceId => link.request('trace/summary', { traceId })),
  );
  const items: (vscode.QuickPickItem & { traceId?: string })[] = [
    {
      label: l10n.t('$(filter) {0} of {1} traces kept', countText(kept), countText(kept + dropped)),
      description: l10n.t(
        '{0} of {1} with errors dropped',
        countText(droppedWithErrors.length),
        countText(withErrors),
      ),
    },
    separator(l10n.t('Kept, by policy')),
    ...byPolicy.map(policy => ({
      label: `$(symbol-event) ${labelText(policy.name).replaceAll('$(', '$ (')}`,
      description: countText(policy.kept),
    })),
    ...(droppedWithErrors.length === 0 ? [] : [separator(l10n.t('Dropped, with errors'))]),
    ...lost.flatMap(trace =>
      trace === null
        ? []
        : [
            {
              label: `$(error) ${labelText(trace.rootSpanName).replaceAll('$(', '$ (')}`,
              description: `${labelText(trace.rootServiceName)} · ${durationText(trace.durationNano)}`,
              detail: trace.traceId,
              traceId: trace.traceId,
            },
          ],
    ),
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title: l10n.t('{0}: {1} kept, {2} dropped', path, countText(kept), countText(dropped)),
    placeHolder: l10n.t('Choose a dropped trace to open it'),
    matchOnDescription: true,
  });
  return picked?.traceId;
}
