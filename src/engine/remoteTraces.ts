import { createHash } from 'node:crypto';
import type { Backend, FoundTrace } from '../backends/backend.ts';
import type { BackendLimits } from '../backends/http/backendClient.ts';
import { BackendError } from '../backends/http/backendError.ts';
import { orAborted } from '../backends/http/connection.ts';
import { openBackend } from '../backends/openBackend.ts';
import { decodeTraces } from '../decode/otlp/requests.ts';
import type { BackendTarget } from '../model/backend.ts';
import { SpanBatch } from '../model/spanBatch.ts';
import type { BackendStatus } from '../protocol/control.ts';
import { type RemoteSearch, remoteSearch } from '../query/remoteQuery.ts';
import { TraceStore } from '../store/traceStore.ts';
import { Readers } from './answers/readers.ts';
import { BackendStates } from './backendStates.ts';

/** Traces that were fetched to be looked at; the oldest make room. */
const budgetBytes = 128 << 20;
/** Connections to so many backends are kept. */
const mostBackends = 8;
/** A store of its own, beside that of what was received: nothing fetched takes the place of, is counted as, kept or forwarded with what was received. */
export interface Shelf {
  readonly store: TraceStore;
  readonly readers: Readers;
}

/** Backends that clients ask through the engine, and what was fetched from them. */
export class RemoteTraces {
  readonly #backends = new Map<string, Promise<Backend>>();
  readonly #states = new BackendStates();
  readonly #closing = new AbortController();
  readonly #limits: Partial<BackendLimits>;
  #shelf: Shelf | undefined;

  constructor(limits: Partial<BackendLimits> = {}) {
    this.#limits = limits;
  }

  /** How they have answered. */
  get states(): BackendStatus[] {
    return this.#states.list;
  }

  /** Made when the first trace is fetched. */
  get shelf(): Shelf {
    if (this.#shelf === undefined) {
      const store = new TraceStore({ budgetBytes });
      this.#shelf = { store, readers: new Readers(store) };
    }
    return this.#shelf;
  }

  /** Spans of a fetched trace; 0 if there is no such. */
  spanCount(traceId: string): number {
    const traces = this.#shelf?.store.traces;
    const row = traces?.rowOf(traceId) ?? -1;
    return traces === undefined || row < 0 ? 0 : traces.spanCount[row];
  }

  /** Throws a `BackendError` or a `QueryError`. */
  async search(target: BackendTarget, search: RemoteSearch, signal: AbortSignal): Promise<FoundTrace[]> {
    const asked = remoteSearch(search);
    return this.#ask(target, signal, backend => backend.search(asked, signal));
  }

  /** Fetches a trace onto the shelf; false if the backend has no such. Throws a `BackendError`. */
  async fetch(
    target: BackendTarget,
    traceId: string,
    signal: AbortSignal,
  ): Promise<{ warnings: readonly string[] } | undefined> {
    const fetched = await this.#ask(target, signal, backend => backend.trace(traceId, signal));
    if (fetched === undefined) return undefined;
    const { store } = this.shelf;
    const batch = new SpanBatch();
    const warnings = [...fetched.warnings];
    for (const request of fetched.requests) {
      decodeTraces(request, 'protobuf', batch);
      store.append(batch);
      if (batch.rejected > 0) warnings.push(`${batch.rejected} spans left out: ${batch.rejectedReason}`);
    }
    if (store.traces.rowOf(traceId) >= 0) return { warnings };
    throw new BackendError(
      'unreadable',
      `what ${new URL(target.url).host} sent for trace ${traceId} is not that trace`,
    );
  }

  /** Names that a query may use, or values of one. Throws a `BackendError`. */
  async complete(target: BackendTarget, name: string | undefined, signal: AbortSignal): Promise<string[]> {
    return this.#ask(target, signal, backend =>
      name === undefined ? backend.attributeNames(signal) : backend.attributeValues(name, signal),
    );
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const backends = [...this.#backends.values()];
    this.#backends.clear();
    await Promise.allSettled(backends.map(async backend => (await backend).close()));
  }

  #ask<T>(target: BackendTarget, signal: AbortSignal, ask: (backend: Backend) => Promise<T>): Promise<T> {
    return this.#states.watch(target, async () => {
      const backend = await this.#open(target, signal);
      return { kind: backend.kind, answer: await ask(backend) };
    });
  }

  async #open(target: BackendTarget, signal: AbortSignal): Promise<Backend> {
    this.#closing.signal.throwIfAborted();
    // The whole target: with another token, it is another connection.
    const key = createHash('sha256').update(JSON.stringify(target)).digest('hex');
    const opening = this.#backends.get(key) ?? this.#openNew(key, target);
    this.#backends.delete(key);
    this.#backends.set(key, opening);
    for (const [oldest, backend] of this.#backends) {
      if (this.#backends.size <= mostBackends) break;
      this.#backends.delete(oldest);
      // One that could not be opened has nothing to close.
      void backend.then(each => each.close()).catch(() => {});
    }
    return orAborted(opening, signal);
  }

  /** Not for one asker alone: it goes on when that one has given up. */
  #openNew(key: string, target: BackendTarget): Promise<Backend> {
    const opening = openBackend(target, this.#closing.signal, this.#limits);
    opening.catch(() => {
      if (this.#backends.get(key) === opening) this.#backends.delete(key);
    });
    return opening;
  }
}
