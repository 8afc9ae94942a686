import { DecodeError } from '../protobuf/decodeError.ts';
import {
  maxThriftDepth,
  maxThriftValues,
  type ThriftMessage,
  type ThriftStruct,
  type ThriftValue,
} from './thriftValue.ts';

/** https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md */
const type = {
  stop: 0,
  true: 1,
  false: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  map: 11,
  struct: 12,
} as const;

/** First byte of a message; requests in the binary encoding begin otherwise. */
export const compactProtocol = 0x82;
const version = 1;

/** A message. Throws a `DecodeError`. */
export function readCompactMessage(bytes: Uint8Array): ThriftMessage {
  return new CompactReader(bytes).message();
}

class CompactReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #values = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  message(): ThriftMessage {
    if (this.#byte() !== compactProtocol) throw this.#error('not in the compact encoding of Thrift');
    if ((this.#byte() & 0x1f) !== version) throw this.#error('not a version of Thrift that is known');
    this.#number();
    const name = Buffer.from(this.#binary()).toString('latin1');
    return { name, content: this.#struct(0) };
  }

  #struct(depth: number): ThriftStruct {
    const fields = new Map<number, ThriftValue>();
    let id = 0;
    for (;;) {
      const head = this.#byte();
      const of = head & 15;
      if (of === type.stop) return fields;
      const step = head >>> 4;
      id = step === 0 ? zigzag32(this.#number()) : id + step;
      // The value of a field that is true or false is its type.
      const value = of === type.true ? true : of === type.false ? false : this.#value(of, depth + 1);
      fields.set(id, value);
    }
  }

  #list(depth: number): readonly ThriftValue[] {
    const head = this.#byte();
    const of = head & 15;
    const count = this.#count(head >>> 4 === 15 ? this.#number() : head >>> 4);
    const values: ThriftValue[] = [];
    for (let n = 0; n < count; n++) values.push(this.#value(of, depth + 1));
    return values;
  }

  #value(of: number, depth: number): ThriftValue {
    if (depth > maxThriftDepth) throw this.#error('nested too deeply');
    if (++this.#values > maxThriftValues) throw this.#error('too many values');
    switch (of) {
      case type.true:
      case type.false:
        return this.#byte() === type.true;
      case type.byte:
        return (this.#byte() << 24) >> 24;
      case type.i16:
      case type.i32:
        return zigzag32(this.#number());
      case type.i64:
        return zigzag(this.#varint());
      case type.double:
        return this.#view.getFloat64(this.#skip(8), true);
      case type.binary:
        return this.#binary();
      case type.list:
      case type.set:
        return this.#list(depth);
      case type.map:
        return this.#map(depth);
      case type.struct:
        return this.#struct(depth);
      default:
        throw this.#error(`unknown type ${of}`);
    }
  }

  #map(depth: number): null {
    const count = this.#count(this.#number());
    if (count === 0) return null;
    const types = this.#byte();
    for (let n = 0; n < count; n++) {
      this.#value(types >>> 4, depth + 1);
      this.#value(types & 15, depth + 1);
    }
    return null;
  }

  #binary(): Uint8Array {
    const length = this.#number();
    const from = this.#skip(length);
    return this.#bytes.subarray(from, from + length);
  }

  /** Every element takes a byte at least. */
  #count(count: number): number {
    if (count > this.#bytes.length - this.#at) throw this.#error(`${count} elements are announced`);
    return count;
  }

  /** Unsigned: a length, a count, or a number of at most 32 bits. */
  #number(): number {
    let value = 0;
    for (let unit = 1; unit < 2 ** 49; unit *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * unit;
      if (byte < 128) return value;
    }
    throw this.#error('number of more than 7 bytes');
  }

  /** Unsigned, of at most 64 bits. */
  #varint(): bigint {
    let low = 0;
    let shift = 0;
    // Most numbers are short, and doubles hold seven bytes of seven bits.
    for (; shift < 49; shift += 7) {
      const byte = this.#byte();
      low += (byte & 127) * 2 ** shift;
      if (byte < 128) return BigInt(low);
    }
    let value = BigInt(low);
    for (; shift < 70; shift += 7) {
      const byte = this.#byte();
      value |= BigInt(byte & 127) << BigInt(shift);
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    throw this.#error('number of more than 10 bytes');
  }

  #byte(): number {
    return this.#bytes[this.#skip(1)];
  }

  /** The offset of what is skipped. */
  #skip(length: number): number {
    const from = this.#at;
    if (length > this.#bytes.length - from) throw this.#error('cut off');
    this.#at = from + length;
    return from;
  }

  #error(message: string): DecodeError {
    return new DecodeError(message, this.#at);
  }
}

function zigzag32(value: number): number {
  return (value >>> 1) ^ -(value & 1);
}

function zigzag(value: bigint): bigint {
  return (value >> 1n) ^ -(value & 1n);
}
