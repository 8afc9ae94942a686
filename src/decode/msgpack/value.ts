import { DecodeError } from '../protobuf/decodeError.ts';
import { format, type MsgpackReader } from './reader.ts';

/** A MessagePack value as JavaScript has it: int64 and uint64 as bigint, maps as objects without a prototype. */
export type MsgpackValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | MsgpackValue[]
  | { [key: string]: MsgpackValue };

const deepest = 64;
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Reads the next value whole: for the parts of a message that are rare. Extension types become nil. Throws a
 * `DecodeError` for what is cut off, nested deeper than 64 levels, or a map with keys other than strings and numbers.
 */
export function readValue(reader: MsgpackReader, depth = 0): MsgpackValue {
  if (depth > deepest) throw new DecodeError(`nested deeper than ${deepest} levels`, reader.at);
  if (reader.isText()) return readString(reader);
  if (reader.isBinary()) {
    const from = reader.textStart();
    return reader.bytes.slice(from, reader.at);
  }
  if (reader.isArray()) {
    const list: MsgpackValue[] = [];
    for (let left = reader.arrayHeader(); left > 0; left--) list.push(readValue(reader, depth + 1));
    return list;
  }
  if (reader.isMap()) {
    const map: { [key: string]: MsgpackValue } = Object.create(null);
    for (let left = reader.mapHeader(); left > 0; left--) map[readKey(reader)] = readValue(reader, depth + 1);
    return map;
  }
  return readScalar(reader);
}

export function readString(reader: MsgpackReader): string {
  const from = reader.textStart();
  return utf8.decode(reader.bytes.subarray(from, reader.at));
}

function readKey(reader: MsgpackReader): string {
  if (reader.isText() || reader.isBinary()) return readString(reader);
  return String(readInteger(reader));
}

function readScalar(reader: MsgpackReader): MsgpackValue {
  const first = reader.peek();
  if (first === format.nil) {
    reader.at++;
    return null;
  }
  if (first === format.true || first === format.false) return reader.boolean();
  if (first === format.float32 || first === format.float64) return reader.number();
  if (reader.isInteger()) return readInteger(reader);
  reader.skip();
  return null;
}

function readInteger(reader: MsgpackReader): number | bigint {
  const first = reader.peek();
  if (first !== format.uint64 && first !== format.int64) return reader.number();
  reader.integer();
  const bits = (BigInt(reader.high) << 32n) | BigInt(reader.low);
  return first === format.int64 ? BigInt.asIntN(64, bits) : bits;
}
