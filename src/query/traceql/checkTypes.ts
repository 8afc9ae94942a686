import type { Expression, Intrinsic } from './ast.ts';
import { QueryError } from './errors.ts';
import { compileRegex } from './regex.ts';

/** `any` is an attribute's: known only when a span is looked at. Numbers, durations included, compare with each other. */
type Type = 'any' | 'string' | 'number' | 'boolean' | 'status' | 'kind' | 'nil';

const ordering = new Set(['<', '<=', '>', '>=']);
const arithmetic = new Set(['+', '-', '*', '/', '%', '^']);

/** Tempo's rules: operands of one type, a filter that is true or false. Throws a `QueryError` at the operator to blame. */
export function checkTypes(expression: Expression, query: string): void {
  const type = typeOf(expression, query);
  if (type !== 'boolean' && !(type === 'any' && expression.node === 'attribute'))
    throw new QueryError(
      `a filter must be true or false, this is ${describe(type)}`,
      query,
      expression.offset,
    );
}

function typeOf(expression: Expression, query: string): Type {
  const fail = (message: string) => new QueryError(message, query, expression.offset);
  switch (expression.node) {
    case 'static': {
      const { type } = expression.value;
      return type === 'int' || type === 'float' || type === 'duration' ? 'number' : type;
    }
    case 'attribute':
      return 'any';
    case 'intrinsic':
      return typeOfIntrinsic(expression.name);
    case 'unary': {
      const wanted = expression.operator === '!' ? 'boolean' : 'number';
      const type = typeOf(expression.operand, query);
      if (type !== wanted && type !== 'any')
        throw fail(`${expression.operator} does not go with ${describe(type)}`);
      return wanted;
    }
  }
  const { operator, left, right } = expression;
  const a = typeOf(left, query);
  const b = typeOf(right, query);
  const both = (type: Type): boolean => (a === type || a === 'any') && (b === type || b === 'any');
  if (arithmetic.has(operator)) {
    if (!both('number'))
      throw fail(`${operator} goes with numbers, not with ${describe(a)} and ${describe(b)}`);
    return 'number';
  }
  if (operator === '&&' || operator === '||') {
    if (!both('boolean'))
      throw fail(`${operator} goes with true and false, not with ${describe(a)} and ${describe(b)}`);
    return 'boolean';
  }
  if (operator === '=~' || operator === '!~') {
    if (right.node !== 'static' || right.value.type !== 'string' || (a !== 'string' && a !== 'any'))
      throw fail(`${operator} compares text with a pattern in quotes`);
    compileRegex(right.value.value, query, right.offset);
    return 'boolean';
  }
  if (a === 'nil' || b === 'nil') {
    const other = a === 'nil' ? right : left;
    if (operator !== '=' && operator !== '!=') throw fail(`${operator} does not go with nil`);
    if (other.node === 'intrinsic') throw fail(`${other.name} is never nil`);
    if (other.node === 'attribute' && other.scope === 'resource' && other.name === 'service.name')
      throw fail('resource.service.name is never nil');
    return 'boolean';
  }
  if (a !== b && a !== 'any' && b !== 'any')
    throw fail(`${describe(a)} does not compare with ${describe(b)}`);
  if (
    ordering.has(operator) &&
    [a, b].some(type => type === 'status' || type === 'kind' || type === 'boolean')
  )
    throw fail(`${describe(a === 'any' ? b : a)} goes with = and !=, not with ${operator}`);
  return 'boolean';
}

function typeOfIntrinsic(name: Intrinsic): Type {
  switch (name) {
    case 'status':
    case 'span:status':
      return 'status';
    case 'kind':
    case 'span:kind':
      return 'kind';
    case 'duration':
    case 'traceDuration':
    case 'trace:duration':
    case 'span:duration':
    case 'span:childCount':
    case 'event:timeSinceStart':
    case 'nestedSetLeft':
    case 'nestedSetRight':
    case 'nestedSetParent':
      return 'number';
    default:
      return 'string';
  }
}

function describe(type: Type): string {
  return {
    any: 'an attribute',
    string: 'text',
    number: 'a number',
    boolean: 'true or false',
    status: 'a status',
    kind: 'a kind',
    nil: 'nil',
  }[type];
}
