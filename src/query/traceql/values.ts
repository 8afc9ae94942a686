import type { AnyValue } from '../../model/anyValue.ts';
import type { BinaryOperator, Static } from './ast.ts';

/** An attribute as values of the language: an array as its elements; maps and bytes, which it has no word for, as nothing. */
export function valuesOf(value: AnyValue): readonly Static[] {
  if ('arrayValue' in value) return value.arrayValue.values.flatMap(element => scalarOf(element) ?? []);
  const scalar = scalarOf(value);
  return scalar === undefined ? [] : [scalar];
}

function scalarOf(value: AnyValue): Static | undefined {
  if ('stringValue' in value) return { type: 'string', value: value.stringValue };
  if ('intValue' in value) return { type: 'int', value: BigInt(value.intValue) };
  if ('doubleValue' in value) return { type: 'float', value: Number(value.doubleValue) };
  if ('boolValue' in value) return { type: 'boolean', value: value.boolValue };
  return undefined;
}

/** A comparison of two values. Values of different types compare as false, with `!=` too. */
export function compareValues(operator: BinaryOperator, a: Static, b: Static): boolean {
  if (isNumber(a) && isNumber(b)) return holds(operator, order(a.value, b.value));
  if (a.type !== b.type || isNumber(a) || isNumber(b)) return false;
  return holds(operator, a.value === b.value ? 0 : a.value < b.value ? -1 : 1);
}

/** Whole numbers stay whole; undefined where there is no result (other types, division by zero). */
export function calculate(operator: BinaryOperator, a: Static, b: Static): NumberStatic | undefined {
  if (!isNumber(a) || !isNumber(b)) return undefined;
  if (a.type === 'int' && b.type === 'int') {
    const value = calculateInt(operator, a.value, b.value);
    return value === undefined ? undefined : { type: 'int', value };
  }
  const value = calculateFloat(operator, Number(a.value), Number(b.value));
  if (!Number.isFinite(value)) return undefined;
  const duration =
    (a.type === 'duration') !== (b.type === 'duration') || operator === '+' || operator === '-';
  return { type: duration && (a.type === 'duration' || b.type === 'duration') ? 'duration' : 'float', value };
}

export function negate(value: Static): NumberStatic | undefined {
  if (value.type === 'int') return { type: 'int', value: BigInt.asIntN(64, -value.value) };
  return value.type === 'float' || value.type === 'duration'
    ? { type: value.type, value: -value.value }
    : undefined;
}

/** Integers, floats and durations (nanoseconds) compare and calculate with each other. */
export type NumberStatic = Extract<Static, { type: 'int' | 'float' | 'duration' }>;

export function isNumber(value: Static): value is NumberStatic {
  return value.type === 'int' || value.type === 'float' || value.type === 'duration';
}

function order(a: number | bigint, b: number | bigint): number {
  return a === b ? 0 : a < b ? -1 : a > b ? 1 : typeof a === typeof b ? Number.NaN : Number(a) - Number(b);
}

function holds(operator: BinaryOperator, order: number): boolean {
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    default:
      return false;
  }
}

function calculateInt(operator: BinaryOperator, a: bigint, b: bigint): bigint | undefined {
  switch (operator) {
    case '+':
      return BigInt.asIntN(64, a + b);
    case '-':
      return BigInt.asIntN(64, a - b);
    case '*':
      return BigInt.asIntN(64, a * b);
    case '/':
      return b === 0n ? undefined : a / b;
    case '%':
      return b === 0n ? undefined : a % b;
    case '^': {
      const value = Number(a) ** Number(b);
      return Number.isFinite(value) && Math.abs(value) < 2 ** 63 ? BigInt(Math.trunc(value)) : undefined;
    }
    default:
      return undefined;
  }
}

function calculateFloat(operator: BinaryOperator, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
    case '^':
      return a ** b;
    default:
      return Number.NaN;
  }
}
