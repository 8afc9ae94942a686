import { writeFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { ExportFormat } from '../../engine/exportFormats.ts';
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
      filters: { [l10n.t('Traces')]: ['json', 'jsonl', 'ndjson', 'pb', 'gz'], [l10n.t('All files')]: ['*'] },
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

/** How files are called that hold them; the first is offered first. */
const formats: readonly { readonly format: ExportFormat; readonly label: string; readonly ending: string }[] =
  [
    { format: 'otlp-json', label: 'OTLP JSON', ending: 'otlp.json' },
    { format: 'otlp-jsonl', label: 'OTLP JSON lines', ending: 'otlp.jsonl' },
    { format: 'jaeger', label: 'Jaeger JSON', ending: 'jaeger.json' },
    { format: 'zipkin', label: 'Zipkin JSON', ending: 'zipkin.json' },
  ];

/** Writes traces to a file, those given or all, in the format that the user picks. */
export async function exportTraces(
  link: Pick<EngineLink, 'request'>,
  traceIds?: readonly string[],
): Promise<void> {
  const title = traceIds?.length === 1 ? l10n.t('Export Trace') : l10n.t('Export Traces');
  const picked = await vscode.window.showQuickPick(
    formats.map(each => ({ ...each, description: `*.${each.ending}`, detail: noteOf(each.format) })),
    { title, placeHolder: l10n.t('In which format?') },
  );
  if (picked === undefined) return;
  const name = traceIds?.length === 1 ? `trace-${traceIds[0].slice(0, 8)}` : 'traces';
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const file = await vscode.window.showSaveDialog({
    title,
    defaultUri: folder && vscode.Uri.joinPath(folder, `${name}.${picked.ending}`),
    filters: { [picked.label]: [picked.ending.slice(picked.ending.lastIndexOf('.') + 1)] },
  });
  if (file === undefined) return;
  if (file.scheme !== 'file')
    throw new Error(l10n.t('Traces can be exported to files of this machine only.'));
  const progress = { location: vscode.ProgressLocation.Window, title: l10n.t('Exporting traces') };
  await vscode.window.withProgress(progress, async () => {
    const [{ exportTraces: allParts }, { exportedText }] = await Promise.all([
      import('../../engine/exportTraces.ts'),
      import('../../engine/exportFormats.ts'),
    ]);
    const parts = traceIds === undefined ? allParts(link) : partsOf(link, traceIds);
    // A store may be larger than the longest string.
    await writeFile(file.fsPath, exportedText(picked.format, parts));
  });
}

function noteOf(format: ExportFormat): string | undefined {
  if (format === 'jaeger') return l10n.t('Times in microseconds');
  if (format === 'zipkin') return l10n.t('Times in microseconds, attributes as text');
  return undefined;
}

async function* partsOf(
  link: Pick<EngineLink, 'request'>,
  traceIds: readonly string[],
): AsyncGenerator<TracesData> {
  for (const traceId of traceIds) {
    // Also one that was fetched from a backend.
    const trace = await link.request('trace/get', { traceId });
    if (trace !== null) yield trace;
  }
}
