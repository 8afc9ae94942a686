import type { MsgpackReader, Text } from '../msgpack/reader.ts';
import { DecodeError } from '../protobuf/decodeError.ts';
import { type Attributes, Chunk, Payload, SpanRecord, valueType } from './spanRecord.ts';

/** Elements of a span: service, name, resource, trace, span, parent, start, duration, error, meta, metrics, type. */
const spanLength = 12;

/** v0.5: a table of strings, then chunks of spans that are arrays and have indexes into it for strings. */
export function readTablePayload(reader: MsgpackReader): Payload {
  const payload = new Payload(reader.bytes);
  const { at } = reader;
  if (reader.arrayHeader() !== 2) throw new DecodeError('a v0.5 payload has 2 elements', at);
  const table: Text[] = [];
  for (let left = reader.arrayHeader(); left > 0; left--) table.push(reader.text());
  for (let left = reader.arrayHeader(); left > 0; left--) {
    const chunk = new Chunk();
    for (let more = reader.arrayHeader(); more > 0; more--) chunk.spans.push(readSpan(reader, table));
    payload.chunks.push(chunk);
  }
  return payload;
}

function readSpan(reader: MsgpackReader, table: readonly Text[]): SpanRecord {
  const { at } = reader;
  const length = reader.arrayHeader();
  if (length !== spanLength)
    throw new DecodeError(`a v0.5 span has ${spanLength} elements, not ${length}`, at);
  const span = new SpanRecord();
  span.service = tableText(reader, table);
  span.name = tableText(reader, table);
  span.resource = tableText(reader, table);
  reader.integer();
  span.traceLow = reader.low | 0;
  span.traceHigh = reader.high | 0;
  reader.integer();
  span.spanLow = reader.low | 0;
  span.spanHigh = reader.high | 0;
  reader.integer();
  span.parentLow = reader.low | 0;
  span.parentHigh = reader.high | 0;
  reader.integer();
  span.startLow = reader.low | 0;
  span.startHigh = reader.high | 0;
  reader.integer();
  span.durationLow = reader.low | 0;
  span.durationHigh = reader.high | 0;
  span.isError = reader.boolean();
  readMeta(reader, table, span.attributes);
  readMetrics(reader, table, span.attributes);
  span.type = tableText(reader, table);
  return span;
}

function readMeta(reader: MsgpackReader, table: readonly Text[], attributes: Attributes): void {
  for (let left = reader.mapHeader(); left > 0; left--) {
    const key = tableText(reader, table);
    const { from, to } = tableText(reader, table);
    attributes.add(key.from, key.to, valueType.string, from, to);
  }
}

function readMetrics(reader: MsgpackReader, table: readonly Text[], attributes: Attributes): void {
  for (let left = reader.mapHeader(); left > 0; left--) {
    const key = tableText(reader, table);
    if (reader.isInteger()) {
      reader.integer();
      attributes.add(key.from, key.to, valueType.int, reader.low, reader.high);
    } else {
      attributes.add(key.from, key.to, valueType.double, reader.number(), 0);
    }
  }
}

function tableText(reader: MsgpackReader, table: readonly Text[]): Text {
  const { at } = reader;
  const index = reader.number();
  const text = table[index];
  if (text === undefined)
    throw new DecodeError(`string ${index} of a table of ${table.length} is referred to`, at);
  return text;
}
