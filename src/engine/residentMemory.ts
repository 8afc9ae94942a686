import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BodyMemory } from '../receive/bodyMemory.ts';
import { sharedBytes } from '../receive/bodyTurns.ts';
import type { TraceStore } from '../store/traceStore.ts';

/** What a process may have in memory beside the budget of its store, bytes: 150 MB, of which Node's own code takes 45. */
const calmBytes = 85e6;
/** Less garbage than this is not worth a collection. */
const worthwhile = 16e6;
/** The same of the chunks that large bodies come in. */
const worthwhileChunks = 8e6;
const checkMs = 20;
/** It goes on checking for this long after the last change. */
const watchMs = 1000;

/** Collects the garbage of the young generation, or all of it. */
type Collect = (options?: { readonly type: 'minor' }) => void;

/**
 * Keeps a process that is an engine and nothing else within its budget and a fixed amount beside it. What counts is memory outside
 * of the collector's heap: bodies, and segments that were given up. The collector lets 64 MB of it become garbage before
 * it begins to look, and another 32 MB of what is young. So it is asked to look when that would be too much.
 */
export class ResidentMemory {
  /** To be used by the receivers. */
  readonly bodies = new BodyMemory(undefined, () => this.#watch());
  readonly #store: TraceStore;
  readonly #budgetBytes: number;
  readonly #collect: Collect;
  #timer: NodeJS.Timeout | undefined;
  #watchUntil = 0;
  #nextCheck = 0;
  #wasMinor = false;
  /** What a collection of everything could not free. */
  #left = 0;
  /** Bytes of large bodies that had arrived when garbage was collected last. */
  #collectedBytes = 0;

  constructor(store: TraceStore, budgetBytes: number) {
    this.#store = store;
    this.#budgetBytes = budgetBytes;
    // The young generation stays small: it would grow to 48 MB, and decoding makes hardly any objects.
    setFlagsFromString('--semi-space-growth-factor=1');
    setFlagsFromString('--expose-gc');
    this.#collect = runInNewContext('gc') as Collect;
    store.onDidChange(() => {
      const now = this.#watch();
      // Turns of the event loop may be long: in a second of a flood half a gigabyte arrives.
      if (now >= this.#nextCheck) this.#collectIfWorthwhile(now);
    });
  }

  dispose(): void {
    clearInterval(this.#timer);
  }

  /** Gives the time. */
  #watch(): number {
    const now = performance.now();
    this.#watchUntil = now + watchMs;
    this.#timer ??= setInterval(() => this.#check(), checkMs).unref();
    return now;
  }

  #check(): void {
    const now = performance.now();
    this.#makeRoomForBodies();
    this.#collectIfWorthwhile(now);
    if (now < this.#watchUntil) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (this.bodies.pool.dropHuge()) this.#collect();
  }

  /** More than bodies share at once is taken from the store. */
  #makeRoomForBodies(): void {
    const taken = Math.max(0, this.bodies.usedBytes - sharedBytes);
    if (taken === 0) return;
    while (this.#store.counters.bytesStored + taken > this.#budgetBytes && this.#store.dropOldest());
  }

  #collectIfWorthwhile(now: number): void {
    this.#nextCheck = now + checkMs;
    if (process.memoryUsage.rss() < this.#budgetBytes + calmBytes) return;
    const garbage = this.#garbage;
    this.#left = Math.min(this.#left, garbage);
    const { arrivedBytes } = this.bodies.turns;
    const isOld = garbage - this.#left >= worthwhile;
    // What large bodies arrive in is as much garbage again, while that of earlier ones seems to be used by them.
    const isYoung = arrivedBytes - this.#collectedBytes >= worthwhileChunks;
    if (isOld && this.#wasMinor) {
      this.#collect();
      this.#left = this.#garbage;
      this.#wasMinor = false;
    } else if (isOld || isYoung) {
      // Most of it is young, which is a tenth of the work. What that leaves is seen by the next check.
      this.#collect({ type: 'minor' });
      this.#wasMinor = isOld;
    } else {
      this.#wasMinor = false;
      return;
    }
    this.#collectedBytes = arrivedBytes;
  }

  /** Buffers that nobody is known to hold. */
  get #garbage(): number {
    return process.memoryUsage().arrayBuffers - this.#store.counters.bytesStored - this.bodies.usedBytes;
  }
}
