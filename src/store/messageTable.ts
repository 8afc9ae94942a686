import { ByteDictionary } from './byteDictionary.ts';

/** A message with the URL of the schema that its attributes follow. */
export interface RawMessage {
  readonly bytes: Uint8Array;
  readonly schemaUrl: string;
}

/** What a decoded entry costs on the heap beside its bytes; an estimate for the budget. */
const entryBytes = 1024;

/** Distinct messages (resources, scopes) by dense ids, decoded when somebody first asks. */
export class MessageTable<T> {
  /** Entries are tagged with the ids of their schema URLs. */
  readonly #messages = new ByteDictionary();
  readonly #schemaUrls = new ByteDictionary();
  readonly #read: (message: RawMessage) => T;
  #entries: (T | undefined)[] = [];
  #decoded = 0;

  constructor(read: (message: RawMessage) => T) {
    this.#read = read;
  }

  /** Ids given are below this; some may be free. */
  get size(): number {
    return this.#messages.size;
  }

  get count(): number {
    return this.#messages.count;
  }

  get heldBytes(): number {
    return this.#messages.heldBytes + this.#schemaUrls.heldBytes + this.#decoded * entryBytes;
  }

  intern(
    bytes: Uint8Array,
    view: DataView,
    offset: number,
    length: number,
    schemaUrlOffset: number,
    schemaUrlLength: number,
  ): number {
    const schemaUrl = this.#schemaUrls.intern(bytes, view, schemaUrlOffset, schemaUrlLength);
    return this.#messages.intern(bytes, view, offset, length, schemaUrl);
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

  /** The message as received: a view that is valid until the next `intern`. */
  raw(id: number): RawMessage {
    return {
      bytes: this.#messages.bytes(id),
      schemaUrl: this.#schemaUrls.string(this.#messages.tag(id)),
    };
  }

  /** Frees the ids for which `used` is 0. */
  sweep(used: Uint8Array): void {
    const usedUrls = new Uint8Array(this.#schemaUrls.size);
    for (let id = 0; id < used.length; id++) if (used[id] !== 0) usedUrls[this.#messages.tag(id)] = 1;
    this.#schemaUrls.sweep(usedUrls);
    this.#messages.sweep(used);
    for (let id = 0; id < used.length; id++) {
      if (used[id] !== 0 || this.#entries[id] === undefined) continue;
      this.#entries[id] = undefined;
      this.#decoded--;
    }
  }

  #decode(id: number): T {
    const { bytes, schemaUrl } = this.raw(id);
    return this.#read({ bytes: bytes.slice(), schemaUrl });
  }
}
