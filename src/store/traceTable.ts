/** Facts about traces, in columns by trace row. Rows of dropped traces are used again. */
export declare class TraceTable {
  /** Live traces. */
  readonly count: number;
  /** Rows ever used are below this; a free row has `spanCount` 0. */
  readonly rows: number;
  /** Trace id as four little-endian words at `4 * row`. */
  readonly id: Uint32Array;
  /** First and last span to arrive. */
  readonly head: Uint32Array;
  readonly tail: Uint32Array;
  readonly spanCount: Uint32Array;
  /** Spans with status error. */
  readonly errorCount: Uint32Array;
  /** Earliest start and latest end, nanoseconds since 1970, as words; the end is never before the start. */
  readonly startLow: Uint32Array;
  readonly startHigh: Uint32Array;
  readonly endLow: Uint32Array;
  readonly endHigh: Uint32Array;
  /** The earliest span without a parent, or `noSpan`. */
  readonly root: Uint32Array;
  readonly pinned: Uint8Array;
  /** The store's generation when the trace last grew. */
  readonly lastUpdateGeneration: Float64Array;
  /** Bytes of the trace's `Span` messages. */
  readonly spanBytes: Float64Array;

  /** Row of a trace by its id in hex (32 lower-case digits), −1 if it is not stored. */
  rowOf(traceId: string): number;
  idOf(row: string | number): string;
  isLive(row: number): boolean;
  /** Latest end − earliest start, nanoseconds. */
  durationOf(row: number): number;
  /** Rows of at most `limit` traces that `accept`, those that started last first. */
  newest(limit: number, accept?: (row: number) => boolean): number[];
}
