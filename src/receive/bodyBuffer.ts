/** Bodies up to this size get a buffer of their announced length at once; the announcement may be a lie. */
const trustedBytes = 1024 * 1024;
const firstBytes = 16 * 1024;

/**
 * Puts a body together from its chunks. A body in one chunk is not copied; else the buffer grows by doubling, so that
 * neither many tiny chunks nor an untrue length cost more memory than twice what was sent.
 */
export class BodyBuffer {
  readonly #announcedBytes: (arrived: Uint8Array) => number;
  #bytes: Uint8Array = new Uint8Array(0);
  #length = 0;

  /** @param announcedBytes the length of the whole as far as what has arrived announces it, else 0 */
  constructor(announcedBytes: (arrived: Uint8Array) => number) {
    this.#announcedBytes = announcedBytes;
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

  /** What has arrived, contiguous. It is not written to afterwards if nothing is appended. */
  contents(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(length: number): void {
    const doubled = Math.max(length, 2 * this.#bytes.length, firstBytes);
    const announced = this.#announcedBytes(this.#bytes);
    const isCredible = announced >= length && announced <= Math.max(trustedBytes, doubled);
    const bytes = Buffer.allocUnsafeSlow(isCredible ? announced : doubled);
    bytes.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bytes;
  }
}
