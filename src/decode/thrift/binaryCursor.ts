import { DecodeError } from '../protobuf/decodeError.ts';
import { maxThriftDepth, noField, type ThriftCursor, thriftType } from './cursor.ts';

const strictVersion = 0x8001;

/** https://github.com/apache/thrift/blob/master/doc/specs/thrift-binary-protocol.md */
export class BinaryCursor implements ThriftCursor {
  readonly bytes: Buffer;
  at = 0;
  type = 0;
  from = 0;
  to = 0;
  low = 0;
  high = 0;
  readonly #view: DataView;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** With the version in front of its name or (old senders) without. */
  message(): string {
    const first = this.#i32();
    let length = first;
    if (first < 0) {
      if (first >>> 16 !== strictVersion) throw this.#error('not a version of Thrift that is known');
      length = this.#i32();
    }
    this.#take(length);
    const name = this.bytes.toString('latin1', this.from, this.to);
    if (first >= 0) this.#advance(1);
    this.#i32();
    return name;
  }

  field(): number {
    const type = this.bytes[this.#advance(1)];
    if (type === thriftType.stop) return noField;
    this.type = type;
    return this.#view.getInt16(this.#advance(2));
  }

  text(): void {
    if (this.type === thriftType.string) this.#take(this.#i32());
    else this.#nothing();
  }

  integer(): void {
    const view = this.#view;
    switch (this.type) {
      case thriftType.i64: {
        const at = this.#advance(8);
        this.high = view.getInt32(at);
        this.low = view.getInt32(at + 4);
        break;
      }
      case thriftType.i32:
        this.#small(this.#i32());
        break;
      case thriftType.i16:
        this.#small(view.getInt16(this.#advance(2)));
        break;
      case thriftType.byte:
        this.#small(view.getInt8(this.#advance(1)));
        break;
      default:
        this.#nothing();
    }
  }

  double(): number {
    if (this.type === thriftType.double) return this.#view.getFloat64(this.#advance(8));
    this.skip();
    return 0;
  }

  bool(): boolean {
    if (this.type === thriftType.bool) return this.bytes[this.#advance(1)] !== 0;
    this.skip();
    return false;
  }

  structs(): number {
    const { at } = this;
    if (this.type === thriftType.list || this.type === thriftType.set) {
      const type = this.bytes[this.#advance(1)];
      const count = this.#count();
      if (type === thriftType.struct) return count;
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
    this.#skip(this.type, 0);
  }

  #skip(type: number, depth: number): void {
    if (depth > maxThriftDepth) throw this.#error('nested too deeply');
    switch (type) {
      case thriftType.bool:
      case thriftType.byte:
        this.#advance(1);
        break;
      case thriftType.i16:
        this.#advance(2);
        break;
      case thriftType.i32:
        this.#advance(4);
        break;
      case thriftType.i64:
      case thriftType.double:
        this.#advance(8);
        break;
      case thriftType.string:
        this.#take(this.#i32());
        break;
      case thriftType.struct:
        while (this.field() !== noField) this.#skip(this.type, depth + 1);
        break;
      case thriftType.set:
      case thriftType.list: {
        const of = this.bytes[this.#advance(1)];
        for (let left = this.#count(); left > 0; left--) this.#skip(of, depth + 1);
        break;
      }
      case thriftType.map: {
        const keys = this.bytes[this.#advance(1)];
        const values = this.bytes[this.#advance(1)];
        for (let left = this.#count(); left > 0; left--) {
          this.#skip(keys, depth + 1);
          this.#skip(values, depth + 1);
        }
        break;
      }
      default:
        throw this.#error(`unknown type ${type}`);
    }
  }

  /** Every element takes a byte at least. */
  #count(): number {
    const count = this.#i32();
    if (count < 0 || count > this.bytes.length - this.at)
      throw this.#error(`${count} elements are announced`);
    return count;
  }

  #small(value: number): void {
    this.low = value;
    this.high = value >> 31;
  }

  #nothing(): void {
    this.skip();
    this.from = 0;
    this.to = 0;
    this.low = 0;
    this.high = 0;
  }

  #i32(): number {
    return this.#view.getInt32(this.#advance(4));
  }

  #take(length: number): void {
    if (length < 0) throw this.#error(`a length of ${length}`);
    this.from = this.#advance(length);
    this.to = this.at;
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
