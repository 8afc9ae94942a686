import { ProtobufWriter } from '../protobuf/writer.ts';

/** Fields of one attribute beside its key and its value: tags, lengths, a number. */
const mostOverhead = 48;
/** Up to here, bytes are copied faster word by word than by a call of the engine. */
const shortText = 64;
/** Larger buffers are given back after the request. */
const keptBytes = 4 << 20;

const keyTag = 0x0a;
const valueTag = 0x12;
/** `AnyValue { string = 1, bool = 2, int = 3, double = 4, bytes = 7 }`. */
const valueTags = { string: 0x0a, bool: 0x10, int: 0x18, double: 0x21, bytes: 0x3a } as const;

const nothing = Buffer.alloc(0);

/**
 * Writes `KeyValue` messages whose keys and texts are copied from the body of a request: `keyFrom … keyTo` and `from … to`
 * are offsets into it. `tag` is that of the field that the attribute is an element of, one byte.
 */
export class AttributeWriter extends ProtobufWriter {
  protected view: DataView = viewOf(this.buffer);
  #source: Uint8Array = nothing;
  #sourceView = viewOf(nothing);
  /** The last offset in the source at which there is a whole word. */
  #lastWord = -4;

  /** What texts are copied from, from now on. */
  readFrom(source: Uint8Array, view: DataView): void {
    this.#source = source;
    this.#sourceView = view;
    this.#lastWord = source.length - 4;
  }

  /** Lets go of the body, of what was written, and of an unusually large buffer. */
  release(): void {
    this.readFrom(nothing, viewOf(nothing));
    this.at = 0;
    if (this.buffer.length <= keptBytes) return;
    this.buffer = Buffer.allocUnsafe(1024);
    this.view = viewOf(this.buffer);
  }

  /** What was written, in place. */
  get written(): Buffer {
    return this.buffer.subarray(0, this.at);
  }

  /** Whether these bytes are what was written. */
  hasWritten(bytes: Uint8Array): boolean {
    const { buffer } = this;
    if (bytes.length !== this.at) return false;
    for (let i = 0; i < bytes.length; i++) if (bytes[i] !== buffer[i]) return false;
    return true;
  }

  /** Adds what another one has written. */
  append(other: AttributeWriter): void {
    if (other.at > 0) this.raw(other.buffer, 0, other.at);
  }

  /** The tag and the length of a message that follows. */
  open(tag: number, length: number): void {
    this.reserve(mostOverhead);
    this.buffer[this.at++] = tag;
    this.length(length);
  }

  text(tag: number, keyFrom: number, keyTo: number, from: number, to: number): void {
    this.#content(tag, keyFrom, keyTo, from, to, valueTags.string);
  }

  binary(tag: number, keyFrom: number, keyTo: number, from: number, to: number): void {
    this.#content(tag, keyFrom, keyTo, from, to, valueTags.bytes);
  }

  truth(tag: number, keyFrom: number, keyTo: number, value: boolean): void {
    const at = this.#key(tag, keyFrom, keyTo, 2);
    this.view.setInt32(at, valueTag | (2 << 8) | (valueTags.bool << 16) | ((value ? 1 : 0) << 24), true);
    this.at = at + 4;
  }

  /** The words of a number in two's complement. */
  integer(tag: number, keyFrom: number, keyTo: number, low: number, high: number): void {
    const length = 1 + varintBytes(low, high);
    const at = this.#key(tag, keyFrom, keyTo, length);
    this.view.setInt32(at, valueTag | (length << 8) | (valueTags.int << 16), true);
    this.at = at + 3;
    this.words(low, high);
  }

  number(tag: number, keyFrom: number, keyTo: number, value: number): void {
    const at = this.#key(tag, keyFrom, keyTo, 9);
    this.view.setInt32(at, valueTag | (9 << 8) | (valueTags.double << 16), true);
    this.view.setFloat64(at + 3, value, true);
    this.at = at + 11;
  }

  /** A text under a key that no request has to tell. */
  namedText(tag: number, key: Uint8Array, from: number, to: number): void {
    const length = to - from;
    const valueLength = 1 + sized(length);
    this.#named(tag, key, valueLength, length);
    this.length(valueLength);
    this.buffer[this.at++] = valueTags.string;
    this.place(from, to);
  }

  namedInteger(tag: number, key: Uint8Array, value: number): void {
    const valueLength = 1 + varintBytes(value, 0);
    this.#named(tag, key, valueLength, 0);
    this.length(valueLength);
    this.buffer[this.at++] = valueTags.int;
    this.words(value, 0);
  }

  /** A text that is not in the body. */
  namedBytes(tag: number, key: Uint8Array, text: Uint8Array): void {
    const valueLength = 1 + sized(text.length);
    this.#named(tag, key, valueLength, text.length);
    this.length(valueLength);
    this.buffer[this.at++] = valueTags.string;
    this.bytes(text);
  }

  /** A field with a text or bytes of the body. */
  field(tag: number, from: number, to: number): void {
    this.reserve(to - from + mostOverhead);
    this.buffer[this.at++] = tag;
    this.place(from, to);
  }

  /** The tag of a field of 64 fixed bits, and its words. */
  fixedWords(tag: number, low: number, high: number): void {
    this.reserve(mostOverhead);
    const { at, view } = this;
    this.buffer[at] = tag;
    view.setInt32(at + 1, low, true);
    view.setInt32(at + 5, high, true);
    this.at = at + 9;
  }

  #content(tag: number, keyFrom: number, keyTo: number, from: number, to: number, contentTag: number): void {
    const length = to - from;
    if (length < 126) {
      const at = this.#key(tag, keyFrom, keyTo, length + 2);
      this.view.setInt32(at, valueTag | ((length + 2) << 8) | (contentTag << 16) | (length << 24), true);
      this.at = at + 4;
      this.placeBytes(from, to);
      return;
    }
    const valueLength = 1 + sized(length);
    this.at = this.#key(tag, keyFrom, keyTo, valueLength);
    this.buffer[this.at++] = valueTag;
    this.length(valueLength);
    this.buffer[this.at++] = contentTag;
    this.place(from, to);
  }

  /** Writes all that is before the tag of the value, whose length is told; gives where that tag comes. */
  #key(tag: number, keyFrom: number, keyTo: number, valueLength: number): number {
    const keyLength = keyTo - keyFrom;
    this.reserve(keyLength + valueLength + mostOverhead);
    if (keyLength + valueLength < 124) {
      const length = keyLength + valueLength + 4;
      const { at } = this;
      this.view.setInt32(at, tag | (length << 8) | (keyTag << 16) | (keyLength << 24), true);
      this.at = at + 4;
      this.placeBytes(keyFrom, keyTo);
      return this.at;
    }
    this.buffer[this.at++] = tag;
    this.length(1 + sized(keyLength) + 1 + sized(valueLength));
    this.buffer[this.at++] = keyTag;
    this.place(keyFrom, keyTo);
    return this.at;
  }

  #named(tag: number, key: Uint8Array, valueLength: number, contentLength: number): void {
    this.reserve(key.length + contentLength + mostOverhead);
    this.buffer[this.at++] = tag;
    this.length(1 + sized(key.length) + 1 + sized(valueLength));
    this.buffer[this.at++] = keyTag;
    this.length(key.length);
    const { buffer } = this;
    let { at } = this;
    for (let i = 0; i < key.length; i++) buffer[at++] = key[i];
    buffer[at++] = valueTag;
    this.at = at;
  }

  /** Length and bytes of the body, for which there is room. */
  protected place(from: number, to: number): void {
    this.length(to - from);
    this.placeBytes(from, to);
  }

  protected placeBytes(from: number, to: number): void {
    const { at, view } = this;
    this.at = at + to - from;
    if (to - from > shortText || to > this.#lastWord) {
      this.buffer.set(this.#source.subarray(from, to), at);
      return;
    }
    const source = this.#sourceView;
    for (let p = from, q = at; p < to; p += 4, q += 4) view.setInt32(q, source.getInt32(p, true), true);
  }

  protected length(value: number): void {
    const { buffer } = this;
    let { at } = this;
    let rest = value;
    for (; rest > 127; rest >>>= 7) buffer[at++] = (rest & 127) | 128;
    buffer[at++] = rest;
    this.at = at;
  }

  protected words(low: number, high: number): void {
    const { buffer } = this;
    let { at } = this;
    let [rest, upper] = [low >>> 0, high >>> 0];
    for (; upper !== 0; upper >>>= 7) {
      buffer[at++] = (rest & 127) | 128;
      rest = ((rest >>> 7) | (upper << 25)) >>> 0;
    }
    this.at = at;
    this.length(rest);
  }

  protected override grow(bytes: number): void {
    super.grow(bytes);
    this.view = viewOf(this.buffer);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A length and what it is the length of. */
export function sized(length: number): number {
  return varintBytes(length, 0) + length;
}

/** Bytes of a varint of 64 bits in words. */
function varintBytes(low: number, high: number): number {
  const bits = high === 0 ? 32 - Math.clz32(low) : 64 - Math.clz32(high);
  return bits <= 7 ? 1 : Math.ceil(bits / 7);
}
