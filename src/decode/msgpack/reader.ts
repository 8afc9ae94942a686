import { DecodeError } from '../protobuf/decodeError.ts';

/** First bytes of MessagePack values (msgpack specification, "Formats"). */
export const format = {
  nil: 0xc0,
  false: 0xc2,
  true: 0xc3,
  bin8: 0xc4,
  ext8: 0xc7,
  float32: 0xca,
  float64: 0xcb,
  uint8: 0xcc,
  uint64: 0xcf,
  int8: 0xd0,
  int64: 0xd3,
  fixext1: 0xd4,
  str8: 0xd9,
  array16: 0xdc,
  array32: 0xdd,
  map16: 0xde,
  map32: 0xdf,
} as const;

const neverUsed = 0xc1;

/** A text in place: offsets of its UTF-8 bytes. */
export interface Text {
  readonly from: number;
  readonly to: number;
}

export const noText: Text = { from: 0, to: 0 };

/**
 * A message may hold this many elements of arrays and maps in all. Real ones have one in five bytes; 64 MiB of nothing
 * but elements would become gigabytes of objects.
 */
const mostElements = 1 << 22;

const two32 = 0x1_0000_0000;

/**
 * Reads MessagePack value by value, without making objects of what is not asked for. Every method throws a
 * `DecodeError` where the bytes end too early or hold another type than the one asked for.
 */
export class MsgpackReader {
  readonly bytes: Uint8Array;
  /** Where the next value begins. */
  at = 0;
  /** Words of the integer that `integer` read last, in two's complement. */
  low = 0;
  high = 0;
  readonly #view: DataView;
  #elements = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  /** The first byte of the next value. */
  peek(): number {
    if (this.at >= this.bytes.length) throw new DecodeError('MessagePack cut off', this.at);
    return this.bytes[this.at];
  }

  /** Takes a nil; false, and nothing taken, if the next value is another one. */
  takeNil(): boolean {
    if (this.peek() !== format.nil) return false;
    this.at++;
    return true;
  }

  isText(): boolean {
    const first = this.peek();
    return (first & 0xe0) === 0xa0 || (first >= format.str8 && first <= format.str8 + 2);
  }

  isInteger(): boolean {
    const first = this.peek();
    return first < 0x80 || first >= 0xe0 || (first >= format.uint8 && first <= format.int64);
  }

  isBinary(): boolean {
    const first = this.peek();
    return first >= format.bin8 && first <= format.bin8 + 2;
  }

  isArray(): boolean {
    const first = this.peek();
    return (first & 0xf0) === 0x90 || first === format.array16 || first === format.array32;
  }

  isMap(): boolean {
    const first = this.peek();
    return (first & 0xf0) === 0x80 || first === format.map16 || first === format.map32;
  }

  /** The number of elements that follow. nil is an empty array. */
  arrayHeader(): number {
    const { at } = this;
    const first = this.peek();
    let count: number;
    if ((first & 0xf0) === 0x90) {
      this.at++;
      count = first & 15;
    } else if (first === format.array16 || first === format.array32) {
      count = this.#length(first - format.array16 + 1);
    } else {
      if (this.takeNil()) return 0;
      throw this.#not('an array', at);
    }
    return this.#checked(count, 1, at);
  }

  /** The number of pairs that follow. nil is an empty map. */
  mapHeader(): number {
    const { at } = this;
    const first = this.peek();
    let count: number;
    if ((first & 0xf0) === 0x80) {
      this.at++;
      count = first & 15;
    } else if (first === format.map16 || first === format.map32) {
      count = this.#length(first - format.map16 + 1);
    } else {
      if (this.takeNil()) return 0;
      throw this.#not('a map', at);
    }
    return this.#checked(count, 2, at);
  }

  /** A string or binary value, or nil for an empty one. */
  text(): Text {
    const from = this.textStart();
    return from === this.at ? noText : { from, to: this.at };
  }

  /** Takes a string or binary value and returns where its bytes begin; they end at `at`. nil is an empty one. */
  textStart(): number {
    const { at } = this;
    const first = this.peek();
    let length: number;
    if ((first & 0xe0) === 0xa0) {
      this.at++;
      length = first & 31;
    } else if (first >= format.str8 && first <= format.str8 + 2) {
      length = this.#length(first - format.str8);
    } else if (first >= format.bin8 && first <= format.bin8 + 2) {
      length = this.#length(first - format.bin8);
    } else {
      if (this.takeNil()) return this.at;
      throw this.#not('a string', at);
    }
    const from = this.at;
    if (length > this.bytes.length - from) throw new DecodeError('string cut off', at);
    this.at = from + length;
    return from;
  }

  /** true and false, or a number: whether it is other than 0. nil is false. */
  boolean(): boolean {
    const first = this.peek();
    if (first !== format.true && first !== format.false) return this.number() !== 0;
    this.at++;
    return first === format.true;
  }

  /** A number of any width; 64-bit integers to the nearest double. Booleans are 1 and 0, nil is 0. */
  number(): number {
    const first = this.peek();
    if (first < 0x80) {
      this.at++;
      return first;
    }
    if (first === format.float64) {
      this.#need(9);
      this.at += 9;
      return this.#view.getFloat64(this.at - 8);
    }
    if (first === format.float32) {
      this.#need(5);
      this.at += 5;
      return this.#view.getFloat32(this.at - 4);
    }
    this.integer();
    return (first === format.uint64 ? this.high >>> 0 : this.high | 0) * two32 + this.low;
  }

  /**
   * A number of any width as 64 bits into `low` and `high`; of floating-point numbers the whole part. Booleans are 1
   * and 0, nil is 0.
   */
  integer(): void {
    const { at } = this;
    const first = this.peek();
    if (first < 0x80) {
      this.#take(1, first, 0);
      return;
    }
    if (first >= 0xe0) {
      this.#take(1, (first - 256) >>> 0, 0xffff_ffff);
      return;
    }
    const view = this.#view;
    switch (first) {
      case format.uint8:
        this.#need(2);
        this.#take(2, view.getUint8(at + 1), 0);
        break;
      case format.uint8 + 1:
        this.#need(3);
        this.#take(3, view.getUint16(at + 1), 0);
        break;
      case format.uint8 + 2:
        this.#need(5);
        this.#take(5, view.getUint32(at + 1), 0);
        break;
      case format.uint64:
      case format.int64:
        this.#need(9);
        this.#take(9, view.getUint32(at + 5), view.getUint32(at + 1));
        break;
      case format.int8:
        this.#need(2);
        this.#takeSigned(2, view.getInt8(at + 1));
        break;
      case format.int8 + 1:
        this.#need(3);
        this.#takeSigned(3, view.getInt16(at + 1));
        break;
      case format.int8 + 2:
        this.#need(5);
        this.#takeSigned(5, view.getInt32(at + 1));
        break;
      case format.float32:
      case format.float64:
        this.#takeWholePart(this.number());
        break;
      case format.nil:
      case format.false:
        this.#take(1, 0, 0);
        break;
      case format.true:
        this.#take(1, 1, 0);
        break;
      default:
        throw this.#not('a number', at);
    }
  }

  /** Leaves out the next value, however deep. */
  skip(): void {
    for (let left = 1; left > 0; left--) {
      const first = this.peek();
      if (first < 0x80 || first >= 0xe0) this.at++;
      else if (this.isArray()) left += this.arrayHeader();
      else if (this.isMap()) left += 2 * this.mapHeader();
      else if (this.isText() || this.isBinary()) this.textStart();
      else this.#skipScalar(first);
    }
  }

  #skipScalar(first: number): void {
    let length: number;
    if (first === neverUsed) throw this.#not('a value', this.at);
    if (first <= format.true) length = 1;
    else if (first >= format.fixext1) length = 2 + (1 << (first - format.fixext1));
    else if (first >= format.int8) length = 1 + (1 << (first - format.int8));
    else if (first >= format.uint8) length = 1 + (1 << (first - format.uint8));
    else if (first >= format.float32) length = first === format.float32 ? 5 : 9;
    else {
      const { at } = this;
      const content = this.#length(first - format.ext8);
      length = this.at - at + 1 + content;
      this.at = at;
    }
    this.#need(length);
    this.at += length;
  }

  /** Takes the first byte and a length of `1 << width` bytes. */
  #length(width: number): number {
    const { at } = this;
    this.#need(1 + (1 << width));
    this.at += 1 + (1 << width);
    if (width === 0) return this.#view.getUint8(at + 1);
    return width === 1 ? this.#view.getUint16(at + 1) : this.#view.getUint32(at + 1);
  }

  /** A five-byte header can claim four billion elements: each takes a byte at least. */
  #checked(count: number, least: number, at: number): number {
    if (count * least > this.bytes.length - this.at)
      throw new DecodeError(`${count} elements in ${this.bytes.length - this.at} bytes`, at);
    this.#elements += count;
    if (this.#elements > mostElements) throw new DecodeError(`more than ${mostElements} elements`, at);
    return count;
  }

  #need(length: number): void {
    if (length > this.bytes.length - this.at) throw new DecodeError('MessagePack cut off', this.at);
  }

  #take(length: number, low: number, high: number): void {
    this.at += length;
    this.low = low;
    this.high = high;
  }

  #takeSigned(length: number, value: number): void {
    this.#take(length, value >>> 0, value < 0 ? 0xffff_ffff : 0);
  }

  #takeWholePart(value: number): void {
    const whole = Math.trunc(value);
    if (!(Math.abs(whole) < 2 ** 64)) throw new DecodeError(`${value} is no 64-bit number`, this.at);
    this.low = Number(BigInt.asUintN(32, BigInt(whole)));
    this.high = Number(BigInt.asUintN(64, BigInt(whole)) >> 32n);
  }

  #not(what: string, at: number): DecodeError {
    return new DecodeError(
      `${what} expected instead of MessagePack type 0x${this.bytes[at].toString(16)}`,
      at,
    );
  }
}
