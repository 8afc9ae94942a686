/** Bodies up to this size get a buffer of their announced length at once; the announcement may be a lie. */
const trustedBytes = 1024 * 1024;
const firstBytes = 16 * 1024;

/**
 * Puts a body together from its chunks. A body in one chunk is not copied; else the buffer grows by doubling, so that
 * neither many tiny chunks nor an untrue length cost more memory than twice what was sent.
 */
export class BodyBuffer {
  readonly #expectedBytes: number;
  #bytes: Uint8Array = new Uint8Array(0);
  #length = 0;

  /** @param expectedBytes the announced length, 0 if none was. */
  constructor(expectedBytes: number) {
    this.#expectedBytes = expectedBytes;
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
    const capacity =
      this.#expectedBytes >= length && (this.#expectedBytes <= trustedBytes || this.#expectedBytes <= doubled)
        ? this.#expectedBytes
        : doubled;
    const bytes = Buffer.allocUnsafeSlow(capacity);
    bytes.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bytes;
  }
}
