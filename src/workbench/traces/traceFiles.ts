import { writeFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { TracesData } from '../../model/span.ts';
import type { EngineLink } from '../link/engineLink.ts';
import { countText } from '../text.ts';

const { l10n } = vscode;

/** Larger files would not fit into one message to the engine. */
const largestFile = 500_000_000;

/** Reads trace files into the store: those given, or those that the user picks. */
export async function importTraces(link: EngineLink, given?: readonly vscode.Uri[]): Promise<void> {
  const files =
    given ??
    (await vscode.window.showOpenDialog({
      title: l10n.t('Import Traces'),
      canSelectMany: true,
      filters: { [l10n.t('Traces')]: ['json', 'jsonl', 'ndjson', 'gz'], [l10n.t('All files')]: ['*'] },
    }));
  if (files === undefined) return;
  const location = vscode.ProgressLocation.Window;
  let spans = 0;
  let traces = 0;
  await vscode.window.withProgress({ location, title: l10n.t('Importing traces') }, async () => {
    for (const file of files) {
      const { size } = await vscode.workspace.fs.stat(file);
      if (size > largestFile)
        throw new Error(l10n.t('{0} is larger than {1} MB.', file.path, largestFile / 1_000_000));
      const data = await vscode.workspace.fs.readFile(file);
      const result = await link.request('traces/import', { path: file.path, data });
      spans += result.spans;
      traces += result.traces;
    }
  });
  void vscode.window.setStatusBarMessage(
    l10n.t('{0} spans in {1} traces imported', countText(spans), countText(traces)),
    5000,
  );
}

/** Writes all traces to a file: OTLP/JSON, or OTLP/JSON lines for the ending `.jsonl`. */
export async function exportTraces(link: EngineLink): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const file = await vscode.window.showSaveDialog({
    title: l10n.t('Export Traces'),
    defaultUri: folder && vscode.Uri.joinPath(folder, 'traces.otlp.json'),
    filters: { 'OTLP JSON': ['json'], 'OTLP JSON lines': ['jsonl'] },
  });
  if (file === undefined) return;
  if (file.scheme !== 'file')
    throw new Error(l10n.t('Traces can be exported to files of this machine only.'));
  const progress = { location: vscode.ProgressLocation.Window, title: l10n.t('Exporting traces') };
  const format = file.path.endsWith('.jsonl') ? jsonLines : oneJson;
  await vscode.window.withProgress(progress, async () => {
    const { exportTraces: parts } = await import('../../engine/exportTraces.ts');
    // A store may be larger than the longest string.
    await writeFile(file.fsPath, format(parts(link)));
  });
}

/** A line for each resource, as the collector's file exporter writes them. */
async function* jsonLines(parts: AsyncIterable<TracesData>): AsyncGenerator<string> {
  for await (const { resourceSpans } of parts)
    for (const each of resourceSpans) yield `${JSON.stringify({ resourceSpans: [each] })}\n`;
}

async function* oneJson(parts: AsyncIterable<TracesData>): AsyncGenerator<string> {
  let separator = '{"resourceSpans":[\n';
  for await (const { resourceSpans } of parts)
    for (const each of resourceSpans) {
      yield `${separator}${JSON.stringify(each)}`;
      separator = ',\n';
    }
  yield separator.startsWith(',') ? '\n]}\n' : '{"resourceSpans":[]}\n';
}
