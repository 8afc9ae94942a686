import type { SpanRef } from '../store/spanRef.ts';
import { Histogram } from './histogram.ts';
import { mostLatest, type SpanGroups } from './spanGroups.ts';

/** Numbers of spans that are alike, of all segments. */
export class SpanTotal<Facts> {
  /** What they have in common. */
  readonly facts: Facts;
  count = 0;
  errors = 0;
  /** Of the spans that have ended. */
  readonly durations = new Histogram();
  /** Earliest and latest start, nanoseconds since 1970, as good as a double holds it. */
  firstStart = Number.POSITIVE_INFINITY;
  lastStart = Number.NEGATIVE_INFINITY;
  /** Those that came last, the newest first, at most `mostLatest`. */
  readonly latest: SpanRef[] = [];

  constructor(facts: Facts) {
    this.facts = facts;
  }

  /** Adds a group of spans that came before those that are in. */
  addEarlier(groups: SpanGroups, group: number): void {
    const { first, buckets, firstLatest, latest } = groups;
    this.count += groups.count[group];
    this.errors += groups.errors[group];
    this.firstStart = Math.min(this.firstStart, groups.firstStart[group]);
    this.lastStart = Math.max(this.lastStart, groups.lastStart[group]);
    this.durations.addBuckets(buckets, first[group], first[group + 1], {
      min: groups.shortest[group],
      max: groups.longest[group],
    });
    for (let i = firstLatest[group + 1] - 1; i >= firstLatest[group] && this.latest.length < mostLatest; i--)
      this.latest.push(latest[i]);
  }
}
