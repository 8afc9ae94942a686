import { BodyPool } from './bodyPool.ts';

/** Counts the bytes of all bodies that are held at once, so that many large bodies cannot exhaust the process. */
export class BodyMemory {
  /** What they are put together in. */
  readonly pool = new BodyPool();
  readonly limitBytes: number;
  #usedBytes = 0;

  /** @param limitBytes 256 MiB unless given: four bodies of the largest size. */
  constructor(limitBytes = 256 * 1024 * 1024) {
    this.limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Takes `bytes`, or takes nothing and returns false if they would exceed the limit. */
  take(bytes: number): boolean {
    if (this.#usedBytes + bytes > this.limitBytes) return false;
    this.#usedBytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes;
  }
}
