/** Sizes are powers of two between these; of larger memory, little is kept, and not for long. */
const smallestBytes = 64 * 1024;
const largestBytes = 4 * 1024 * 1024;
/**
 * Larger memory has at least this much room. glibc always gives so much back at once (from 32 MiB on); what is smaller it
 * keeps for the next one, together with all that lies behind it. Room that is not written to takes no memory.
 */
const hugeBytes = 33 * 1024 * 1024;
/** A packed body's and an unpacked one's. */
const mostHuge = 2;
/** Of all that waits to be used again: some forty requests of 512 spans. */
const keptBytes = 8 * 1024 * 1024;

/**
 * Memory that bodies are put together in, used again. New memory for each would be garbage that the collector sees as pressure
 * from outside its heap: at 500 MB/s it marked the whole heap ten times a second, half of the processor time.
 */
export class BodyPool {
  /** By the number of times that the smallest size is doubled. */
  readonly #spares: Uint8Array<ArrayBuffer>[][] = [];
  #spareBytes = 0;
  #huge: Uint8Array<ArrayBuffer>[] = [];

  /** Memory of at least so many bytes, with anything in it. */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    if (bytes > largestBytes) return this.#takeHuge(bytes);
    const doublings = doublingsFor(bytes);
    const spare = this.#spares[doublings]?.pop();
    if (spare === undefined) return new Uint8Array(Buffer.allocUnsafeSlow(smallestBytes << doublings).buffer);
    this.#spareBytes -= spare.length;
    return spare;
  }

  /** Takes back what `take` gave: nobody may look at it any more. */
  give(memory: Uint8Array<ArrayBuffer>): void {
    if (memory.length === hugeBytes && this.#huge.length < mostHuge) this.#huge.push(memory);
    if (memory.length > largestBytes || this.#spareBytes + memory.length > keptBytes) return;
    this.#spares[doublingsFor(memory.length)] ??= [];
    this.#spares[doublingsFor(memory.length)].push(memory);
    this.#spareBytes += memory.length;
  }

  /** Gives up what is kept for bodies above 4 MiB. False if there is nothing. */
  dropHuge(): boolean {
    const isKept = this.#huge.length > 0;
    this.#huge = [];
    return isKept;
  }

  #takeHuge(bytes: number): Uint8Array<ArrayBuffer> {
    const spare = bytes <= hugeBytes ? this.#huge.pop() : undefined;
    return spare ?? new Uint8Array(Buffer.allocUnsafeSlow(Math.max(bytes, hugeBytes)).buffer);
  }
}

function doublingsFor(bytes: number): number {
  let doublings = 0;
  while (smallestBytes << doublings < bytes) doublings++;
  return doublings;
}
