import type { AnyValue } from '../../../model/anyValue.ts';
import { rowsWithAttribute } from '../../../store/attributeSearch.ts';
import type { Segment } from '../../../store/segment.ts';
import type { TraceStore } from '../../../store/traceStore.ts';
import type { Expression, Static } from '../ast.ts';
import { compileComparison, compilePredicate, type Predicate } from '../evaluate.ts';
import type { SpanContext } from '../spanContext.ts';
import { valuesOf } from '../values.ts';
import { type NumberRange, nextUnknown, no, type Selection, unknown, yes } from './selection.ts';

/** Takes rows of a segment for which it does not hold out of a selection. Yields where there is a good place for a pause. */
export interface RowTest {
  /** Roughly, of a row. */
  readonly cost: number;
  narrow(segment: Segment, selection: Selection): Iterable<void>;
}

/** No pauses. */
const atOnce: Iterable<void> = [];
/** Where fewer rows than one of so many are left, reading them is cheaper than searching the segment. */
const fewRows = 16;

/** A test that looks at each row's span by itself. */
export function rowByRow(context: SpanContext, cost: number, holds: Predicate): RowTest {
  return {
    cost,
    narrow: (segment, selection) =>
      selection.filterInSteps(row => {
        context.moveTo(segment, row);
        return holds(context);
      }),
  };
}

export type IdColumn = 'name' | 'resource' | 'scope' | 'kindStatus' | 'trace';

/** Ids in a column mean the same as long as this number is the same. */
export function meaningOf(store: TraceStore, column: IdColumn): number {
  if (column === 'kindStatus') return 0;
  return column === 'trace' ? store.generation : store.idGeneration;
}

/** A test whose answer depends on the id in one column alone: each id is asked once. */
export function byColumn(context: SpanContext, column: IdColumn, holds: Predicate): RowTest {
  const { store } = context;
  let answers = new Uint8Array(0);
  let meaning = meaningOf(store, column);
  let wide = new Uint32Array(0);
  /** Loops that see one kind of array are twice as fast. */
  const words = (bytes: Uint8Array): Uint32Array => {
    if (wide.length < bytes.length) wide = new Uint32Array(bytes.length);
    wide.set(bytes);
    return wide;
  };
  return {
    // What is asked of resources first leaves whole blocks out.
    cost: column === 'resource' ? 0 : 1,
    narrow(segment, selection) {
      const ids = column === 'kindStatus' ? words(segment.kindStatus) : segment[column];
      const blocks = column === 'resource' ? segment.blockResources : undefined;
      const now = meaningOf(store, column);
      if (now !== meaning) answers.fill(unknown);
      meaning = now;
      answers = withRoomFor(answers, idsOf(store, column));
      if (!selection.keepAnswered(ids, answers, blocks)) {
        const rows = selection.rows();
        for (let i = 0; (i = nextUnknown(rows, i, ids, answers)) < rows.length; ) {
          context.moveTo(segment, rows[i]);
          answers[ids[rows[i]]] = holds(context) ? yes : no;
        }
        selection.keepAnswered(ids, answers);
      }
      return atOnce;
    },
  };
}

/** All ids in a column are below this. */
function idsOf(store: TraceStore, column: IdColumn): number {
  switch (column) {
    case 'name':
      return store.names.size;
    case 'resource':
      return store.resources.size;
    case 'scope':
      return store.scopes.size;
    case 'kindStatus':
      return 256;
    case 'trace':
      return store.traces.rows;
  }
}

function withRoomFor(answers: Uint8Array<ArrayBuffer>, ids: number): Uint8Array<ArrayBuffer> {
  if (ids <= answers.length) return answers;
  const wider = new Uint8Array(ids + (ids >> 1)).fill(unknown);
  wider.set(answers);
  return wider;
}

/** A comparison of the span's duration with numbers of nanoseconds, as `durationOf` tells it. */
export function byDuration(range: NumberRange): RowTest {
  return {
    cost: 2,
    narrow(segment, selection) {
      selection.keepRange(segment.duration, range);
      return atOnce;
    },
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
    *narrow(segment, selection) {
      if (selection.count * fewRows < segment.count) return yield* single.narrow(segment, selection);
      if (found.length < segment.count) found = new Uint8Array(segment.capacity);
      yield* rowsWithAttribute(segment, test.key, test.holds, found);
      const wanted = test.absent ? 0 : 1;
      selection.filter(row => found[row] === wanted);
      yield;
    },
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
    *narrow(segment, selection) {
      for (const test of sorted) if (selection.count > 0) yield* test.narrow(segment, selection);
    },
  };
}

/** Either of two tests; the second one is only asked about rows that the first one refuses. */
export function eitherTest(first: RowTest, second: RowTest): RowTest {
  return {
    cost: first.cost + second.cost,
    *narrow(segment, selection) {
      const all = selection.rows().slice();
      yield* first.narrow(segment, selection);
      const accepted = selection.rows().slice();
      selection.invert(all);
      yield* second.narrow(segment, selection);
      selection.add(accepted);
    },
  };
}

/** A test for any expression: row by row. */
export function anyTest(context: SpanContext, expression: Expression, query: string, cost: number): RowTest {
  return rowByRow(context, cost, compilePredicate(expression, query));
}
