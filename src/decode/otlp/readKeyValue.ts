import type { AnyValue, KeyValue } from '../../model/anyValue.ts';
import { DecodeError } from '../protobuf/decodeError.ts';
import { endOfValue, skipField, startOfValue } from '../protobuf/wire.ts';
import { readMessage } from './readMessage.ts';
import { keyValueSchema } from './schema.ts';

const keyTag = 0x0a;
const valueTag = 0x12;
const stringTag = 0x0a;
const intTag = 0x18;

/** The value of a `KeyValue` message, undefined if it is malformed. */
export function readAttributeValue(attribute: Uint8Array): AnyValue | undefined {
  return readShortValue(attribute) ?? readAnyValue(attribute);
}

/**
 * Strings and small integers in the usual form: key first, lengths of one byte. That is nearly all of them, and it takes a
 * tenth of the time; undefined for the others.
 */
function readShortValue(attribute: Uint8Array): AnyValue | undefined {
  const at = 2 + attribute[1];
  if (attribute[0] !== keyTag || attribute[1] > 127 || attribute[at] !== valueTag) return undefined;
  const length = attribute[at + 1];
  const end = at + 2 + length;
  if (length < 2 || length > 127 || end !== attribute.length) return undefined;
  const first = at + 3;
  switch (attribute[at + 2]) {
    case stringTag:
      if (attribute[first] !== length - 2) return undefined;
      return {
        stringValue: Buffer.from(
          attribute.buffer,
          attribute.byteOffset + first + 1,
          end - first - 1,
        ).toString(),
      };
    case intTag: {
      if (end - first > 4 || attribute[end - 1] > 127) return undefined;
      let value = 0;
      for (let p = end - 1; p >= first; p--) {
        if (p < end - 1 && attribute[p] < 128) return undefined;
        value = (value << 7) | (attribute[p] & 127);
      }
      return { intValue: String(value) };
    }
    default:
      return undefined;
  }
}

function readAnyValue(attribute: Uint8Array): AnyValue | undefined {
  return readKeyValue(attribute)?.value;
}

/** A whole `KeyValue` message, undefined if it is malformed. */
export function readKeyValue(attribute: Uint8Array): KeyValue | undefined {
  let malformed = false;
  const message = readMessage(keyValueSchema, attribute, () => {
    malformed = true;
  });
  return malformed ? undefined : (message as unknown as KeyValue);
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
