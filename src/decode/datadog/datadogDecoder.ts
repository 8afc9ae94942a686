import { MsgpackReader } from '../msgpack/reader.ts';
import { AttributeWriter } from '../otlp/attributeWriter.ts';
import { DecodeError } from '../protobuf/decodeError.ts';
import { wireType } from '../protobuf/wire.ts';
import { messagePackOf } from './fromJson.ts';
import { readChunks, readTracerPayload } from './readMaps.ts';
import { readStreamPayload } from './readStream.ts';
import { readTablePayload } from './readTable.ts';
import { settle } from './settle.ts';
import { attributeTable, type Chunk, type Payload, type SpanRecord } from './spanRecord.ts';
import { type Half, type LateJoin, TraceIds } from './traceIds.ts';
import { type DatadogTracer, groupsOf, writeResource, writeScope } from './writeResource.ts';
import { writeSpan } from './writeSpans.ts';

/** Versions of the agent's trace API that differ in form; v0.3 is v0.4. */
export type DatadogVersion = 'v0.4' | 'v0.5' | 'v0.7' | 'v1.0';

const readers: { readonly [version in DatadogVersion]: (reader: MsgpackReader) => Payload } = {
  'v0.4': readChunks,
  'v0.5': readTablePayload,
  'v0.7': readTracerPayload,
  'v1.0': readStreamPayload,
};

/** More than eight times what tracers send at once. In v0.5 and v1.0 a string is written once and meant often. */
const mostOutputBytes = 64 * 1024 * 1024;
const mostSpans = 1 << 18;

/** Reads what Datadog tracers send to their agent. One for all requests: spans of a trace come with parts of its id. */
export class DatadogDecoder {
  readonly #ids = new TraceIds();
  readonly #writer = new AttributeWriter();

  /**
   * The spans of a request as an `ExportTraceServiceRequest` in protobuf. Throws a `DecodeError`.
   * @param encoding JSON in v0.4 only
   */
  decode(
    version: DatadogVersion,
    encoding: 'msgpack' | 'json',
    body: Uint8Array,
    tracer: DatadogTracer,
  ): Uint8Array {
    const bytes = encoding === 'json' ? messagePackOf(body) : body;
    const reader = new MsgpackReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    // Probes of tracers have no body at all.
    if (reader.isAtEnd) return new Uint8Array(0);
    try {
      return this.#write(readers[version](reader), tracer);
    } finally {
      attributeTable.clear();
    }
  }

  /** Traces whose upper half became known since the last call although spans had come without. */
  takeLateJoins(): LateJoin[] {
    return this.#ids.takeLate();
  }

  #write(payload: Payload, tracer: DatadogTracer): Uint8Array {
    const spans = payload.chunks.reduce((sum, chunk) => sum + chunk.spans.length, 0);
    if (spans > mostSpans) throw new DecodeError(`more than ${mostSpans} spans in one request`, -1);
    // All ids are known before the first is written: chunks of one trace come in any order.
    for (const chunk of payload.chunks) this.#settle(payload.body as Buffer, chunk);
    const writer = this.#writer;
    const body = payload.body as Buffer;
    writer.readFrom(body, new DataView(body.buffer, body.byteOffset, body.byteLength));
    try {
      for (const chunk of payload.chunks) this.#writeChunk(writer, payload, chunk, tracer);
      return writer.finish();
    } finally {
      writer.release();
    }
  }

  #settle(body: Buffer, chunk: Chunk): void {
    settle(body, chunk);
    const { upper } = chunk;
    if (upper !== undefined) this.#ids.join({ high: upper.traceHigh, low: upper.traceLow }, upper);
  }

  #writeChunk(writer: AttributeWriter, payload: Payload, chunk: Chunk, tracer: DatadogTracer): void {
    const body = payload.body as Buffer;
    const upperOf = this.#joiner(chunk);
    for (const group of groupsOf(chunk)) {
      // ResourceSpans { resource = 1, scope_spans = 2 }, ScopeSpans { scope = 1, spans = 2 }
      writer.tag(1, wireType.bytes);
      const resourceSpans = writer.begin();
      writeResource(writer, payload, chunk, group[0], tracer);
      writer.tag(2, wireType.bytes);
      const scopeSpans = writer.begin();
      writeScope(writer, payload, tracer);
      for (const span of group) {
        writer.tag(2, wireType.bytes);
        const start = writer.begin();
        writeSpan(writer, body, chunk, span, upperOf(span));
        writer.end(start);
        if (writer.position > mostOutputBytes)
          throw new DecodeError(`the spans take more than ${mostOutputBytes} bytes`, -1);
      }
      writer.end(scopeSpans);
      writer.end(resourceSpans);
    }
  }

  /** Gives the upper half of a span's trace id. Spans of one chunk are of one trace, unless a tracer errs. */
  #joiner({ upper: told }: Chunk): (span: SpanRecord) => Half {
    let last: SpanRecord | undefined;
    let upper: Half = { high: 0, low: 0 };
    return span => {
      const { traceHigh: high, traceLow: low } = span;
      if (last?.traceHigh === high && last.traceLow === low) return upper;
      last = span;
      const isTold = told?.traceHigh === high && told.traceLow === low;
      // What the chunk told is remembered already.
      upper = isTold ? told : this.#ids.join({ high, low }, undefined);
      return upper;
    };
  }
}
