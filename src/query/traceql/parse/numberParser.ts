import type { ArithmeticOperator } from '../ast.ts';
import { calculate, type NumberStatic, negate } from '../values.ts';
import type { Cursor } from './cursor.ts';

const levels: { readonly [operator: string]: number } = { '+': 1, '-': 1, '*': 2, '/': 2 };

/** `5`, `-1.5`, `10s`, `1024 * 1024`. Whole numbers stay whole: `1 / 2` is 0. */
export function parseNumber(cursor: Cursor, level = 0): NumberStatic {
  return cursor.nested(() => {
    let left = parseNumberOperand(cursor);
    for (;;) {
      const { next } = cursor;
      const binds = next.kind === 'symbol' ? levels[next.text] : undefined;
      if (next.kind !== 'symbol' || binds === undefined || binds <= level) return left;
      cursor.advance();
      const right = parseNumber(cursor, binds);
      left = foldNumbers(cursor, next.text as ArithmeticOperator, left, right, next.offset);
    }
  });
}

export function foldNumbers(
  cursor: Cursor,
  operator: ArithmeticOperator,
  left: NumberStatic,
  right: NumberStatic,
  offset: number,
): NumberStatic {
  if (left.type === 'duration' || right.type === 'duration')
    throw cursor.error('a duration stands alone: it is not calculated with', offset);
  const value = calculate(operator, left, right);
  if (value === undefined) throw cursor.error(`${operator} has no result here`, offset);
  return value;
}

export function parseNumberOperand(cursor: Cursor): NumberStatic {
  const { next } = cursor;
  if (next.kind === 'int') {
    cursor.advance();
    return { type: 'int', value: next.value };
  }
  if (next.kind === 'float' || next.kind === 'duration') {
    cursor.advance();
    return { type: next.kind, value: next.value };
  }
  if (cursor.take('-')) return negate(cursor.nested(() => parseNumberOperand(cursor)))!;
  if (!cursor.take('(')) throw cursor.errorHere(`expected a number, found ${cursor.shown()}`);
  const inner = parseNumber(cursor);
  cursor.expect(')', ' or an operator');
  return inner;
}
