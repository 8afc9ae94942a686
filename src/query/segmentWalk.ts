import type { Segment } from '../store/segment.ts';
import type { TraceStore } from '../store/traceStore.ts';

// Answers may take seconds, with pauses in which segments are evicted. These walks hold none but the segment in hand: a list of all
// would keep the memory of those that are gone.

/** The segments that are stored, the newest first, but for those that come while it goes on. */
export function* newestSegments(store: TraceStore): Generator<Segment, void> {
  let segment = store.segments().at(-1);
  while (segment !== undefined) {
    yield segment;
    const order = store.segments();
    const at = order.indexOf(segment);
    // Once it is gone, all that are older are.
    segment = at > 0 ? order[at - 1] : undefined;
  }
}

/** The segments that are stored, the oldest first, each with the rows that it has when this begins. */
export function* oldestSegments(store: TraceStore): Generator<{ segment: Segment; rows: number }, void> {
  const last = store.segments().at(-1);
  if (last === undefined) return;
  // Only the last one grows.
  const rowsOfLast = last.count;
  for (let segment: Segment | undefined = store.segments()[0]; segment !== undefined; ) {
    yield { segment, rows: segment === last ? rowsOfLast : segment.count };
    const order = store.segments();
    if (segment === last || !order.includes(last)) return;
    // The oldest that is left, if it is gone itself.
    segment = order[order.indexOf(segment) + 1];
  }
}
