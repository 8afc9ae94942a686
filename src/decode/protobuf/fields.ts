import { DecodeError } from './decodeError.ts';
import { endOfVarint, skipValue, startOfValue, varint32, wireType } from './wire.ts';

/** A field of a protobuf message, in place. */
export interface Field {
  readonly number: number;
  readonly type: number;
  /** The value without tag and length. */
  readonly from: number;
  readonly to: number;
}

const utf8 = new TextDecoder();

/** The fields of the message in `bytes[from … to)`, in their order. Throws a `DecodeError` where it is malformed. */
export function* fieldsOf(bytes: Uint8Array, from = 0, to = bytes.length): Generator<Field> {
  for (let at = from; at < to; ) {
    const afterTag = endOfVarint(bytes, at, to);
    const tag = varint32(bytes, at, afterTag);
    if (tag >>> 3 === 0) throw new DecodeError('field number out of range', at);
    const end = skipValue(bytes, afterTag, to, tag & 7);
    yield {
      number: tag >>> 3,
      type: tag & 7,
      from: (tag & 7) === wireType.bytes ? startOfValue(bytes, afterTag) : afterTag,
      to: end,
    };
    at = end;
  }
}

export function textAt(bytes: Uint8Array, { from, to }: Field): string {
  return utf8.decode(bytes.subarray(from, to));
}

export function bytesAt(bytes: Uint8Array, { from, to }: Field): Uint8Array {
  return bytes.subarray(from, to);
}

/** A varint as an unsigned number of 64 bits. */
export function varintAt(bytes: Uint8Array, { from, to }: Field): bigint {
  let value = 0n;
  for (let at = to - 1; at >= from; at--) value = (value << 7n) | BigInt(bytes[at] & 127);
  return BigInt.asUintN(64, value);
}

export function fixed64At(bytes: Uint8Array, { from }: Field): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(from, true);
}

export function doubleAt(bytes: Uint8Array, { from }: Field): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(from, true);
}
