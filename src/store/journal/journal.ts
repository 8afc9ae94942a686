import { mkdirSync, rmSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CarriedRows, TraceStore } from '../traceStore.ts';
import { Backlog, type BacklogPart, spansToRequest } from './backlog.ts';
import { type RecordKind, recordKinds } from './journalFormat.ts';
import { JournalLane } from './journalLane.ts';
import { pinnedTraces } from './pins.ts';
import { Replay } from './replay.ts';

export interface JournalStatus {
  /** `degraded`: it cannot be written now, and what is acknowledged is kept in memory only. */
  readonly state: 'on' | 'degraded';
  /** On the disk. */
  readonly bytes: number;
  /** Why it is degraded. */
  readonly reason?: string;
}

export interface JournalOptions {
  /** Made if it is missing. */
  readonly directory: string;
  readonly store: TraceStore;
  /** Of the store: the journal's sizes follow it. */
  readonly budgetBytes: number;
  /** Sees to it that no other process writes there, until what it gives is called. Rejects with `JournalInUseError` if one does. */
  claim(): Promise<() => Promise<void>>;
  /** Told in a sentence when it degrades, when it is back, and what was replayed or lost. */
  report(event: string): void;
  /** How often a degraded journal is tried again, milliseconds. */
  readonly retryMs?: number;
}

/** Another process writes to the directory. */
export class JournalInUseError extends Error {
  override readonly name = 'JournalInUseError';
}

const retryMs = 2000;
/** So much is written at once, while it is in the processor's cache; a write for each small request would cost more. */
const writtenAtOnce = 128 << 10;
const smallestFile = 64 << 10;
const largestFile = 32 << 20;
/** Of what a lane may take, the share of one file: so much more than needed is kept, as files go whole. */
const fileShare = 1 / 32;

/**
 * How much of the disk the records of a kind may take, as multiples of the store's budget, and how their age is told.
 * A record may go when it is older than what the store still holds. That is what keeps the journal small; the limits
 * are for spans that the store holds in much less memory than they had bytes on the wire.
 */
const lanes: {
  readonly [kind in RecordKind]: {
    readonly share: number;
    newest(store: TraceStore): number;
    oldest(store: TraceStore): number;
  };
} = {
  // The newest record tells all.
  pins: { share: 0, newest: () => 0, oldest: () => 0 },
  traces: {
    share: 4,
    newest: store => store.generation,
    oldest: store => store.oldestGeneration,
  },
  logs: { share: 1 / 2, newest: ({ logs }) => logs.appended, oldest: ({ logs }) => logs.oldest + 1 },
  // The store keeps the newest point of a series however old it is, and the lane the newest points that fit.
  metrics: { share: 1 / 8, newest: ({ metrics }) => metrics.pointsReceived, oldest: () => 0 },
};

function nothingPending(): { [kind in RecordKind]: Uint8Array[] } {
  return { pins: [], traces: [], logs: [], metrics: [] };
}

/**
 * Keeps what the store holds on the disk, so that it outlives the process: written to the file system, not synced to
 * the platter. Small requests that arrive in one turn of the event loop are written together; it is a synchronous write, as
 * it goes into the page cache and a detour by the thread pool takes five times as long.
 */
export class Journal {
  readonly #options: JournalOptions;
  readonly #store: TraceStore;
  readonly #lanes: readonly JournalLane[];
  readonly #backlog: Backlog;
  readonly #retry: NodeJS.Timeout;
  #pending = nothingPending();
  #pendingBytes = 0;
  #commit: Promise<void> | undefined;
  #state: 'opening' | 'on' | 'degraded' | 'closed' = 'opening';
  #reason = 'it is being opened';
  #replay: Replay | undefined;
  #isReplaying = false;
  /** Lets another process have the files; they are this one's to change while it is there. */
  #release: (() => Promise<void>) | undefined;
  /** Grows when everything is erased. */
  #life = 0;

  private constructor(options: JournalOptions) {
    const { directory, store, budgetBytes } = options;
    this.#options = options;
    this.#store = store;
    this.#backlog = new Backlog(store);
    this.#lanes = recordKinds.map(kind => {
      const fileBytes = lanes[kind].share * budgetBytes * fileShare;
      return new JournalLane(directory, kind, Math.min(largestFile, Math.max(smallestFile, fileBytes)));
    });
    store.onDidCarry(rows => this.#carried(rows));
    this.#retry = setInterval(() => void this.#recover(), options.retryMs ?? retryMs).unref();
  }

  /** Replays what is there. Never rejects: a journal that cannot be written is degraded. */
  static async open(options: JournalOptions): Promise<Journal> {
    const journal = new Journal(options);
    await journal.#open();
    return journal;
  }

  /** What was read at the start, and is no news of any sender. */
  get replayed(): { readonly spans: number; readonly points: number } {
    return this.#replay ?? { spans: 0, points: 0 };
  }

  get status(): JournalStatus {
    const bytes = this.#release !== undefined ? this.#lanes.reduce((sum, lane) => sum + lane.bytes, 0) : 0;
    return this.#state === 'on' ? { state: 'on', bytes } : { state: 'degraded', bytes, reason: this.#reason };
  }

  /**
   * Adds a request in protobuf, just after the store has taken it. Resolves when it is written, and also if it could
   * not be written (see `status`); `undefined` while it is known that it cannot. The bytes must not change until then. The store
   * may give up spans meanwhile.
   */
  append(kind: RecordKind, content: Uint8Array): Promise<void> | undefined {
    if (this.#state !== 'on') return undefined;
    this.#pending[kind].push(content);
    this.#pendingBytes += content.length;
    if (this.#pendingBytes >= writtenAtOnce) this.#writePending();
    return this.#nextCommit();
  }

  /** Takes note of which traces are pinned; resolves as `append` does. */
  savePins(): Promise<void> | undefined {
    return this.append('pins', pinnedTraces(this.#store));
  }

  /** Resolves when all that was added is written. */
  get written(): Promise<void> | undefined {
    return this.#commit;
  }

  /** Erases everything, after the store was cleared. Throws the errors of the file system. */
  clear(): void {
    this.#life++;
    this.#takePending();
    this.#backlog.clear();
    if (this.#release === undefined) return;
    for (const lane of this.#lanes) lane.forget();
    rmSync(this.#options.directory, { recursive: true, force: true });
    mkdirSync(this.#options.directory, { recursive: true, mode: 0o700 });
  }

  /** Writes what is to be written and lets another process have the files; nothing is taken any more. */
  async close(): Promise<void> {
    clearInterval(this.#retry);
    if (this.#state === 'on') this.#writePending();
    this.#state = 'closed';
    for (const lane of this.#lanes) lane.close();
    await this.#release?.();
  }

  #nextCommit(): Promise<void> {
    this.#commit ??= new Promise(resolve => {
      setImmediate(() => {
        this.#commit = undefined;
        this.#writePending();
        resolve();
      });
    });
    return this.#commit;
  }

  #writePending(): void {
    if (this.#state !== 'on') return;
    try {
      this.#makeRoom();
      this.#flush();
      this.#backlog.clear();
      this.#prune();
    } catch (error) {
      this.#degrade(error);
    }
  }

  /** Throws the errors of the file system. */
  #flush(): void {
    const pending = this.#takePending();
    for (const lane of this.#lanes)
      if (pending[lane.kind].length > 0) lane.write(pending[lane.kind], lanes[lane.kind].newest(this.#store));
  }

  #takePending(): ReturnType<typeof nothingPending> {
    const pending = this.#pending;
    this.#pending = nothingPending();
    this.#pendingBytes = 0;
    return pending;
  }

  /** What is stored is in the journal: if that would grow too large, the store has to give up some. */
  #makeRoom(): void {
    const lane = this.#lane('traces');
    for (let tries = this.#store.segments().length; tries > 0; tries--) {
      if (lane.bytesFrom(this.#store.oldestGeneration) <= this.#limitOf('traces')) return;
      this.#store.dropOldest();
    }
  }

  #prune(): void {
    for (const lane of this.#lanes) {
      lane.prune(lanes[lane.kind].oldest(this.#store));
      while (lane.files.length > 1 && lane.bytes > this.#limitOf(lane.kind)) lane.dropOldest();
    }
  }

  #limitOf(kind: RecordKind): number {
    return lanes[kind].share * this.#options.budgetBytes;
  }

  #lane(kind: RecordKind): JournalLane {
    return this.#lanes[recordKinds.indexOf(kind)];
  }

  /** Spans that outlived their place in the store outlive their place in the journal. */
  #carried(rows: CarriedRows): void {
    if (this.#state !== 'on' && !this.#isReplaying) return;
    const content = spansToRequest(this.#store, rows);
    if (content.length === 0) return;
    this.#pending.traces.push(content);
    if (this.#state === 'on') void this.#nextCommit();
  }

  #degrade(error: unknown): void {
    if (this.#state === 'closed') return;
    const reason = error instanceof Error ? error.message : String(error);
    if (this.#reason !== reason)
      this.#options.report(`the journal cannot be written, spans are kept in memory only: ${reason}`);
    this.#state = 'degraded';
    this.#reason = reason;
    this.#takePending();
    for (const lane of this.#lanes) lane.retreat();
  }

  async #recover(): Promise<void> {
    if (this.#state !== 'degraded') return;
    this.#state = 'opening';
    await this.#open();
    if (this.status.state === 'on')
      this.#options.report('the journal is written again, with all that is stored');
  }

  async #open(): Promise<void> {
    const wasEmpty = this.#store.generation === 0;
    try {
      await this.#attach();
      mkdirSync(this.#options.directory, { recursive: true, mode: 0o700 });
      this.#flush();
      if (wasEmpty) this.#backlog.clear();
      const write = ({ kind, content }: BacklogPart) =>
        this.#lane(kind).write([content], lanes[kind].newest(this.#store));
      // The last step and the change of state are in one turn: nothing is missed in between.
      while (this.#state === 'opening' && this.#backlog.writeNext(write)) await nextTurn();
      if (this.#state !== 'opening') return;
      this.#catchUpPins();
      this.#prune();
      this.#state = 'on';
      this.#reason = '';
    } catch (error) {
      this.#degrade(error);
    }
  }

  #catchUpPins(): void {
    const lane = this.#lane('pins');
    const pins = pinnedTraces(this.#store);
    if (lane.files.length > 0 || pins.length > 1) lane.write([pins], 0);
  }

  async #attach(): Promise<void> {
    const { directory, claim } = this.#options;
    if (this.#release !== undefined) return;
    let failure: unknown;
    let release: (() => Promise<void>) | undefined;
    try {
      release = await claim();
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      for (const lane of this.#lanes) lane.dropSpare();
    } catch (error) {
      if (error instanceof JournalInUseError) throw error;
      failure = error;
    }
    // A directory that cannot be written may still be read.
    if (this.#replay === undefined) {
      for (const lane of this.#lanes) lane.list();
      this.#replay = new Replay(this.#store, this.#options.report);
      failure ??= await this.#replayAll(this.#replay, failure === undefined);
    }
    if (failure === undefined) this.#release = release;
    else throw failure;
  }

  /** Gives the error with which a write ended: the files may be read on. */
  async #replayAll(replay: Replay, writable: boolean): Promise<unknown> {
    const started = performance.now();
    const life = this.#life;
    const goOn = () => life === this.#life;
    let failure: unknown;
    this.#isReplaying = true;
    this.#store.beginReplay();
    for (const lane of this.#lanes) {
      for (const file of [...lane.files]) {
        await replay.file(lane, file, () => lanes[lane.kind].newest(this.#store), goOn);
        if (!goOn()) break;
        if (!writable || failure !== undefined) continue;
        // What was carried over meanwhile is written before its memory counts.
        try {
          this.#flush();
        } catch (error) {
          failure = error;
        }
      }
    }
    this.#store.endReplay();
    this.#isReplaying = false;
    const { spans, files } = replay;
    const ms = Math.round(performance.now() - started);
    if (files > 0) this.#options.report(`journal: ${spans} spans of ${files} files replayed in ${ms} ms`);
    return failure;
  }
}
