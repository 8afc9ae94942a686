/** Header fields of the spans of a segment, by row. */
export interface SegmentColumns {
  /** Row in the store's `TraceTable`, or `noTrace`. */
  trace: Uint32Array;
  /** Two little-endian words at `2 * row`. */
  spanId: Uint32Array;
  /** Two little-endian words at `2 * row`; zeros for a root. */
  parentSpanId: Uint32Array;
  /** Nanoseconds since 1970, exact, as two words; 0 if the sender gave none. */
  startLow: Uint32Array;
  startHigh: Uint32Array;
  /** End − start, nanoseconds; negative if the sender said so, NaN if there is no end yet. */
  duration: Float64Array;
  /** Id in `TraceStore.names`. */
  name: Uint32Array;
  /** Id in `TraceStore.resources`. */
  resource: Uint32Array;
  /** Id in `TraceStore.scopes`. */
  scope: Uint32Array;
  /** See `kindOf`, `statusOf`, `isDuplicate`. */
  kindStatus: Uint8Array;
  /** Next span of the same trace, `noSpan` at the end. */
  next: Uint32Array;
}
