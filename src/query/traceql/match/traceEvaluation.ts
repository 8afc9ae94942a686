import { addToGroup } from '../../../base/groups.ts';
import type { Segment } from '../../../store/segment.ts';
import { noSpan, type SpanRef } from '../../../store/spanRef.ts';
import type {
  ComparisonOperator,
  Expression,
  ScalarExpression,
  SpansetFilter,
  SpansetOperator,
  Stage,
  Static,
} from '../ast.ts';
import { QueryError } from '../errors.ts';
import { compileReader } from '../evaluate.ts';
import type { SpanContext } from '../spanContext.ts';
import { compareValues, isNumber } from '../values.ts';
import { type Aggregate, compileAggregate } from './aggregate.ts';
import { planFilter } from './plan.ts';
import { ParentsById, relate } from './relations.ts';
import { SpanFilter } from './spanFilter.ts';

/** Spans of one trace. */
type Spanset = readonly SpanRef[];
/** None, one, or after `by` several spansets of a trace → what is left of them. */
type Step = (sets: readonly Spanset[]) => readonly Spanset[];
/** Whether a trace can have an answer, by the filters that some span of it matches: a bit each. */
type Possible = (matched: number) => boolean;

interface Compiled {
  readonly step: Step;
  readonly possible: Possible;
  /** Traces with fewer spans have no answer. */
  readonly fewest: number;
}

export type RowMatcher = (segment: Segment, row: number) => boolean;

/** Filters have bits in a word; those beyond count as matched by some span. */
const bitsOfFilters = 31;

/** The stages of a query, asked of one trace after the other. */
export class TraceEvaluation {
  /** Bit `i` of what a trace matched stands for the i-th. */
  readonly filters: SpanFilter[] = [];
  readonly possible: Possible;
  /** Traces with fewer spans have no answer. */
  readonly fewest: number;
  readonly #context: SpanContext;
  readonly #query: string;
  readonly #step: Step;
  #traceRow = -1;
  /** Of the trace in hand, if somebody has asked. */
  #parents: ParentsById | undefined;

  /** The query text is for the positions of errors. */
  constructor(context: SpanContext, stages: readonly Stage[], query: string) {
    this.#context = context;
    this.#query = query;
    const { step, possible, fewest } = this.#compileStages(stages);
    this.#step = step;
    this.fewest = fewest;
    this.possible = possible;
  }

  /** Spans of a trace that are in one of the spansets that come out, each once; `accepts` says which go in. */
  spansOf(traceRow: number, accepts?: RowMatcher): SpanRef[] {
    const { store } = this.#context;
    if (store.traces.spanCount[traceRow] < this.fewest) return [];
    this.#traceRow = traceRow;
    this.#parents = undefined;
    const all: SpanRef[] = [];
    for (let ref = store.traces.head[traceRow]; ref !== noSpan; ) {
      const segment = store.segmentOf(ref);
      const row = store.rowOf(ref);
      if (accepts === undefined || accepts(segment, row)) all.push(ref);
      ref = segment.next[row];
    }
    const sets = all.length === 0 ? [] : this.#step([all]);
    return sets.length === 1 ? [...sets[0]] : [...new Set(sets.flat())];
  }

  #compileStages(stages: readonly Stage[]): Compiled {
    const compiled = stages.map(stage => this.#compileStage(stage));
    if (compiled.length === 1) return compiled[0];
    return {
      step: sets => compiled.reduce((rest, { step }) => (rest.length === 0 ? rest : step(rest)), sets),
      possible: matched => compiled.every(({ possible }) => possible(matched)),
      fewest: Math.max(...compiled.map(({ fewest }) => fewest)),
    };
  }

  #compileStage(stage: Stage): Compiled {
    switch (stage.node) {
      case 'filter':
        return this.#compileFilter(stage);
      case 'operation': {
        const left = this.#compileStage(stage.left);
        const right = this.#compileStage(stage.right);
        return this.#compileOperation(stage.operator, left, right, stage.offset);
      }
      case 'pipeline':
        return this.#compileStages(stage.stages);
      case 'by':
        return { step: this.#compileBy(stage.expression), possible: anything, fewest: 0 };
      case 'coalesce':
        return { step: sets => [[...new Set(sets.flat())]], possible: anything, fewest: 0 };
      case 'select':
        return { step: sets => sets, possible: anything, fewest: 0 };
      case 'scalarFilter': {
        const { operator, left, right } = stage;
        const aggregate = this.#compileAggregate(left as ScalarExpression & { node: 'aggregate' });
        const { value: limit } = right as { value: Static };
        return {
          step: sets =>
            sets.filter(set => {
              const value = aggregate(set);
              return value !== undefined && compareValues(operator, value, limit);
            }),
          possible: anything,
          fewest: fewestSpans(left as ScalarExpression & { node: 'aggregate' }, operator, limit),
        };
      }
    }
  }

  #compileFilter({ expression }: SpansetFilter): Compiled {
    const filter = new SpanFilter(this.#context, planFilter(expression, this.#context, this.#query));
    const bit = this.filters.push(filter) - 1;
    const { store } = this.#context;
    const matches = (ref: SpanRef): boolean => filter.matches(store.segmentOf(ref), store.rowOf(ref));
    return {
      step: sets => sets.map(set => set.filter(matches)).filter(isFilled),
      possible: bit < bitsOfFilters ? matched => (matched & (1 << bit)) !== 0 : anything,
      fewest: 1,
    };
  }

  #compileOperation(operator: SpansetOperator, left: Compiled, right: Compiled, offset: number): Compiled {
    if (operator === '&&' || operator === '||') {
      const both = operator === '&&';
      return {
        step: sets =>
          sets.flatMap(set => {
            const a = left.step([set]);
            if (both && a.length === 0) return [];
            const b = right.step([set]);
            if (both ? b.length === 0 : a.length + b.length === 0) return [];
            return [[...new Set([...a, ...b].flat())]];
          }),
        possible: both
          ? matched => left.possible(matched) && right.possible(matched)
          : matched => left.possible(matched) || right.possible(matched),
        fewest: both ? Math.max(left.fewest, right.fewest) : Math.min(left.fewest, right.fewest),
      };
    }
    const needsLeft = !operator.startsWith('!');
    const { store } = this.#context;
    return {
      step: sets =>
        sets.flatMap(set => {
          const b = right.step([set]);
          const a = b.length === 0 ? [] : left.step([set]);
          if (a.length > 1 || b.length > 1)
            throw new QueryError(
              `${operator} relates one spanset to one: use coalesce()`,
              this.#query,
              offset,
            );
          if (b.length === 0 || (needsLeft && a.length === 0)) return [];
          const traceRow = this.#traceRow;
          this.#parents ??= new ParentsById(store, traceRow, () => this.#context.shapeOf(traceRow));
          return [relate(operator, a[0] ?? [], b[0], this.#parents)].filter(isFilled);
        }),
      possible: matched => right.possible(matched) && (!needsLeft || left.possible(matched)),
      fewest: needsLeft ? Math.max(left.fewest, right.fewest) : right.fewest,
    };
  }

  #compileBy(expression: Expression): Step {
    const read = compileReader(expression, this.#query);
    return sets =>
      sets.flatMap(set => {
        const groups = new Map<string, SpanRef[]>();
        for (const span of set) {
          this.#moveTo(span);
          const key = read(this.#context)
            .map(({ type, value }) => `${type} ${value}`)
            .join('\0');
          addToGroup(groups, key, span);
        }
        return [...groups.values()];
      });
  }

  #compileAggregate(aggregate: ScalarExpression & { node: 'aggregate' }): Aggregate<SpanRef> {
    return compileAggregate(aggregate, this.#context, span => this.#moveTo(span), this.#query);
  }

  #moveTo(span: SpanRef): void {
    const { store } = this.#context;
    this.#context.moveTo(store.segmentOf(span), store.rowOf(span));
  }
}

/** How many spans a trace must have for its spansets to pass `count() > limit` and the like. */
function fewestSpans(
  { name }: ScalarExpression & { node: 'aggregate' },
  operator: ComparisonOperator,
  limit: Static,
): number {
  if (name !== 'count' || !isNumber(limit)) return 0;
  const least = Number(limit.value);
  if (operator === '>') return Math.floor(least) + 1;
  return operator === '>=' || operator === '=' ? Math.ceil(least) : 0;
}

function anything(): boolean {
  return true;
}

function isFilled(set: Spanset): boolean {
  return set.length > 0;
}
