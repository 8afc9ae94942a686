import type { BinaryOperator, Expression, Static } from '../ast.ts';
import { compilePredicate, type Predicate } from '../evaluate.ts';
import type { Field } from '../fields.ts';
import type { SpanContext } from '../spanContext.ts';
import { isNumber } from '../values.ts';
import {
  anyTest,
  attributeTest,
  byAttribute,
  byColumn,
  byDuration,
  eitherTest,
  everyTest,
  type IdColumn,
  type RowTest,
} from './rowTest.ts';
import type { NumberRange } from './selection.ts';

/** A filter in two steps: tests that go over the rows of a segment, and what can only be told within the trace. */
export interface FilterPlan {
  readonly rows: RowTest;
  /** The same of one row. */
  readonly row: Predicate;
  readonly inTrace: Predicate | undefined;
}

/** Columns go first, then what is searched by attribute, then what is read span by span; the shape of the trace comes last. */
export function planFilter(
  expression: Expression | undefined,
  context: SpanContext,
  query: string,
): FilterPlan {
  const parts = expression === undefined ? [] : conjunction(expression);
  const needsTrace = (part: Expression): boolean => sourcesOf(part).has('shape');
  const early = parts.filter(part => !needsTrace(part));
  const late = parts.filter(needsTrace).map(part => compilePredicate(part, query));
  return {
    rows: everyTest(early.map(part => planRows(part, context, query))),
    row: every(early.map(part => compilePredicate(part, query))),
    inTrace: late.length === 0 ? undefined : every(late),
  };
}

function every(predicates: readonly Predicate[]): Predicate {
  return span => predicates.every(holds => holds(span));
}

/** Operands of `&&` at the top. `||` is of the same level: what stands left of it is one operand. */
function conjunction(expression: Expression): Expression[] {
  const parts: Expression[] = [];
  let rest = expression;
  while (rest.node === 'binary' && rest.operator === '&&') {
    parts.push(...(rest.right.node === 'binary' ? conjunction(rest.right) : [rest.right]));
    rest = rest.left;
  }
  return [...parts, rest];
}

function planRows(expression: Expression, context: SpanContext, query: string): RowTest {
  const sources = sourcesOf(expression);
  const [source] = sources;
  if (sources.size === 1 && isColumn(source))
    return byColumn(context, source, compilePredicate(expression, query));
  if (expression.node === 'binary') {
    const { operator, left, right } = expression;
    if (operator === '||') return eitherTest(planRows(left, context, query), planRows(right, context, query));
    if (operator === '&&')
      return everyTest(conjunction(expression).map(part => planRows(part, context, query)));
    if (left.node === 'intrinsic' && left.name === 'duration' && right.node === 'static') {
      const range = durationRange(operator, right.value);
      if (range !== undefined) return byDuration(range);
    }
  }
  const unscoped = unscopedOperand(expression);
  if (unscoped !== undefined) {
    const [span, resource] = (['span', 'resource'] as const).map((scope): Expression => {
      const operand: Expression = { ...unscoped, scope };
      return expression.node === 'nil'
        ? { ...expression, operand }
        : ({ ...expression, left: operand } as Expression);
    });
    const onSpan = planRows(span, context, query);
    const onResource = planRows(resource, context, query);
    if (expression.node === 'nil' && expression.absent) return everyTest([onSpan, onResource]);
    const notOnSpan: Expression = { ...unscoped, scope: 'span' };
    const absent: Expression = { node: 'nil', absent: true, operand: notOnSpan, offset: expression.offset };
    return eitherTest(onSpan, everyTest([planRows(absent, context, query), onResource]));
  }
  const attribute = attributeTest(expression, query);
  if (attribute !== undefined) return byAttribute(context, attribute, compilePredicate(expression, query));
  return anyTest(context, expression, query, sources.has('parts') ? 40 : 25);
}

/**
 * `.a` where it is compared with a constant or with nil. `.a = 1` means `span.a = 1 || span.a = nil && resource.a = 1`: the parts
 * are found faster by themselves.
 */
function unscopedOperand(expression: Expression): (Field & { node: 'attribute' }) | undefined {
  let operand: Expression | undefined;
  if (expression.node === 'nil') operand = expression.operand;
  else if (expression.node === 'binary' && expression.right.node === 'static') operand = expression.left;
  return operand?.node === 'attribute' && operand.scope === '' ? operand : undefined;
}

/** The durations that a comparison with a number means. Undefined where doubles are not enough. */
function durationRange(operator: BinaryOperator, value: Static): NumberRange | undefined {
  const limit = isNumber(value) ? Number(value.value) : Number.NaN;
  if (Number.isNaN(limit) || Math.abs(limit) > Number.MAX_SAFE_INTEGER) return undefined;
  const [least, most, inside] = [0, Number.POSITIVE_INFINITY, true];
  switch (operator) {
    case '=':
      return { least: limit, most: limit, inside };
    case '!=':
      return { least: limit, most: limit, inside: false };
    case '<':
      return { least, most: Math.ceil(limit) - 1, inside };
    case '<=':
      return { least, most: limit, inside };
    case '>':
      return { least: Math.floor(limit) + 1, most, inside };
    case '>=':
      return { least: limit, most, inside };
    default:
      return undefined;
  }
}

/** The column whose ids alone tell what a span has for a field. */
export function columnOf(field: Field): IdColumn | undefined {
  const [source] = sourcesOfField(field);
  return isColumn(source) ? source : undefined;
}

/** Where values come from: columns of ids, the span's own times, its attributes, its other parts, the shape of its trace. */
type Source = IdColumn | 'duration' | 'attributes' | 'parts' | 'shape' | 'nothing';

function isColumn(source: Source): source is IdColumn {
  return !['duration', 'attributes', 'parts', 'shape', 'nothing'].includes(source);
}

function sourcesOf(expression: Expression, found: Set<Source> = new Set()): Set<Source> {
  switch (expression.node) {
    case 'attribute':
    case 'intrinsic':
      for (const source of sourcesOfField(expression)) found.add(source);
      break;
    case 'unary':
      sourcesOf(expression.operand, found);
      break;
    case 'nil':
      if (expression.operand !== undefined) sourcesOf(expression.operand, found);
      break;
    case 'binary':
      sourcesOf(expression.left, found);
      sourcesOf(expression.right, found);
  }
  return found;
}

function sourcesOfField(field: Field): readonly Source[] {
  if (field.node === 'attribute')
    switch (field.scope) {
      case 'resource':
        return ['resource'];
      case 'instrumentation':
        return ['scope'];
      case 'event':
      case 'link':
        return ['parts'];
      case '':
        return ['attributes', 'resource'];
      default:
        return ['attributes'];
    }
  switch (field.name) {
    case 'name':
      return ['name'];
    case 'kind':
    case 'status':
      return ['kindStatus'];
    case 'instrumentation:name':
    case 'instrumentation:version':
      return ['scope'];
    case 'rootName':
    case 'rootServiceName':
    case 'traceDuration':
    case 'trace:id':
      return ['trace'];
    case 'duration':
      return ['duration'];
    case 'nestedSetLeft':
    case 'nestedSetRight':
    case 'nestedSetParent':
    case 'span:childCount':
      return ['shape'];
    default:
      return ['parts'];
  }
}
