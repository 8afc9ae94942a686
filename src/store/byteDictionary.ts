import { sameBytes } from './byteRanges.ts';
import { hashBytes } from './hash.ts';

const utf8 = new TextDecoder();
const initialIds = 64;

/**
 * Gives byte ranges dense ids: the same bytes, the same id, until `sweep` frees it. Strings are made once, when
 * somebody asks. Open addressing with linear probing over the hashes; the bytes lie one after the other in an arena.
 */
export class ByteDictionary {
  /** Ids given are below this; some may be free. */
  size = 0;
  /** By id `[hash, offset, length, tag]`, side by side: a look at an entry touches one line of the processor's cache. */
  #entries = new Uint32Array(initialIds * 4);
  /** Id + 1, 0 for an empty place. */
  #table = new Uint32Array(initialIds * 2);
  #arena = new Uint8Array(initialIds * 16);
  #arenaView = new DataView(this.#arena.buffer);
  #arenaUsed = 0;
  #free: number[] = [];
  #strings: (string | undefined)[] = [];
  #stringBytes = 0;

  /** Ids in use. */
  get count(): number {
    return this.size - this.#free.length;
  }

  get heldBytes(): number {
    return this.#arena.byteLength + this.#table.byteLength + this.#entries.byteLength + this.#stringBytes;
  }

  /** The same bytes with another `tag` (a word) are another entry. */
  intern(bytes: Uint8Array, view: DataView, offset: number, length: number, tag = 0): number {
    const hash = (hashBytes(bytes, view, offset, length) ^ Math.imul(tag, 0x9e3779b1)) >>> 0;
    const table = this.#table;
    const entries = this.#entries;
    const mask = table.length - 1;
    let place = hash & mask;
    for (let entry = table[place]; entry !== 0; entry = table[place]) {
      const id = entry - 1;
      if (
        entries[4 * id] === hash &&
        entries[4 * id + 3] === tag &&
        this.equals(id, bytes, view, offset, length)
      )
        return id;
      place = (place + 1) & mask;
    }
    return this.#add(bytes, offset, length, tag, hash, place);
  }

  /** The id of bytes without a tag, −1 if they have none. */
  find(bytes: Uint8Array, view: DataView, offset: number, length: number): number {
    const hash = hashBytes(bytes, view, offset, length) >>> 0;
    const mask = this.#table.length - 1;
    for (let place = hash & mask; this.#table[place] !== 0; place = (place + 1) & mask) {
      const id = this.#table[place] - 1;
      const isSame = this.#entries[4 * id] === hash && this.#entries[4 * id + 3] === 0;
      if (isSame && this.equals(id, bytes, view, offset, length)) return id;
    }
    return -1;
  }

  /** Forgets all entries and keeps the memory for the next ones. */
  reset(): void {
    this.size = 0;
    this.#arenaUsed = 0;
    this.#free = [];
    this.#table.fill(0);
    this.#strings = [];
    this.#stringBytes = 0;
  }

  /** Bytes of all entries; they lie in the order of the ids if none was freed since the last `reset`. */
  get byteLength(): number {
    return this.#arenaUsed;
  }

  /** Writes the bytes of all entries to `target` and where each begins to `starts`, which ends with the end of the last. */
  writeTo(target: Uint8Array, starts: Uint32Array): void {
    target.set(this.#arena.subarray(0, this.#arenaUsed));
    for (let id = 0; id < this.size; id++) starts[id] = this.#entries[4 * id + 1];
    starts[this.size] = this.#arenaUsed;
  }

  tag(id: number): number {
    return this.#entries[4 * id + 3];
  }

  lengthOf(id: number): number {
    return this.#entries[4 * id + 2];
  }

  bytes(id: number): Uint8Array {
    const from = this.#entries[4 * id + 1];
    return this.#arena.subarray(from, from + this.#entries[4 * id + 2]);
  }

  /** The bytes as UTF-8; what is not valid becomes U+FFFD. */
  string(id: number): string {
    let text = this.#strings[id];
    if (text === undefined) {
      text = utf8.decode(this.bytes(id));
      this.#strings[id] = text;
      this.#stringBytes += 2 * text.length + 24;
    }
    return text;
  }

  /** Frees the ids for which `used` is 0; the others keep their meaning. */
  sweep(used: Uint8Array): void {
    let liveBytes = 0;
    this.#free = [];
    this.#stringBytes = 0;
    for (let id = 0; id < this.size; id++) {
      if (used[id] === 0) {
        this.#free.push(id);
        this.#strings[id] = undefined;
      } else {
        liveBytes += this.#entries[4 * id + 2];
        const text = this.#strings[id];
        if (text !== undefined) this.#stringBytes += 2 * text.length + 24;
      }
    }
    const arena = new Uint8Array(Math.max(initialIds * 16, liveBytes * 2));
    const table = new Uint32Array(powerOfTwo(Math.max(initialIds, this.count) * 2));
    let end = 0;
    for (let id = 0; id < this.size; id++) {
      if (used[id] === 0) continue;
      arena.set(this.bytes(id), end);
      this.#entries[4 * id + 1] = end;
      end += this.#entries[4 * id + 2];
      place(table, this.#entries[4 * id], id);
    }
    this.#arena = arena;
    this.#arenaView = new DataView(arena.buffer);
    this.#arenaUsed = end;
    this.#table = table;
  }

  /** Whether the entry's bytes are those of the range. */
  equals(id: number, bytes: Uint8Array, view: DataView, offset: number, length: number): boolean {
    const entries = this.#entries;
    return (
      entries[4 * id + 2] === length &&
      sameBytes(this.#arena, this.#arenaView, entries[4 * id + 1], bytes, view, offset, length)
    );
  }

  #add(bytes: Uint8Array, offset: number, length: number, tag: number, hash: number, at: number): number {
    const id = this.#free.pop() ?? this.size++;
    if (4 * id === this.#entries.length) this.#growEntries();
    if (this.#arenaUsed + length > this.#arena.length) this.#growArena(this.#arenaUsed + length);
    const arena = this.#arena;
    const entries = this.#entries;
    const from = this.#arenaUsed;
    // Most entries are short: a loop is faster than a view.
    if (length < 64) for (let i = 0; i < length; i++) arena[from + i] = bytes[offset + i];
    else arena.set(bytes.subarray(offset, offset + length), from);
    entries[4 * id] = hash;
    entries[4 * id + 1] = from;
    entries[4 * id + 2] = length;
    entries[4 * id + 3] = tag;
    this.#arenaUsed += length;
    this.#table[at] = id + 1;
    if (this.count * 2 > this.#table.length) this.#growTable();
    return id;
  }

  #growEntries(): void {
    const entries = new Uint32Array(this.#entries.length * 2);
    entries.set(this.#entries);
    this.#entries = entries;
  }

  #growArena(needed: number): void {
    const arena = new Uint8Array(Math.max(this.#arena.length * 2, needed));
    arena.set(this.#arena.subarray(0, this.#arenaUsed));
    this.#arena = arena;
    this.#arenaView = new DataView(arena.buffer);
  }

  #growTable(): void {
    const table = new Uint32Array(this.#table.length * 2);
    for (const entry of this.#table) if (entry !== 0) place(table, this.#entries[4 * (entry - 1)], entry - 1);
    this.#table = table;
  }
}

function place(table: Uint32Array, hash: number, id: number): void {
  const mask = table.length - 1;
  let at = hash & mask;
  while (table[at] !== 0) at = (at + 1) & mask;
  table[at] = id + 1;
}

function powerOfTwo(atLeast: number): number {
  return 2 ** Math.ceil(Math.log2(atLeast));
}
