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

/** Fields that may be read of a message: real ones have one in ten bytes, empty ones would become objects of hundreds. */
const mostFields = 1 << 21;

const utf8 = new TextDecoder();

/** A protobuf message whose fields are read in place. */
export class ProtobufMessage {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #fields = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The fields of the message, or of the one inside it at `at`, in their order. Throws a `DecodeError` where it is malformed. */
  *fields(at?: Field): Generator<Field> {
    const bytes = this.#bytes;
    const to = at?.to ?? bytes.length;
    for (let from = at?.from ?? 0; from < to; ) {
      const afterTag = endOfVarint(bytes, from, to);
      const tag = varint32(bytes, from, afterTag);
      if (tag >>> 3 === 0) throw new DecodeError('field number out of range', from);
      if (++this.#fields > mostFields) throw new DecodeError(`more than ${mostFields} fields`, from);
      const end = skipValue(bytes, afterTag, to, tag & 7);
      yield {
        number: tag >>> 3,
        type: tag & 7,
        from: (tag & 7) === wireType.bytes ? startOfValue(bytes, afterTag) : afterTag,
        to: end,
      };
      from = end;
    }
  }

  text({ from, to }: Field): string {
    return utf8.decode(this.#bytes.subarray(from, to));
  }

  bytes({ from, to }: Field): Uint8Array {
    return this.#bytes.subarray(from, to);
  }

  /** A varint as an unsigned number of 64 bits. */
  varint({ from, to }: Field): bigint {
    let value = 0n;
    for (let at = to - 1; at >= from; at--) value = (value << 7n) | BigInt(this.#bytes[at] & 127);
    return BigInt.asUintN(64, value);
  }

  fixed64({ from }: Field): bigint {
    return this.#view.getBigUint64(from, true);
  }

  double({ from }: Field): number {
    return this.#view.getFloat64(from, true);
  }
}
