import type { Segment } from '../store/segment.ts';
import { type SpanRef, spanRef, statusOf } from '../store/spanRef.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { Histogram } from './histogram.ts';
import { durationOf } from './spanFields.ts';

/** Of a segment, the groups that are told apart: where names are different for every span, there is no end of them. */
const mostGroups = 1000;
const mostLatest = 20;
const errorStatus = 2;

/** Rows that are counted between two moments at which others may have their turn: a fraction of a millisecond. */
const stepRows = 1024;

/** What spans of a group have in common, told by their first one. */
export interface Grouping<Facts> {
  /** Spans of one resource with the same key are one group. Must not depend on anything but the span. */
  keyOf(segment: Segment, row: number): number | string;
  factsOf(segment: Segment, row: number): Facts;
}

export class SpanGroup<Facts> {
  readonly facts: Facts;
  count = 0;
  errors = 0;
  /** Durations of the spans that have ended. */
  readonly durations = new Histogram();
  /** Earliest and latest start, nanoseconds since 1970, as good as a double holds it. */
  firstStart = Number.POSITIVE_INFINITY;
  lastStart = Number.NEGATIVE_INFINITY;
  /** Those that came last, in the order of arrival, at most `mostLatest`. */
  readonly latest: SpanRef[] = [];

  constructor(facts: Facts) {
    this.facts = facts;
  }

  add(segment: Segment, row: number): void {
    this.count++;
    if (statusOf(segment.kindStatus[row]) === errorStatus) this.errors++;
    if (!Number.isNaN(segment.duration[row])) this.durations.add(durationOf(segment, row));
    const start = segment.startHigh[row] * 0x1_0000_0000 + segment.startLow[row];
    if (start < this.firstStart) this.firstStart = start;
    if (start > this.lastStart) this.lastStart = start;
    if (this.latest.push(spanRef(segment.slot, row)) > mostLatest) this.latest.shift();
  }

  /** Adds a group of spans that came earlier. */
  addEarlier(other: SpanGroup<unknown>): void {
    this.count += other.count;
    this.errors += other.errors;
    this.durations.merge(other.durations);
    this.firstStart = Math.min(this.firstStart, other.firstStart);
    this.lastStart = Math.max(this.lastStart, other.lastStart);
    const missing = mostLatest - this.latest.length;
    if (missing > 0) this.latest.unshift(...other.latest.slice(-missing));
  }
}

/** The spans of one resource in one segment. */
export interface ResourceSums<Facts> {
  readonly resource: number;
  /** All of them, also those that are in no group. */
  spans: number;
  errors: number;
  readonly groups: Map<number | string, SpanGroup<Facts>>;
}

interface Sums<Facts> {
  /** Rows that are in. */
  rows: number;
  /** Rows of the segment that were dead then: once there are more, it is counted again. */
  readonly dead: number;
  groupCount: number;
  readonly byResource: Map<number, ResourceSums<Facts>>;
}

/**
 * Counts spans in groups. A segment is read once; while it grows, only what is new is read, and all of it again after
 * spans of it were dropped.
 */
export class SegmentSums<Facts> {
  readonly #grouping: Grouping<Facts>;
  readonly #known = new WeakMap<Segment, Sums<Facts>>();

  constructor(grouping: Grouping<Facts>) {
    this.#grouping = grouping;
  }

  /** Reads what is new, and yields where others may have their turn: `newestFirst` finds little to do afterwards. */
  *catchUp(store: TraceStore): Generator<void, void> {
    for (const segment of [...store.segments()]) {
      for (let rows = 0; rows < segment.count && store.segments().includes(segment); rows += stepRows) {
        this.#sumsOf(segment, stepRows);
        yield;
      }
    }
  }

  *newestFirst(store: TraceStore): Generator<ResourceSums<Facts>> {
    for (const segment of store.segments().toReversed()) yield* this.#sumsOf(segment).byResource.values();
  }

  /** Reads at most `most` rows that are new. */
  #sumsOf(segment: Segment, most = Number.POSITIVE_INFINITY): Sums<Facts> {
    const dead = segment.count - segment.live;
    let sums = this.#known.get(segment);
    if (sums === undefined || sums.dead !== dead) {
      sums = { rows: 0, dead, groupCount: 0, byResource: new Map() };
      this.#known.set(segment, sums);
    }
    const end = Math.min(segment.count, sums.rows + most);
    for (; sums.rows < end; sums.rows++) if (segment.isLive(sums.rows)) this.#add(sums, segment, sums.rows);
    return sums;
  }

  #add(sums: Sums<Facts>, segment: Segment, row: number): void {
    const resource = segment.resource[row];
    let own = sums.byResource.get(resource);
    if (own === undefined)
      sums.byResource.set(resource, (own = { resource, spans: 0, errors: 0, groups: new Map() }));
    own.spans++;
    if (statusOf(segment.kindStatus[row]) === errorStatus) own.errors++;
    const key = this.#grouping.keyOf(segment, row);
    let group = own.groups.get(key);
    if (group === undefined) {
      if (sums.groupCount === mostGroups) return;
      sums.groupCount++;
      own.groups.set(key, (group = new SpanGroup(this.#grouping.factsOf(segment, row))));
    }
    group.add(segment, row);
  }
}
