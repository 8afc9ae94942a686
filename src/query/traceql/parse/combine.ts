import type {
  ArithmeticOperator,
  ComparisonOperator,
  MetricsExpression,
  MetricsOperator,
  ScalarExpression,
  SecondStage,
  SpansetExpression,
  SpansetOperator,
  Stage,
} from '../ast.ts';
import type { QueryError } from '../errors.ts';
import type { NumberStatic } from '../values.ts';
import type { Cursor } from './cursor.ts';
import { comparisons } from './metricsParser.ts';
import { foldNumbers } from './numberParser.ts';

/** What operators outside of `{ … }` put together. */
export type Part = { readonly offset: number } & (
  | { readonly kind: 'spanset'; readonly node: SpansetExpression; readonly inParentheses: boolean }
  /** Pipelines in parentheses, and what operators make of them. */
  | { readonly kind: 'wrapped'; readonly node: SpansetExpression }
  /** An aggregate is in it. */
  | { readonly kind: 'scalar'; readonly node: ScalarExpression }
  | { readonly kind: 'number'; readonly value: NumberStatic }
  | { readonly kind: 'scalarPipeline'; readonly node: ScalarExpression }
  | { readonly kind: 'scalarFilter'; readonly stage: Stage }
  /** A comparison of scalar pipelines: stands alone. */
  | { readonly kind: 'pipelineFilter'; readonly stage: Stage }
  /** With `after` it is finished. */
  | { readonly kind: 'metrics'; readonly node: MetricsExpression; readonly after?: readonly SecondStage[] }
);

/** How tightly operators bind outside of `{ … }`. */
export const levels: { readonly [operator: string]: number } = {
  ...Object.fromEntries(['&&', '||'].map(operator => [operator, 1])),
  ...Object.fromEntries(
    [
      ...['=', '!=', '<', '<=', '>', '>=', '>>', '<<', '~'],
      ...['!>', '!<', '!>>', '!<<', '!~', '&>', '&<', '&>>', '&<<', '&~'],
    ].map(operator => [operator, 2]),
  ),
  ...Object.fromEntries(['+', '-'].map(operator => [operator, 3])),
  ...Object.fromEntries(['*', '/', '%'].map(operator => [operator, 5])),
  '^': 6,
};
const arithmetic = new Set(['+', '-', '*', '/', '%', '^']);
const metricsArithmetic = new Set(['+', '-', '*', '/']);

/** Throws a `QueryError` for what does not go together. */
export function combine(cursor: Cursor, operator: string, left: Part, right: Part, offset: number): Part {
  const place = left.offset;
  const refuse = (message: string): QueryError => cursor.error(message, offset);
  if (arithmetic.has(operator)) {
    if (left.kind === 'number' && right.kind === 'number' && metricsArithmetic.has(operator)) {
      const value = foldNumbers(cursor, operator as ArithmeticOperator, left.value, right.value, offset);
      return { kind: 'number', value, offset: place };
    }
    if (left.kind === 'metrics' || right.kind === 'metrics')
      return combineMetrics(cursor, operator, left, right, offset);
    const [a, b] = [scalarOf(left), scalarOf(right)];
    const pipelines = left.kind === 'scalarPipeline' && right.kind === 'scalarPipeline';
    if (a === undefined || b === undefined || (left.kind === 'number' && right.kind === 'number'))
      throw refuse(`${operator} does not go with ${names[left.kind]} and ${names[right.kind]}`);
    const node: ScalarExpression = {
      node: 'arithmetic',
      operator: operator as ArithmeticOperator,
      left: a,
      right: b,
      offset,
    };
    if (pipelines) return { kind: 'scalarPipeline', node, offset: place };
    if (left.kind === 'scalarPipeline' || right.kind === 'scalarPipeline')
      throw refuse(`${operator} needs a pipeline in parentheses on both sides`);
    return { kind: 'scalar', node, offset: place };
  }
  const spansets = spansetsOf(left, right);
  if (spansets !== undefined) {
    if (comparisons.has(operator) && operator !== '<' && operator !== '>')
      throw refuse(`${operator} does not go between spansets`);
    const node: SpansetExpression = {
      node: 'operation',
      operator: operator as SpansetOperator,
      left: spansets[0],
      right: spansets[1],
      offset,
    };
    if (left.kind === 'spanset' && right.kind === 'spanset')
      return { kind: 'spanset', node, inParentheses: false, offset: place };
    return { kind: 'wrapped', node, offset: place };
  }
  if (comparisons.has(operator)) return compare(cursor, operator as ComparisonOperator, left, right, offset);
  throw refuse(`${operator} does not go with ${names[left.kind]} and ${names[right.kind]}`);
}

const names: { readonly [kind in Part['kind']]: string } = {
  spanset: 'a spanset',
  wrapped: 'a pipeline',
  scalar: 'an aggregate',
  number: 'a number',
  scalarPipeline: 'a pipeline with an aggregate',
  scalarFilter: 'a comparison',
  pipelineFilter: 'a comparison',
  metrics: 'a metric',
};

/** Either spansets, or pipelines that are all in parentheses. */
function spansetsOf(left: Part, right: Part): [SpansetExpression, SpansetExpression] | undefined {
  const isSpanset = (part: Part) => part.kind === 'spanset';
  const isWrapped = (part: Part) =>
    part.kind === 'wrapped' || (part.kind === 'spanset' && part.inParentheses);
  if (!(isSpanset(left) && isSpanset(right)) && !(isWrapped(left) && isWrapped(right))) return undefined;
  return [left, right].map(part => (part as { node: SpansetExpression }).node) as [
    SpansetExpression,
    SpansetExpression,
  ];
}

function scalarOf(part: Part): ScalarExpression | undefined {
  if (part.kind === 'number') return { node: 'static', value: part.value, offset: part.offset };
  return part.kind === 'scalar' || part.kind === 'scalarPipeline' ? part.node : undefined;
}

function compare(
  cursor: Cursor,
  operator: ComparisonOperator,
  left: Part,
  right: Part,
  offset: number,
): Part {
  const [a, b] = [scalarOf(left), scalarOf(right)];
  const kinds = [left.kind, right.kind];
  const refused =
    a === undefined ||
    b === undefined ||
    (left.kind === 'number' && right.kind !== 'scalar') ||
    (kinds.includes('scalarPipeline') && kinds.includes('scalar'));
  if (refused)
    throw cursor.error(`${operator} does not go with ${names[left.kind]} and ${names[right.kind]}`, offset);
  const stage: Stage = { node: 'scalarFilter', operator, left: a, right: b, offset };
  return {
    kind: left.kind === 'scalarPipeline' ? 'pipelineFilter' : 'scalarFilter',
    stage,
    offset: left.offset,
  };
}

function combineMetrics(cursor: Cursor, operator: string, left: Part, right: Part, offset: number): Part {
  const operand = (part: Part): MetricsExpression | number => {
    if (part.kind === 'metrics' && part.after === undefined) return part.node;
    if (part.kind === 'number' && part.value.type !== 'duration') return Number(part.value.value);
    throw cursor.error(
      part.kind === 'number'
        ? 'a metric is not calculated with a duration'
        : `${operator} does not go with ${names[left.kind]} and ${names[right.kind]}`,
      offset,
    );
  };
  if (!metricsArithmetic.has(operator)) throw cursor.error(`${operator} does not go with metrics`, offset);
  return {
    kind: 'metrics',
    node: {
      node: 'math',
      operator: operator as MetricsOperator,
      left: operand(left),
      right: operand(right),
      offset,
    },
    offset: left.offset,
  };
}
