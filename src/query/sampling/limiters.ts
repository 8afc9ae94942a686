import type { StoredTrace } from './storedTrace.ts';

/** At most so many spans in each second of the clock; the time of a trace is its start, for its arrival is not kept. */
export class SpansPerSecond {
  readonly #most: number;
  #second = Number.NaN;
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Takes the spans of the trace if they fit. */
  take({ startSeconds, spanCount }: StoredTrace): boolean {
    const second = Math.floor(startSeconds);
    if (second !== this.#second) {
      this.#second = second;
      this.#taken = 0;
    }
    const taken = this.#taken + spanCount;
    if (taken > this.#most) return false;
    this.#taken = taken;
    return true;
  }
}

/** A bucket that fills at a rate up to its capacity, and from which is taken what a trace costs. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #capacity: number;
  #tokens: number;
  #filledAt: number | undefined;

  constructor(perSecond: number, capacity: number) {
    this.#perSecond = perSecond;
    this.#capacity = capacity;
    this.#tokens = capacity;
  }

  take(cost: number, seconds: number): boolean {
    const passed = Math.max(0, seconds - (this.#filledAt ?? seconds));
    this.#filledAt = seconds;
    this.#tokens = Math.min(this.#capacity, this.#tokens + passed * this.#perSecond);
    if (cost > this.#tokens) return false;
    this.#tokens -= cost;
    return true;
  }
}
