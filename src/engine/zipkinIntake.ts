import { DecodeError } from '../decode/protobuf/decodeError.ts';
import { ZipkinDecoder } from '../decode/zipkin/zipkinDecoder.ts';
import type { Outcome } from '../receive/signal.ts';
import type { ZipkinBody, ZipkinSink } from '../receive/zipkin.ts';
import type { Ingest } from './ingest.ts';
import { receiveTranslated } from './translated.ts';

/** From what Zipkin's senders send into the store, by way of OTLP. */
export class ZipkinIntake implements ZipkinSink {
  readonly #decoder = new ZipkinDecoder();
  readonly #ingest: Ingest;

  constructor(ingest: Ingest) {
    this.#ingest = ingest;
  }

  receive({ encoding, body }: ZipkinBody): Outcome | Promise<Outcome> {
    try {
      return receiveTranslated(this.#ingest, this.#decoder.decode(encoding, body));
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return { kind: 'malformed', message: error.message };
    }
  }
}
