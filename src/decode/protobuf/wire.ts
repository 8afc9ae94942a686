import { DecodeError } from './decodeError.ts';

/** Wire types of the protobuf encoding; groups (3 and 4) are refused. */
export const wireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/**
 * A request may hold this many items (spans, log records, data points): at 64 bytes each, all that a body of 64 MiB
 * has room for. Without it, 64 MiB of empty messages would become tens of millions of entries.
 */
export const mostItems = 1 << 20;

export function checkItems(count: number, at: number): void {
  if (count > mostItems) throw new DecodeError(`more than ${mostItems} items in one request`, at);
}

/** The offset after the varint at `at`. */
export function endOfVarint(bytes: Uint8Array, at: number, end: number): number {
  const limit = Math.min(end, at + 10);
  for (let p = at; p < limit; p++) if (bytes[p] < 128) return p + 1;
  throw new DecodeError(limit === end ? 'number cut off' : 'number of more than 10 bytes', at);
}

/**
 * The offset after the length-delimited value whose length stands at `at`. Throws if it would reach beyond `end`.
 * `startOfValue` gives where the value begins.
 */
export function endOfValue(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) throw new DecodeError('length cut off', at);
  let length = bytes[at];
  let from = at + 1;
  if (length > 127) {
    from = endOfVarint(bytes, at, end);
    length = longLength(bytes, at, from);
  }
  const to = from + length;
  if (to > end) throw new DecodeError(`length ${length} is more than the ${end - from} bytes left`, at);
  return to;
}

export function startOfValue(bytes: Uint8Array, at: number): number {
  let p = at;
  while (bytes[p] > 127) p++;
  return p + 1;
}

function longLength(bytes: Uint8Array, at: number, to: number): number {
  let length = 0;
  // As a double: a length beyond 32 bits must not wrap around to a small one.
  for (let p = to - 1; p >= at; p--) length = length * 128 + (bytes[p] & 127);
  return length;
}

/** A 32-bit varint (tags, enums, counts): the low 32 bits, unsigned. */
export function varint32(bytes: Uint8Array, at: number, to: number): number {
  let value = 0;
  for (let p = Math.min(to, at + 5) - 1; p >= at; p--) value = ((value << 7) | (bytes[p] & 127)) >>> 0;
  return value;
}

/** The offset after the field whose tag stands at `at`, whatever the field is. */
export function skipField(bytes: Uint8Array, at: number, end: number): number {
  const afterTag = endOfVarint(bytes, at, end);
  const tag = varint32(bytes, at, afterTag);
  if (tag >>> 3 === 0 || afterTag - at > 5) throw new DecodeError('field number out of range', at);
  return skipValue(bytes, afterTag, end, tag & 7);
}

/** The offset after a value of the wire type. */
export function skipValue(bytes: Uint8Array, at: number, end: number, type: number): number {
  switch (type) {
    case wireType.varint:
      return endOfVarint(bytes, at, end);
    case wireType.fixed64:
      return within(at + 8, at, end);
    case wireType.bytes:
      return endOfValue(bytes, at, end);
    case wireType.fixed32:
      return within(at + 4, at, end);
    default:
      throw new DecodeError(`wire type ${type} is not supported`, at);
  }
}

function within(to: number, at: number, end: number): number {
  if (to > end) throw new DecodeError('fixed-width number cut off', at);
  return to;
}
