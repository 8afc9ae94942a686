import { setImmediate as nextTurn } from 'node:timers/promises';

/** After this long, others have their turn; if they take long, so may the next one of ours: else it would never end. */
const shortestTurnMs = 2;
const longestTurnMs = 5;

/** Shares the process with those who receive: whoever works long asks now and then whether it is time for a pause. */
export class Turns {
  readonly #signal: { readonly aborted: boolean } | undefined;
  #began = performance.now();
  #turnMs = shortestTurnMs;

  constructor(signal?: { readonly aborted: boolean }) {
    this.#signal = signal;
  }

  /** Nobody waits for the answer any more. */
  get ended(): boolean {
    return this.#signal?.aborted === true;
  }

  get isOver(): boolean {
    return performance.now() - this.#began >= this.#turnMs;
  }

  async pause(): Promise<void> {
    const from = performance.now();
    await nextTurn();
    this.#began = performance.now();
    this.#turnMs = Math.min(longestTurnMs, Math.max(shortestTurnMs, this.#began - from));
  }

  /** Runs what yields at good places for a pause; undefined if nobody waits any more. */
  async run<T>(work: Generator<void, T>): Promise<T | undefined> {
    for (;;) {
      const { done, value } = work.next();
      if (done === true) return value;
      if (this.ended) return undefined;
      if (this.isOver) await this.pause();
    }
  }
}

/** Runs it without a pause. */
export function atOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}
