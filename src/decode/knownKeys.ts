interface Entry {
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly last: number;
}

/** Finds names among bytes, without making strings of them. */
export class KnownKeys {
  readonly #byLength: (Entry[] | undefined)[] = [];

  constructor(names: readonly string[]) {
    names.forEach((name, index) => {
      const bytes = Buffer.from(name);
      (this.#byLength[bytes.length] ??= []).push({ index, bytes, last: bytes[bytes.length - 1] });
    });
  }

  /** The index of the name that the bytes are, −1 if it is none. */
  indexOf(bytes: Uint8Array, from: number, to: number): number {
    const length = to - from;
    const candidates = length < this.#byLength.length ? this.#byLength[length] : undefined;
    if (candidates === undefined || length === 0) return -1;
    const last = bytes[to - 1];
    for (const entry of candidates)
      if (entry.last === last && hasBytes(bytes, from, entry.bytes)) return entry.index;
    return -1;
  }
}

function hasBytes(bytes: Uint8Array, from: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[from + i] !== wanted[i]) return false;
  return true;
}
