import { setTimeout as sleep } from 'node:timers/promises';
import { type Disposable, DisposableStore, Emitter } from '../base/events.ts';
import type { ControlNotifications, ControlRequests, Introduction } from '../protocol/control.ts';
import {
  ControlClient,
  EngineLostError,
  UnprovedEngineError,
  VersionConflictError,
} from './controlClient.ts';
import { findEngine } from './discovery.ts';
import type { EngineOptions } from './engineOptions.ts';
import { startEngine } from './startEngine.ts';
import { defaultStateDirectory } from './stateDirectory.ts';
import { introduction, isOlder } from './version.ts';

export interface EngineClientOptions {
  /** The bundled `engine.js`: the engine is started if there is none. Absent: only one that runs is attached to. */
  readonly engineFile?: string;
  /** How to start it; without effect on one that runs already. */
  readonly engine?: EngineOptions;
  /** Address of one engine (`--control`); absent: the user's, whatever its address. */
  readonly control?: string;
  /** Default: `engine.stateDirectory`, or the user's. */
  readonly stateDirectory?: string;
}

/** Time for an engine to start, with a large journal to read, and to answer. */
const startMs = 60_000;
const pollMs = 50;
const retryMs = { first: 250, longest: 5000 } as const;

/** Connects once to an engine that runs. Throws `EngineLostError` if there is none, else what `ControlClient.connect` throws. */
export async function connectToEngine(
  options: Pick<EngineClientOptions, 'control' | 'stateDirectory'> = {},
): Promise<ControlClient> {
  const find = () => findEngine(options.control, options.stateDirectory ?? defaultStateDirectory());
  const endpoint = await find();
  if (endpoint === undefined)
    throw new EngineLostError(
      options.control === undefined
        ? 'no engine is running (start one with `spanline serve`, or open the Spanline view in VS Code)'
        : `no engine is listening at ${options.control}`,
    );
  try {
    return await ControlClient.connect(endpoint);
  } catch (error) {
    // The engine that wrote this token is dead, and another one takes its place at this moment.
    if (error instanceof UnprovedEngineError && (await find())?.token !== endpoint.token)
      throw new EngineLostError('the engine is being replaced by another one');
    throw error;
  }
}

/** Finds the user's engine or starts it, and connects once; several callers at the same time end up at one engine. */
export async function findOrStartEngine(
  options: EngineClientOptions,
  signal?: AbortSignal,
): Promise<ControlClient> {
  const { engineFile, control } = options;
  const stateDirectory = stateDirectoryOf(options);
  const attempt = () => connectToEngine({ control, stateDirectory });
  if (engineFile === undefined || control !== undefined) return attempt();
  const found = await findNewEnough(attempt);
  if (found !== undefined) return found;
  const deadline = Date.now() + startMs;
  let started = await startEngine(engineFile, { ...options.engine, stateDirectory });
  for (;;) {
    // Read before the attempt: if it gave way to another engine, that one was there by then, unless it was leaving.
    const { ended } = started;
    // An older engine that does not make room is better than none, if it understands this client.
    const client = await (ended ? attempt().catch(undefinedIfLost) : findNewEnough(attempt));
    if (client !== undefined) return client;
    if (Date.now() > deadline)
      throw new EngineLostError(`the engine did not answer within ${startMs / 1000} s`);
    if (ended) started = await startEngine(engineFile, { ...options.engine, stateDirectory });
    await Promise.race([sleep(pollMs, undefined, { signal }), started.failed]);
  }
}

/** `undefined` if there is no engine, or only one that the engine of this version is to replace. */
async function findNewEnough(attempt: () => Promise<ControlClient>): Promise<ControlClient | undefined> {
  try {
    const client = await attempt();
    if (!isOlder(client.engine.version, introduction.version)) return client;
    client.dispose();
  } catch (error) {
    const isReplaced =
      error instanceof VersionConflictError && isOlder(error.engine.version, introduction.version);
    if (!isReplaced) return undefinedIfLost(error);
  }
  return undefined;
}

function undefinedIfLost(error: unknown): undefined {
  if (!(error instanceof EngineLostError)) throw error;
}

/**
 * A connection to the user's engine that is kept: when the engine goes away, it is found or started again, and
 * `onDidConnect` fires anew. What a client held in the engine (open views) is gone then.
 */
export class EngineClient implements Disposable {
  readonly #options: EngineClientOptions;
  readonly #connected = new Emitter<Introduction>();
  readonly #lost = new Emitter<Error>();
  readonly #listeners: NotificationListener[] = [];
  readonly #stop = new AbortController();
  #client: ControlClient | undefined;
  #connecting: Promise<ControlClient> | undefined;
  #retrying = false;

  /** Fires after every handshake, the first included. */
  readonly onDidConnect = this.#connected.event;
  /**
   * Fires once for each connection that ended by itself; the way back is tried until it is found. Fires once more if
   * the way back is closed (another version runs now): then only `connect` tries again.
   */
  readonly onDidLose = this.#lost.event;

  constructor(options: EngineClientOptions) {
    this.#options = options;
  }

  /** Who answers now; `undefined` while there is no connection. */
  get engine(): Introduction | undefined {
    return this.#client?.engine;
  }

  /**
   * Resolves when there is a connection. Rejects if this attempt fails; then nothing is tried again before the next
   * call, because the reason (a version conflict, a directory that is not safe) is one for the user.
   */
  async connect(): Promise<Introduction> {
    return (await this.#connection()).engine;
  }

  /** Asks the engine, connecting first where there is no connection. Errors as of `ControlClient.request`, or of `connect`. */
  async request<K extends keyof ControlRequests>(
    name: K,
    params: ControlRequests[K][0],
    signal?: AbortSignal,
  ): Promise<ControlRequests[K][1]> {
    const client = await this.#connection();
    return client.request(name, params, signal);
  }

  /** Listens on this and on every later connection. */
  onNotification<K extends keyof ControlNotifications>(
    name: K,
    listener: (params: ControlNotifications[K]) => void,
  ): Disposable {
    const attachments = new DisposableStore();
    const entry: NotificationListener = client => void attachments.add(client.onNotification(name, listener));
    this.#listeners.push(entry);
    if (this.#client !== undefined) entry(this.#client);
    return {
      dispose: () => {
        const at = this.#listeners.indexOf(entry);
        if (at >= 0) this.#listeners.splice(at, 1);
        attachments.dispose();
      },
    };
  }

  /** Leaves the engine, which goes on for its other clients. */
  dispose(): void {
    this.#stop.abort();
    this.#client?.dispose();
    this.#connected.dispose();
    this.#lost.dispose();
  }

  #connection(): Promise<ControlClient> {
    if (this.#client !== undefined) return Promise.resolve(this.#client);
    this.#connecting ??= this.#open().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #open(): Promise<ControlClient> {
    this.#stop.signal.throwIfAborted();
    const client = await findOrStartEngine(this.#options, this.#stop.signal);
    if (this.#stop.signal.aborted) {
      client.dispose();
      this.#stop.signal.throwIfAborted();
    }
    this.#client = client;
    client.onDidClose(() => this.#closed(client));
    for (const attach of this.#listeners) attach(client);
    this.#connected.fire(client.engine);
    return client;
  }

  #closed(client: ControlClient): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    if (this.#stop.signal.aborted) return;
    this.#lost.fire(new EngineLostError(`the engine (process ${client.engine.pid}) went away`));
    void this.#retry();
  }

  async #retry(): Promise<void> {
    if (this.#retrying) return;
    this.#retrying = true;
    try {
      for (let wait: number = retryMs.first; ; wait = Math.min(wait * 2, retryMs.longest)) {
        try {
          await this.#connection();
          return;
        } catch (error) {
          if (this.#stop.signal.aborted) return;
          // Nothing that waiting would change.
          if (!(error instanceof EngineLostError)) return this.#lost.fire(error as Error);
        }
        await sleep(wait, undefined, { ref: false });
      }
    } finally {
      this.#retrying = false;
    }
  }
}

type NotificationListener = (client: ControlClient) => void;

function stateDirectoryOf(options: EngineClientOptions): string {
  return options.stateDirectory ?? options.engine?.stateDirectory ?? defaultStateDirectory();
}
