import { idHex } from '../model/ids.ts';
import { nanosOfWords } from '../model/time.ts';
import type { Segment } from '../store/segment.ts';
import { noSpan, type SpanRef } from '../store/spanRef.ts';
import type { TraceStore } from '../store/traceStore.ts';

/** Header fields of a stored span, by segment and row: strings are made only here. */
export function spanIdOf(segment: Segment, row: number): string {
  return idHex(segment.spanId, 2 * row, 2);
}

export function nameOf(store: TraceStore, segment: Segment, row: number): string {
  return store.names.string(segment.name[row]);
}

export function serviceOf(store: TraceStore, segment: Segment, row: number): string {
  return store.resources.get(segment.resource[row]).serviceName;
}

/** Start, nanoseconds since 1970, as a decimal string. */
export function startOf(segment: Segment, row: number): string {
  return nanosOfWords(segment.startLow[row], segment.startHigh[row]).toString();
}

/** End − start in nanoseconds for answers: 0 if there is no end, or if it lies before the start. */
export function durationOf(segment: Segment, row: number): number {
  const duration = segment.duration[row];
  return Number.isNaN(duration) ? 0 : Math.max(0, duration);
}

/** Whole nanoseconds as a decimal string. */
export function nanoText(nanoseconds: number): string {
  return Math.round(nanoseconds).toFixed(0);
}

/** The span that stands for a trace: the earliest without a parent, else the earliest whose parent is absent. */
export function rootOf(store: TraceStore, traceRow: number): SpanRef {
  const root = store.traces.root[traceRow];
  if (root !== noSpan) return root;
  const refs = store.spansOf(traceRow);
  const present = new Set<string>();
  for (const ref of refs) present.add(spanIdOf(store.segmentOf(ref), store.rowOf(ref)));
  let best: SpanRef = refs[0];
  let bestRank = Number.POSITIVE_INFINITY;
  const origin = store.segmentOf(refs[0]);
  const originRow = store.rowOf(refs[0]);
  for (const ref of refs) {
    const segment = store.segmentOf(ref);
    const row = store.rowOf(ref);
    if (present.has(idHex(segment.parentSpanId, 2 * row, 2))) continue;
    const rank =
      (segment.startHigh[row] - origin.startHigh[originRow]) * 0x1_0000_0000 +
      (segment.startLow[row] - origin.startLow[originRow]);
    if (rank >= bestRank) continue;
    best = ref;
    bestRank = rank;
  }
  return best;
}
