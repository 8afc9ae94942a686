import {
  decodeTraces,
  type NormalizedRequest,
  normalizeLogs,
  normalizeMetrics,
} from '../decode/otlp/requests.ts';
import { DecodeError } from '../decode/protobuf/decodeError.ts';
import { SpanBatch } from '../model/spanBatch.ts';
import type { Encoding, Outcome, Signal, SignalSink } from '../receive/signal.ts';
import type { TraceStore } from '../store/traceStore.ts';
import type { Log } from './log.ts';

/**
 * From a request's bytes into the store. Nothing waits here: a request is stored when `receive` returns, so a span
 * can be queried from the moment it is acknowledged.
 */
export class Ingest implements SignalSink {
  /** Spans that were refused alone; those of malformed bodies cannot be counted. */
  spansRejected = 0;
  readonly #store: TraceStore;
  readonly #log: Log;
  readonly #batch = new SpanBatch();

  constructor(store: TraceStore, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  receive(signal: Signal, encoding: Encoding, body: Uint8Array): Outcome {
    try {
      switch (signal) {
        case 'traces':
          return this.#receiveTraces(encoding, body);
        case 'logs': {
          const request = normalizeLogs(body, encoding);
          return accepted(request, this.#store.appendLogs(request.body));
        }
        case 'metrics': {
          const request = normalizeMetrics(body, encoding);
          return accepted(request, this.#store.appendMetrics(request.body));
        }
      }
    } catch (error) {
      // The sender's fault or ours, the engine goes on and the sender is told.
      if (!(error instanceof DecodeError))
        this.#log.write(`${signal} request failed: ${error instanceof Error ? error.stack : error}`);
      return { kind: 'malformed', message: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Stores the spans of one `ExportTraceServiceRequest`; the batch holds until the next. Throws a `DecodeError`. */
  addTraces(encoding: Encoding, body: Uint8Array): SpanBatch {
    const batch = this.#batch;
    decodeTraces(body, encoding, batch);
    this.#store.append(batch);
    this.spansRejected += batch.rejected;
    return batch;
  }

  #receiveTraces(encoding: Encoding, body: Uint8Array): Outcome {
    const { rejected, rejectedReason } = this.addTraces(encoding, body);
    return { kind: 'accepted', rejected, message: rejectedReason };
  }
}

function accepted(request: NormalizedRequest, stored: { rejected: number; reason: string }): Outcome {
  return {
    kind: 'accepted',
    rejected: request.rejected + stored.rejected,
    message: request.reason || stored.reason,
  };
}
