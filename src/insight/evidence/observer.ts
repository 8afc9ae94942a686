import type { SpanRef } from '../../store/spanRef.ts';
import type { ObservedSpan } from './observedSpan.ts';

/** A trace whose spans are being looked at, one after the other. */
export interface ObservedTrace {
  /** Other traces, other numbers. */
  readonly number: number;
  readonly traceId: string;
  /** Nanoseconds since 1970, as doubles. */
  readonly start: number;
  readonly end: number;
  /** Looks at a span of the trace again: the object that `span` is called with. */
  revisit(ref: SpanRef): ObservedSpan;
}

/**
 * Looks for evidence of one kind. All observers see each trace once: its spans in the order of arrival, then its end. What two have seen of
 * different traces can be merged, and merging leaves `other` as it is.
 */
export interface Observer<Self> {
  /** The span and its lists are good until the call returns. */
  span?(span: ObservedSpan): void;
  endOfTrace?(trace: ObservedTrace): void;
  merge(other: Self): void;
}
