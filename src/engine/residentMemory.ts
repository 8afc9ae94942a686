import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BodyMemory } from '../receive/bodyMemory.ts';
import { sharedBytes } from '../receive/bodyTurns.ts';
import type { TraceStore } from '../store/traceStore.ts';

/** What a process may have in memory beside the budget of its store, bytes: 150 MB, of which Node's own code takes 45. */
const calmBytes = 85e6;
/** From here on the store has to make do with less: what it should be at most is 150 MB, and what queries make comes and goes. */
const tightBytes = 110e6;
/** Of the budget, that is not more than this share, at first the eighth part of what is too much. */
const mostWithheld = 1 / 8;
const easing = 1 / 8;
/** It is given back when there is so much room, in steps. */
const looseBytes = 16e6;
const returnedBytes = 0.25e6;
/** Less garbage than this is not worth a collection. */
const worthwhile = 10e6;
/** The same of the chunks that large bodies come in. */
const worthwhileChunks = 6e6;
const checkMs = 20;
/** It goes on checking for this long after the last change. */
const watchMs = 1000;

/** Collects the garbage of the young generation, or all of it. */
type Collect = (options?: { readonly type: 'minor' }) => void;

/**
 * Keeps a process that is an engine and nothing else within its budget and a fixed amount beside it. The collector lets 64 MB of
 * memory outside of its heap (bodies, segments that were given up) become garbage before it begins to look, another 32 MB of what is
 * young, and three times what its heap needs of what queries made. So it is asked to look when that would be too much.
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
  #withheldBytes = 0;
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
    const resident = process.memoryUsage.rss();
    this.#withhold(resident - this.#budgetBytes - tightBytes);
    // Beside what is stored now: garbage of the time when the store was not full would leave holes for good.
    const beside = resident - this.#store.counters.bytesStored;
    if (beside < calmBytes) return;
    const garbage = this.#garbage;
    this.#left = Math.min(this.#left, garbage);
    const { arrivedBytes } = this.bodies.turns;
    // A collection of everything takes 20 ms: not as long as there is room for its garbage.
    const isOld = garbage - this.#left >= worthwhile + Math.max(0, tightBytes - beside);
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

  /** Lets the store hold less while there is too much in memory: the collector alone cannot help against what is in use. */
  #withhold(excess: number): void {
    const before = this.#withheldBytes;
    if (excess > 0)
      this.#withheldBytes = Math.min(this.#budgetBytes * mostWithheld, before + excess * easing);
    else if (excess < -looseBytes) this.#withheldBytes = Math.max(0, before - returnedBytes);
    if (this.#withheldBytes !== before) this.#store.withhold(this.#withheldBytes);
  }

  /** Objects, and buffers that nobody is known to hold. */
  get #garbage(): number {
    const { arrayBuffers, heapUsed } = process.memoryUsage();
    return arrayBuffers + heapUsed - this.#store.counters.bytesStored - this.bodies.usedBytes;
  }
}
