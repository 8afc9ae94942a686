import type { Segment } from '../../../store/segment.ts';
import type { Predicate } from '../evaluate.ts';
import type { SpanContext } from '../spanContext.ts';
import type { FilterPlan } from './plan.ts';
import type { RowTest } from './rowTest.ts';
import { Selection } from './selection.ts';

interface Marked {
  /** 1 for rows that match; empty while there are none. */
  marks: Uint8Array;
  /** Rows below this have been asked. */
  rows: number;
}

/** For the first page of an answer this is often enough; going over a segment costs not much more. */
const rowsOneByOne = 256;

const noMarks = new Uint8Array(0);

/** One `{ … }` of a query, asked segment by segment: what was found out is kept as long as the query runs. */
export class SpanFilter {
  readonly #context: SpanContext;
  readonly #rows: RowTest;
  readonly #row: Predicate;
  readonly #inTrace: Predicate | undefined;
  readonly #known = new WeakMap<Segment, Marked>();
  /** The segment that was asked about last, and what is known of it: spans of a trace lie together. */
  #lastSegment: Segment | undefined;
  #last: Marked | undefined;
  /** Its memory is used again. */
  #spare: Selection | undefined;
  /** Rows that have been asked one by one. */
  #asked = 0;
  /** Times that it went over the rows of a segment. */
  prepared = 0;

  constructor(context: SpanContext, { rows, row, inTrace }: FilterPlan) {
    this.#context = context;
    this.#rows = rows;
    this.#row = row;
    this.#inTrace = inTrace;
  }

  /** Asks about the rows of a segment that have not been asked about; the marks are whole when it has come to its end. */
  *prepare(segment: Segment): Generator<void> {
    let known = this.#known.get(segment);
    if (known === undefined) this.#known.set(segment, (known = { marks: noMarks, rows: 0 }));
    const { rows: from } = known;
    const to = segment.count;
    if (from === to) return;
    this.prepared++;
    const selection = this.#spare ?? new Selection();
    this.#spare = undefined;
    selection.selectLive(segment, from, to);
    yield* this.#rows.narrow(segment, selection);
    if (selection.count > 0) {
      if (known.marks.length < to) known.marks = wider(known.marks, segment.capacity);
      for (const row of selection.rows()) known.marks[row] = 1;
    }
    known.rows = to;
    this.#spare = selection;
  }

  /** Rows that may match, but for what only the trace can tell: 1. Empty if there are none. */
  marksOf(segment: Segment): Uint8Array {
    let known = segment === this.#lastSegment ? this.#last : this.#known.get(segment);
    if (known === undefined || known.rows < segment.count) {
      for (const _ of this.prepare(segment));
      known = this.#known.get(segment)!;
    }
    this.#lastSegment = segment;
    this.#last = known;
    return known.marks;
  }

  /** Asks about the first rows one by one, for they may be all; after that, about the whole segment in which a row lies. */
  matches(segment: Segment, row: number): boolean {
    if (!this.#isKnown(segment, row) && ++this.#asked <= rowsOneByOne) {
      this.#context.moveTo(segment, row);
      return segment.isLive(row) && this.#row(this.#context) && (this.#inTrace?.(this.#context) ?? true);
    }
    if (this.marksOf(segment)[row] !== 1) return false;
    if (this.#inTrace === undefined) return true;
    this.#context.moveTo(segment, row);
    return this.#inTrace(this.#context);
  }

  #isKnown(segment: Segment, row: number): boolean {
    const known = segment === this.#lastSegment ? this.#last : this.#known.get(segment);
    return known !== undefined && row < known.rows;
  }
}

function wider(old: Uint8Array, length: number): Uint8Array {
  const marks = new Uint8Array(length);
  marks.set(old);
  return marks;
}
