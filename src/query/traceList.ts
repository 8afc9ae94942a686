import { type Nanos, nanosOfWords } from '../model/time.ts';
import type { TraceFilter, TraceGroup, TraceSummary } from '../protocol/control.ts';
import type { TraceStore } from '../store/traceStore.ts';
import type { TraceTable } from '../store/traceTable.ts';
import { Histogram } from './histogram.ts';
import { RootOperations } from './rootOperations.ts';
import { nanoText } from './spanFields.ts';
import { TraceSelection } from './traceSelection.ts';
import type { TraceSummaries } from './traceSummary.ts';

/** Traces that are looked at before there may be a pause: a fraction of a millisecond. */
const stepRows = 1024;

/**
 * The newest traces that the filter accepts, at most `limit`, and how many it accepts in all, as it is in the end. Yields where there is
 * a good place for a pause.
 */
export function* listTraces(
  store: TraceStore,
  summaries: TraceSummaries,
  filter: TraceFilter,
  limit: number,
): Generator<void, { total: number; traces: TraceSummary[] }> {
  const { traces } = store;
  const selection = new TraceSelection(store, summaries, filter);
  const { generation } = store;
  yield* selection.prepare();
  const passed = new Uint8Array(traces.rows);
  for (let from = 0; from < passed.length; from += stepRows) {
    const to = Math.min(passed.length, traces.rows, from + stepRows);
    for (let row = from; row < to; row++) if (traces.isLive(row) && selection.accepts(row)) passed[row] = 1;
    yield;
  }
  // In one turn from here on: what has changed since it began is looked at again.
  const passes = (row: number): boolean =>
    traces.lastUpdateGeneration[row] <= generation ? passed[row] === 1 : selection.accepts(row);
  let total = 0;
  for (let row = 0; row < traces.rows; row++) if (traces.spanCount[row] > 0 && passes(row)) total++;
  return { total, traces: traces.newest(limit, passes).map(row => summaries.summary(row)) };
}

/** Traces by their root operation, the group with the newest trace first. Yields where there is a good place for a pause. */
export function* groupTraces(
  store: TraceStore,
  summaries: TraceSummaries,
  filter: TraceFilter,
  limit: number,
): Generator<void, { total: number; groups: TraceGroup[] }> {
  const { traces } = store;
  const selection = new TraceSelection(store, summaries, filter);
  const operations = new RootOperations(store, summaries);
  const groups: Group[] = [];
  yield* selection.prepare();
  for (let from = 0; from < traces.rows; from += stepRows) {
    const to = Math.min(traces.rows, from + stepRows);
    for (let row = from; row < to; row++)
      if (traces.spanCount[row] > 0 && selection.accepts(row))
        (groups[operations.idOf(row)] ??= new Group()).add(traces, row);
    yield;
  }
  const newestFirst = [...groups.entries()].sort(([, a], [, b]) => Number(b.latest - a.latest));
  const listed: TraceGroup[] = [];
  for (const [id, { durations, errors, latest }] of newestFirst.slice(0, limit)) {
    listed.push({
      rootServiceName: operations.roots[id].rootServiceName,
      rootSpanName: operations.roots[id].rootSpanName,
      traceCount: durations.count,
      errorTraceCount: errors,
      p50Nano: nanoText(durations.quantile(0.5)),
      p95Nano: nanoText(durations.quantile(0.95)),
      latestUnixNano: latest.toString(),
    });
    yield;
  }
  return { total: newestFirst.length, groups: listed };
}

class Group {
  readonly durations = new Histogram();
  errors = 0;
  #latestLow = 0;
  #latestHigh = 0;

  /** The start of the trace that began last. */
  get latest(): Nanos {
    return nanosOfWords(this.#latestLow, this.#latestHigh);
  }

  add(traces: TraceTable, row: number): void {
    this.durations.add(traces.durationOf(row));
    if (traces.errorCount[row] > 0) this.errors++;
    const low = traces.startLow[row];
    const high = traces.startHigh[row];
    if (high < this.#latestHigh || (high === this.#latestHigh && low <= this.#latestLow)) return;
    this.#latestLow = low;
    this.#latestHigh = high;
  }
}
