import type { AnyValue } from '../../model/anyValue.ts';
import { DecodeError } from '../protobuf/decodeError.ts';
import { endOfValue, skipField, startOfValue } from '../protobuf/wire.ts';
import { readMessage } from './readMessage.ts';
import { keyValueSchema } from './schema.ts';

const keyTag = 0x0a;

/** The value of a `KeyValue` message, undefined if it is malformed. */
export function readAttributeValue(attribute: Uint8Array): AnyValue | undefined {
  let malformed = false;
  const { value } = readMessage(keyValueSchema, attribute, () => {
    malformed = true;
  });
  return malformed ? undefined : (value as AnyValue);
}

/** The bytes of the key of the `KeyValue` message in `from … to`: a view; undefined if there is none or it is malformed. */
export function readAttributeKey(bytes: Uint8Array, from: number, to: number): Uint8Array | undefined {
  const at = keyFieldAt(bytes, from, to);
  return at < 0 ? undefined : bytes.subarray(startOfValue(bytes, at), endOfValue(bytes, at, to));
}

/** Whether the `KeyValue` message in `from … to` has this key; not if it is malformed. */
export function hasAttributeKey(bytes: Uint8Array, from: number, to: number, key: Uint8Array): boolean {
  const at = keyFieldAt(bytes, from, to);
  if (at < 0) return false;
  const end = endOfValue(bytes, at, to);
  const start = startOfValue(bytes, at);
  if (end - start !== key.length) return false;
  // From the end: keys of one family begin alike.
  for (let i = key.length - 1; i >= 0; i--) if (key[i] !== bytes[start + i]) return false;
  return true;
}

/** Where the length of the key stands, −1 if there is none. */
function keyFieldAt(bytes: Uint8Array, from: number, to: number): number {
  try {
    for (let at = from; at < to; at = skipField(bytes, at, to)) {
      if (bytes[at] !== keyTag) continue;
      endOfValue(bytes, at + 1, to);
      return at + 1;
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
  return -1;
}
