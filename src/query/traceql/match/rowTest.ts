import type { AnyValue } from '../../../model/anyValue.ts';
import { rowsWithAttribute } from '../../../store/attributeSearch.ts';
import type { Segment } from '../../../store/segment.ts';
import { durationOf } from '../../spanFields.ts';
import type { Expression, Static } from '../ast.ts';
import { compileComparison, compilePredicate, type Predicate } from '../evaluate.ts';
import type { SpanContext } from '../spanContext.ts';
import { valuesOf } from '../values.ts';

/** Clears marks of rows of a segment for which it does not hold. Yields where there is a good place for a pause. */
export interface RowTest {
  /** Roughly, of a row. */
  readonly cost: number;
  narrow(segment: Segment, marks: Uint8Array, from: number, to: number): Iterable<void>;
  /** Ids of names, resources, scopes and traces may have got another meaning. */
  forget(): void;
}

/** No pauses. */
const atOnce: Iterable<void> = [];
/** Rows that are asked one by one before a pause. */
const rowsAtOnce = 512;
/** Where fewer rows than one of so many are left, reading them is cheaper than searching the segment. */
const fewRows = 16;

/** After so many rows without a mark, the next one is searched for natively. */
const rowsWithout = 16;

/** The first row from `row` on that is marked; `to` if there is none. */
export function nextMarked(marks: Uint8Array, row: number, to: number): number {
  const near = Math.min(to, row + rowsWithout);
  for (let at = row; at < near; at++) if (marks[at] !== 0) return at;
  if (near === to) return to;
  const found = marks.indexOf(1, near);
  return found < 0 || found > to ? to : found;
}

/** A test that looks at each row's span by itself. */
export function rowByRow(context: SpanContext, cost: number, holds: Predicate): RowTest {
  return {
    cost,
    *narrow(segment, marks, from, to) {
      let asked = 0;
      for (let row = nextMarked(marks, from, to); row < to; row = nextMarked(marks, row + 1, to)) {
        context.moveTo(segment, row);
        if (!holds(context)) marks[row] = 0;
        if (++asked % rowsAtOnce === 0) yield;
      }
    },
    forget() {},
  };
}

/** Answers by id. */
const unknown = 0;
const yes = 1;
const no = 2;

export type IdColumn = 'name' | 'resource' | 'scope' | 'kindStatus' | 'trace';

/** A test whose answer depends on the id in one column alone: each id is asked once. */
export function byColumn(context: SpanContext, column: IdColumn, holds: Predicate): RowTest {
  let known = new Uint8Array(256);
  const ask = (segment: Segment, row: number, id: number): number => {
    if (id >= known.length) {
      const wider = new Uint8Array(2 * id);
      wider.set(known);
      known = wider;
    }
    context.moveTo(segment, row);
    return (known[id] = holds(context) ? yes : no);
  };
  return {
    cost: 1,
    narrow(segment, marks, from, to) {
      const ids = segment[column];
      let table = known;
      if (areMostMarked(marks, from, to)) {
        for (let row = from; row < to; row++) {
          if (marks[row] === 0) continue;
          const id = ids[row];
          const answer = id < table.length ? table[id] : unknown;
          if (answer === yes) continue;
          if (answer === no || ask(segment, row, id) === no) marks[row] = 0;
          table = known;
        }
        return atOnce;
      }
      for (let row = nextMarked(marks, from, to); row < to; row = nextMarked(marks, row + 1, to)) {
        const id = ids[row];
        const answer = id < known.length ? known[id] : unknown;
        if (answer === no || (answer === unknown && ask(segment, row, id) === no)) marks[row] = 0;
      }
      return atOnce;
    },
    forget() {
      known.fill(unknown);
    },
  };
}

/** By the first rows: good enough to choose a way to go over them. */
function areMostMarked(marks: Uint8Array, from: number, to: number): boolean {
  const end = Math.min(to, from + 64);
  let count = 0;
  for (let row = from; row < end; row++) count += marks[row];
  return 2 * count > end - from;
}

/** A comparison of the span's duration with a number of nanoseconds. */
export function byDuration(holds: (nanoseconds: number) => boolean): RowTest {
  return {
    cost: 2,
    narrow(segment, marks, from, to) {
      for (let row = nextMarked(marks, from, to); row < to; row = nextMarked(marks, row + 1, to))
        if (!holds(durationOf(segment, row))) marks[row] = 0;
      return atOnce;
    },
    forget() {},
  };
}

/** What a search for an attribute asks of its value, and whether spans without it are meant. */
export interface AttributeTest {
  readonly key: Uint8Array;
  readonly holds: (value: AnyValue) => boolean;
  readonly absent: boolean;
}

/** A test of one attribute of the span: the whole segment is searched, unless few rows are left. */
export function byAttribute(context: SpanContext, test: AttributeTest, holds: Predicate): RowTest {
  const cost = 20;
  const single = rowByRow(context, cost, holds);
  let found = new Uint8Array(0);
  return {
    cost,
    *narrow(segment, marks, from, to) {
      let left = 0;
      for (let row = from; row < to; row++) left += marks[row];
      if (left * fewRows < segment.count || from > 0) return yield* single.narrow(segment, marks, from, to);
      if (found.length < segment.count) found = new Uint8Array(segment.capacity);
      rowsWithAttribute(segment, test.key, test.holds, found);
      const wanted = test.absent ? 0 : 1;
      for (let row = from; row < to; row++) if (found[row] !== wanted) marks[row] = 0;
      yield;
    },
    forget() {},
  };
}

/** The test of a comparison of a span's attribute with a constant, or with nil, as a search; else undefined. */
export function attributeTest(expression: Expression, query: string): AttributeTest | undefined {
  if (expression.node === 'nil') {
    const { operand, absent } = expression;
    if (operand?.node !== 'attribute' || operand.scope !== 'span') return undefined;
    return { key: Buffer.from(operand.name), holds: value => valuesOf(value).length > 0, absent };
  }
  if (expression.node !== 'binary') return undefined;
  const { left, right } = expression;
  if (left.node !== 'attribute' || left.scope !== 'span' || right.node !== 'static') return undefined;
  const constant: readonly Static[] = [right.value];
  const compare = compileComparison(expression, query);
  return {
    key: Buffer.from(left.name),
    holds: value => compare(valuesOf(value), constant),
    absent: false,
  };
}

/** All of the tests, the cheapest first. */
export function everyTest(tests: readonly RowTest[]): RowTest {
  const sorted = tests.toSorted((a, b) => a.cost - b.cost);
  return {
    cost: sorted.reduce((sum, { cost }) => sum + cost, 0),
    *narrow(segment, marks, from, to) {
      for (const test of sorted) yield* test.narrow(segment, marks, from, to);
    },
    forget() {
      for (const test of tests) test.forget();
    },
  };
}

/** Either of two tests; the second one is only asked about rows that the first one refuses. */
export function eitherTest(first: RowTest, second: RowTest): RowTest {
  return {
    cost: first.cost + second.cost,
    *narrow(segment, marks, from, to) {
      const accepted = marks.slice();
      yield* first.narrow(segment, accepted, from, to);
      for (let row = from; row < to; row++) marks[row] ^= accepted[row];
      yield* second.narrow(segment, marks, from, to);
      for (let row = from; row < to; row++) marks[row] |= accepted[row];
    },
    forget() {
      first.forget();
      second.forget();
    },
  };
}

/** A test for any expression: row by row. */
export function anyTest(context: SpanContext, expression: Expression, query: string, cost: number): RowTest {
  return rowByRow(context, cost, compilePredicate(expression, query));
}
