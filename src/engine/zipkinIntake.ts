import { tracesFromJson } from '../decode/otlp/requests.ts';
import { DecodeError } from '../decode/protobuf/decodeError.ts';
import { decodeZipkin } from '../decode/zipkin/decodeZipkin.ts';
import { zipkinToTraces } from '../decode/zipkin/toTraces.ts';
import type { Outcome } from '../receive/signal.ts';
import type { ZipkinBody, ZipkinSink } from '../receive/zipkin.ts';
import type { Ingest } from './ingest.ts';
import { receiveTranslated } from './translated.ts';

/** From what Zipkin's senders send into the store, by way of OTLP. */
export class ZipkinIntake implements ZipkinSink {
  readonly #ingest: Ingest;

  constructor(ingest: Ingest) {
    this.#ingest = ingest;
  }

  receive({ encoding, body }: ZipkinBody): Outcome | Promise<Outcome> {
    try {
      const request = tracesFromJson(zipkinToTraces(decodeZipkin(body, encoding)));
      return receiveTranslated(this.#ingest, request);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return { kind: 'malformed', message: error.message };
    }
  }
}
