import { JaegerDecoder } from '../decode/jaeger/jaegerDecoder.ts';
import { DecodeError } from '../decode/protobuf/decodeError.ts';
import type { JaegerForm, JaegerSink } from '../receive/jaegerHttp.ts';
import type { Outcome } from '../receive/signal.ts';
import type { Ingest } from './ingest.ts';
import { receiveTranslated } from './translated.ts';

/** From what Jaeger's clients send into the store, by way of OTLP. */
export class JaegerIntake implements JaegerSink {
  readonly #decoder = new JaegerDecoder();
  readonly #ingest: Ingest;

  constructor(ingest: Ingest) {
    this.#ingest = ingest;
  }

  receive(form: JaegerForm, body: Uint8Array): Outcome | Promise<Outcome> {
    try {
      return receiveTranslated(this.#ingest, this.#decoder.decode(form, body));
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return { kind: 'malformed', message: error.message };
    }
  }
}
