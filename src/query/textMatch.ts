import { readSpanAttributes } from '../decode/otlp/readSpanParts.ts';
import { displayValue } from '../model/anyValue.ts';
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

  constructor(store: TraceStore, text: string) {
    this.#store = store;
    this.#words = text.toLowerCase().split(/\s+/).filter(Boolean).map(toWord);
    this.#names = this.#words.map(() => new Map());
    this.#services = this.#words.map(() => new Map());
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
    const message = segment.bytes(row);
    // Text lies in the message as it is: most spans are ruled out without being decoded.
    if (!word.notText && !containsFolded(message, word.bytes)) return false;
    return readSpanAttributes(message).some(
      ({ key, value }) =>
        key.toLowerCase().includes(word.text) || displayValue(value).toLowerCase().includes(word.text),
    );
  }
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
