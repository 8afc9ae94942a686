import { ByteDictionary } from './byteDictionary.ts';

/** A message with the URL of the schema that its attributes follow. */
export interface RawMessage {
  readonly bytes: Uint8Array;
  readonly schemaUrl: string;
}

const utf8 = new TextDecoder();
/** What a decoded entry costs on the heap beside its bytes; an estimate for the budget. */
const entryBytes = 1024;

/** Distinct messages (resources, scopes) by dense ids, decoded when somebody first asks. */
export class MessageTable<T> {
  readonly #dictionary = new ByteDictionary();
  readonly #read: (message: RawMessage) => T;
  #entries: (T | undefined)[] = [];
  #decoded = 0;
  #key = new Uint8Array(1024);
  #keyView = new DataView(this.#key.buffer);

  constructor(read: (message: RawMessage) => T) {
    this.#read = read;
  }

  /** Ids given are below this; some may be free. */
  get size(): number {
    return this.#dictionary.size;
  }

  get count(): number {
    return this.#dictionary.count;
  }

  get heldBytes(): number {
    return this.#dictionary.heldBytes + this.#key.byteLength + this.#decoded * entryBytes;
  }

  intern(
    bytes: Uint8Array,
    offset: number,
    length: number,
    schemaUrlOffset: number,
    schemaUrlLength: number,
  ): number {
    const size = 4 + length + schemaUrlLength;
    if (size > this.#key.length) {
      this.#key = new Uint8Array(size * 2);
      this.#keyView = new DataView(this.#key.buffer);
    }
    this.#keyView.setUint32(0, length, true);
    this.#key.set(bytes.subarray(offset, offset + length), 4);
    this.#key.set(bytes.subarray(schemaUrlOffset, schemaUrlOffset + schemaUrlLength), 4 + length);
    return this.#dictionary.intern(this.#key, this.#keyView, 0, size);
  }

  get(id: number): T {
    let entry = this.#entries[id];
    if (entry === undefined) {
      entry = this.#decode(id);
      this.#entries[id] = entry;
      this.#decoded++;
    }
    return entry;
  }

  /** Like `get`, but keeps nothing: for entries that are about to go. */
  peek(id: number): T {
    return this.#entries[id] ?? this.#decode(id);
  }

  /** Frees the ids for which `used` is 0. */
  sweep(used: Uint8Array): void {
    this.#dictionary.sweep(used);
    for (let id = 0; id < used.length; id++) {
      if (used[id] !== 0 || this.#entries[id] === undefined) continue;
      this.#entries[id] = undefined;
      this.#decoded--;
    }
  }

  #decode(id: number): T {
    const key = this.#dictionary.bytes(id).slice();
    const split = 4 + new DataView(key.buffer).getUint32(0, true);
    return this.#read({ bytes: key.subarray(4, split), schemaUrl: utf8.decode(key.subarray(split)) });
  }
}
