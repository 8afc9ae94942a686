import { findingsOf, findingsOfTrace, plainFinding } from '../insight/findings/findings.ts';
import { formatDuration } from '../model/time.ts';
import type { Finding, LocatableFinding, TraceAnalysis } from '../protocol/control.ts';
import { analyzeTrace } from '../query/analyzeTrace.ts';
import { newestTraces } from '../query/newestTraces.ts';
import { command } from './command.ts';
import { exitCodeOf, failOn, findingLines, severityOf } from './findings.ts';
import { print, printJson } from './output.ts';
import { settingsOf } from './projectSettings.ts';
import { alignColumns, counted, printable } from './table.ts';
import { evidenceOf, readTraceFiles } from './traceFiles.ts';

/** Of the operations of a trace, those that took the most time. */
const mostOperations = 10;

export const analyze = command({
  usage: 'analyze [options] <file…>',
  summary: 'Tell what saved traces tell: critical path, self times, statistics, findings. Needs no engine.',
  operands: { least: 1, most: Number.POSITIVE_INFINITY },
  options: { 'fail-on': failOn },
  async run({ options, operands }) {
    const least = severityOf(options['fail-on']);
    const store = await readTraceFiles(operands);
    const findings = findingsOf(await evidenceOf(store, (await settingsOf('.')).sensitive));
    const traces: TraceAnalysis[] = [];
    for (const row of newestTraces(store)) {
      const traceId = store.traces.idOf(row);
      const analysis = analyzeTrace(store, traceId, findingsOfTrace(findings, traceId).map(plainFinding));
      if (analysis !== undefined) traces.push(analysis);
    }
    if (options.json) await printJson({ traces });
    else await print(analysesText(traces, findings));
    return exitCodeOf(findings, least);
  },
});

/** What several traces show is read once, not under each of them. */
function analysesText(traces: readonly TraceAnalysis[], findings: readonly LocatableFinding[]): string {
  const common = findings.filter(({ traceIds }) => traceIds.length > 1);
  const single = findings.filter(each => !common.includes(each));
  const texts = traces.map(trace => analysisText(trace, findingsOfTrace(single, trace.traceId)));
  if (common.length > 0) texts.push(['All traces', ...indented(common), '', ''].join('\n'));
  return texts.join('');
}

function analysisText(
  { traceId, spanCount, durationNano, statistics }: TraceAnalysis,
  findings: readonly Finding[],
): string {
  const rows = statistics
    .slice(0, mostOperations)
    .map(({ serviceName, name, count, totalNano, selfNano, errors }) => [
      `  ${printable(serviceName)}`,
      printable(name),
      `${count}`,
      errors === 0 ? '' : `${errors}`,
      formatDuration(Number(totalNano)),
      formatDuration(Number(selfNano)),
    ]);
  return [
    `${traceId}  ${counted(spanCount, 'span')}, ${formatDuration(Number(durationNano))}`,
    alignColumns([['  service', 'operation', 'spans', 'errors', 'total', 'self'], ...rows], [2, 3, 4, 5]),
    ...indented(findings),
    '',
    '',
  ].join('\n');
}

function indented(findings: readonly Finding[]): string[] {
  return findingLines(findings).map(line => `  ${line}`);
}
