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

  /** Whether any span of a segment may match. Costs far less than to ask about each of them, where the segment is sealed. */
  mayMatch(segment: Segment): boolean {
    const { sealed } = segment;
    if (sealed === undefined || sealed.parts.wholeRows.length > 0) return true;
    this.#refresh();
    return this.#words.every(
      (word, i) =>
        word.hex || this.#entriesOf(word, i, sealed) !== noEntries || this.#isNamed(word, i, segment),
    );
  }

  matches(segment: Segment, row: number): boolean {
    this.#refresh();
    for (let i = 0; i < this.#words.length; i++)
      if (!this.#matchesWord(this.#words[i], i, segment, row)) return false;
    return true;
  }

  /** Ids may have come to mean something else. */
  #refresh(): void {
    const { idGeneration } = this.#store;
    if (idGeneration === this.#idGeneration) return;
    this.#idGeneration = idGeneration;
    for (const known of [...this.#names, ...this.#services]) known.length = 0;
  }

  /** Whether the name or the service of any span has the word. */
  #isNamed(word: Word, i: number, segment: Segment): boolean {
    const names = this.#names[i];
    const services = this.#services[i];
    const { name, resource, count } = segment;
    for (let row = 0; row < count; row++) {
      if (!segment.isLive(row)) continue;
      if ((names[name[row]] ??= hasWord(nameOf(this.#store, segment, row), word))) return true;
      if ((services[resource[row]] ??= hasWord(serviceOf(this.#store, segment, row), word))) return true;
    }
    return false;
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
    if (!word.notText && indexOfFolded(message, 0, message.length, word) < 0) return false;
    return readSpanAttributes(message).some(({ key, value }) => isIn(word, key, value));
  }

  /** In a sealed segment, each distinct attribute is looked at once. */
  #matchesEntry(word: Word, i: number, sealed: SealedRows, row: number): boolean {
    const { attributes, attributeStart } = sealed.parts;
    const known = this.#entriesOf(word, i, sealed);
    if (known === noEntries) return false;
    for (let at = attributeStart[row]; at < attributeStart[row + 1]; at++) {
      const entry = attributes[at];
      if (known[entry] === unknown) known[entry] = entryHas(word, sealed, entry) ? yes : no;
      if (known[entry] === yes) return true;
    }
    return false;
  }

  #entriesOf(word: Word, i: number, sealed: SealedRows): Uint8Array {
    let known = this.#entries[i].get(sealed);
    if (known === undefined) this.#entries[i].set(sealed, (known = entriesThatMay(word, sealed)));
    return known;
  }
}

const [no, yes, unknown] = [0, 1, 2];
const noEntries = new Uint8Array(0);

/** By entry: `no`, or `unknown` where it has to be read. All of them are searched as one text, which takes a fraction of the time. */
function entriesThatMay(word: Word, { parts: { entries, entryStart } }: SealedRows): Uint8Array {
  const count = entryStart.length - 1;
  if (word.notText) return new Uint8Array(count).fill(unknown);
  let found = noEntries;
  let entry = 0;
  for (let at = 0; (at = indexOfFolded(entries, at, entryStart[count], word)) >= 0; at++) {
    entry = entryAt(entryStart, at, entry);
    // It may begin in one entry and end in the next.
    if (at + word.bytes.length > entryStart[entry + 1]) continue;
    if (found === noEntries) found = new Uint8Array(count);
    found[entry] = unknown;
    at = entryStart[entry + 1] - 1;
  }
  return found;
}

/** The entry that a byte is of, at or after another one. */
function entryAt(entryStart: Uint32Array, at: number, from: number): number {
  let [low, high] = [from, entryStart.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (entryStart[middle] <= at) low = middle;
    else high = middle;
  }
  return low;
}

function entryHas(word: Word, sealed: SealedRows, entry: number): boolean {
  const attribute = sealed.entryBytes(entry);
  const value = readAttributeValue(attribute);
  if (value === undefined) return false;
  const key = readAttributeKey(attribute, 0, attribute.length);
  return isIn(word, key === undefined ? '' : Buffer.from(key).toString(), value);
}

function hasWord(text: string, word: Word): boolean {
  return text.toLowerCase().includes(word.text);
}

function isIn(word: Word, key: string, value: AnyValue): boolean {
  return hasWord(key, word) || hasWord(displayValue(value), word);
}

interface Word {
  readonly text: string;
  readonly bytes: Uint8Array;
  /** By the byte under the last one of the word: how far the word may be moved on (Horspool). Unless it is `notText`. */
  readonly skip: Uint32Array;
  /** It may be a part of an id. */
  readonly hex: boolean;
  /** It may be shown for a value that does not lie in the message as text: a number, true, JSON's punctuation, base64. */
  readonly notText: boolean;
}

function toWord(text: string): Word {
  // Case folding of other scripts changes bytes in ways that a byte search does not see.
  const ascii = /^[\x20-\x7e]*$/.test(text);
  const bytes = Buffer.from(text);
  return {
    text,
    bytes,
    skip: skips(bytes),
    hex: /^[0-9a-f]+$/.test(text),
    notText:
      !ascii ||
      /^[-+.\de]*$/.test(text) ||
      /["{}[\],:\\]/.test(text) ||
      /^(true|false|null|nan|infinity)$/.test(text),
  };
}

function skips(word: Uint8Array): Uint32Array {
  const last = word.length - 1;
  const skip = new Uint32Array(256).fill(word.length);
  for (let i = 0; i < last; i++) {
    skip[word[i]] = last - i;
    skip[upperCase(word[i])] = last - i;
  }
  return skip;
}

/** Where ASCII text in lower case begins first in `bytes[from … to]`, in either case; −1 if it does not. */
function indexOfFolded(bytes: Uint8Array, from: number, to: number, word: Word): number {
  const { bytes: wanted, skip } = word;
  const last = wanted.length - 1;
  const lower = wanted[last];
  const upper = upperCase(lower);
  next: for (let at = from + last; at < to; at += skip[bytes[at]]) {
    if (bytes[at] !== lower && bytes[at] !== upper) continue;
    for (let i = 1; i <= last; i++) {
      const byte = bytes[at - i];
      const folded = byte >= 65 && byte <= 90 ? byte | 32 : byte;
      if (folded !== wanted[last - i]) continue next;
    }
    return at - last;
  }
  return -1;
}

function upperCase(byte: number): number {
  return byte >= 97 && byte <= 122 ? byte - 32 : byte;
}
