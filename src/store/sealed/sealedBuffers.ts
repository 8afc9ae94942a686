/** Of a full slab: sizes are rounded up to it, so that the memory of one segment fits another. */
const grainShare = 32;
const smallestGrain = 1024;

/** Memory of sealed segments; that of one which was evicted serves the next. */
export class SealedBuffers {
  readonly #grain: number;
  #spare: ArrayBuffer | undefined;

  constructor(slabBytes: number) {
    this.#grain = Math.max(smallestGrain, Math.floor(slabBytes / grainShare / 8) * 8);
  }

  get heldBytes(): number {
    return this.#spare?.byteLength ?? 0;
  }

  /** What `take` will add to what is held. */
  costOf(bytes: number): number {
    return this.#fits(bytes) ? 0 : this.#rounded(bytes);
  }

  take(bytes: number): ArrayBuffer {
    const spare = this.#spare;
    if (spare === undefined || !this.#fits(bytes)) return new ArrayBuffer(this.#rounded(bytes));
    this.#spare = undefined;
    return spare;
  }

  give(buffer: ArrayBuffer): void {
    this.#spare = buffer;
  }

  drop(): void {
    this.#spare = undefined;
  }

  #rounded(bytes: number): number {
    return Math.ceil(bytes / this.#grain) * this.#grain;
  }

  /** A buffer that is much too large would waste what it has too much. */
  #fits(bytes: number): boolean {
    const length = this.#spare?.byteLength ?? 0;
    return length >= bytes && length <= this.#rounded(bytes) + 2 * this.#grain;
  }
}
