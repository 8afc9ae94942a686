import type { AnyValue } from '../../../model/anyValue.ts';
import type { Segment } from '../../../store/segment.ts';
import { SpanAttribute } from '../../../store/spanAttribute.ts';
import type { Static } from '../ast.ts';
import { compileReader, type Reader } from '../evaluate.ts';
import type { Field } from '../fields.ts';
import { columnOf } from '../match/plan.ts';
import { type IdColumn, meaningOf } from '../match/rowTest.ts';
import type { SpanContext } from '../spanContext.ts';
import { valuesOf } from '../values.ts';

/**
 * Gives what spans have for a field ids, 0 and up: the same values, the same id. Whatever is told by an id in a column, or by an
 * attribute that spans of a sealed segment have in common, is read once.
 */
export class FieldIds {
  readonly idOf: (context: SpanContext) => number;
  readonly #values: (readonly Static[])[] = [];
  readonly #ids = new Map<string, number>();

  /** The query text is for the positions of errors. */
  constructor(field: Field, query: string) {
    const column = columnOf(field);
    const isOfSpan = field.node === 'attribute' && (field.scope === 'span' || field.scope === '');
    if (column !== undefined) this.idOf = this.#byColumn(column, compileReader(field, query));
    else if (isOfSpan) this.idOf = this.#byAttribute(field, query);
    else {
      const read = compileReader(field, query);
      this.idOf = context => this.#intern(read(context));
    }
  }

  valuesOf(id: number): readonly Static[] {
    return this.#values[id];
  }

  #byColumn(column: IdColumn, read: Reader): (context: SpanContext) => number {
    if (column === 'trace') return this.#byTrace(read);
    /** By the id in the column, id + 1. */
    const known: number[] = [];
    let meaning = 0;
    return context => {
      const now = meaningOf(context.store, column);
      if (now !== meaning) known.length = 0;
      meaning = now;
      const at = context.segment[column][context.row];
      while (known.length <= at) known.push(0);
      if (known[at] === 0) known[at] = this.#intern(read(context)) + 1;
      return known[at] - 1;
    };
  }

  /** What is told of a trace by its root and its times stays true until it grows, or another has its row. */
  #byTrace(read: Reader): (context: SpanContext) => number {
    /** By trace row, id + 1, and how old the trace was then. */
    let known = new Uint32Array(0);
    let generations = new Float64Array(0);
    return context => {
      const { traces } = context.store;
      const row = context.segment.trace[context.row];
      if (row >= known.length) {
        known = wider(known, new Uint32Array(traces.rows + (traces.rows >> 2)));
        generations = wider(generations, new Float64Array(known.length));
      }
      const generation = traces.lastUpdateGeneration[row];
      if (known[row] === 0 || generations[row] !== generation) {
        known[row] = this.#intern(read(context)) + 1;
        generations[row] = generation;
      }
      return known[row] - 1;
    };
  }

  #byAttribute(field: Field & { node: 'attribute' }, query: string): (context: SpanContext) => number {
    const attribute = new SpanAttribute(field.name);
    const other = { ...field, scope: 'resource' } as const;
    const absent = this.#intern([]);
    const otherwise =
      field.scope === 'span' ? () => absent : this.#byColumn('resource', compileReader(other, query));
    /** Ids by value; the spans of a sealed segment have the same objects. */
    let ofSegment = new Map<AnyValue, number>();
    let last: Segment | undefined;
    return context => {
      const { segment, row } = context;
      const value = attribute.read(segment, row);
      if (value === undefined) return otherwise(context);
      if (segment !== last) {
        last = segment;
        ofSegment = new Map();
      }
      let id = ofSegment.get(value);
      if (id === undefined) {
        id = this.#intern(valuesOf(value));
        if (segment.sealed !== undefined) ofSegment.set(value, id);
      }
      return id === absent ? otherwise(context) : id;
    };
  }

  #intern(values: readonly Static[]): number {
    let key = '';
    for (const { type, value } of values) key += `${type} ${value}\u0001`;
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#values.push(values) - 1;
      this.#ids.set(key, id);
    }
    return id;
  }
}

function wider<Column extends Uint32Array | Float64Array>(old: Column, column: Column): Column {
  column.set(old);
  return column;
}
