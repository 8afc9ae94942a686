import type { BackendAnswer } from './backendClient.ts';
import { BackendError } from './backendError.ts';

/** What came from outside as JSON, read without trust: what is not there, or is something else, is empty. */
export type LooseObject = { readonly [key: string]: unknown };

const nothing: LooseObject = {};

/** The JSON of an answer. Throws a `BackendError` that says what came instead. */
export function jsonOf({ contentType, body }: BackendAnswer, host: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body)) as unknown;
  } catch {
    const found = contentType === '' ? 'something' : contentType.slice(0, 60);
    throw new BackendError(
      'unreadable',
      `${host} answers with ${found} that is no JSON: is this the address of its API, or that of a web page?`,
    );
  }
}

/** The JSON documents of an answer that may have one on each line, or one after the other on a line. */
export function jsonDocumentsOf(answer: BackendAnswer, host: string): unknown[] {
  try {
    return [jsonOf(answer, host)];
  } catch (error) {
    const lines = new TextDecoder()
      .decode(answer.body)
      .split('\n')
      .filter(line => line.trim() !== '');
    if (lines.length < 2) throw error;
    return lines.map(line => jsonOf({ ...answer, body: Buffer.from(line) }, host));
  }
}

export function objectOf(value: unknown): LooseObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as LooseObject)
    : nothing;
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function textsOf(value: unknown): string[] {
  return listOf(value).filter(each => typeof each === 'string');
}

/** A whole number that may come as text; 0 if it is none. */
export function countOf(value: unknown): number {
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : 0;
}

/** Nanoseconds as a decimal string, or a number; 0 if it is none of that. */
export function nanosOf(value: unknown): bigint {
  if (typeof value === 'string') return /^\d{1,20}$/.test(value) ? BigInt(value) : 0n;
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? BigInt(Math.round(value)) : 0n;
}

/** Hex of an id, with the zeros that some leave out; empty if it is no id. */
export function idOf(value: unknown, digits: 16 | 32): string {
  const text = textOf(value).toLowerCase();
  return /^[0-9a-f]{1,32}$/.test(text) && text.length <= digits ? text.padStart(digits, '0') : '';
}
