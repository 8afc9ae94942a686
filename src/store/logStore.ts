import type { LogRecord } from '../model/span.ts';

/** A log record as a mark on a span's bar. */
export interface LogMark {
  readonly spanIdLow: number;
  readonly spanIdHigh: number;
  /** Time of the record (or of its observation), nanoseconds since 1970, as words. */
  readonly timeLow: number;
  readonly timeHigh: number;
  /** 0–24. */
  readonly severity: number;
}

export declare class LogStore {
  readonly count: number;
  readonly heldBytes: number;
  /** Records of one span in the order of time. Ids in lower-case hex. */
  forSpan(traceId: string, spanId: string): LogRecord[];
  /** Marks of all records of a trace, in the order of arrival. */
  marks(traceId: string): LogMark[];
}
