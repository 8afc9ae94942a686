import type { Segment } from '../../../store/segment.ts';
import type { TraceStore } from '../../../store/traceStore.ts';
import type { SpanFilter } from './spanFilter.ts';

/**
 * Goes over all segments and notes for every trace which filters some span of it matches: a bit each, for the first 31. Yields
 * where there is a good place for a pause; then the store may change. Returns the bits by trace row.
 */
export function* markTraces(store: TraceStore, filters: readonly SpanFilter[]): Generator<void, Uint32Array> {
  let matched = new Uint32Array(store.traces.rows);
  const seen = new WeakMap<Segment, number>();
  // Spans that are kept from an eviction move to the newest segment: it comes last, and again when it has grown.
  for (let segment = unseen(store, seen); segment !== undefined; segment = unseen(store, seen)) {
    const from = seen.get(segment) ?? 0;
    const to = segment.count;
    let gone = false;
    for (const [bit, filter] of filters.slice(0, 31).entries()) {
      for (const _ of filter.prepare(segment)) {
        yield;
        gone = !store.segments().includes(segment);
        if (gone) break;
      }
      if (gone) break;
      const marks = filter.marksOf(segment);
      if (marks.length === 0) continue;
      const { trace } = segment;
      if (matched.length < store.traces.rows) matched = wider(matched, store.traces.rows);
      for (let row = nextMarked(marks, from, to); row < to; row = nextMarked(marks, row + 1, to))
        if (segment.isLive(row)) matched[trace[row]] |= 1 << bit;
    }
    seen.set(segment, to);
    yield;
  }
  return matched;
}

/** After so many rows without a mark, the next one is searched for natively. */
const rowsWithout = 16;

/** The first row from `row` on that is marked; `to` if there is none. */
function nextMarked(marks: Uint8Array, row: number, to: number): number {
  const near = Math.min(to, row + rowsWithout);
  for (let at = row; at < near; at++) if (marks[at] !== 0) return at;
  if (near === to) return to;
  const found = marks.indexOf(1, near);
  return found < 0 || found > to ? to : found;
}

function unseen(store: TraceStore, seen: WeakMap<Segment, number>): Segment | undefined {
  return store.segments().find(segment => (seen.get(segment) ?? -1) < segment.count);
}

function wider(old: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(length);
  words.set(old);
  return words;
}
