import { nanosBetween } from '../model/time.ts';
import type { TraceStore } from '../store/traceStore.ts';

/** Few traces are enough for most answers: the rest is only put in order if it comes to that. */
const firstPart = 32;
const growth = 16;

/**
 * Rows of the stored traces, of all or of those given, those that started last first. Between two steps the store may change: a trace
 * that is dropped meanwhile does not come, nor does one that takes over its row.
 */
export function* newestTraces(store: TraceStore, among?: Uint32Array): Generator<number> {
  const { traces } = store;
  const seen = new Set<number>();
  let isBelow = (_row: number): boolean => true;
  for (
    let size = firstPart;
    seen.size < (among?.length ?? traces.rows);
    size = Math.min(size * growth, traces.rows)
  ) {
    const rows = traces.newest(size, row => isBelow(row) && !seen.has(row), among);
    if (rows.length === 0) return;
    const ids = rows.map(row => traces.id.slice(4 * row, 4 * row + 4));
    const last = rows[rows.length - 1];
    const { [last]: low } = traces.startLow;
    const { [last]: high } = traces.startHigh;
    isBelow = row => nanosBetween(low, high, traces.startLow[row], traces.startHigh[row]) <= 0;
    for (const [i, row] of rows.entries()) {
      seen.add(row);
      if (traces.isLive(row) && ids[i].every((word, at) => word === traces.id[4 * row + at])) yield row;
    }
  }
}
