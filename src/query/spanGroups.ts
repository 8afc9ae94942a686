import { spanRef } from '../store/spanRef.ts';
import { bucketOf, noBucket } from './histogram.ts';

/** Of a group, the spans that are known by their places. */
export const mostLatest = 20;
/** There are fewer groups than this. */
const noGroup = 0xffff;

/** Numbers of a segment's spans by group, in columns: there may be a thousand groups in each of a hundred segments. */
export interface SpanGroups {
  readonly count: Uint32Array;
  readonly errors: Uint32Array;
  /** Earliest and latest start, nanoseconds since 1970, as good as a double holds it. */
  readonly firstStart: Float64Array;
  readonly lastStart: Float64Array;
  /** Durations of the spans that have ended, nanoseconds; infinite if there are none. */
  readonly shortest: Float64Array;
  readonly longest: Float64Array;
  /** Buckets of the durations of group `g`: `buckets[first[g] … first[g + 1]]`. */
  readonly first: Uint32Array;
  readonly buckets: Int16Array;
  /** References to the spans of group `g` that came last: `latest[firstLatest[g] … firstLatest[g + 1]]`, the newest last. */
  readonly firstLatest: Uint32Array;
  readonly latest: Uint32Array;
}

/** Takes in the spans of a segment, one row after the other. */
export class SpanGroupsBuilder {
  #groupOf: Uint16Array;
  #bucketOf: Int16Array;
  #rows = 0;
  #groups = 0;
  readonly #count: Uint32Array;
  readonly #errors: Uint32Array;
  readonly #firstStart: Float64Array;
  readonly #lastStart: Float64Array;
  readonly #shortest: Float64Array;
  readonly #longest: Float64Array;

  /** @param rows that there will be, as far as is known @param mostGroups less than 65,535 */
  constructor(rows: number, mostGroups: number) {
    this.#groupOf = new Uint16Array(rows).fill(noGroup);
    this.#bucketOf = new Int16Array(rows);
    this.#count = new Uint32Array(mostGroups);
    this.#errors = new Uint32Array(mostGroups);
    this.#firstStart = new Float64Array(mostGroups).fill(Number.POSITIVE_INFINITY);
    this.#lastStart = new Float64Array(mostGroups).fill(Number.NEGATIVE_INFINITY);
    this.#shortest = new Float64Array(mostGroups).fill(Number.POSITIVE_INFINITY);
    this.#longest = new Float64Array(mostGroups).fill(Number.NEGATIVE_INFINITY);
  }

  /** @param start nanoseconds since 1970 @param duration nanoseconds, NaN if the span has not ended */
  add(row: number, group: number, start: number, duration: number, isError: boolean): void {
    if (row >= this.#groupOf.length) this.#grow(row + 1);
    this.#rows = row + 1;
    if (group >= this.#groups) this.#groups = group + 1;
    this.#groupOf[row] = group;
    this.#count[group]++;
    if (isError) this.#errors[group]++;
    if (start < this.#firstStart[group]) this.#firstStart[group] = start;
    if (start > this.#lastStart[group]) this.#lastStart[group] = start;
    if (Number.isNaN(duration)) {
      this.#bucketOf[row] = noBucket;
      return;
    }
    const positive = Math.max(0, duration);
    this.#bucketOf[row] = bucketOf(positive);
    if (positive < this.#shortest[group]) this.#shortest[group] = positive;
    if (positive > this.#longest[group]) this.#longest[group] = positive;
  }

  /** What is in by now, of the segment at `slot`. */
  build(slot: number): SpanGroups {
    const groups = this.#groups;
    const count = this.#count.slice(0, groups);
    const first = starts(count);
    const firstLatest = starts(count.map(spans => Math.min(spans, mostLatest)));
    const buckets = new Int16Array(first[groups]);
    const latest = new Uint32Array(firstLatest[groups]);
    const next = first.slice(0, groups);
    for (let row = 0; row < this.#rows; row++) {
      const group = this.#groupOf[row];
      if (group === noGroup) continue;
      const place = next[group]++;
      buckets[place] = this.#bucketOf[row];
      const fromEnd = first[group + 1] - place;
      if (fromEnd <= mostLatest) latest[firstLatest[group + 1] - fromEnd] = spanRef(slot, row);
    }
    return {
      ...{ count, first, buckets, firstLatest, latest },
      errors: this.#errors.slice(0, groups),
      firstStart: this.#firstStart.slice(0, groups),
      lastStart: this.#lastStart.slice(0, groups),
      shortest: this.#shortest.slice(0, groups),
      longest: this.#longest.slice(0, groups),
    };
  }

  #grow(rows: number): void {
    const groupOf = new Uint16Array(2 * rows).fill(noGroup);
    groupOf.set(this.#groupOf);
    this.#groupOf = groupOf;
    const buckets = new Int16Array(2 * rows);
    buckets.set(this.#bucketOf);
    this.#bucketOf = buckets;
  }
}

/** Where each of so many lists begins if one follows the other, and where the last one ends. */
function starts(lengths: Uint32Array): Uint32Array {
  const all = new Uint32Array(lengths.length + 1);
  for (let i = 0; i < lengths.length; i++) all[i + 1] = all[i] + lengths[i];
  return all;
}
