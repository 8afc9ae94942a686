import { hashWords } from '../hash.ts';
import type { TraceStore } from '../traceStore.ts';
import { joinSharedSpans } from './sharedSpans.ts';
import { treeFlags } from './treeFlags.ts';

/**
 * The index of each span's parent, −1 where there is none. Several spans under one id: the children belong to the
 * first, unless two are the sides of one call (`joinSharedSpans`). A span whose parent is not here is flagged an orphan; circles, spans that name themselves included, are cut
 * at their earliest span.
 */
export function findParents(
  store: TraceStore,
  refs: Uint32Array,
  start: Float64Array,
  flags: Uint8Array,
): Int32Array {
  const count = refs.length;
  const ids = new Uint32Array(2 * count);
  const parentIds = new Uint32Array(2 * count);
  for (let i = 0; i < count; i++) {
    const segment = store.segmentOf(refs[i]);
    const row = store.rowOf(refs[i]);
    ids[2 * i] = segment.spanId[2 * row];
    ids[2 * i + 1] = segment.spanId[2 * row + 1];
    parentIds[2 * i] = segment.parentSpanId[2 * row];
    parentIds[2 * i + 1] = segment.parentSpanId[2 * row + 1];
  }
  const table = new Uint32Array(2 ** Math.ceil(Math.log2(2 * count + 2)));
  const mask = table.length - 1;
  for (let i = 0; i < count; i++) {
    if ((flags[i] & treeFlags.duplicate) !== 0) continue;
    let at = hashWords(ids[2 * i], ids[2 * i + 1], 0) & mask;
    while (table[at] !== 0) at = (at + 1) & mask;
    table[at] = i + 1;
  }
  const parent = new Int32Array(count).fill(-1);
  for (let i = 0; i < count; i++) {
    const low = parentIds[2 * i];
    const high = parentIds[2 * i + 1];
    if ((low | high) === 0) continue;
    parent[i] = find(table, ids, low, high);
    if (parent[i] < 0) flags[i] |= treeFlags.orphan;
  }
  const sameId: number[] = [];
  for (let i = 0; i < count; i++) {
    if ((flags[i] & treeFlags.duplicate) === 0) continue;
    const first = find(table, ids, ids[2 * i], ids[2 * i + 1]);
    if (first >= 0) sameId.push(first, i);
  }
  if (sameId.length > 0) joinSharedSpans(store, refs, sameId, parent, flags);
  cutCircles(parent, start, flags);
  return parent;
}

/** The index of the span with that id, −1 if there is none. */
function find(table: Uint32Array, ids: Uint32Array, low: number, high: number): number {
  const mask = table.length - 1;
  for (let at = hashWords(low, high, 0) & mask; table[at] !== 0; at = (at + 1) & mask) {
    const candidate = table[at] - 1;
    if (ids[2 * candidate] === low && ids[2 * candidate + 1] === high) return candidate;
  }
  return -1;
}

function cutCircles(parent: Int32Array, start: Float64Array, flags: Uint8Array): void {
  // Walks up from each span not yet seen; meeting a span of the same walk again closes a circle.
  const walk = new Uint32Array(parent.length);
  for (let i = 0; i < parent.length; i++) {
    let at = i;
    for (; at >= 0 && walk[at] === 0; at = parent[at]) walk[at] = i + 1;
    if (at < 0 || walk[at] !== i + 1) continue;
    let earliest = at;
    for (let next = parent[at]; next !== at; next = parent[next])
      if (start[next] < start[earliest] || (start[next] === start[earliest] && next < earliest))
        earliest = next;
    parent[earliest] = -1;
    flags[earliest] |= treeFlags.cycle;
  }
}
