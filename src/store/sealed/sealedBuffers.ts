/** Of a full slab: sizes are rounded up to it, so that the memory of one segment fits another. */
const grainShare = 32;
const smallestGrain = 1024;
/** Sizes of segments of one sender differ by a grain or two: one of so many nearly always fits. */
const mostSpares = 4;
/** Grains that may be left over: more would be a waste. */
const slack = 3;

/** Memory of sealed segments; that of one which was evicted serves the next. */
export class SealedBuffers {
  readonly #grain: number;
  /** Oldest first. */
  #spares: ArrayBuffer[] = [];

  constructor(slabBytes: number) {
    this.#grain = Math.max(smallestGrain, Math.floor(slabBytes / grainShare / 8) * 8);
  }

  get heldBytes(): number {
    let sum = 0;
    for (const { byteLength } of this.#spares) sum += byteLength;
    return sum;
  }

  /** What `take` will add to what is held. */
  costOf(bytes: number): number {
    return this.#fitting(bytes) < 0 ? this.#rounded(bytes) : 0;
  }

  take(bytes: number): ArrayBuffer {
    const index = this.#fitting(bytes);
    if (index < 0) return new ArrayBuffer(this.#rounded(bytes));
    return this.#spares.splice(index, 1)[0];
  }

  give(buffer: ArrayBuffer): void {
    this.#spares.push(buffer);
    if (this.#spares.length > mostSpares) this.#spares.shift();
  }

  /** Gives up the smallest one that waits: the least likely to fit. False if there is none. */
  dropSmallest(): boolean {
    let smallest = 0;
    for (const [index, { byteLength }] of this.#spares.entries())
      if (byteLength < this.#spares[smallest].byteLength) smallest = index;
    return this.#spares.splice(smallest, 1).length > 0;
  }

  drop(): void {
    this.#spares = [];
  }

  #rounded(bytes: number): number {
    return Math.ceil(bytes / this.#grain) * this.#grain;
  }

  /** The smallest spare buffer that fits, −1 if none does. */
  #fitting(bytes: number): number {
    let best = -1;
    let size = this.#rounded(bytes) + slack * this.#grain + 1;
    for (const [index, { byteLength }] of this.#spares.entries()) {
      if (byteLength < bytes || byteLength >= size) continue;
      best = index;
      size = byteLength;
    }
    return best;
  }
}
