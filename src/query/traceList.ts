import { nanosOfWords } from '../model/time.ts';
import type { TraceFilter, TraceGroup, TraceSummary } from '../protocol/control.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { Histogram } from './histogram.ts';
import { RootOperations } from './rootOperations.ts';
import { nanoText } from './spanFields.ts';
import { selectTraces } from './traceSelection.ts';
import type { TraceSummaries } from './traceSummary.ts';

/** The newest traces that the filter accepts, at most `limit`, and how many it accepts in all. */
export function listTraces(
  store: TraceStore,
  summaries: TraceSummaries,
  filter: TraceFilter,
  limit: number,
): { total: number; traces: TraceSummary[] } {
  const accepted = selectTraces(store, summaries, filter);
  let total = 0;
  const { traces } = store;
  const passes = new Uint8Array(traces.rows);
  for (let row = 0; row < traces.rows; row++) {
    if (traces.spanCount[row] === 0 || !accepted(row)) continue;
    passes[row] = 1;
    total++;
  }
  const rows = traces.newest(limit, row => passes[row] !== 0);
  return { total, traces: rows.map(row => summaries.summary(row)) };
}

/** Traces by their root operation, the group with the newest trace first. */
export function groupTraces(
  store: TraceStore,
  summaries: TraceSummaries,
  filter: TraceFilter,
  limit: number,
): { total: number; groups: TraceGroup[] } {
  const { traces } = store;
  const accepted = selectTraces(store, summaries, filter);
  const operations = new RootOperations(store, summaries);
  const groups: Group[] = [];
  for (let row = 0; row < traces.rows; row++) {
    if (traces.spanCount[row] === 0 || !accepted(row)) continue;
    const id = operations.idOf(row);
    const group = (groups[id] ??= { durations: new Histogram(), errors: 0, latestRow: row });
    group.durations.add(traces.durationOf(row));
    if (traces.errorCount[row] > 0) group.errors++;
    if (startsLater(store, row, group.latestRow)) group.latestRow = row;
  }
  const newestFirst = [...groups.entries()].sort(([, a], [, b]) =>
    startsLater(store, a.latestRow, b.latestRow) ? -1 : startsLater(store, b.latestRow, a.latestRow) ? 1 : 0,
  );
  return {
    total: newestFirst.length,
    groups: newestFirst.slice(0, limit).map(([id, { durations, errors, latestRow }]) => ({
      rootServiceName: operations.roots[id].rootServiceName,
      rootSpanName: operations.roots[id].rootSpanName,
      traceCount: durations.count,
      errorTraceCount: errors,
      p50Nano: nanoText(durations.quantile(0.5)),
      p95Nano: nanoText(durations.quantile(0.95)),
      latestUnixNano: nanosOfWords(traces.startLow[latestRow], traces.startHigh[latestRow]).toString(),
    })),
  };
}

interface Group {
  readonly durations: Histogram;
  errors: number;
  latestRow: number;
}

function startsLater({ traces }: TraceStore, a: number, b: number): boolean {
  const { startHigh, startLow } = traces;
  return startHigh[a] > startHigh[b] || (startHigh[a] === startHigh[b] && startLow[a] > startLow[b]);
}
