/**
 * The shape that the algorithms of this folder read: spans in depth-first order (a parent before its children, siblings
 * by start), times as nanosecond offsets. `store/assembly` makes it; nothing here knows where the spans lie.
 */
export interface Forest {
  readonly count: number;
  /** Index of the parent, −1 for the head of a tree. */
  readonly parent: Int32Array;
  readonly start: Float64Array;
  /** Never negative. */
  readonly duration: Float64Array;
}
