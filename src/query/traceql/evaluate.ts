import { KeySet, readSpanAttribute } from '../../decode/otlp/readSpanParts.ts';
import type { KeyValue } from '../../model/anyValue.ts';
import type { BinaryOperator, Expression, SpansetFilter, Static } from './ast.ts';
import { UnsupportedQueryError } from './errors.ts';
import { compileRegex } from './regex.ts';
import type { SpanContext } from './spanContext.ts';
import { calculate, compareValues, negate, valuesOf } from './values.ts';

export type Predicate = (span: SpanContext) => boolean;
/** Values of an expression for a span: none if it is absent, several for arrays, events and links. */
type Reader = (span: SpanContext) => readonly Static[];

/** Syntax tree → function. The query text is for the positions of errors. */
export function compileFilter({ expression }: SpansetFilter, query: string): Predicate {
  return expression === undefined ? () => true : predicate(expression, query);
}

/** Names of the attributes that a query reads, without scopes, each once. */
export function attributesIn({ expression }: SpansetFilter): { scope: string; name: string }[] {
  const found = new Map<string, { scope: string; name: string }>();
  const visit = (node: Expression): void => {
    if (node.node === 'attribute')
      found.set(`${node.scope}.${node.name}`, { scope: node.scope, name: node.name });
    else if (node.node === 'unary') visit(node.operand);
    else if (node.node === 'binary') {
      visit(node.left);
      visit(node.right);
    }
  };
  if (expression !== undefined) visit(expression);
  return [...found.values()];
}

function predicate(expression: Expression, query: string): Predicate {
  if (expression.node === 'unary' && expression.operator === '!') {
    const operand = predicate(expression.operand, query);
    return span => !operand(span);
  }
  if (expression.node !== 'binary') {
    const read = reader(expression, query);
    return span => read(span).some(value => value.type === 'boolean' && value.value);
  }
  const { operator, left, right } = expression;
  if (operator === '&&' || operator === '||') {
    // Neither side does anything but look, so the one that looks at columns goes first.
    const [first, second] = (cost(left) <= cost(right) ? [left, right] : [right, left]).map(side =>
      predicate(side, query),
    );
    return operator === '&&' ? span => first(span) && second(span) : span => first(span) || second(span);
  }
  return remembered(expression, comparison(operator, left, right, query));
}

function comparison(operator: BinaryOperator, left: Expression, right: Expression, query: string): Predicate {
  const isNil = (side: Expression): boolean => side.node === 'static' && side.value.type === 'nil';
  if (isNil(left) || isNil(right)) {
    if (isNil(left) && isNil(right)) return () => false;
    const read = reader(isNil(left) ? right : left, query);
    return operator === '=' ? span => read(span).length === 0 : span => read(span).length > 0;
  }
  const readLeft = reader(left, query);
  let holds: (a: Static, span: SpanContext) => boolean;
  if ((operator === '=~' || operator === '!~') && right.node === 'static' && right.value.type === 'string') {
    const regex = compileRegex(right.value.value, query, right.offset);
    const wanted = operator === '=~';
    holds = a => a.type === 'string' && regex.test(a.value) === wanted;
  } else {
    const readRight = reader(right, query);
    holds = (a, span) => readRight(span).some(b => compareValues(operator, a, b));
  }
  // An array differs from a value only if all its elements do; of events and links, one is enough.
  const all = (operator === '!=' || operator === '!~') && !readsMany(left);
  return span => {
    const values = readLeft(span);
    if (values.length === 0) return false;
    return all ? values.every(value => holds(value, span)) : values.some(value => holds(value, span));
  };
}

function reader(expression: Expression, query: string): Reader {
  switch (expression.node) {
    case 'static': {
      const values = [expression.value];
      return () => values;
    }
    case 'intrinsic': {
      const { name } = expression;
      if (name.startsWith('nestedSet'))
        throw new UnsupportedQueryError(`${name} is not supported`, query, expression.offset);
      return span => span.intrinsic(name);
    }
    case 'attribute':
      return attributeReader(expression.scope, expression.name);
    case 'unary': {
      if (expression.operator === '!') {
        const holds = predicate(expression, query);
        return span => [{ type: 'boolean', value: holds(span) }];
      }
      const operand = reader(expression.operand, query);
      return span => operand(span).map(negate).filter(present);
    }
    case 'binary': {
      const { operator } = expression;
      if (!arithmetic.has(operator)) {
        const holds = predicate(expression, query);
        return span => [{ type: 'boolean', value: holds(span) }];
      }
      const left = reader(expression.left, query);
      const right = reader(expression.right, query);
      return span =>
        left(span).flatMap(a =>
          right(span)
            .map(b => calculate(operator, a, b))
            .filter(present),
        );
    }
  }
}

const arithmetic = new Set<BinaryOperator>(['+', '-', '*', '/', '%', '^']);

function attributeReader(scope: string, name: string): Reader {
  const keys = new KeySet([name]);
  const onSpan: Reader = span => {
    const value = readSpanAttribute(span.segment.bytes(span.row), keys);
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

function present(value: Static): boolean {
  return value.type !== 'nil';
}

/** Events and links: each is asked by itself. */
function readsMany(expression: Expression): boolean {
  if (expression.node === 'attribute') return expression.scope === 'event' || expression.scope === 'link';
  return expression.node === 'intrinsic' && /^(event|link):/.test(expression.name);
}

/** What a comparison depends on, if that is one column of ids: then its answers repeat, and are kept by id. */
function remembered(expression: Expression & { node: 'binary' }, holds: Predicate): Predicate {
  const { left, right } = expression;
  if (right.node !== 'static') return holds;
  const column =
    left.node === 'attribute' && left.scope === 'resource'
      ? 'resource'
      : left.node === 'attribute' && left.scope === 'instrumentation'
        ? 'scope'
        : left.node === 'intrinsic' && (left.name === 'name' || left.name === 'span:name')
          ? 'name'
          : undefined;
  if (column === undefined) return holds;
  const known = new Map<number, boolean>();
  return span => {
    const id = span.segment[column][span.row];
    let answer = known.get(id);
    if (answer === undefined) known.set(id, (answer = holds(span)));
    return answer;
  };
}

/** Rough cost of evaluation: columns, then what is kept by trace, then bytes. */
function cost(expression: Expression): number {
  switch (expression.node) {
    case 'static':
      return 0;
    case 'attribute':
      return expression.scope === 'resource' || expression.scope === 'instrumentation' ? 1 : 20;
    case 'intrinsic':
      return /^(event|link):|tatusMessage|childCount/.test(expression.name) ? 40 : 1;
    case 'unary':
      return cost(expression.operand);
    case 'binary':
      return cost(expression.left) + cost(expression.right);
  }
}
