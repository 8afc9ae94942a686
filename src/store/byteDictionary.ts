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
  #hashes = new Uint32Array(initialIds);
  #offsets = new Uint32Array(initialIds);
  #lengths = new Uint32Array(initialIds);
  #tags = new Uint32Array(initialIds);
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
    return this.#arena.byteLength + this.#table.byteLength + this.#hashes.byteLength * 4 + this.#stringBytes;
  }

  /** The same bytes with another `tag` (a word) are another entry. */
  intern(bytes: Uint8Array, view: DataView, offset: number, length: number, tag = 0): number {
    const hash = (hashBytes(bytes, view, offset, length) ^ Math.imul(tag, 0x9e3779b1)) >>> 0;
    const table = this.#table;
    const mask = table.length - 1;
    let place = hash & mask;
    for (let entry = table[place]; entry !== 0; entry = table[place]) {
      const id = entry - 1;
      if (this.#hashes[id] === hash && this.#tags[id] === tag && this.equals(id, bytes, view, offset, length))
        return id;
      place = (place + 1) & mask;
    }
    return this.#add(bytes, offset, length, tag, hash, place);
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
    starts.set(this.#offsets.subarray(0, this.size));
    starts[this.size] = this.#arenaUsed;
  }

  tag(id: number): number {
    return this.#tags[id];
  }

  bytes(id: number): Uint8Array {
    return this.#arena.subarray(this.#offsets[id], this.#offsets[id] + this.#lengths[id]);
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
        liveBytes += this.#lengths[id];
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
      this.#offsets[id] = end;
      end += this.#lengths[id];
      place(table, this.#hashes[id], id);
    }
    this.#arena = arena;
    this.#arenaView = new DataView(arena.buffer);
    this.#arenaUsed = end;
    this.#table = table;
  }

  /** Whether the entry's bytes are those of the range. */
  equals(id: number, bytes: Uint8Array, view: DataView, offset: number, length: number): boolean {
    if (this.#lengths[id] !== length) return false;
    const arena = this.#arena;
    const arenaView = this.#arenaView;
    const from = this.#offsets[id];
    if (length < 4) {
      for (let i = 0; i < length; i++) if (arena[from + i] !== bytes[offset + i]) return false;
      return true;
    }
    const lastWord = length - 4;
    for (let i = 0; i < lastWord; i += 4)
      if (arenaView.getUint32(from + i, true) !== view.getUint32(offset + i, true)) return false;
    return arenaView.getUint32(from + lastWord, true) === view.getUint32(offset + lastWord, true);
  }

  #add(bytes: Uint8Array, offset: number, length: number, tag: number, hash: number, at: number): number {
    const id = this.#free.pop() ?? this.size++;
    if (id === this.#hashes.length) this.#growColumns();
    if (this.#arenaUsed + length > this.#arena.length) this.#growArena(this.#arenaUsed + length);
    this.#arena.set(bytes.subarray(offset, offset + length), this.#arenaUsed);
    this.#hashes[id] = hash;
    this.#offsets[id] = this.#arenaUsed;
    this.#lengths[id] = length;
    this.#tags[id] = tag;
    this.#arenaUsed += length;
    this.#table[at] = id + 1;
    if (this.count * 2 > this.#table.length) this.#growTable();
    return id;
  }

  #growColumns(): void {
    const wider = (old: Uint32Array) => {
      const column = new Uint32Array(old.length * 2);
      column.set(old);
      return column;
    };
    this.#hashes = wider(this.#hashes);
    this.#offsets = wider(this.#offsets);
    this.#lengths = wider(this.#lengths);
    this.#tags = wider(this.#tags);
  }

  #growArena(needed: number): void {
    const arena = new Uint8Array(Math.max(this.#arena.length * 2, needed));
    arena.set(this.#arena.subarray(0, this.#arenaUsed));
    this.#arena = arena;
    this.#arenaView = new DataView(arena.buffer);
  }

  #growTable(): void {
    const table = new Uint32Array(this.#table.length * 2);
    for (const entry of this.#table) if (entry !== 0) place(table, this.#hashes[entry - 1], entry - 1);
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
