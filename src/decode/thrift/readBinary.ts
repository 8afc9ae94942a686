import { DecodeError } from '../protobuf/decodeError.ts';
import {
  maxThriftDepth,
  maxThriftValues,
  type ThriftMessage,
  type ThriftStruct,
  type ThriftValue,
} from './thriftValue.ts';

/** https://github.com/apache/thrift/blob/master/doc/specs/thrift-binary-protocol.md */
const type = {
  stop: 0,
  bool: 2,
  byte: 3,
  double: 4,
  i16: 6,
  i32: 8,
  i64: 10,
  string: 11,
  struct: 12,
  map: 13,
  set: 14,
  list: 15,
} as const;

const strictVersion = 0x8001;

/** A struct without a message around it. Throws a `DecodeError`. */
export function readBinaryStruct(bytes: Uint8Array): ThriftStruct {
  return new BinaryReader(bytes).struct(0);
}

/** A list of structs without anything around it. Throws a `DecodeError`. */
export function readBinaryList(bytes: Uint8Array): readonly ThriftValue[] {
  return new BinaryReader(bytes).list(0);
}

/** A message, with the version in front of its name or (old senders) without. Throws a `DecodeError`. */
export function readBinaryMessage(bytes: Uint8Array): ThriftMessage {
  return new BinaryReader(bytes).message();
}

class BinaryReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #values = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  message(): ThriftMessage {
    const first = this.#i32();
    let length = first;
    if (first < 0) {
      if (first >>> 16 !== strictVersion) throw this.#error('not a version of Thrift that is known');
      length = this.#i32();
    }
    const name = Buffer.from(this.#take(length)).toString('latin1');
    if (first >= 0) this.#take(1);
    this.#i32();
    return { name, content: this.struct(0) };
  }

  struct(depth: number): ThriftStruct {
    const fields = new Map<number, ThriftValue>();
    for (;;) {
      const of = this.#byte();
      if (of === type.stop) return fields;
      const id = this.#i16();
      fields.set(id, this.#value(of, depth + 1));
    }
  }

  list(depth: number): readonly ThriftValue[] {
    const of = this.#byte();
    const count = this.#count();
    const values: ThriftValue[] = [];
    for (let n = 0; n < count; n++) values.push(this.#value(of, depth + 1));
    return values;
  }

  #value(of: number, depth: number): ThriftValue {
    if (depth > maxThriftDepth) throw this.#error('nested too deeply');
    if (++this.#values > maxThriftValues) throw this.#error('too many values');
    switch (of) {
      case type.bool:
        return this.#byte() !== 0;
      case type.byte:
        return (this.#byte() << 24) >> 24;
      case type.double:
        return this.#view.getFloat64(this.#skip(8));
      case type.i16:
        return this.#i16();
      case type.i32:
        return this.#i32();
      case type.i64:
        return this.#view.getBigInt64(this.#skip(8));
      case type.string:
        return this.#take(this.#i32());
      case type.struct:
        return this.struct(depth);
      case type.set:
      case type.list:
        return this.list(depth);
      case type.map:
        return this.#map(depth);
      default:
        throw this.#error(`unknown type ${of}`);
    }
  }

  #map(depth: number): null {
    const keys = this.#byte();
    const values = this.#byte();
    const count = this.#count();
    for (let n = 0; n < count; n++) {
      this.#value(keys, depth + 1);
      this.#value(values, depth + 1);
    }
    return null;
  }

  /** Every element takes a byte at least. */
  #count(): number {
    const count = this.#i32();
    if (count < 0 || count > this.#bytes.length - this.#at)
      throw this.#error(`${count} elements are announced`);
    return count;
  }

  #byte(): number {
    return this.#bytes[this.#skip(1)];
  }

  #i16(): number {
    return this.#view.getInt16(this.#skip(2));
  }

  #i32(): number {
    return this.#view.getInt32(this.#skip(4));
  }

  #take(length: number): Uint8Array {
    if (length < 0) throw this.#error(`a length of ${length}`);
    const from = this.#skip(length);
    return this.#bytes.subarray(from, from + length);
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
