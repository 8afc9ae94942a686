/** Writes protobuf messages into one growing buffer. Lengths of nested messages are put in when they end. */
export class ProtobufWriter {
  #buffer = Buffer.allocUnsafe(1024);
  #at = 0;

  /** A copy of what was written. */
  finish(): Uint8Array {
    return new Uint8Array(this.#buffer.subarray(0, this.#at));
  }

  /** How much was written: for `rewind`. */
  get position(): number {
    return this.#at;
  }

  /** Takes back everything since `position`. */
  rewind(position: number): void {
    this.#at = position;
  }

  tag(field: number, wireType: number): void {
    this.varint((field << 3) | wireType);
  }

  /** An unsigned number below 2^53. */
  varint(value: number): void {
    this.#reserve(10);
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.#buffer[this.#at++] = (rest % 128) | 128;
    this.#buffer[this.#at++] = rest;
  }

  /** A 64-bit number; negative ones in two's complement. */
  varint64(value: bigint): void {
    this.#reserve(10);
    let rest = BigInt.asUintN(64, value);
    for (; rest > 127n; rest >>= 7n) this.#buffer[this.#at++] = Number(rest & 127n) | 128;
    this.#buffer[this.#at++] = Number(rest);
  }

  fixed32(value: number): void {
    this.#reserve(4);
    this.#at = this.#buffer.writeUInt32LE(value, this.#at);
  }

  fixed64(value: bigint): void {
    this.#reserve(8);
    this.#at = this.#buffer.writeBigUInt64LE(BigInt.asUintN(64, value), this.#at);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#at = this.#buffer.writeDoubleLE(value, this.#at);
  }

  /** A length and the bytes. */
  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.#reserve(value.length);
    this.#buffer.set(value, this.#at);
    this.#at += value.length;
  }

  /** A length and the text in UTF-8; lone surrogates become U+FFFD. */
  string(value: string): void {
    const start = this.begin();
    this.#reserve(value.length * 3);
    this.#at += this.#buffer.write(value, this.#at);
    this.end(start);
  }

  /** Begins a value whose length is not known yet; `end` takes the result. */
  begin(): number {
    this.#reserve(1);
    return ++this.#at;
  }

  end(start: number): void {
    const length = this.#at - start;
    let extra = 0;
    for (let rest = length >>> 7; rest > 0; rest >>>= 7) extra++;
    if (extra > 0) {
      this.#reserve(extra);
      this.#buffer.copyWithin(start + extra, start, this.#at);
    }
    this.#at = start - 1;
    this.varint(length);
    this.#at += length;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const buffer = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#at + bytes));
    buffer.set(this.#buffer.subarray(0, this.#at));
    this.#buffer = buffer;
  }
}
