import {
  decodeTraces,
  type NormalizedRequest,
  normalizeLogs,
  normalizeMetrics,
} from '../decode/otlp/requests.ts';
import { DecodeError } from '../decode/protobuf/decodeError.ts';
import { SpanBatch } from '../model/spanBatch.ts';
import type { Encoding, Outcome, Signal, SignalSink } from '../receive/signal.ts';
import type { Journal } from '../store/journal/journal.ts';
import type { TraceStore } from '../store/traceStore.ts';
import type { Forwarding } from './forwarding.ts';
import type { Log } from './log.ts';

/**
 * From a request's bytes into the store, and into the journal if there is one: a request is stored when `receive`
 * returns, and what it returns resolves when it is written. So a span can be queried from the moment it is acknowledged,
 * and outlives the process.
 */
export class Ingest implements SignalSink {
  /** Spans that were refused alone; those of malformed bodies cannot be counted. */
  spansRejected = 0;
  readonly #store: TraceStore;
  readonly #log: Log;
  readonly #journal: Journal | undefined;
  readonly #forwarding: Forwarding | undefined;
  readonly #batch = new SpanBatch();

  constructor(store: TraceStore, log: Log, journal?: Journal, forwarding?: Forwarding) {
    this.#store = store;
    this.#log = log;
    this.#journal = journal;
    this.#forwarding = forwarding;
  }

  receive(signal: Signal, encoding: Encoding, body: Uint8Array): Outcome | Promise<Outcome> {
    const outcome = this.#outcomeOf(signal, encoding, body);
    // Also after an error: what was added before it is read by the journal until then.
    const written = this.written;
    return written === undefined ? outcome : written.then(() => outcome);
  }

  /** Resolves when everything that was stored is written to the journal; `undefined` if it is. */
  get written(): Promise<void> | undefined {
    return this.#journal?.written;
  }

  /**
   * Stores the spans of one `ExportTraceServiceRequest`; the batch holds until the next. They are acknowledged after
   * `written`. Throws a `DecodeError`.
   */
  addTraces(encoding: Encoding, body: Uint8Array): SpanBatch {
    this.#addTraces(encoding, body);
    return this.#batch;
  }

  /** Stores the spans of a request that are stored under another id, where they were counted. Throws a `DecodeError`. */
  carryTraces(body: Uint8Array): void {
    const batch = this.#batch;
    decodeTraces(body, 'protobuf', batch);
    if (this.#store.appendCarried(batch).added > 0) this.#journal?.append('traces', batch.bytes);
  }

  /** How many spans are new. */
  #addTraces(encoding: Encoding, body: Uint8Array): number {
    const batch = this.#batch;
    decodeTraces(body, encoding, batch);
    const { added } = this.#store.append(batch);
    // Nothing but what is known already: then it is in the journal, or on its way there.
    if (added > 0) this.#journal?.append('traces', batch.bytes);
    this.spansRejected += batch.rejected;
    return added;
  }

  #outcomeOf(signal: Signal, encoding: Encoding, body: Uint8Array): Outcome {
    try {
      return this.#add(signal, encoding, body);
    } catch (error) {
      // The sender's fault or ours, the engine goes on and the sender is told.
      if (!(error instanceof DecodeError))
        this.#log.write(`${signal} request failed: ${error instanceof Error ? error.stack : error}`);
      return { kind: 'malformed', message: error instanceof Error ? error.message : String(error) };
    } finally {
      // A large body must not be kept until the next one comes.
      this.#batch.reset(noBytes);
    }
  }

  #add(signal: Signal, encoding: Encoding, body: Uint8Array): Outcome {
    switch (signal) {
      case 'traces': {
        const added = this.#addTraces(encoding, body);
        const { bytes, count, rejected, rejectedReason } = this.#batch;
        // What comes a second time, by way of a target that sends it back, goes round no longer.
        if (added > 0) this.#forwarding?.offer('traces', bytes, count, rejected > 0);
        return { kind: 'accepted', rejected, message: rejectedReason };
      }
      case 'logs': {
        const request = normalizeLogs(body, encoding);
        const stored = this.#store.appendLogs(request.body);
        if (stored.added > 0) this.#journal?.append('logs', request.body);
        this.#forwarding?.offer('logs', request.body, stored.added, false);
        return accepted(request, stored);
      }
      case 'metrics': {
        const request = normalizeMetrics(body, encoding);
        const stored = this.#store.appendMetrics(request.body);
        if (stored.points > 0) this.#journal?.append('metrics', request.body);
        this.#forwarding?.offer('metrics', request.body, stored.points, false);
        return accepted(request, stored);
      }
    }
  }
}

const noBytes = new Uint8Array(0);

function accepted(request: NormalizedRequest, stored: { rejected: number; reason: string }): Outcome {
  return {
    kind: 'accepted',
    rejected: request.rejected + stored.rejected,
    message: request.reason || stored.reason,
  };
}
