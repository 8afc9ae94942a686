import type { Segment } from '../store/segment.ts';
import { kindOf, noTrace, statusOf } from '../store/spanRef.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { KeyIds } from './keyIds.ts';
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
  /** What all spans of a group have in common, of its first one. */
  factsOf(row: number, mark: number): Facts;
}

/** What is counted of a segment. */
interface Sums<Facts> {
  readonly groups: SpanGroups;
  /** By group. */
  readonly resources: readonly number[];
  readonly facts: readonly Facts[];
  /** Spans beyond the groups that are told apart, by resource. */
  readonly rest: ReadonlyMap<number, { readonly spans: number; readonly errors: number }>;
}

class SegmentSum<Facts> {
  /** Rows of the segment that were dead when it began: once there are more, it is counted again. */
  readonly dead: number;
  readonly #resources: number[] = [];
  readonly #facts: Facts[] = [];
  readonly #rest = new Map<number, { spans: number; errors: number }>();
  /** Rows that are in. */
  #rows = 0;
  /** Until all of a full segment is in. */
  #open:
    | {
        readonly ids: KeyIds;
        readonly reader: GroupReader<Facts>;
        readonly builder: SpanGroupsBuilder;
      }
    | undefined;
  #sums: Sums<Facts> | undefined;

  constructor(segment: Segment, reader: GroupReader<Facts>) {
    this.dead = segment.count - segment.live;
    this.#open = {
      ids: new KeyIds(),
      reader,
      builder: new SpanGroupsBuilder(segment.capacity, mostGroups),
    };
  }

  /** Reads at most `most` rows that are new. */
  read(segment: Segment, most: number): void {
    const end = Math.min(segment.count, this.#rows + most);
    if (this.#open === undefined || end === this.#rows) return;
    const { ids, reader, builder } = this.#open;
    const { trace, resource, name, kindStatus, startHigh, startLow, duration } = segment;
    for (let row = this.#rows; row < end; row++) {
      if (trace[row] === noTrace) continue;
      const isError = statusOf(kindStatus[row]) === errorStatus;
      const mark = reader.markOf(row);
      const id = ids.idOf(resource[row], name[row], (mark << 4) | kindOf(kindStatus[row]));
      if (id >= mostGroups) {
        this.#addToRest(resource[row], isError);
        continue;
      }
      if (id === this.#facts.length) {
        this.#resources.push(resource[row]);
        this.#facts.push(reader.factsOf(row, mark));
      }
      const start = startHigh[row] * 0x1_0000_0000 + startLow[row];
      builder.add(row, id, start, duration[row], isError);
    }
    this.#rows = end;
    this.#sums = undefined;
  }

  /** Of all rows. */
  sums(segment: Segment): Sums<Facts> {
    this.read(segment, Number.POSITIVE_INFINITY);
    if (this.#open !== undefined && this.#sums === undefined) {
      const groups = this.#open.builder.build(segment.slot);
      this.#sums = { groups, resources: this.#resources, facts: this.#facts, rest: this.#rest };
    }
    if (segment.full) this.#open = undefined;
    return this.#sums!;
  }

  #addToRest(resource: number, isError: boolean): void {
    const rest = this.#rest.get(resource) ?? { spans: 0, errors: 0 };
    this.#rest.set(resource, rest);
    rest.spans++;
    if (isError) rest.errors++;
  }
}

/**
 * Counts spans in groups. A segment is read once; while it grows, only what is new is read, and all of it again after
 * spans of it were dropped.
 */
export class SegmentSums<Facts> {
  readonly #readerOf: (segment: Segment) => GroupReader<Facts>;
  readonly #known = new WeakMap<Segment, SegmentSum<Facts>>();

  constructor(readerOf: (segment: Segment) => GroupReader<Facts>) {
    this.#readerOf = readerOf;
  }

  /** Reads what is new, and yields where others may have their turn: `newestFirst` finds little to do afterwards. */
  *catchUp(store: TraceStore): Generator<void, void> {
    // The oldest may be gone before it is their turn.
    for (const segment of store.segments().toReversed()) {
      for (let rows = 0; rows < segment.count && store.segments().includes(segment); rows += stepRows) {
        this.#sumOf(segment).read(segment, stepRows);
        yield;
      }
    }
  }

  *newestFirst(store: TraceStore): Generator<Sums<Facts>> {
    for (const segment of store.segments().toReversed()) yield this.#sumOf(segment).sums(segment);
  }

  #sumOf(segment: Segment): SegmentSum<Facts> {
    let sum = this.#known.get(segment);
    if (sum === undefined || sum.dead !== segment.count - segment.live) {
      sum = new SegmentSum(segment, this.#readerOf(segment));
      this.#known.set(segment, sum);
    }
    return sum;
  }
}
