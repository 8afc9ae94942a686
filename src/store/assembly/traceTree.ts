import { nanosBetween } from '../../model/time.ts';
import { isDuplicate } from '../spanRef.ts';
import type { TraceStore } from '../traceStore.ts';
import { findParents } from './parents.ts';
import { depthFirst, siblingsByStart } from './preorder.ts';
import { treeFlags } from './treeFlags.ts';

/** The spans of a trace as a forest in depth-first (pre-)order, siblings by start, then by end. All columns have `count` entries. */
export interface TraceTree {
  readonly count: number;
  readonly refs: Uint32Array;
  /** Index of the parent in this order, −1 for the head of a tree. */
  readonly parent: Int32Array;
  readonly depth: Uint32Array;
  /** Descendants: the subtree of `i` is `i … i + subtreeSize[i]`, both included. */
  readonly subtreeSize: Uint32Array;
  /** Offset from the trace's start, nanoseconds. */
  readonly start: Float64Array;
  /** For layout: never negative; an unfinished span lasts to the end of the trace. */
  readonly duration: Float64Array;
  /** `treeFlags`. */
  readonly flags: Uint8Array;
  /** Start of the trace, nanoseconds since 1970, as two words. */
  readonly originLow: number;
  readonly originHigh: number;
  /** Length of the trace in nanoseconds: latest end − earliest start. */
  readonly traceDuration: number;
}

/** Puts the spans of a trace in order, whatever they claim of each other. Iterative, O(n log n). */
export function assembleTrace(store: TraceStore, traceRow: number): TraceTree {
  const arrived = store.spansOf(traceRow);
  const count = arrived.length;
  const { startLow, startHigh } = store.traces;
  const originLow = startLow[traceRow];
  const originHigh = startHigh[traceRow];
  const traceDuration = store.traces.durationOf(traceRow);

  const arrivedStart = new Float64Array(count);
  const arrivedEnd = new Float64Array(count);
  const arrivedFlags = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const segment = store.segmentOf(arrived[i]);
    const row = store.rowOf(arrived[i]);
    const low = segment.startLow[row];
    const high = segment.startHigh[row];
    const duration = segment.duration[row];
    let flags = isDuplicate(segment.kindStatus[row]) ? treeFlags.duplicate : 0;
    const offset = nanosBetween(originLow, originHigh, low, high);
    if ((low | high) === 0) flags |= treeFlags.startUnknown;
    if (Number.isNaN(duration)) flags |= treeFlags.unfinished;
    else if (duration < 0) flags |= treeFlags.endBeforeStart;
    arrivedStart[i] = (low | high) === 0 ? 0 : offset;
    arrivedEnd[i] = Number.isNaN(duration) ? traceDuration : offset + duration;
    arrivedFlags[i] = flags;
  }
  const arrivedParent = findParents(store, arrived, arrivedStart, arrivedFlags);
  const order = depthFirst(siblingsByStart(arrivedParent, arrivedStart, arrivedEnd));

  const refs = new Uint32Array(count);
  const parent = new Int32Array(count);
  const depth = new Uint32Array(count);
  const subtreeSize = new Uint32Array(count);
  const start = new Float64Array(count);
  const duration = new Float64Array(count);
  const flags = new Uint8Array(count);
  const placeOf = new Uint32Array(count);
  for (let at = 0; at < count; at++) {
    const i = order[at];
    placeOf[i] = at;
    refs[at] = arrived[i];
    flags[at] = arrivedFlags[i];
    const above = arrivedParent[i] < 0 ? -1 : placeOf[arrivedParent[i]];
    parent[at] = above;
    depth[at] = above < 0 ? 0 : depth[above] + 1;
    start[at] = (flags[at] & treeFlags.startUnknown) === 0 ? arrivedStart[i] : above < 0 ? 0 : start[above];
    duration[at] = Math.max(0, arrivedEnd[i] - start[at]);
  }
  for (let at = count - 1; at >= 0; at--) if (parent[at] >= 0) subtreeSize[parent[at]] += subtreeSize[at] + 1;
  return {
    ...{ count, refs, parent, depth, subtreeSize, start, duration, flags },
    ...{ originLow, originHigh, traceDuration },
  };
}
