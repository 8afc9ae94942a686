import { JsonCursor } from '../jsonCursor.ts';
import type { NormalizedRequest } from '../otlp/requests.ts';
import { ProtobufCursor } from '../protobuf/cursor.ts';
import { BinaryCursor } from '../thrift/binaryCursor.ts';
import { readSpans } from './readJson.ts';
import { readListOfSpans } from './readProtobuf.ts';
import { readSpanList } from './readThrift.ts';
import { SpanSink } from './spanSink.ts';

/** JSON is in either of Zipkin's models, protobuf in the second, Thrift in the first. */
export type ZipkinEncoding = 'json' | 'protobuf' | 'thrift';

/** Reads what senders of Zipkin send. One for all requests: its buffers are used again. */
export class ZipkinDecoder {
  readonly #sink = new SpanSink();
  readonly #json = new JsonCursor();

  /** The spans of a request as an `ExportTraceServiceRequest` in protobuf. Throws a `DecodeError`. */
  decode(encoding: ZipkinEncoding, body: Uint8Array): NormalizedRequest {
    const sink = this.#sink;
    try {
      if (encoding === 'json') this.#readJson(body);
      else {
        const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
        sink.start(bytes);
        if (encoding === 'protobuf') readListOfSpans(new ProtobufCursor(bytes), sink);
        else readSpanList(new BinaryCursor(bytes), sink);
      }
      return sink.finish();
    } finally {
      sink.release();
    }
  }

  #readJson(body: Uint8Array): void {
    const json = this.#json;
    try {
      json.start(body);
      this.#sink.start(json.bytes);
      readSpans(json, this.#sink);
    } finally {
      json.release();
    }
  }
}
