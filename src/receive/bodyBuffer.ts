import type { BodyPool } from './bodyPool.ts';

/** Bodies up to this size get memory of their announced length at once; the announcement may be a lie. */
const trustedBytes = 1024 * 1024;
const firstBytes = 16 * 1024;
/** A larger one grows by this factor up to what was announced: memory that is not written to is none yet, what is outgrown is garbage. */
const trustedGrowth = 8;

/**
 * Puts a body together from its chunks. A body in one chunk is not copied; else the memory grows by doubling, so that
 * neither many tiny chunks nor an untrue length cost more memory than twice what was sent (addresses: eight times).
 */
export class BodyBuffer {
  readonly #announcedBytes: (arrived: Uint8Array) => number;
  readonly #pool: BodyPool;
  /** The first chunk, or `#memory`. */
  #bytes: Uint8Array = new Uint8Array(0);
  #memory: Uint8Array<ArrayBuffer> | undefined;
  #length = 0;

  /** @param announcedBytes the length of the whole as far as what has arrived announces it, else 0 */
  constructor(announcedBytes: (arrived: Uint8Array) => number, pool: BodyPool) {
    this.#announcedBytes = announcedBytes;
    this.#pool = pool;
  }

  get length(): number {
    return this.#length;
  }

  append(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (this.#length === 0) {
      this.#bytes = chunk;
      this.#length = length;
      return;
    }
    if (length > this.#bytes.length) this.#grow(length);
    this.#bytes.set(chunk, this.#length);
    this.#length = length;
  }

  /** What has arrived, contiguous: no `Buffer`, whose `slice` is a view. Valid until `release`. */
  contents(): Uint8Array {
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset, this.#length);
  }

  /** Gives its memory to the next body. */
  release(): void {
    const memory = this.#memory;
    this.#memory = undefined;
    if (memory !== undefined) this.#pool.give(memory);
  }

  #grow(length: number): void {
    const doubled = Math.max(length, 2 * this.#bytes.length, firstBytes);
    const announced = this.#announcedBytes(this.#bytes);
    const isCredible = announced >= length && announced <= Math.max(trustedBytes, trustedGrowth * length);
    const memory = this.#pool.take(isCredible ? announced : doubled);
    memory.set(this.#bytes.subarray(0, this.#length));
    this.release();
    this.#memory = memory;
    this.#bytes = memory;
  }
}
