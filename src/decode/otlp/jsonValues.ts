import type { Field } from './schema.ts';

/**
 * A value that has no form in protobuf. It costs the element it is in, not the request. Thrown, but no `Error`: of
 * a million in one request, the stack traces would take seconds.
 */
export class Unrepresentable {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

export function toText(field: Field, content: unknown): string {
  if (typeof content === 'string') return content;
  throw new Unrepresentable(`${field.name} is not a text`);
}

/** proto3 JSON: numbers, decimal strings, and the names of what JSON has no numbers for. */
export function toDouble(field: Field, content: unknown): number {
  if (typeof content === 'number') return content;
  if (content === 'NaN') return Number.NaN;
  const number = typeof content === 'string' && content.trim() !== '' ? Number(content) : Number.NaN;
  if (!Number.isNaN(number)) return number;
  throw new Unrepresentable(`${field.name} is not a number: ${JSON.stringify(content)}`);
}

/**
 * Whole numbers come as decimal strings, or as JSON numbers, also in the form `1e3`; undefined for anything else.
 * A number where that is exact, a bigint beyond.
 */
export function toInteger(content: unknown): number | bigint | undefined {
  if (typeof content === 'number') {
    if (Number.isSafeInteger(content)) return content;
    return Number.isInteger(content) ? BigInt(content) : undefined;
  }
  if (typeof content !== 'string' || !/^-?\d{1,40}$/.test(content)) return undefined;
  return content.length <= 15 ? Number(content) : BigInt(content);
}

/** The number, or, against the specification but seen, the name of a value. Unknown names are "unspecified". */
export function toEnum(field: Field, content: unknown): number | bigint | undefined {
  if (typeof content !== 'string' || /^-?\d+$/.test(content)) return toInteger(content);
  return Math.max(0, field.names?.indexOf(content) ?? 0);
}

/** base64, standard or URL-safe, with or without padding. */
export function toBytes(field: Field, content: unknown): Uint8Array {
  if (typeof content === 'string' && /^[A-Za-z0-9+/_-]*={0,2}$/.test(content))
    return Buffer.from(content, 'base64');
  throw new Unrepresentable(`${field.name} is not base64`);
}

/** Hex in any case as OTLP/JSON demands, or base64 as plain proto3 JSON has it; empty for no id. */
export function toId(field: Field, content: unknown, bytes: 8 | 16): Uint8Array {
  const text = toText(field, content);
  if (text.length === 2 * bytes && /^[0-9a-fA-F]*$/.test(text)) return Buffer.from(text, 'hex');
  if (text === '') return new Uint8Array(0);
  const decoded = /^[A-Za-z0-9+/_-]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined;
  if (decoded?.length === bytes) return decoded;
  throw new Unrepresentable(
    `${field.name} is not ${2 * bytes} hex digits: ${JSON.stringify(text.slice(0, 64))}`,
  );
}
