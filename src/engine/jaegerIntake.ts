import { readPostSpans } from '../decode/jaeger/protobuf.ts';
import { readDatagram, readThriftBatch } from '../decode/jaeger/thrift.ts';
import { jaegerToTraces } from '../decode/jaeger/toTraces.ts';
import { tracesFromJson } from '../decode/otlp/requests.ts';
import { DecodeError } from '../decode/protobuf/decodeError.ts';
import type { JaegerForm, JaegerSink } from '../receive/jaegerHttp.ts';
import type { Outcome } from '../receive/signal.ts';
import type { Ingest } from './ingest.ts';
import { receiveTranslated } from './translated.ts';

/** From what Jaeger's clients send into the store, by way of OTLP. */
export class JaegerIntake implements JaegerSink {
  readonly #ingest: Ingest;

  constructor(ingest: Ingest) {
    this.#ingest = ingest;
  }

  receive(form: JaegerForm, body: Uint8Array): Outcome | Promise<Outcome> {
    try {
      const batches =
        form === 'protobuf'
          ? readPostSpans(body)
          : [form === 'batch' ? readThriftBatch(body) : readDatagram(body)];
      const request = tracesFromJson(jaegerToTraces(batches));
      return receiveTranslated(this.#ingest, request);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return { kind: 'malformed', message: error.message };
    }
  }
}
