import { DatadogDecoder } from '../decode/datadog/datadogDecoder.ts';
import { DecodeError } from '../decode/protobuf/decodeError.ts';
import type { DatadogBody, DatadogSink } from '../receive/datadog.ts';
import type { Outcome } from '../receive/signal.ts';
import type { Ingest } from './ingest.ts';

/** From what Datadog tracers send into the store, by way of OTLP. */
export class DatadogIntake implements DatadogSink {
  readonly #decoder = new DatadogDecoder();
  readonly #ingest: Ingest;

  constructor(ingest: Ingest) {
    this.#ingest = ingest;
  }

  receive({ version, encoding, body, tracer }: DatadogBody): Outcome | Promise<Outcome> {
    let request: Uint8Array;
    try {
      request = this.#decoder.decode(version, encoding, body, tracer);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return { kind: 'malformed', message: error.message };
    }
    return this.#ingest.receive('traces', 'protobuf', request);
  }
}
