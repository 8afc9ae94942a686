import { lengthOf, type TimeRange } from './timeRange.ts';

/** Time ↔ pixels for a timeline of some width. */
export class TimeScale {
  readonly range: TimeRange;
  /** Pixels. */
  readonly width: number;
  readonly #pixelsPerNano: number;

  constructor(range: TimeRange, width: number) {
    this.range = range;
    this.width = width;
    this.#pixelsPerNano = width / lengthOf(range);
  }

  toPixel(time: number): number {
    return (time - this.range.start) * this.#pixelsPerNano;
  }

  toTime(pixel: number): number {
    return this.range.start + pixel / this.#pixelsPerNano;
  }
}
