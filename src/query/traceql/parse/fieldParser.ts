import type { BinaryOperator, Expression, Static } from '../ast.ts';
import { type Field, intrinsicOf } from '../fields.ts';
import type { Cursor } from './cursor.ts';

/** Operators by how tightly they bind. `&&` and `||` share a level, and all but `^` group to the left. */
const precedence: { readonly [operator: string]: number } = {
  '&&': 1,
  '||': 1,
  '=': 2,
  '!=': 2,
  '<': 2,
  '<=': 2,
  '>': 2,
  '>=': 2,
  '=~': 2,
  '!~': 2,
  '+': 3,
  '-': 3,
  '*': 5,
  '/': 5,
  '%': 5,
  '^': 6,
};
const comparisonLevel = 2;
/** `-a * b` is `-(a * b)`, as in Tempo, and so is `-a ^ b`. */
const minusLevel = 3;
const notLevel = 4;

const words: { readonly [word: string]: Static } = {
  true: { type: 'boolean', value: true },
  false: { type: 'boolean', value: false },
  unset: { type: 'status', value: 0 },
  ok: { type: 'status', value: 1 },
  error: { type: 'status', value: 2 },
  unspecified: { type: 'kind', value: 0 },
  internal: { type: 'kind', value: 1 },
  server: { type: 'kind', value: 2 },
  client: { type: 'kind', value: 3 },
  producer: { type: 'kind', value: 4 },
  consumer: { type: 'kind', value: 5 },
  minInt: { type: 'int', value: -(2n ** 63n) },
  maxInt: { type: 'int', value: 2n ** 63n - 1n },
};
/** Words for constants, for completion. */
export const constantWords: readonly string[] = [...Object.keys(words), 'nil'];

/** What stands within `{ … }`, `by( … )` and aggregates. */
export function parseExpression(cursor: Cursor, level = 0): Expression {
  return cursor.nested(() => {
    let left = parseOperand(cursor);
    for (;;) {
      const { next } = cursor;
      const binds = next.kind === 'symbol' ? precedence[next.text] : undefined;
      if (next.kind !== 'symbol' || binds === undefined || binds <= level) return left;
      cursor.advance();
      const { text, offset } = next;
      if ((text === '=' || text === '!=') && cursor.isWord('nil')) {
        cursor.advance();
        left = { node: 'nil', absent: text === '=', operand: left, offset };
        continue;
      }
      const right = parseExpression(cursor, text === '^' ? binds - 1 : binds);
      left = { node: 'binary', operator: text as BinaryOperator, left, right, offset };
    }
  });
}

/** A field alone: what `select`, `by` of metrics and the metrics functions take. */
export function parseField(cursor: Cursor): Field {
  const { next } = cursor;
  const name = next.kind === 'word' ? intrinsicOf(next.text) : undefined;
  if (next.kind !== 'attribute' && name === undefined)
    throw cursor.errorHere(`expected an attribute or an intrinsic, found ${cursor.shown()}`);
  cursor.advance();
  const { offset } = next;
  if (next.kind === 'attribute') return { node: 'attribute', scope: next.scope, name: next.name, offset };
  return { node: 'intrinsic', name: name!, offset };
}

export function parseFields(cursor: Cursor): Field[] {
  cursor.expect('(');
  const fields = [parseField(cursor)];
  while (cursor.take(',')) fields.push(parseField(cursor));
  cursor.expect(')', ' or a comma');
  return fields;
}

export function parseStatic(cursor: Cursor): Static {
  const { next } = cursor;
  const value = staticOf(cursor);
  if (value === undefined) throw cursor.error(`expected a value, found ${cursor.shown()}`, next.offset);
  cursor.advance();
  return value;
}

function staticOf({ next }: Cursor): Static | undefined {
  if (next.kind === 'word') return Object.hasOwn(words, next.text) ? words[next.text] : undefined;
  if (next.kind === 'string') return { type: 'string', value: next.value };
  if (next.kind === 'int') return { type: 'int', value: next.value };
  if (next.kind === 'float' || next.kind === 'duration') return { type: next.kind, value: next.value };
  return undefined;
}

function parseOperand(cursor: Cursor): Expression {
  const { next } = cursor;
  const { offset } = next;
  const value = staticOf(cursor);
  if (value !== undefined) {
    cursor.advance();
    return { node: 'static', value, offset };
  }
  if (next.kind === 'attribute' || (next.kind === 'word' && intrinsicOf(next.text) !== undefined))
    return parseField(cursor);
  if (cursor.isWord('nil')) return parseNil(cursor);
  if (cursor.take('(')) {
    const inner = parseExpression(cursor);
    cursor.expect(')', ' or an operator');
    return inner;
  }
  if (cursor.take('!'))
    return { node: 'unary', operator: '!', operand: parseExpression(cursor, notLevel), offset };
  if (cursor.take('-'))
    return { node: 'unary', operator: '-', operand: parseExpression(cursor, minusLevel), offset };
  if (next.kind === 'word')
    throw cursor.errorHere(
      `'${next.text}' is not known here; an attribute is written .${next.text} or span.${next.text}`,
    );
  throw cursor.errorHere(`expected a value or an attribute, found ${cursor.shown()}`);
}

/** `nil = .a`. */
function parseNil(cursor: Cursor): Expression {
  cursor.advance();
  const { offset } = cursor.next;
  const absent = cursor.isSymbol('=');
  if (!absent && !cursor.isSymbol('!=')) throw cursor.errorHere('nil goes only with = and !=');
  cursor.advance();
  if (cursor.isWord('nil')) {
    cursor.advance();
    return { node: 'nil', absent, operand: undefined, offset };
  }
  return { node: 'nil', absent, operand: parseExpression(cursor, comparisonLevel), offset };
}
