import { type Nanos, nanosBetween } from '../../../model/time.ts';

/** More points of a series than this are more than anybody can look at. */
const mostIntervals = 11_000;
const word = 0xffff_ffffn;

/** A range of time in equal steps that lie on multiples of the step: each from (exclusive) to (inclusive) its time. */
export class Intervals {
  readonly count: number;
  readonly #first: bigint;
  readonly #step: bigint;
  readonly #stepNanos: number;
  /** The end of the interval before the first, as words: offsets count from there. */
  readonly #originLow: number;
  readonly #originHigh: number;
  readonly #startOffset: number;
  readonly #endOffset: number;

  /** Both ends are inside. Throws a RangeError for a step that makes too many intervals. */
  constructor(start: Nanos, end: Nanos, step: bigint) {
    const roundUp = (time: bigint): bigint => ((time + step - 1n) / step) * step;
    this.#first = roundUp(start);
    this.#step = step;
    this.#stepNanos = Number(step);
    const count = (roundUp(end) - this.#first) / step + 1n;
    if (count > mostIntervals)
      throw new RangeError(`the step is too short: it makes more than ${mostIntervals} intervals`);
    this.count = Number(count);
    // Times before 1970 do not occur: with the first interval at 0 nothing can lie before it.
    const origin = this.#first > step ? this.#first - step : 0n;
    this.#originLow = Number(origin & word);
    this.#originHigh = Number(origin >> 32n);
    this.#startOffset = Number(start - origin);
    this.#endOffset = Number(end - origin);
  }

  get stepSeconds(): number {
    return this.#stepNanos / 1e9;
  }

  /** The interval of an instant, −1 if it lies outside of the range. */
  indexOf(low: number, high: number): number {
    const offset = nanosBetween(this.#originLow, this.#originHigh, low, high);
    if (offset < this.#startOffset || offset > this.#endOffset) return -1;
    return Math.max(0, Math.ceil(offset / this.#stepNanos) - 1);
  }

  /** The end of an interval, nanoseconds since 1970. */
  timeOf(index: number): bigint {
    return this.#first + BigInt(index) * this.#step;
  }
}
