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
  /** Word index → name id → whether the name has it; names repeat, so do services, by the id of the resource. */
  readonly #names: (boolean | undefined)[][];
  readonly #services: (boolean | undefined)[][];
  #idGeneration: number;
  /** Word index → sealed rows → by entry, whether it has the word. */
  readonly #entries: WeakMap<SealedRows, Uint8Array>[];

  constructor(store: TraceStore, text: string) {
    this.#store = store;
    this.#idGeneration = store.idGeneration;
    this.#words = text.toLowerCase().split(/\s+/).filter(Boolean).map(toWord);
    this.#names = this.#words.map(() => []);
    this.#services = this.#words.map(() => []);
    this.#entries = this.#words.map(() => new WeakMap());
  }

  /** No words: everything matches. */
  get empty(): boolean {
    return this.#words.length === 0;
  }

  matches(segment: Segment, row: number): boolean {
    const { idGeneration } = this.#store;
    if (idGeneration !== this.#idGeneration) {
      this.#idGeneration = idGeneration;
      for (const known of [...this.#names, ...this.#services]) known.length = 0;
    }
    for (let i = 0; i < this.#words.length; i++)
      if (!this.#matchesWord(this.#words[i], i, segment, row)) return false;
    return true;
  }

  #matchesWord(word: Word, i: number, segment: Segment, row: number): boolean {
    const names = this.#names[i];
    const services = this.#services[i];
    const name = segment.name[row];
    const resource = segment.resource[row];
    if ((names[name] ??= hasWord(nameOf(this.#store, segment, row), word))) return true;
    if ((services[resource] ??= hasWord(serviceOf(this.#store, segment, row), word))) return true;
    if (word.hex && spanIdOf(segment, row).includes(word.text)) return true;
    const { sealed } = segment;
    if (sealed !== undefined && !sealed.isWhole(row)) return this.#matchesEntry(word, i, sealed, row);
    const message = segment.bytes(row);
    // Text lies in the message as it is: most spans are ruled out without being decoded.
    if (!word.notText && !containsFolded(message, 0, message.length, word.bytes)) return false;
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
    const { entries, entryStart } = sealed.parts;
    if (!word.notText && !containsFolded(entries, entryStart[entry], entryStart[entry + 1], word.bytes))
      return false;
    const attribute = sealed.entryBytes(entry);
    const value = readAttributeValue(attribute);
    if (value === undefined) return false;
    const key = readAttributeKey(attribute, 0, attribute.length);
    return isIn(word, key === undefined ? '' : Buffer.from(key).toString(), value);
  }
}

const [unknown, yes, no] = [0, 1, 2];

function hasWord(text: string, word: Word): boolean {
  return text.toLowerCase().includes(word.text);
}

function isIn(word: Word, key: string, value: AnyValue): boolean {
  return hasWord(key, word) || hasWord(displayValue(value), word);
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

/** Whether ASCII text in lower case occurs in `bytes[from … to]`, in either case. */
function containsFolded(bytes: Uint8Array, from: number, to: number, wanted: Uint8Array): boolean {
  const first = wanted[0];
  const other = first >= 97 && first <= 122 ? first - 32 : first;
  const last = to - wanted.length;
  next: for (let at = from; at <= last; at++) {
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
