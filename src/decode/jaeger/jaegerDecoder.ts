import type { NormalizedRequest } from '../otlp/requests.ts';
import { ProtobufCursor } from '../protobuf/cursor.ts';
import { BinaryCursor } from '../thrift/binaryCursor.ts';
import { CompactCursor, compactProtocol } from '../thrift/compactCursor.ts';
import { readPostSpans } from './readProtobuf.ts';
import { readBatch, readCall } from './readThrift.ts';
import { SpanSink } from './spanSink.ts';

/**
 * What clients of Jaeger send: a `Batch` in binary Thrift over HTTP, a call of an agent's `emitBatch` in a datagram, or a
 * `PostSpansRequest` in protobuf.
 */
export type JaegerForm = 'batch' | 'datagram' | 'protobuf';

/** Reads what clients of Jaeger send. One for all requests: its buffers are used again. */
export class JaegerDecoder {
  readonly #sink = new SpanSink();

  /** The spans of a request as an `ExportTraceServiceRequest` in protobuf. Throws a `DecodeError`. */
  decode(form: JaegerForm, body: Uint8Array): NormalizedRequest {
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    const sink = this.#sink;
    try {
      sink.start(bytes);
      if (form === 'protobuf') readPostSpans(new ProtobufCursor(bytes), sink);
      else if (form === 'batch') readBatch(new BinaryCursor(bytes), sink);
      // Either encoding may come to either port: the first byte tells.
      else readCall(bytes[0] === compactProtocol ? new CompactCursor(bytes) : new BinaryCursor(bytes), sink);
      return sink.finish();
    } finally {
      sink.release();
    }
  }
}
