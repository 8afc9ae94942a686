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
  const seen = new Uint8Array(traces.rows);
  let left = among?.length ?? traces.rows;
  let isBelow = (_row: number): boolean => true;
  for (let size = firstPart; left > 0; size = Math.min(size * growth, traces.rows)) {
    // A row beyond those that there were belongs to a trace that came meanwhile.
    const rows = traces.newest(size, row => seen[row] === 0 && isBelow(row), among);
    if (rows.length === 0) return;
    left -= rows.length;
    const ids = traces.idsOf(rows);
    const last = rows[rows.length - 1];
    const { [last]: low } = traces.startLow;
    const { [last]: high } = traces.startHigh;
    isBelow = row => nanosBetween(low, high, traces.startLow[row], traces.startHigh[row]) <= 0;
    for (let i = 0; i < rows.length; i++) {
      seen[rows[i]] = 1;
      if (traces.isTrace(rows[i], ids, 4 * i)) yield rows[i];
    }
  }
}
