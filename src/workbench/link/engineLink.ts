import type * as vscode from 'vscode';
import { type Disposable, Emitter } from '../../base/events.ts';
import { Throttle } from '../../base/throttle.ts';
import type { EngineClient } from '../../engine/client.ts';
import type { EngineOptions } from '../../engine/engineOptions.ts';
import type {
  ControlNotifications,
  ControlRequests,
  Endpoints,
  EngineStatus,
} from '../../protocol/control.ts';
import type { ContextKeys } from '../names.ts';

export type LinkState = ContextKeys['spanline.receiver'];
export type StoreChange = ControlNotifications['store/changed'];
export type ViewChange = ControlNotifications['view/changed'];

/** Counters in tooltips need not be newer. */
const statusIntervalMs = 2000;

/** A request while this window is not attached to an engine, or an attempt that was overtaken by a stop. */
export class NotStartedError extends Error {
  override readonly name = 'NotStartedError';
}

/**
 * This window's connection to the engine, made when it is first started. The engine is shared: stopping only detaches,
 * and the engine ends by itself when nobody is attached.
 */
export class EngineLink implements Disposable {
  readonly #engineFile: string;
  readonly #options: () => EngineOptions;
  readonly #log: vscode.LogOutputChannel;
  readonly #stateChanged = new Emitter<LinkState>();
  readonly #statusChanged = new Emitter<EngineStatus>();
  readonly #storeChanged = new Emitter<StoreChange>();
  readonly #viewChanged = new Emitter<ViewChange>();
  readonly #connected = new Emitter<void>();
  readonly #statusThrottle = new Throttle(statusIntervalMs, () => void this.#refreshStatus());
  #client: EngineClient | undefined;
  #starting: Promise<void> | undefined;
  #attaching: Promise<void> | undefined;
  #stops = 0;
  #state: LinkState = 'stopped';
  #status: EngineStatus | undefined;
  #controlAddress: string | undefined;
  #failure = '';

  readonly onDidChangeState = this.#stateChanged.event;
  /** Endpoints or counters. */
  readonly onDidChangeStatus = this.#statusChanged.event;
  readonly onDidChangeStore = this.#storeChanged.event;
  readonly onDidChangeView = this.#viewChanged.event;
  /** Fires after every handshake: what was held in the engine before (open views) is gone. */
  readonly onDidConnect = this.#connected.event;

  constructor(engineFile: string, options: () => EngineOptions, log: vscode.LogOutputChannel) {
    this.#engineFile = engineFile;
    this.#options = options;
    this.#log = log;
  }

  get state(): LinkState {
    return this.#state;
  }

  /** As last heard; `undefined` while not attached. */
  get status(): EngineStatus | undefined {
    return this.#status;
  }

  get endpoints(): Endpoints {
    return this.#status?.endpoints ?? {};
  }

  /** Where others of this window (the language server) reach the same engine; `undefined` while not attached. */
  get controlAddress(): string | undefined {
    return this.#controlAddress;
  }

  /** Why the state is `failed`. */
  get failure(): string {
    return this.#failure;
  }

  /** Finds or starts the engine. Rejects with the reason if that fails. */
  start(): Promise<void> {
    if (this.#state === 'listening') return Promise.resolve();
    this.#starting ??= this.#open().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  /** Detaches this window. */
  stop(): void {
    this.#stops++;
    this.#client?.dispose();
    this.#client = undefined;
    this.#status = undefined;
    this.#controlAddress = undefined;
    this.#setState('stopped');
  }

  async request<K extends keyof ControlRequests>(
    name: K,
    params: ControlRequests[K][0],
    signal?: AbortSignal,
  ): Promise<ControlRequests[K][1]> {
    if (this.#client === undefined) throw new NotStartedError('The receiver is not running in this window.');
    return this.#client.request(name, params, signal);
  }

  /** Asks for the status now: something of it was changed from here. */
  refreshStatus(): Promise<void> {
    return this.#refreshStatus();
  }

  dispose(): void {
    this.#statusThrottle.dispose();
    this.#client?.dispose();
    this.#client = undefined;
    for (const emitter of [this.#stateChanged, this.#statusChanged, this.#storeChanged, this.#viewChanged])
      emitter.dispose();
    this.#connected.dispose();
  }

  async #open(): Promise<void> {
    const stops = this.#stops;
    this.#setState('starting');
    try {
      const client = this.#client ?? (await this.#createClient());
      this.#throwIfStopped(stops);
      this.#client = client;
      await client.connect();
      await this.#attaching;
    } catch (error) {
      this.#throwIfStopped(stops);
      this.#fail(error);
      throw error;
    }
    this.#throwIfStopped(stops);
  }

  #throwIfStopped(stops: number): void {
    if (stops !== this.#stops) throw new NotStartedError('The receiver was stopped while it was starting.');
  }

  async #createClient(): Promise<EngineClient> {
    const { EngineClient } = await import('../../engine/client.ts');
    const client = new EngineClient({ engineFile: this.#engineFile, engine: this.#options() });
    client.onDidConnect(({ pid, version }) => {
      this.#log.info(`engine: attached to process ${pid}, version ${version}`);
      this.#attaching = this.#attach(client);
    });
    client.onDidLose(error => {
      this.#status = undefined;
      if (!isLost(error)) return this.#fail(error);
      this.#log.warn(`engine: ${error.message}; looking for it`);
      this.#setState('starting');
    });
    client.onNotification('store/changed', change => {
      const { spansStored, tracesStored } = change;
      if (this.#status !== undefined) this.#setStatus({ ...this.#status, spansStored, tracesStored });
      this.#storeChanged.fire(change);
      this.#statusThrottle.trigger();
    });
    client.onNotification('view/changed', change => this.#viewChanged.fire(change));
    return client;
  }

  /** The state is `listening` only when the endpoints are known: whoever waits for it can use them. */
  async #attach(client: EngineClient): Promise<void> {
    try {
      const [status, address] = await Promise.all([client.request('status', {}), readControlAddress()]);
      if (client !== this.#client) return;
      this.#controlAddress = address;
      this.#setStatus(status);
      this.#setState('listening');
      this.#connected.fire();
    } catch (error) {
      // A lost engine is looked for again by the client, which comes back here.
      if (client === this.#client && !isLost(error)) this.#fail(error);
    }
  }

  async #refreshStatus(): Promise<void> {
    const client = this.#client;
    if (client === undefined || this.#state !== 'listening') return;
    try {
      const status = await client.request('status', {});
      if (client === this.#client) this.#setStatus(status);
    } catch (error) {
      this.#log.debug(`engine: no status: ${error instanceof Error ? error.message : error}`);
    }
  }

  #setStatus(status: EngineStatus): void {
    this.#status = status;
    this.#statusChanged.fire(status);
  }

  #fail(error: unknown): void {
    this.#failure = error instanceof Error ? error.message : String(error);
    this.#log.error(`engine: ${this.#failure}`);
    this.#setState('failed');
  }

  #setState(state: LinkState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#stateChanged.fire(state);
  }
}

/** `EngineLostError` of `engine/client.ts`, which is loaded late; its name is part of what it is. */
function isLost(error: unknown): boolean {
  return error instanceof Error && error.name === 'EngineLostError';
}

async function readControlAddress(): Promise<string | undefined> {
  const [{ readDiscovery }, { defaultStateDirectory }] = await Promise.all([
    import('../../engine/discovery.ts'),
    import('../../engine/stateDirectory.ts'),
  ]);
  return (await readDiscovery(defaultStateDirectory()))?.address;
}
