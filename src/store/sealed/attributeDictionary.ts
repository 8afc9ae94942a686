import { readAttributeKey } from '../../decode/otlp/readKeyValue.ts';
import { ByteDictionary } from '../byteDictionary.ts';
import { copyBytes, sameBytes } from '../byteRanges.ts';
import { hashBytes } from '../hash.ts';
import { noKey } from './sealedRows.ts';

/** Ids are 16 bits wide, and the largest is `noKey`. */
const mostEntries = noKey;
/** In place of an id: the dictionary is full. */
export const noEntry = -1;
const initialEntries = 1 << 10;
const highHalf = -1 << 16;

/**
 * The distinct attributes of a segment: `KeyValue` messages by dense ids, and their keys. Made to be filled fast, with small
 * tables that stay in the processor's cache; it serves one segment after the other.
 */
export class AttributeDictionary {
  size = 0;
  readonly keys = new ByteDictionary();
  /** By id, or `noKey`. */
  keyOf = new Uint16Array(initialEntries);
  /** By id, and one more: where its bytes begin in the arena. */
  #starts = new Uint32Array(initialEntries + 1);
  #hashes = new Uint32Array(initialEntries);
  /** The high half of the hash and the low one of id + 1; 0 for an empty place. */
  #table = new Uint32Array(2 * initialEntries);
  #arena = new Uint8Array(initialEntries * 64);
  #view = new DataView(this.#arena.buffer);

  get heldBytes(): number {
    const own =
      this.#starts.byteLength + this.#hashes.byteLength + this.#table.byteLength + this.#arena.byteLength;
    return own + this.keyOf.byteLength + this.keys.heldBytes;
  }

  /** Of all entries together. */
  get byteLength(): number {
    return this.#starts[this.size];
  }

  /** Forgets all entries and keeps the memory for the next ones. */
  reset(): void {
    this.size = 0;
    this.#starts[0] = 0;
    this.#table.fill(0);
    this.keys.reset();
  }

  /** The id of a message, or `noEntry`. `guess` is an id that it may have, of a message that may have the same key. */
  intern(bytes: Uint8Array, view: DataView, offset: number, length: number, guess: number): number {
    if (guess < this.size && this.#equals(guess, bytes, view, offset, length)) return guess;
    const hash = hashBytes(bytes, view, offset, length);
    const table = this.#table;
    const mask = table.length - 1;
    let place = hash & mask;
    for (let entry = table[place]; entry !== 0; entry = table[place]) {
      const id = (entry & 0xffff) - 1;
      if (((entry ^ hash) & highHalf) === 0 && this.#equals(id, bytes, view, offset, length)) return id;
      place = (place + 1) & mask;
    }
    if (this.size === mostEntries) return noEntry;
    table[place] = (hash & highHalf) | (this.size + 1);
    return this.#add(bytes, view, offset, length, hash, guess);
  }

  /** Writes the bytes of all entries to `target` and where each begins to `starts`, which ends with the end of the last. */
  writeTo(target: Uint8Array, starts: Uint32Array): void {
    target.set(this.#arena.subarray(0, this.byteLength));
    starts.set(this.#starts.subarray(0, this.size + 1));
  }

  #equals(id: number, bytes: Uint8Array, view: DataView, offset: number, length: number): boolean {
    const from = this.#starts[id];
    return (
      this.#starts[id + 1] - from === length &&
      sameBytes(this.#arena, this.#view, from, bytes, view, offset, length)
    );
  }

  #add(
    bytes: Uint8Array,
    view: DataView,
    offset: number,
    length: number,
    hash: number,
    guess: number,
  ): number {
    const id = this.size;
    const from = this.#starts[id];
    if (id === this.#hashes.length) this.#growEntries();
    if (from + length > this.#arena.length) this.#growArena(from + length);
    copyBytes(bytes, view, offset, this.#arena, this.#view, from, length);
    this.keyOf[id] = this.#keyOf(bytes, view, offset, length, guess);
    this.#starts[id + 1] = from + length;
    this.#hashes[id] = hash;
    this.size = id + 1;
    if (2 * this.size > this.#table.length) this.#growTable();
    return id;
  }

  #keyOf(bytes: Uint8Array, view: DataView, offset: number, length: number, guess: number): number {
    const { keys } = this;
    // A short key comes first in nearly all messages.
    const keyLength = bytes[offset + 1];
    if (length >= 2 && bytes[offset] === 0x0a && keyLength < 128 && 2 + keyLength <= length) {
      const key = guess < this.size ? this.keyOf[guess] : noKey;
      if (key !== noKey && keys.equals(key, bytes, view, offset + 2, keyLength)) return key;
      return keys.intern(bytes, view, offset + 2, keyLength);
    }
    const key = readAttributeKey(bytes, offset, offset + length);
    return key === undefined
      ? noKey
      : keys.intern(bytes, view, key.byteOffset - bytes.byteOffset, key.length);
  }

  #growEntries(): void {
    const capacity = 2 * this.#hashes.length;
    const hashes = new Uint32Array(capacity);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    const starts = new Uint32Array(capacity + 1);
    starts.set(this.#starts);
    this.#starts = starts;
    const keyOf = new Uint16Array(capacity);
    keyOf.set(this.keyOf);
    this.keyOf = keyOf;
  }

  #growArena(needed: number): void {
    const arena = new Uint8Array(Math.max(this.#arena.length * 2, needed));
    arena.set(this.#arena.subarray(0, this.byteLength));
    this.#arena = arena;
    this.#view = new DataView(arena.buffer);
  }

  #growTable(): void {
    const table = new Uint32Array(2 * this.#table.length);
    const mask = table.length - 1;
    for (let id = 0; id < this.size; id++) {
      const hash = this.#hashes[id];
      let place = hash & mask;
      while (table[place] !== 0) place = (place + 1) & mask;
      table[place] = (hash & highHalf) | (id + 1);
    }
    this.#table = table;
  }
}
