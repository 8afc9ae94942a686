/** What stands in JSON that somebody else wrote: what is not there, or is something else, is nothing. */

export type LooseObject = { readonly [key: string]: unknown };

export function objectOf(value: unknown): LooseObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as LooseObject)
    : undefined;
}

export function objectsOf(value: unknown): readonly LooseObject[] {
  return Array.isArray(value) ? value.map(objectOf).filter(each => each !== undefined) : [];
}

/** Text; numbers and truth values as they are written. */
export function textOf(value: unknown): string {
  return typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : '';
}

/** Whole microseconds as nanoseconds; a fraction counts up to the nanosecond. Undefined for what is no number. */
export function nanosOfMicros(value: unknown): bigint | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) return undefined;
  const whole = Math.floor(number);
  return BigInt(whole) * 1000n + BigInt(Math.round((number - whole) * 1000));
}

/** Lower-case hex digits, with zeros in front; what is no id stays as it is, for the reason why it is refused. */
export function hexId(value: unknown, digits: 16 | 32): string {
  const text = textOf(value).toLowerCase();
  return /^[0-9a-f]+$/.test(text) ? text.padStart(digits, '0') : text;
}
