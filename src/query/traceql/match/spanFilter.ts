import type { Segment } from '../../../store/segment.ts';
import type { Predicate } from '../evaluate.ts';
import type { SpanContext } from '../spanContext.ts';
import type { FilterPlan } from './plan.ts';
import type { RowTest } from './rowTest.ts';

interface Marked {
  /** 1 for rows that match. */
  readonly marks: Uint8Array;
  /** Rows below this have been asked. */
  rows: number;
}

/** One `{ … }` of a query, asked segment by segment: what was found out is kept as long as the query runs. */
export class SpanFilter {
  readonly #context: SpanContext;
  readonly #rows: RowTest;
  readonly #inTrace: Predicate | undefined;
  readonly #known = new WeakMap<Segment, Marked>();
  /** The segment that was asked about last, and what is known of it: spans of a trace lie together. */
  #lastSegment: Segment | undefined;
  #last: Marked | undefined;

  constructor(context: SpanContext, { rows, inTrace }: FilterPlan) {
    this.#context = context;
    this.#rows = rows;
    this.#inTrace = inTrace;
  }

  /** Ids in columns may have got another meaning. */
  forget(): void {
    this.#rows.forget();
  }

  /** Asks about the rows of a segment that have not been asked about; the marks are whole when it has come to its end. */
  *prepare(segment: Segment): Generator<void> {
    let known = this.#known.get(segment);
    if (known === undefined || known.marks.length < segment.count) {
      const marks = new Uint8Array(segment.capacity);
      if (known !== undefined) marks.set(known.marks);
      known = { marks, rows: known?.rows ?? 0 };
      this.#known.set(segment, known);
    }
    const { marks, rows: from } = known;
    const to = segment.count;
    if (from === to) return;
    if (segment.live === segment.count) marks.fill(1, from, to);
    else for (let row = from; row < to; row++) marks[row] = segment.isLive(row) ? 1 : 0;
    yield* this.#rows.narrow(segment, marks, from, to);
    known.rows = to;
  }

  /** Rows that may match: 1, but for what only the trace can tell. */
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

  matches(segment: Segment, row: number): boolean {
    if (this.marksOf(segment)[row] === 0) return false;
    if (this.#inTrace === undefined) return true;
    this.#context.moveTo(segment, row);
    return this.#inTrace(this.#context);
  }
}
