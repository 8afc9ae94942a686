import type { KeyValue } from '../../model/anyValue.ts';
import { SpanAttribute } from '../../store/spanAttribute.ts';
import type { BinaryOperator, Expression, Static } from './ast.ts';
import type { AttributeScope } from './fields.ts';
import { compileRegex } from './regex.ts';
import type { SpanContext } from './spanContext.ts';
import { calculate, compareValues, negate, valuesOf } from './values.ts';

export type Predicate = (span: SpanContext) => boolean;
/** Values of an expression for a span: none if it is absent, several for arrays, events and links. */
export type Reader = (span: SpanContext) => readonly Static[];

/** Whether an expression is true of a span. The query text is for the positions of errors. */
export function compilePredicate(expression: Expression, query: string): Predicate {
  if (expression.node === 'unary' && expression.operator === '!') {
    const operand = compilePredicate(expression.operand, query);
    return span => !operand(span);
  }
  if (expression.node === 'nil') {
    const { operand, absent } = expression;
    if (operand === undefined) return () => false;
    const read = compileReader(operand, query);
    return span => (read(span).length === 0) === absent;
  }
  if (expression.node !== 'binary') {
    const read = compileReader(expression, query);
    return span => read(span).some(value => value.type === 'boolean' && value.value);
  }
  const { operator, left, right } = expression;
  if (operator === '&&' || operator === '||') {
    const first = compilePredicate(left, query);
    const second = compilePredicate(right, query);
    return operator === '&&' ? span => first(span) && second(span) : span => first(span) || second(span);
  }
  if (arithmetic.has(operator)) return () => false;
  const readLeft = compileReader(left, query);
  const readRight = compileReader(right, query);
  const holds = compileComparison(expression, query);
  return span => {
    const values = readLeft(span);
    return values.length > 0 && holds(values, readRight(span));
  };
}

/**
 * A comparison of what both sides have. Absent values compare as false, with `!=` too. An array differs from a value only if
 * all its elements do; of events and links, one is enough.
 */
export function compileComparison(
  { operator, left, right }: Expression & { node: 'binary' },
  query: string,
): (left: readonly Static[], right: readonly Static[]) => boolean {
  const negated = operator === '!=' || operator === '!~';
  const all = negated && !readsMany(left) && !readsMany(right);
  let holds: (a: Static, b: Static) => boolean;
  if ((operator === '=~' || operator === '!~') && right.node === 'static' && right.value.type === 'string') {
    const regex = compileRegex(right.value.value, query, right.offset);
    holds = a => a.type === 'string' && regex.test(a.value) === (operator === '=~');
  } else holds = (a, b) => compareValues(operator, a, b);
  return (a, b) => {
    if (a.length === 0 || b.length === 0) return false;
    return all ? a.every(x => b.every(y => holds(x, y))) : a.some(x => b.some(y => holds(x, y)));
  };
}

export function compileReader(expression: Expression, query: string): Reader {
  switch (expression.node) {
    case 'static': {
      const values = [expression.value];
      return () => values;
    }
    case 'intrinsic': {
      const { name } = expression;
      return span => span.intrinsic(name);
    }
    case 'attribute':
      return attributeReader(expression.scope, expression.name);
    case 'unary':
      if (expression.operator === '-') {
        const operand = compileReader(expression.operand, query);
        return span => operand(span).flatMap(value => negate(value) ?? []);
      }
      break;
    case 'binary': {
      const { operator } = expression;
      if (!arithmetic.has(operator)) break;
      const left = compileReader(expression.left, query);
      const right = compileReader(expression.right, query);
      return span => {
        const values = right(span);
        return left(span).flatMap(a => values.flatMap(b => calculate(operator, a, b) ?? []));
      };
    }
  }
  const holds = compilePredicate(expression, query);
  return span => [{ type: 'boolean', value: holds(span) }];
}

const arithmetic = new Set<BinaryOperator>(['+', '-', '*', '/', '%', '^']);

function attributeReader(scope: AttributeScope, name: string): Reader {
  const attribute = new SpanAttribute(name);
  const onSpan: Reader = span => {
    const value = attribute.read(span.segment, span.row);
    return value === undefined ? [] : valuesOf(value);
  };
  const among = (attributes: readonly KeyValue[]): readonly Static[] => {
    const found = attributes.findLast(({ key }) => key === name);
    return found === undefined ? [] : valuesOf(found.value);
  };
  switch (scope) {
    case 'span':
      return onSpan;
    case 'resource':
      return span => among(span.resourceAttributes);
    case 'instrumentation':
      return span => among(span.scopeAttributes);
    case 'event':
      return span => span.events.flatMap(event => among(event.attributes ?? []));
    case 'link':
      return span => span.links.flatMap(link => among(link.attributes ?? []));
    default:
      return span => {
        const values = onSpan(span);
        return values.length > 0 ? values : among(span.resourceAttributes);
      };
  }
}

/** Events and links: each is asked by itself. */
function readsMany(expression: Expression): boolean {
  if (expression.node === 'attribute') return expression.scope === 'event' || expression.scope === 'link';
  return expression.node === 'intrinsic' && /^(event|link):/.test(expression.name);
}
