import { writeTraces } from '../decode/otlp/writeProtobuf.ts';
import { exportTraces } from '../query/exportTraces.ts';
import type { TraceStore } from '../store/traceStore.ts';
import type { Ingest } from './ingest.ts';

/**
 * Stores the spans of a trace under the id that became known for it, and forgets the trace under the old one. Links of
 * other traces keep the id that they came with.
 */
export function joinTrace(store: TraceStore, ingest: Ingest, from: string, to: string): void {
  const row = store.traces.rowOf(from);
  if (row < 0) return;
  const { resourceSpans } = exportTraces(store, [from]);
  const isPinned = store.traces.pinned[row] !== 0;
  const joined = resourceSpans.map(group => ({
    ...group,
    scopeSpans: group.scopeSpans.map(scope => ({
      ...scope,
      spans: scope.spans.map(span => ({ ...span, traceId: to })),
    })),
  }));
  ingest.carryTraces(writeTraces({ resourceSpans: joined }));
  const old = store.traces.rowOf(from);
  if (old >= 0) store.drop(old);
  const now = store.traces.rowOf(to);
  if (isPinned && now >= 0) store.pin(now, true);
}

/**
 * Forgets what `joinTrace` had made a copy of: a journal holds the spans under both ids. Such a trace has no upper half,
 * and all its spans are in the one trace with the same lower half.
 */
export function dropJoinedTraces(store: TraceStore): void {
  const { traces } = store;
  const halves = new Map<string, number>();
  for (let row = 0; row < traces.rows; row++)
    if (traces.isLive(row) && !isHalf(store, row)) halves.set(traces.idOf(row).slice(16), row);
  for (let row = 0; row < traces.rows; row++) {
    const whole =
      traces.isLive(row) && isHalf(store, row) ? halves.get(traces.idOf(row).slice(16)) : undefined;
    if (whole !== undefined && holdsAll(store, whole, row)) store.drop(row);
  }
}

function isHalf({ traces }: TraceStore, row: number): boolean {
  return traces.id[4 * row] === 0 && traces.id[4 * row + 1] === 0;
}

function holdsAll(store: TraceStore, whole: number, part: number): boolean {
  const known = new Set(spanIdsOf(store, whole));
  return spanIdsOf(store, part).every(id => known.has(id));
}

function spanIdsOf(store: TraceStore, trace: number): string[] {
  return [...store.spansOf(trace)].map(ref => {
    const { spanId } = store.segmentOf(ref);
    const at = 2 * store.rowOf(ref);
    return `${spanId[at]} ${spanId[at + 1]}`;
  });
}
