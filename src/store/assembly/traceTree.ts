import type { TraceStore } from '../traceStore.ts';

/** What is unusual about a span in its trace: a bit set. */
export const treeFlags = {
  /** Its parent has not been received: it heads a tree of its own. */
  orphan: 1,
  /** Its id occurs earlier in the trace with other content. */
  duplicate: 2,
  /** It was its own ancestor; the circle is cut at this span, which heads a tree. */
  cycle: 4,
  endBeforeStart: 8,
  /** No end time yet: drawn to the end of the trace. */
  unfinished: 16,
} as const;

/** The spans of a trace as a forest in depth-first (pre-)order, siblings by start. All columns have `count` entries. */
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

export function assembleTrace(store: TraceStore, traceRow: number): TraceTree {
  throw new Error(`trace ${traceRow} of ${store.traces.count}`);
}
