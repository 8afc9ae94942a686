import type { MsgpackReader } from '../msgpack/reader.ts';
import { readString, readValue } from '../msgpack/value.ts';
import { eventsOf, linksOf } from './looseParts.ts';
import { type Attributes, Chunk, Payload, SpanRecord, valueType } from './spanRecord.ts';

/** v0.3 and v0.4: chunks of spans, a span being a map from the names of its fields. */
export function readChunks(reader: MsgpackReader): Payload {
  const payload = new Payload(reader.bytes);
  for (let left = reader.arrayHeader(); left > 0; left--) {
    const chunk = new Chunk();
    readSpans(reader, chunk);
    payload.chunks.push(chunk);
  }
  return payload;
}

/** v0.7: the same spans with what their process and chunk say once (`TracerPayload` of the agent's `tracer_payload.proto`). */
export function readTracerPayload(reader: MsgpackReader): Payload {
  const payload = new Payload(reader.bytes);
  for (let left = reader.mapHeader(); left > 0; left--) {
    switch (readString(reader)) {
      case 'container_id':
        payload.containerId = reader.text();
        break;
      case 'language_name':
        payload.language = reader.text();
        break;
      case 'tracer_version':
        payload.tracerVersion = reader.text();
        break;
      case 'runtime_id':
        payload.runtimeId = reader.text();
        break;
      case 'env':
        payload.env = reader.text();
        break;
      case 'app_version':
        payload.version = reader.text();
        break;
      case 'hostname':
        payload.hostname = reader.text();
        break;
      case 'tags':
        readTexts(reader, payload.attributes);
        break;
      case 'chunks':
        for (let more = reader.arrayHeader(); more > 0; more--) payload.chunks.push(readChunk(reader));
        break;
      default:
        reader.skip();
    }
  }
  return payload;
}

function readChunk(reader: MsgpackReader): Chunk {
  const chunk = new Chunk();
  for (let left = reader.mapHeader(); left > 0; left--) {
    switch (readString(reader)) {
      case 'priority':
        chunk.priority = reader.number();
        break;
      case 'origin':
        chunk.origin = reader.text();
        break;
      case 'tags':
        readTexts(reader, chunk.attributes);
        break;
      case 'spans':
        readSpans(reader, chunk);
        break;
      default:
        reader.skip();
    }
  }
  return chunk;
}

function readSpans(reader: MsgpackReader, chunk: Chunk): void {
  for (let left = reader.arrayHeader(); left > 0; left--) chunk.spans.push(readSpan(reader));
}

function readSpan(reader: MsgpackReader): SpanRecord {
  const span = new SpanRecord();
  for (let left = reader.mapHeader(); left > 0; left--) {
    switch (fieldName(reader)) {
      case 'service':
        span.service = reader.text();
        break;
      case 'name':
        span.name = reader.text();
        break;
      case 'resource':
        span.resource = reader.text();
        break;
      case 'type':
        span.type = reader.text();
        break;
      case 'trace_id':
        reader.integer();
        span.traceLow = reader.low | 0;
        span.traceHigh = reader.high | 0;
        break;
      case 'span_id':
        reader.integer();
        span.spanLow = reader.low | 0;
        span.spanHigh = reader.high | 0;
        break;
      case 'parent_id':
        reader.integer();
        span.parentLow = reader.low | 0;
        span.parentHigh = reader.high | 0;
        break;
      case 'start':
        reader.integer();
        span.startLow = reader.low | 0;
        span.startHigh = reader.high | 0;
        break;
      case 'duration':
        reader.integer();
        span.durationLow = reader.low | 0;
        span.durationHigh = reader.high | 0;
        break;
      case 'error':
        span.isError = reader.boolean();
        break;
      case 'meta':
        readTexts(reader, span.attributes);
        break;
      case 'metrics':
        readNumbers(reader, span.attributes);
        break;
      case 'meta_struct':
        readTexts(reader, span.attributes, valueType.bytes);
        break;
      case 'span_links':
        span.links = linksOf(readValue(reader));
        break;
      case 'span_events':
        span.events = eventsOf(readValue(reader));
        break;
      default:
        reader.skip();
    }
  }
  return span;
}

/** Values that are nil are left out. */
function readTexts(reader: MsgpackReader, attributes: Attributes, type: number = valueType.string): void {
  for (let left = reader.mapHeader(); left > 0; left--) {
    const keyFrom = reader.textStart();
    const keyTo = reader.at;
    if (reader.takeNil()) continue;
    const from = reader.textStart();
    attributes.add(keyFrom, keyTo, type, from, reader.at);
  }
}

function readNumbers(reader: MsgpackReader, attributes: Attributes): void {
  for (let left = reader.mapHeader(); left > 0; left--) {
    const keyFrom = reader.textStart();
    const keyTo = reader.at;
    if (reader.takeNil()) continue;
    if (reader.isInteger()) {
      reader.integer();
      attributes.add(keyFrom, keyTo, valueType.int, reader.low, reader.high);
    } else {
      attributes.add(keyFrom, keyTo, valueType.double, reader.number(), 0);
    }
  }
}

const fieldNames = [
  ...['service', 'name', 'resource', 'type', 'trace_id', 'span_id', 'parent_id', 'start', 'duration'],
  ...['error', 'meta', 'metrics', 'meta_struct', 'span_links', 'span_events'],
].map(name => ({ name, bytes: Buffer.from(name) }));

/** Names in the order in which spans have them: the one after the last is almost always next. */
let expected = 0;

/** The name of a span's field, without making a string of what is one of a dozen; '' for unknown ones. */
function fieldName(reader: MsgpackReader): string {
  const from = reader.textStart();
  const { at: to, bytes } = reader;
  for (let i = 0; i < fieldNames.length; i++) {
    const index = (expected + i) % fieldNames.length;
    const candidate = fieldNames[index];
    if (!hasBytes(bytes, from, to, candidate.bytes)) continue;
    expected = index + 1;
    return candidate.name;
  }
  return '';
}

function hasBytes(bytes: Uint8Array, from: number, to: number, wanted: Uint8Array): boolean {
  if (to - from !== wanted.length) return false;
  for (let i = 0; i < wanted.length; i++) if (bytes[from + i] !== wanted[i]) return false;
  return true;
}
