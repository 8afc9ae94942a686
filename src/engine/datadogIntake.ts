import { DatadogDecoder } from '../decode/datadog/datadogDecoder.ts';
import { DecodeError } from '../decode/protobuf/decodeError.ts';
import type { DatadogBody, DatadogSink } from '../receive/datadog.ts';
import type { Outcome } from '../receive/signal.ts';
import type { TraceStore } from '../store/traceStore.ts';
import type { Ingest } from './ingest.ts';
import { joinTrace } from './joinTraces.ts';

/** From what Datadog tracers send into the store, by way of OTLP. */
export class DatadogIntake implements DatadogSink {
  readonly #decoder = new DatadogDecoder();
  readonly #ingest: Ingest;
  readonly #store: TraceStore;

  constructor(ingest: Ingest, store: TraceStore) {
    this.#ingest = ingest;
    this.#store = store;
  }

  receive({ version, encoding, body, tracer }: DatadogBody): Outcome | Promise<Outcome> {
    let request: Uint8Array;
    try {
      request = this.#decoder.decode(version, encoding, body, tracer);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return { kind: 'malformed', message: error.message };
    }
    const outcome = this.#ingest.receive('traces', 'protobuf', request);
    const joins = this.#decoder.takeLateJoins();
    for (const { from, to } of joins) joinTrace(this.#store, this.#ingest, from, to);
    // What is stored anew is acknowledged with what came now.
    return joins.length === 0 ? outcome : (this.#ingest.written?.then(() => outcome) ?? outcome);
  }
}
