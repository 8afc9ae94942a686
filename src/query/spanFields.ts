import { idHex } from '../model/ids.ts';
import { nanosBetween, nanosOfWords } from '../model/time.ts';
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
  const { root, head } = store.traces;
  if (root[traceRow] !== noSpan) return root[traceRow];
  let earliest = noSpan;
  for (const ref of store.spansOf(traceRow)) {
    const { parentSpanId } = store.segmentOf(ref);
    const row = store.rowOf(ref);
    const parent = store.findSpan(traceRow, parentSpanId[2 * row], parentSpanId[2 * row + 1]);
    if (parent === noSpan && (earliest === noSpan || startsBefore(store, ref, earliest))) earliest = ref;
  }
  // Where each is an ancestor of another, one is as good as any.
  return earliest === noSpan ? head[traceRow] : earliest;
}

function startsBefore(store: TraceStore, a: SpanRef, b: SpanRef): boolean {
  const own = store.segmentOf(a);
  const other = store.segmentOf(b);
  const row = store.rowOf(a);
  const otherRow = store.rowOf(b);
  return (
    nanosBetween(own.startLow[row], own.startHigh[row], other.startLow[otherRow], other.startHigh[otherRow]) >
    0
  );
}
