import { BodyPool } from './bodyPool.ts';
import { BodyTurns } from './bodyTurns.ts';

/** Counts the bytes of all bodies that are held at once, so that many large bodies cannot exhaust the process. */
export class BodyMemory {
  /** What they are put together in. */
  readonly pool = new BodyPool();
  readonly turns = new BodyTurns();
  readonly limitBytes: number;
  readonly #onTake: () => void;
  #usedBytes = 0;

  /**
   * @param limitBytes 128 MiB unless given: a body of the largest size, packed and unpacked
   * @param onTake called when bytes were taken, which is for each chunk that arrives
   */
  constructor(limitBytes = 128 * 1024 * 1024, onTake: () => void = () => {}) {
    this.limitBytes = limitBytes;
    this.#onTake = onTake;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Takes `bytes`, or takes nothing and returns false if they would exceed the limit. */
  take(bytes: number): boolean {
    if (this.#usedBytes + bytes > this.limitBytes) return false;
    this.#usedBytes += bytes;
    this.#onTake();
    return true;
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes;
  }
}
