import type { Expression } from './ast.ts';
import { QueryError, UnsupportedQueryError } from './errors.ts';
import { intrinsicTypes } from './fields.ts';
import { compileRegex } from './regex.ts';

/** `any` is an attribute's: known only when a span is looked at. Numbers, durations included, compare with each other. */
export type Type = 'any' | 'string' | 'number' | 'boolean' | 'status' | 'kind';

const ordering = new Set(['<', '<=', '>', '>=']);
const arithmetic = new Set(['+', '-', '*', '/', '%', '^']);

/**
 * The type of an expression. Throws a `QueryError` at the operator to blame, by Tempo's rules (`pkg/traceql/ast_validate.go`):
 * operands of one type, which the operator takes.
 */
export function typeOf(expression: Expression, query: string): Type {
  const fail = (message: string) => new QueryError(message, query, expression.offset);
  switch (expression.node) {
    case 'static': {
      const { type } = expression.value;
      return type === 'int' || type === 'float' || type === 'duration' ? 'number' : type;
    }
    case 'attribute':
      if (expression.scope === 'parent')
        throw new UnsupportedQueryError('the scope parent', query, expression.offset);
      return 'any';
    case 'intrinsic':
      if (expression.name === 'parent') throw new UnsupportedQueryError('parent', query, expression.offset);
      return intrinsicTypes[expression.name];
    case 'nil':
      return typeOfNil(expression, query);
    case 'unary': {
      const wanted = expression.operator === '!' ? 'boolean' : 'number';
      const type = typeOf(expression.operand, query);
      if (type !== wanted && type !== 'any')
        throw fail(`${expression.operator} does not go with ${describe(type)}`);
      return type;
    }
  }
  const { operator, left, right } = expression;
  const a = typeOf(left, query);
  const b = typeOf(right, query);
  if (a !== b && a !== 'any' && b !== 'any')
    throw fail(
      arithmetic.has(operator)
        ? `${operator} goes with numbers, not with ${describe(a)} and ${describe(b)}`
        : `${describe(a)} does not compare with ${describe(b)}`,
    );
  const known = a === 'any' ? b : a;
  if (arithmetic.has(operator)) {
    if (known !== 'number' && known !== 'any')
      throw fail(`${operator} goes with numbers, not with ${describe(known)}`);
    return known;
  }
  if (operator === '&&' || operator === '||') {
    if (known !== 'boolean' && known !== 'any')
      throw fail(`${operator} goes with true and false, not with ${describe(known)}`);
  } else if (operator === '=~' || operator === '!~') {
    if (right.node !== 'static' || right.value.type !== 'string')
      throw fail(`${operator} compares text with a pattern in quotes`);
    compileRegex(right.value.value, query, right.offset);
  } else if (ordering.has(operator) && (known === 'status' || known === 'kind' || known === 'boolean'))
    throw fail(`${describe(known)} goes with = and !=, not with ${operator}`);
  return 'boolean';
}

/** Whether an expression looks at spans at all. */
export function referencesSpan(expression: Expression): boolean {
  switch (expression.node) {
    case 'static':
      return false;
    case 'attribute':
    case 'intrinsic':
      return true;
    case 'unary':
      return referencesSpan(expression.operand);
    case 'nil':
      return expression.operand !== undefined && referencesSpan(expression.operand);
    case 'binary':
      return referencesSpan(expression.left) || referencesSpan(expression.right);
  }
}

export function describe(type: Type): string {
  return {
    any: 'an attribute',
    string: 'text',
    number: 'a number',
    boolean: 'true or false',
    status: 'a status',
    kind: 'a kind',
  }[type];
}

function typeOfNil(expression: Expression & { node: 'nil' }, query: string): Type {
  const { operand, absent, offset } = expression;
  if (operand === undefined) return 'boolean';
  typeOf(operand, query);
  if (absent && operand.node === 'intrinsic')
    throw new QueryError(`${operand.name} is never nil`, query, offset);
  if (
    absent &&
    operand.node === 'attribute' &&
    operand.scope === 'resource' &&
    operand.name === 'service.name'
  )
    throw new QueryError('resource.service.name is never nil', query, offset);
  return 'boolean';
}
