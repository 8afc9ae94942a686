import type {
  Expression,
  MetricsExpression,
  MetricsFunction,
  Query,
  ScalarExpression,
  SecondStage,
  SpansetFilter,
  Stage,
} from './ast.ts';
import { describe, referencesSpan, typeOf } from './checkTypes.ts';
import { QueryError, UnsupportedQueryError } from './errors.ts';
import type { Field } from './fields.ts';

const mostGroups = 5;
const mostCompared = 1000;

/** Where the parts of a query do not fit together, by Tempo's rules (`pkg/traceql/ast_validate.go`): what is wrong with each stage. */
export function checkQuery(query: Query, text: string): QueryError[] {
  const errors: QueryError[] = [];
  const check = (part: () => void): void => {
    try {
      part();
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      errors.push(error);
    }
  };
  for (const stage of simpleStages(query)) check(() => checkStage(stage, text));
  if (query.kind === 'metrics') {
    check(() => checkMetrics(query.expression, text));
    check(() => checkSecondStages(query.expression, query.after, text));
  }
  return errors;
}

/** Stages that consist of no others. */
function simpleStages(query: Query): Stage[] {
  const simple: Stage[] = [];
  const rest: (Stage | MetricsExpression | number)[] =
    query.kind === 'spansets' ? [...query.stages] : [query.expression];
  for (let part = rest.pop(); part !== undefined; part = rest.pop())
    if (typeof part === 'number') continue;
    else if (part.node === 'operation' || part.node === 'math') rest.push(part.left, part.right);
    else if (part.node === 'pipeline' || part.node === 'metrics') rest.push(...part.stages);
    else simple.push(part);
  return simple;
}

function checkStages(stages: readonly Stage[], text: string): void {
  for (const stage of stages) checkStage(stage, text);
}

function checkStage(stage: Stage, text: string): void {
  switch (stage.node) {
    case 'filter':
      checkFilter(stage, text);
      return;
    case 'operation':
      checkStage(stage.left, text);
      checkStage(stage.right, text);
      return;
    case 'pipeline':
      checkStages(stage.stages, text);
      return;
    case 'select':
      for (const field of stage.fields) typeOf(field, text);
      return;
    case 'by':
      if (!referencesSpan(stage.expression))
        throw new QueryError('by( ) needs something of the spans', text, stage.expression.offset);
      typeOf(stage.expression, text);
      return;
    case 'scalarFilter':
      checkScalar(stage.left, text);
      checkScalar(stage.right, text);
      if (stage.left.node !== 'aggregate')
        throw new UnsupportedQueryError('anything but an aggregate on the left', text, stage.left.offset);
      if (stage.right.node !== 'static')
        throw new UnsupportedQueryError('anything but a number on the right', text, stage.right.offset);
  }
}

function checkFilter({ expression }: SpansetFilter, text: string): void {
  if (expression === undefined) return;
  const type = typeOf(expression, text);
  if (type !== 'boolean' && type !== 'any')
    throw new QueryError(
      `a filter must be true or false, this is ${describe(type)}`,
      text,
      expression.offset,
    );
}

function checkScalar(scalar: ScalarExpression, text: string): void {
  switch (scalar.node) {
    case 'static':
      return;
    case 'aggregate':
      if (scalar.operand !== undefined) checkAggregated(scalar.operand, text);
      return;
    case 'arithmetic':
      checkScalar(scalar.left, text);
      checkScalar(scalar.right, text);
      return;
    case 'scalarPipeline':
      checkStages(scalar.stages, text);
      checkScalar(scalar.aggregate, text);
      return;
  }
}

function checkAggregated(operand: Expression, text: string): void {
  const type = typeOf(operand, text);
  if (type !== 'number' && type !== 'any')
    throw new QueryError(`an aggregate takes numbers, not ${describe(type)}`, text, operand.offset);
  if (!referencesSpan(operand))
    throw new QueryError('an aggregate needs something of the spans', text, operand.offset);
}

function checkMetrics(expression: MetricsExpression | number, text: string): void {
  if (typeof expression === 'number') return;
  if (expression.node === 'metrics') {
    checkFunction(expression.metric, text);
    checkSecondStages(expression, expression.after, text);
    return;
  }
  for (const side of [expression.left, expression.right]) {
    if (typeof side !== 'number' && isComparison(side))
      throw new QueryError('compare( ) is not calculated with', text, expression.offset);
    checkMetrics(side, text);
  }
}

function checkFunction(metric: MetricsFunction, text: string): void {
  const fail = (message: string) => new QueryError(message, text, metric.offset);
  if (metric.node === 'overTime') {
    const { name, by, quantiles } = metric;
    const most =
      name === 'quantile_over_time' || name === 'histogram_over_time' || name === 'avg_over_time'
        ? mostGroups - 1
        : mostGroups;
    if (by.length > most)
      throw new UnsupportedQueryError(`more than ${most} fields in by( )`, text, by[most].offset);
    if (quantiles.some(quantile => !(quantile >= 0 && quantile <= 1)))
      throw fail('a quantile lies between 0 and 1');
    const fields: readonly Field[] = metric.field === undefined ? by : [metric.field, ...by];
    for (const field of fields) typeOf(field, text);
    return;
  }
  checkFilter(metric.filter, text);
  if (metric.top < 1 || metric.top > mostCompared)
    throw fail(`compare( ) shows between 1 and ${mostCompared} values`);
  if (metric.start === 0n && metric.end === 0n) return;
  if (metric.start === 0n || metric.end <= metric.start)
    throw fail('the end of the time that compare( ) selects must come after its start');
}

function checkSecondStages(of: MetricsExpression, stages: readonly SecondStage[], text: string): void {
  for (const stage of stages) {
    if (isComparison(of)) throw new QueryError('after compare( ) nothing can follow', text, stage.offset);
    if (stage.node !== 'threshold' && stage.limit < 1)
      throw new QueryError(`${stage.node} takes a number of at least 1`, text, stage.offset);
  }
}

function isComparison(expression: MetricsExpression): boolean {
  return expression.node === 'metrics' && expression.metric.node === 'compare';
}
