/** Up to here, characters are written faster one by one than by a call of Node's encoder. */
const shortText = 48;

/** Writes protobuf messages into one growing buffer. Lengths of nested messages are put in when they end. */
export class ProtobufWriter {
  protected buffer: Buffer;
  protected at = 0;

  /** @param capacity bytes that can be written before the buffer has to grow */
  constructor(capacity = 1024) {
    this.buffer = Buffer.allocUnsafe(capacity);
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return new Uint8Array(this.buffer.subarray(0, this.at));
  }

  /** How much was written: for `rewind`. */
  get position(): number {
    return this.at;
  }

  /** Takes back everything since `position`. */
  rewind(position: number): void {
    this.at = position;
  }

  tag(field: number, wireType: number): void {
    this.varint((field << 3) | wireType);
  }

  /** An unsigned number below 2^53. */
  varint(value: number): void {
    this.reserve(10);
    if (value < 128) {
      this.buffer[this.at++] = value;
      return;
    }
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.buffer[this.at++] = (rest % 128) | 128;
    this.buffer[this.at++] = rest;
  }

  /** A 64-bit number; negative ones in two's complement. */
  varint64(value: bigint | number): void {
    if (typeof value === 'number') {
      if (value < 0) this.varint64(BigInt(value));
      else this.varint(value);
      return;
    }
    this.reserve(10);
    let rest = BigInt.asUintN(64, value);
    for (; rest > 127n; rest >>= 7n) this.buffer[this.at++] = Number(rest & 127n) | 128;
    this.buffer[this.at++] = Number(rest);
  }

  fixed32(value: number): void {
    this.reserve(4);
    const buffer = this.buffer;
    buffer[this.at++] = value;
    buffer[this.at++] = value >>> 8;
    buffer[this.at++] = value >>> 16;
    buffer[this.at++] = value >>> 24;
  }

  fixed64(value: bigint): void {
    const bits = BigInt.asUintN(64, value);
    this.fixed32(Number(bits & 0xffffffffn));
    this.fixed32(Number(bits >> 32n));
  }

  /** A fixed64 of up to 20 decimal digits: times, without the detour by bigint. */
  decimal64(digits: string): void {
    const split = Math.max(0, digits.length - 9);
    const billions = Number(digits.slice(0, split));
    // billions × 10⁹ + rest, as upper × 2¹⁶ + lower: each part is exact in a double.
    const upper = Math.floor(billions / 0x1_0000) * 1e9;
    const lower = (billions % 0x1_0000) * 1e9 + Number(digits.slice(split));
    const sum = (upper % 0x1_0000) * 0x1_0000 + lower;
    this.fixed32(sum % 0x1_0000_0000);
    this.fixed32(Math.floor(upper / 0x1_0000) + Math.floor(sum / 0x1_0000_0000));
  }

  double(value: number): void {
    this.reserve(8);
    this.at = this.buffer.writeDoubleLE(value, this.at);
  }

  /** A length and the bytes. */
  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.reserve(value.length);
    this.buffer.set(value, this.at);
    this.at += value.length;
  }

  /** A length and the bytes `from … to` of another buffer. */
  copy(source: Uint8Array, from: number, to: number): void {
    this.varint(to - from);
    this.raw(source, from, to);
  }

  /** The bytes `from … to` of another buffer as they are. */
  raw(source: Uint8Array, from: number, to: number): void {
    const length = to - from;
    this.reserve(length);
    if (length < shortText) {
      const buffer = this.buffer;
      let end = this.at;
      for (let at = from; at < to; at++) buffer[end++] = source[at];
      this.at = end;
      return;
    }
    this.buffer.set(source.subarray(from, to), this.at);
    this.at += length;
  }

  /** A length and the text in UTF-8; lone surrogates become U+FFFD. */
  string(value: string): void {
    this.reserve(value.length * 3 + 1);
    if (value.length < shortText && this.#ascii(value)) return;
    const start = this.begin();
    this.at += this.buffer.write(value, this.at);
    this.end(start);
  }

  /** Writes a short text of ASCII characters and its length; false, and nothing written, if there are others. */
  #ascii(value: string): boolean {
    const buffer = this.buffer;
    const start = this.at + 1;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 127) return false;
      buffer[start + i] = code;
    }
    buffer[this.at] = value.length;
    this.at = start + value.length;
    return true;
  }

  /** Begins a value whose length is not known yet; `end` takes the result. */
  begin(): number {
    this.reserve(1);
    return ++this.at;
  }

  end(start: number): void {
    const length = this.at - start;
    let extra = 0;
    for (let rest = length >>> 7; rest > 0; rest >>>= 7) extra++;
    // Also for the length: to make room when it is written would leave behind what follows it.
    this.reserve(10);
    if (extra > 0) {
      this.buffer.copyWithin(start + extra, start, this.at);
    }
    this.at = start - 1;
    this.varint(length);
    this.at += length;
  }

  protected reserve(bytes: number): void {
    if (this.at + bytes > this.buffer.length) this.grow(bytes);
  }

  protected grow(bytes: number): void {
    const buffer = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.at + bytes));
    buffer.set(this.buffer.subarray(0, this.at));
    this.buffer = buffer;
  }
}
