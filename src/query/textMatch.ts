import { readAttributeKey, readAttributeValue } from '../decode/otlp/readKeyValue.ts';
import { readSpanAttributes } from '../decode/otlp/readSpanParts.ts';
import { type AnyValue, displayValue } from '../model/anyValue.ts';
import type { SealedRows } from '../store/sealed/sealedRows.ts';
import type { Segment } from '../store/segment.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { nameOf, serviceOf, spanIdOf } from './spanFields.ts';

/**
 * Plain words against a span, case-insensitive: each word must occur in the span's name, its service, its id or one of its
 * attributes (keys, or values as shown).
 */
export class TextMatch {
  readonly #store: TraceStore;
  readonly #words: readonly Word[];
  /** Word index → name id → whether the name has it; names repeat, so do services. */
  readonly #names: Map<number, boolean>[];
  readonly #services: Map<number, boolean>[];
  /** Word index → sealed rows → by entry, whether it has the word. */
  readonly #entries: WeakMap<SealedRows, Uint8Array>[];

  constructor(store: TraceStore, text: string) {
    this.#store = store;
    this.#words = text.toLowerCase().split(/\s+/).filter(Boolean).map(toWord);
    this.#names = this.#words.map(() => new Map());
    this.#services = this.#words.map(() => new Map());
    this.#entries = this.#words.map(() => new WeakMap());
  }

  /** No words: everything matches. */
  get empty(): boolean {
    return this.#words.length === 0;
  }

  matches(segment: Segment, row: number): boolean {
    return this.#words.every((word, i) => this.#matchesWord(word, i, segment, row));
  }

  #matchesWord(word: Word, i: number, segment: Segment, row: number): boolean {
    const known = (cache: Map<number, boolean>, id: number, text: () => string): boolean => {
      let has = cache.get(id);
      if (has === undefined) cache.set(id, (has = text().toLowerCase().includes(word.text)));
      return has;
    };
    if (known(this.#names[i], segment.name[row], () => nameOf(this.#store, segment, row))) return true;
    if (known(this.#services[i], segment.resource[row], () => serviceOf(this.#store, segment, row)))
      return true;
    if (word.hex && spanIdOf(segment, row).includes(word.text)) return true;
    const { sealed } = segment;
    if (sealed !== undefined && !sealed.isWhole(row)) return this.#matchesEntry(word, i, sealed, row);
    const message = segment.bytes(row);
    // Text lies in the message as it is: most spans are ruled out without being decoded.
    if (!word.notText && !containsFolded(message, word.bytes)) return false;
    return readSpanAttributes(message).some(({ key, value }) => isIn(word, key, value));
  }

  /** In a sealed segment, each distinct attribute is looked at once. */
  #matchesEntry(word: Word, i: number, sealed: SealedRows, row: number): boolean {
    const { attributes, attributeStart, entryKey } = sealed.parts;
    let known = this.#entries[i].get(sealed);
    if (known === undefined) this.#entries[i].set(sealed, (known = new Uint8Array(entryKey.length)));
    for (let at = attributeStart[row]; at < attributeStart[row + 1]; at++) {
      const entry = attributes[at];
      if (known[entry] === unknown) known[entry] = this.#entryHas(word, sealed, entry) ? yes : no;
      if (known[entry] === yes) return true;
    }
    return false;
  }

  #entryHas(word: Word, sealed: SealedRows, entry: number): boolean {
    const attribute = sealed.entryBytes(entry);
    if (!word.notText && !containsFolded(attribute, word.bytes)) return false;
    const value = readAttributeValue(attribute);
    if (value === undefined) return false;
    const key = readAttributeKey(attribute, 0, attribute.length);
    return isIn(word, key === undefined ? '' : Buffer.from(key).toString(), value);
  }
}

const [unknown, yes, no] = [0, 1, 2];

function isIn(word: Word, key: string, value: AnyValue): boolean {
  return key.toLowerCase().includes(word.text) || displayValue(value).toLowerCase().includes(word.text);
}

interface Word {
  readonly text: string;
  readonly bytes: Uint8Array;
  /** It may be a part of an id. */
  readonly hex: boolean;
  /** It may be shown for a value that does not lie in the message as text: a number, true, JSON's punctuation, base64. */
  readonly notText: boolean;
}

function toWord(text: string): Word {
  // Case folding of other scripts changes bytes in ways that a byte search does not see.
  const ascii = /^[\x20-\x7e]*$/.test(text);
  return {
    text,
    bytes: Buffer.from(text),
    hex: /^[0-9a-f]+$/.test(text),
    notText:
      !ascii ||
      /^[-+.\de]*$/.test(text) ||
      /["{}[\],:\\]/.test(text) ||
      /^(true|false|null|nan|infinity)$/.test(text),
  };
}

/** Whether ASCII text in lower case occurs in the bytes, in either case. */
function containsFolded(bytes: Uint8Array, wanted: Uint8Array): boolean {
  const first = wanted[0];
  const other = first >= 97 && first <= 122 ? first - 32 : first;
  const last = bytes.length - wanted.length;
  next: for (let at = 0; at <= last; at++) {
    const byte = bytes[at];
    if (byte !== first && byte !== other) continue;
    for (let i = 1; i < wanted.length; i++) {
      const lower = bytes[at + i] | (bytes[at + i] >= 65 && bytes[at + i] <= 90 ? 32 : 0);
      if (lower !== wanted[i]) continue next;
    }
    return true;
  }
  return false;
}
