import { batchBytes, halves, joined, takeBatch, type Waiting } from './batches.ts';
import { cleanRequest } from './redact.ts';
import type { ForwardAnswer, ForwardedSignal, ForwardTarget } from './target.ts';

/** Times in milliseconds. */
export interface ForwardTimes {
  /** How long the first request of a batch waits for more. */
  readonly lingerMs: number;
  /** The first wait after a failure, and the longest. */
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
  /** A batch that was not taken for so long is given up. */
  readonly giveUpMs: number;
  /** A target that asks to be left alone for longer is asked again after this. */
  readonly longestPauseMs: number;
}

/** The waits are the collector's (`exporterhelper`), as is when a batch is given up. */
export const forwardTimes: ForwardTimes = {
  lingerMs: 200,
  firstRetryMs: 5_000,
  longestRetryMs: 30_000,
  giveUpMs: 300_000,
  longestPauseMs: 3_600_000,
};

/** Bytes that wait, of all signals together. */
export class QueueRoom {
  readonly limitBytes: number;
  usedBytes = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }
}

/** Items are spans, log records and data points. */
export interface LaneCounts {
  requests: number;
  retries: number;
  sentItems: number;
  /** Not taken by the target. */
  rejectedItems: number;
  /** Given up here: the queue was full, or the target was away for too long. */
  droppedItems: number;
}

/** The queue of one signal and who empties it. A signal that the target does not take does not hold up the others. */
export class Lane {
  readonly counts: LaneCounts = { requests: 0, retries: 0, sentItems: 0, rejectedItems: 0, droppedItems: 0 };
  readonly #signal: ForwardedSignal;
  readonly #target: ForwardTarget;
  readonly #redact: boolean;
  readonly #room: QueueRoom;
  readonly #times: ForwardTimes;
  readonly #onError: (reason: string) => void;
  readonly #abort = new AbortController();
  readonly #queue: Waiting[] = [];
  #queuedBytes = 0;
  #running: Promise<void> | undefined;
  #isRetrying = false;
  /** In the time of `performance.now()`. */
  #pausedUntil = 0;
  #isClosing = false;
  #wake: (() => void) | undefined;

  constructor(
    signal: ForwardedSignal,
    target: ForwardTarget,
    options: {
      readonly redact: boolean;
      readonly room: QueueRoom;
      readonly times: ForwardTimes;
      onError(reason: string): void;
    },
  ) {
    this.#signal = signal;
    this.#target = target;
    this.#redact = options.redact;
    this.#room = options.room;
    this.#times = options.times;
    this.#onError = options.onError;
  }

  get state(): 'idle' | 'sending' | 'retrying' {
    if (this.#running === undefined) return 'idle';
    return this.#isRetrying ? 'retrying' : 'sending';
  }

  /** Until when the target has asked to be left alone, in milliseconds of the epoch; undefined: it has not, or that is over. */
  get pausedUntil(): number | undefined {
    return this.#pausedUntil > performance.now() ? performance.timeOrigin + this.#pausedUntil : undefined;
  }

  /** Takes a request into the queue; never waits. If there is no room, the oldest of the queue make some. */
  offer(waiting: Waiting): void {
    if (this.#isClosing) return;
    const room = this.#room;
    const { length } = waiting.body;
    while (room.usedBytes + length > room.limitBytes && this.#queue.length > 0) this.#dropOldest();
    if (room.usedBytes + length > room.limitBytes) {
      this.counts.droppedItems += waiting.items;
      return;
    }
    this.#queue.push(waiting);
    this.#queuedBytes += length;
    room.usedBytes += length;
    if (this.#queuedBytes >= batchBytes) this.#wake?.();
    this.#start();
  }

  /** Tries to send what waits, at most `graceMs`, then forgets it. */
  async close(graceMs: number): Promise<void> {
    this.#isClosing = true;
    this.#wake?.();
    const timer = setTimeout(() => this.#abort.abort(), graceMs);
    await this.#running;
    clearTimeout(timer);
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#queue.length > 0) this.#start();
    });
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      if (this.#queuedBytes < batchBytes && !this.#isClosing) await this.#sleep(this.#times.lingerMs);
      const batch = takeBatch(this.#queue);
      const bytes = bytesOf(batch);
      this.#queuedBytes -= bytes;
      try {
        await this.#deliver(batch);
      } catch (error) {
        this.counts.droppedItems += itemsOf(batch);
        this.#onError(error instanceof Error ? error.message : String(error));
      } finally {
        this.#room.usedBytes -= bytes;
      }
    }
  }

  /** Sends a batch until it is taken, refused or given up. */
  async #deliver(batch: readonly Waiting[]): Promise<void> {
    const { counts } = this;
    const hasInvalid = batch.some(each => each.hasInvalid);
    const cleaning = { redact: this.#redact, dropInvalid: hasInvalid };
    const bodies: Uint8Array[] = [];
    for (const { body } of batch) {
      bodies.push(cleanRequest(this.#signal, body, cleaning));
      // Judging a batch takes tens of milliseconds: what is received meanwhile goes first.
      if (this.#redact) await new Promise<void>(resolve => setImmediate(resolve));
    }
    const answer = await this.#sendUntilAnswered(joined(bodies));
    switch (answer?.kind) {
      case 'accepted':
        counts.sentItems += itemsOf(batch) - answer.rejected;
        counts.rejectedItems += answer.rejected;
        if (answer.message !== '') this.#onError(`partial success: ${answer.message}`);
        return;
      case 'tooLarge': {
        const [first, second] = halves(batch) ?? [];
        if (first === undefined || second === undefined) break;
        await this.#deliver(first);
        await this.#deliver(second);
        return;
      }
      case 'refused':
        break;
      default:
        counts.droppedItems += itemsOf(batch);
        return;
    }
    counts.rejectedItems += itemsOf(batch);
    this.#onError(answer.reason);
  }

  /** Undefined: given up. */
  async #sendUntilAnswered(body: Uint8Array): Promise<Exclude<ForwardAnswer, { kind: 'retry' }> | undefined> {
    const { firstRetryMs, longestRetryMs, giveUpMs, longestPauseMs } = this.#times;
    // The pause may be what a batch before this one was answered with.
    if (!(await this.#pauseOver())) return undefined;
    const started = performance.now();
    for (let attempt = 0; ; attempt++) {
      if (attempt > 0) this.counts.retries++;
      this.counts.requests++;
      const answer = await this.#target.send(this.#signal, body, this.#abort.signal);
      this.#isRetrying = answer.kind === 'retry';
      if (answer.kind !== 'retry') return answer;
      this.#onError(answer.reason);
      const backOff = Math.min(longestRetryMs, firstRetryMs * 1.5 ** attempt) * (0.5 + Math.random());
      // All senders that were told the same time shall not come at the same time.
      const pauseMs = Math.min(longestPauseMs, answer.afterMs ?? 0) * (1 + Math.random() / 10);
      const waitMs = answer.afterMs === undefined ? backOff : pauseMs;
      const now = performance.now();
      this.#pausedUntil = now + pauseMs;
      const isTooLate = now - started + waitMs > giveUpMs;
      if (this.#isClosing || this.#abort.signal.aborted || isTooLate) {
        this.#isRetrying = false;
        return undefined;
      }
      if (answer.afterMs === undefined) await this.#sleep(backOff, true);
      else if (!(await this.#pauseOver())) return undefined;
    }
  }

  /** Leaves the target alone for as long as it asked. False: the lane closes before that is over. */
  async #pauseOver(): Promise<boolean> {
    const ms = this.#pausedUntil - performance.now();
    if (ms <= 0) return true;
    if (this.#isClosing) return false;
    this.#isRetrying = true;
    await this.#sleep(Math.ceil(ms), true);
    return !this.#isClosing;
  }

  /** Until the time is over or the lane closes; where the wait is no duty, also until a batch is full. */
  #sleep(ms: number, isDuty = false): Promise<void> {
    return new Promise(resolve => {
      const done = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#wake = () => {
        if (!isDuty || this.#isClosing) done();
      };
    });
  }

  #dropOldest(): void {
    const oldest = this.#queue.shift()!;
    this.#queuedBytes -= oldest.body.length;
    this.#room.usedBytes -= oldest.body.length;
    this.counts.droppedItems += oldest.items;
  }
}

function itemsOf(batch: readonly Waiting[]): number {
  return batch.reduce((sum, { items }) => sum + items, 0);
}

function bytesOf(batch: readonly Waiting[]): number {
  return batch.reduce((sum, { body }) => sum + body.length, 0);
}
