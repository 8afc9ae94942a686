import { DecodeError } from './decodeError.ts';
import { endOfValue, endOfVarint, startOfValue, varint32, wireType } from './wire.ts';

/** In place of the tag of a field: the message has no more. */
export const noTag = 0;

/**
 * Reads a protobuf message field by field, in place. A message within is read by going back to where it begins:
 * `cursor.at = cursor.from`, then `next(cursor.to)` as it was when the field was found.
 */
export class ProtobufCursor {
  readonly bytes: Buffer;
  at = 0;
  /** Where the content of the last field is that has a length. */
  from = 0;
  to = 0;
  /** Words of the last number, with signs. */
  low = 0;
  high = 0;
  readonly #view: DataView;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Takes a field and gives its tag, `noTag` at `end`. Throws a `DecodeError` where the message is malformed. */
  next(end: number): number {
    const { bytes } = this;
    let { at } = this;
    if (at >= end) return noTag;
    let tag = bytes[at++];
    if (tag > 127) {
      const to = endOfVarint(bytes, at - 1, end);
      tag = varint32(bytes, at - 1, to);
      at = to;
    }
    if (tag >>> 3 === 0) throw new DecodeError('field number out of range', this.at);
    switch (tag & 7) {
      case wireType.bytes: {
        const length = at < end ? bytes[at] : 128;
        this.from = at + 1;
        this.to = at + 1 + length;
        if (length > 127 || this.to > end) {
          this.to = endOfValue(bytes, at, end);
          this.from = startOfValue(bytes, at);
        }
        this.at = this.to;
        break;
      }
      case wireType.varint:
        this.#varint(at, end);
        break;
      case wireType.fixed64:
        if (at + 8 > end) throw new DecodeError('fixed-width number cut off', at);
        this.low = this.#view.getInt32(at, true);
        this.high = this.#view.getInt32(at + 4, true);
        this.at = at + 8;
        break;
      case wireType.fixed32:
        if (at + 4 > end) throw new DecodeError('fixed-width number cut off', at);
        this.low = this.#view.getInt32(at, true);
        this.high = 0;
        this.at = at + 4;
        break;
      default:
        throw new DecodeError(`wire type ${tag & 7} is not supported`, at);
    }
    return tag;
  }

  /** The number of 64 fixed bits that was last read, as a double. */
  double(): number {
    return this.#view.getFloat64(this.at - 8, true);
  }

  #varint(from: number, end: number): void {
    const { bytes } = this;
    const last = Math.min(end, from + 10);
    let low = 0;
    let high = 0;
    for (let at = from, shift = 0; at < last; shift += 7) {
      const byte = bytes[at++];
      if (shift < 32) low |= (byte & 127) << shift;
      if (shift === 28) high = (byte & 127) >>> 4;
      else if (shift > 32) high |= (byte & 127) << (shift - 32);
      if (byte > 127) continue;
      this.low = low;
      this.high = high;
      this.at = at;
      return;
    }
    throw new DecodeError(last === end ? 'number cut off' : 'number of more than 10 bytes', from);
  }
}
