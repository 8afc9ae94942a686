import type { StoredResource } from '../store/resourceTable.ts';
import type { Segment } from '../store/segment.ts';
import { kindOf, noTrace, statusOf } from '../store/spanRef.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { KeyIds } from './keyIds.ts';
import { newestSegments } from './segmentWalk.ts';
import { type SpanGroups, SpanGroupsBuilder } from './spanGroups.ts';

/** Of a segment, the groups that are told apart: where names are different for every span, there is no end of them. */
const mostGroups = 1000;
const errorStatus = 2;

/** Rows that are counted between two moments at which others may have their turn: a fraction of a millisecond. */
const stepRows = 1024;

/** Tells a segment's spans of one resource, name and kind apart. */
export interface GroupReader<Facts> {
  /** A number below 2²⁷, the same for rows that may be in one group. Asked of each row once, in their order. */
  markOf(row: number): number;
  /** What all spans of a group have in common, of its first one. Holds no ids: those may be given to others. */
  factsOf(row: number, mark: number): Facts;
}

interface Rest {
  readonly resource: StoredResource;
  spans: number;
  errors: number;
}

/** What is counted of a segment. Spans that are alike may be in more than one group. */
export interface Sums<Facts> {
  readonly segment: Segment;
  readonly groups: SpanGroups;
  /** By group. */
  readonly resources: readonly StoredResource[];
  readonly facts: readonly Facts[];
  /** Spans beyond the groups that are told apart, by resource. */
  readonly rest: readonly Rest[];
}

/** What it takes until all of a full segment is in. */
interface Open<Facts> {
  readonly builder: SpanGroupsBuilder;
  keys: Keys<Facts>;
}

/** What goes by ids: good as long as the store's `idGeneration` is the same. */
interface Keys<Facts> {
  readonly idGeneration: number;
  readonly reader: GroupReader<Facts>;
  /** Group, less `firstGroup`, by the ids of resource and name. */
  readonly groups: KeyIds;
  readonly firstGroup: number;
  /** By the id of the resource. */
  readonly rest: Map<number, Rest>;
}

class SegmentSum<Facts> {
  /** Rows of the segment that were dead when it began: once there are more, it is counted again. */
  readonly dead: number;
  readonly #store: TraceStore;
  readonly #readerOf: (segment: Segment) => GroupReader<Facts>;
  readonly #resources: StoredResource[] = [];
  readonly #facts: Facts[] = [];
  readonly #rest: Rest[] = [];
  /** Rows that are in. */
  #rows = 0;
  #open: Open<Facts> | undefined;
  #sums: Sums<Facts> | undefined;

  constructor(store: TraceStore, segment: Segment, readerOf: (segment: Segment) => GroupReader<Facts>) {
    this.#store = store;
    this.#readerOf = readerOf;
    this.dead = segment.count - segment.live;
    const builder = new SpanGroupsBuilder(segment.capacity, mostGroups);
    this.#open = { builder, keys: this.#newKeys(segment) };
  }

  /** Reads at most `stepRows` rows that are new. False if there are none. */
  read(segment: Segment): boolean {
    const end = Math.min(segment.count, this.#rows + stepRows);
    if (this.#open === undefined || end === this.#rows) return false;
    const open = this.#open;
    // A segment that is full keeps its ids to itself; spans that come may have been given the ids of others.
    if (!segment.full && open.keys.idGeneration !== this.#store.idGeneration)
      open.keys = this.#newKeys(segment);
    const { builder, keys } = open;
    const { reader } = keys;
    const { trace, resource, name, kindStatus, startHigh, startLow, duration } = segment;
    for (let row = this.#rows; row < end; row++) {
      if (trace[row] === noTrace) continue;
      const isError = statusOf(kindStatus[row]) === errorStatus;
      const mark = reader.markOf(row);
      const key = keys.groups.idOf(resource[row], name[row], (mark << 4) | kindOf(kindStatus[row]));
      const group = keys.firstGroup + key;
      if (group >= mostGroups) {
        this.#addToRest(keys, resource[row], isError);
        continue;
      }
      if (group === this.#facts.length) {
        this.#resources.push(this.#store.resources.get(resource[row]));
        this.#facts.push(reader.factsOf(row, mark));
      }
      const start = startHigh[row] * 0x1_0000_0000 + startLow[row];
      builder.add(row, group, start, duration[row], isError);
    }
    this.#rows = end;
    this.#sums = undefined;
    return true;
  }

  /** Of what was read. */
  sums(segment: Segment): Sums<Facts> {
    if (this.#open !== undefined && this.#sums === undefined) {
      const groups = this.#open.builder.build(segment.slot);
      this.#sums = { segment, groups, resources: this.#resources, facts: this.#facts, rest: this.#rest };
    }
    if (segment.full && this.#rows === segment.count) this.#open = undefined;
    return this.#sums!;
  }

  #newKeys(segment: Segment): Keys<Facts> {
    return {
      idGeneration: this.#store.idGeneration,
      reader: this.#readerOf(segment),
      groups: new KeyIds(),
      firstGroup: this.#facts.length,
      rest: new Map(),
    };
  }

  #addToRest(keys: Keys<Facts>, resource: number, isError: boolean): void {
    let rest = keys.rest.get(resource);
    if (rest === undefined) {
      rest = { resource: this.#store.resources.get(resource), spans: 0, errors: 0 };
      keys.rest.set(resource, rest);
      this.#rest.push(rest);
    }
    rest.spans++;
    if (isError) rest.errors++;
  }
}

/**
 * Counts spans in groups. A segment is read once; while it grows, only what is new is read, and all of it again after
 * spans of it were dropped.
 */
export class SegmentSums<Facts> {
  readonly #store: TraceStore;
  readonly #readerOf: (segment: Segment) => GroupReader<Facts>;
  readonly #known = new WeakMap<Segment, SegmentSum<Facts>>();
  /** Of the store, when `readNew` began that came to its end last. */
  #readGeneration = -1;

  constructor(store: TraceStore, readerOf: (segment: Segment) => GroupReader<Facts>) {
    this.#store = store;
    this.#readerOf = readerOf;
  }

  /**
   * Shows what is counted of each segment, the newest first, while it is stored. Yields where there is a good place for a pause;
   * what comes or goes meanwhile is counted, or not, as it happens.
   */
  *newestFirst(show: (sums: Sums<Facts>) => void): Generator<void, void> {
    for (const segment of newestSegments(this.#store)) {
      const sum = this.#sumOf(segment);
      yield* this.#read(segment, sum);
      if (!this.#isStored(segment)) continue;
      show(sum.sums(segment));
      yield;
    }
  }

  /** Counts what has come since the last time, so that the next to ask waits for less. Yields as `newestFirst` does. */
  *readNew(): Generator<void, void> {
    const { generation } = this.#store;
    if (generation === this.#readGeneration) return;
    for (const segment of newestSegments(this.#store)) {
      // What lost spans is counted again when it is asked for: the oldest segment loses some at every step of an eviction.
      const sum = this.#known.get(segment) ?? this.#sumOf(segment);
      yield* this.#read(segment, sum);
      // A full one takes less memory when it is done.
      if (segment.full && this.#isStored(segment)) sum.sums(segment);
    }
    this.#readGeneration = generation;
  }

  *#read(segment: Segment, sum: SegmentSum<Facts>): Generator<void, void> {
    while (this.#isStored(segment) && sum.read(segment)) yield;
  }

  #isStored(segment: Segment): boolean {
    return this.#store.segments().includes(segment);
  }

  #sumOf(segment: Segment): SegmentSum<Facts> {
    let sum = this.#known.get(segment);
    if (sum === undefined || sum.dead !== segment.count - segment.live) {
      sum = new SegmentSum(this.#store, segment, this.#readerOf);
      this.#known.set(segment, sum);
    }
    return sum;
  }
}
