import { kindOf } from '../spanRef.ts';
import type { TraceStore } from '../traceStore.ts';
import { treeFlags } from './treeFlags.ts';

/** The side that is called, by the kind of the side that calls. */
const otherSide: { readonly [kind: number]: number | undefined } = { 3: 2, 4: 5 };

/**
 * Zipkin's clients, and old ones of Jaeger, give both sides of a call one span id. The side that is called becomes the child of
 * the one that calls, and has the children that its own process made.
 *
 * @param sameId pairs of spans with one id: `[first, later, first, later, …]`
 * @param parent as found by ids alone, where all children belong to the first; changed here
 */
export function joinSharedSpans(
  store: TraceStore,
  refs: Uint32Array,
  sameId: readonly number[],
  parent: Int32Array,
  flags: Uint8Array,
): void {
  const columnAt = (column: 'kindStatus' | 'resource', i: number): number =>
    store.segmentOf(refs[i])[column][store.rowOf(refs[i])];
  /** First → the side that is called and the one that calls. */
  const pairs = new Map<number, { readonly called: number; readonly calling: number }>();
  for (let at = 0; at < sameId.length; at += 2) {
    const first = sameId[at];
    const later = sameId[at + 1];
    const [kind, laterKind] = [first, later].map(i => kindOf(columnAt('kindStatus', i)));
    if (pairs.has(first)) continue;
    if (otherSide[kind] === laterKind) pairs.set(first, { called: later, calling: first });
    else if (otherSide[laterKind] === kind) pairs.set(first, { called: first, calling: later });
  }
  if (pairs.size === 0) return;
  for (let i = 0; i < parent.length; i++) {
    const pair = pairs.get(parent[i]);
    if (pair === undefined) continue;
    const isOwn = columnAt('resource', i) === columnAt('resource', pair.called);
    parent[i] = isOwn ? pair.called : pair.calling;
  }
  for (const { called, calling } of pairs.values()) {
    parent[called] = calling;
    flags[called] &= ~(treeFlags.duplicate | treeFlags.orphan);
    flags[calling] &= ~treeFlags.duplicate;
  }
}
