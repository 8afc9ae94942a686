import { readMessage } from '../../decode/otlp/readMessage.ts';
import { keyValueSchema } from '../../decode/otlp/schema.ts';
import type { AnyValue, KeyValue } from '../../model/anyValue.ts';
import { displayValue } from '../../model/anyValue.ts';
import { type ValueType, valueTypes } from '../../model/evidence.ts';
import { type SensitiveKey, sensitiveKey } from '../../semconv/sensitive/keys.ts';
import type { SensitiveOptions } from '../../semconv/sensitive/options.ts';
import { hashBytes } from '../../store/hash.ts';
import { type SensitiveHit, sensitiveHits } from './sensitiveHits.ts';

/** An attribute with what can be said of it alone. */
export interface ReadAttribute {
  readonly key: string;
  /** Strings bare, numbers in decimal, lists and maps as JSON. */
  readonly text: string;
  readonly hits: readonly SensitiveHit[];
  /** Index in `valueTypes`. */
  readonly type: number;
}

/** Attributes that take at most so many bytes are remembered: one for each of so many places. */
const placeBytes = 128;
const places = 1 << 14;
/** Beyond this, a value is looked at no further. */
const longestText = 64 << 10;
const mostKeys = 10_000;
const noHits: readonly SensitiveHit[] = [];
/** What is read through for lines and ids alone. */
const notJudged = /^(?:code\.|spanline\.|telemetry\.|thread\.|exception\.stacktrace$|exception\.type$)/;

/**
 * Reads `KeyValue` messages. Telemetry repeats itself: an attribute with the same bytes as one of the last is not read and
 * judged again. A place per hash keeps the newest with that hash.
 */
export class AttributeReader {
  readonly #known = new Uint8Array(places * placeBytes);
  readonly #lengths = new Uint8Array(places);
  readonly #attributes: (ReadAttribute | undefined)[] = new Array(places);
  /** What the user calls sensitive, and what not. */
  readonly options: SensitiveOptions | undefined;
  readonly #keys: Keys;

  constructor(options?: SensitiveOptions) {
    this.options = options;
    this.#keys = new Keys(options);
  }

  /** The attribute at `from … to`; `undefined` if it is malformed. `view` is over the whole of `bytes`. */
  read(bytes: Uint8Array, view: DataView, from: number, to: number): ReadAttribute | undefined {
    const length = to - from;
    if (length > placeBytes) return this.#read(bytes.subarray(from, to));
    const place = (hashBytes(bytes, view, from, length) >>> 0) % places;
    if (this.#isAt(place, bytes, from, length)) return this.#attributes[place];
    this.#known.set(bytes.subarray(from, to), place * placeBytes);
    this.#lengths[place] = length;
    return (this.#attributes[place] = this.#read(bytes.subarray(from, to)));
  }

  #isAt(place: number, bytes: Uint8Array, from: number, length: number): boolean {
    if (this.#lengths[place] !== length) return false;
    const known = this.#known;
    const start = place * placeBytes;
    for (let at = 0; at < length; at++) if (known[start + at] !== bytes[from + at]) return false;
    return true;
  }

  #read(message: Uint8Array): ReadAttribute | undefined {
    let malformed = false;
    const { key, value } = readMessage(keyValueSchema, message, () => {
      malformed = true;
    }) as unknown as KeyValue;
    return malformed || value === undefined ? undefined : judgedAs(this.#keys.one(key), value, this.options);
  }
}

interface Key {
  readonly name: string;
  readonly sensitive: SensitiveKey | undefined;
}

/**
 * Keys are few: each is judged once, and kept in the form of property names. Comparing two strings of that form looks at no
 * character, and each span's keys are compared with dozens of literals.
 */
class Keys {
  readonly #options: SensitiveOptions | undefined;
  #known = new Map<string, Key>();

  constructor(options: SensitiveOptions | undefined) {
    this.#options = options;
  }

  one(key: string): Key {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size >= mostKeys) this.#known = new Map();
    const [name] = Object.keys({ [key]: 0 });
    const made = keyOf(name, this.#options);
    this.#known.set(name, made);
    return made;
  }
}

function keyOf(name: string, options: SensitiveOptions | undefined): Key {
  return { name, sensitive: notJudged.test(name) ? undefined : sensitiveKey(name, options?.keys) };
}

/** An attribute that is decoded already. */
export function judged(key: string, value: AnyValue, options?: SensitiveOptions): ReadAttribute {
  return judgedAs(keyOf(key, options), value, options);
}

function judgedAs(
  { name, sensitive }: Key,
  value: AnyValue,
  options: SensitiveOptions | undefined,
): ReadAttribute {
  const text = displayValue(value).slice(0, longestText);
  const hits = notJudged.test(name) ? noHits : sensitiveHits(name, sensitive, text, value, options);
  return { key: name, text, hits, type: valueTypes.indexOf(typeOf(value)) };
}

function typeOf(value: AnyValue): ValueType {
  if ('stringValue' in value) return 'string';
  if ('intValue' in value) return 'int';
  if ('doubleValue' in value) return 'double';
  if ('boolValue' in value) return 'boolean';
  if ('arrayValue' in value) return 'list';
  if ('kvlistValue' in value) return 'map';
  return 'bytesValue' in value ? 'bytes' : 'empty';
}
