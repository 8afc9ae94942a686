/**
 * Values of Apache Thrift, in either encoding: numbers of up to 32 bits and doubles as numbers, `i64` as bigint, strings and
 * binaries as bytes (a view), lists and sets as arrays. Maps are read over, as no message that is understood here has one.
 */
export type ThriftValue =
  | boolean
  | number
  | bigint
  | Uint8Array
  | readonly ThriftValue[]
  | ThriftStruct
  | null;

/** Field id → value. */
export type ThriftStruct = ReadonlyMap<number, ThriftValue>;

/** The head of a message: what is called, with which arguments. */
export interface ThriftMessage {
  readonly name: string;
  readonly content: ThriftStruct;
}

/** Levels of structs and lists; what is understood here has five. */
export const maxThriftDepth = 32;
/** Fields and elements of one message: a span has fifty or so; empty ones would become objects of a hundred bytes each. */
export const maxThriftValues = 1 << 21;

const utf8 = new TextDecoder();

export function textOf(value: ThriftValue | undefined): string {
  return value instanceof Uint8Array ? utf8.decode(value) : '';
}

/** A whole number; 0 if it is missing. */
export function numberOf(value: ThriftValue | undefined): number {
  return typeof value === 'number' ? value : typeof value === 'bigint' ? Number(value) : 0;
}

/** `i64`, signed; 0 if it is missing. */
export function bigintOf(value: ThriftValue | undefined): bigint {
  if (typeof value === 'bigint') return value;
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : 0n;
}

export function structOf(value: ThriftValue | undefined): ThriftStruct | undefined {
  return value instanceof Map ? (value as ThriftStruct) : undefined;
}

export function structsOf(value: ThriftValue | undefined): readonly ThriftStruct[] {
  return Array.isArray(value) ? (value as readonly ThriftValue[]).flatMap(each => structOf(each) ?? []) : [];
}
