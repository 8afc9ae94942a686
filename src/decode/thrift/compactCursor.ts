import { DecodeError } from '../protobuf/decodeError.ts';
import { maxThriftDepth, noField, type ThriftCursor, thriftType } from './cursor.ts';

/** By the number of a type in this encoding; true and false are types of fields. */
const types = [
  thriftType.stop,
  ...[thriftType.bool, thriftType.bool, thriftType.byte, thriftType.i16, thriftType.i32, thriftType.i64],
  ...[thriftType.double, thriftType.string, thriftType.list, thriftType.set, thriftType.map],
  thriftType.struct,
  ...[-1, -1, -1],
];
const isTrue = 1;

/** First byte of a message; requests in the binary encoding begin otherwise. */
export const compactProtocol = 0x82;
const version = 1;

/** https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md */
export class CompactCursor implements ThriftCursor {
  readonly bytes: Buffer;
  at = 0;
  type = 0;
  from = 0;
  to = 0;
  low = 0;
  high = 0;
  /** The value of a field that is true or false is its type. */
  #truth = false;
  readonly #view: DataView;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  message(): string {
    if (this.#byte() !== compactProtocol) throw this.#error('not in the compact encoding of Thrift');
    if ((this.#byte() & 0x1f) !== version) throw this.#error('not a version of Thrift that is known');
    this.#varint();
    this.#take();
    return this.bytes.toString('latin1', this.from, this.to);
  }

  field(before: number): number {
    const head = this.#byte();
    const of = head & 15;
    if (of === 0) return noField;
    this.type = types[of];
    this.#truth = of === isTrue;
    const step = head >>> 4;
    if (step !== 0) return ((before + step) << 16) >> 16;
    return (this.#zigzag32() << 16) >> 16;
  }

  text(): void {
    if (this.type === thriftType.string) this.#take();
    else this.#nothing();
  }

  integer(): void {
    switch (this.type) {
      case thriftType.i16:
      case thriftType.i32:
      case thriftType.i64: {
        this.#varint();
        const sign = -(this.low & 1);
        this.low = ((this.low >>> 1) | (this.high << 31)) ^ sign;
        this.high = (this.high >>> 1) ^ sign;
        break;
      }
      case thriftType.byte: {
        const value = (this.#byte() << 24) >> 24;
        this.low = value;
        this.high = value >> 31;
        break;
      }
      default:
        this.#nothing();
    }
  }

  double(): number {
    if (this.type === thriftType.double) return this.#view.getFloat64(this.#advance(8), true);
    this.skip();
    return 0;
  }

  bool(): boolean {
    if (this.type === thriftType.bool) return this.#truth;
    this.skip();
    return false;
  }

  structs(): number {
    const { at } = this;
    if (this.type === thriftType.list || this.type === thriftType.set) {
      const head = this.#byte();
      const count = this.#count(head >>> 4);
      if (types[head & 15] === thriftType.struct) return count;
      this.at = at;
    }
    this.skip();
    return 0;
  }

  struct(): boolean {
    if (this.type === thriftType.struct) return true;
    this.skip();
    return false;
  }

  skip(): void {
    if (this.type !== thriftType.bool) this.#skip(this.type, 0);
  }

  #skip(type: number, depth: number): void {
    if (depth > maxThriftDepth) throw this.#error('nested too deeply');
    switch (type) {
      case thriftType.bool:
      case thriftType.byte:
        this.#advance(1);
        break;
      case thriftType.i16:
      case thriftType.i32:
      case thriftType.i64:
        this.#varint();
        break;
      case thriftType.double:
        this.#advance(8);
        break;
      case thriftType.string:
        this.#take();
        break;
      case thriftType.struct:
        while (this.field(0) !== noField) if (this.type !== thriftType.bool) this.#skip(this.type, depth + 1);
        break;
      case thriftType.set:
      case thriftType.list: {
        const head = this.#byte();
        for (let left = this.#count(head >>> 4); left > 0; left--) this.#skip(types[head & 15], depth + 1);
        break;
      }
      case thriftType.map:
        this.#skipMap(depth);
        break;
      default:
        throw this.#error('unknown type');
    }
  }

  #skipMap(depth: number): void {
    const count = this.#checked(this.#number());
    if (count === 0) return;
    const head = this.#byte();
    for (let left = count; left > 0; left--) {
      this.#skip(types[head >>> 4], depth + 1);
      this.#skip(types[head & 15], depth + 1);
    }
  }

  /** The number of elements; `short`: what the first byte of a list says. */
  #count(short: number): number {
    return this.#checked(short === 15 ? this.#number() : short);
  }

  /** Every element takes a byte at least. */
  #checked(count: number): number {
    if (count > this.bytes.length - this.at) throw this.#error(`${count} elements are announced`);
    return count;
  }

  #take(): void {
    const length = this.#number();
    this.from = this.#advance(length);
    this.to = this.at;
  }

  #nothing(): void {
    this.skip();
    this.from = 0;
    this.to = 0;
    this.low = 0;
    this.high = 0;
  }

  /** Unsigned: a length or a count. */
  #number(): number {
    const byte = this.#byte();
    if (byte < 128) return byte;
    this.at--;
    this.#varint();
    return (this.high >>> 0) * 0x1_0000_0000 + (this.low >>> 0);
  }

  #zigzag32(): number {
    this.#varint();
    return (this.low >>> 1) ^ -(this.low & 1);
  }

  /** An unsigned number of at most 64 bits, into `low` and `high`. */
  #varint(): void {
    const { bytes } = this;
    const end = Math.min(bytes.length, this.at + 10);
    let { at } = this;
    let low = 0;
    let high = 0;
    for (let shift = 0; at < end; shift += 7) {
      const byte = bytes[at++];
      if (shift < 28) low |= (byte & 127) << shift;
      else if (shift === 28) {
        low |= (byte & 127) << 28;
        high = (byte & 127) >>> 4;
      } else high |= (byte & 127) << (shift - 32);
      if (byte > 127) continue;
      this.low = low;
      this.high = high;
      this.at = at;
      return;
    }
    throw this.#error(end === bytes.length ? 'cut off' : 'number of more than 10 bytes');
  }

  #byte(): number {
    return this.bytes[this.#advance(1)];
  }

  /** The offset of what is skipped. */
  #advance(length: number): number {
    const from = this.at;
    if (length > this.bytes.length - from) throw this.#error('cut off');
    this.at = from + length;
    return from;
  }

  #error(message: string): DecodeError {
    return new DecodeError(message, this.at);
  }
}
