import type { KeyValue } from '../../model/anyValue.ts';
import { noText, type Text } from '../msgpack/reader.ts';
import { anyValueSchema, spanSchema } from '../otlp/schema.ts';
import { writeMessage } from '../otlp/writeMessage.ts';
import { DecodeError } from '../protobuf/decodeError.ts';
import { wireType } from '../protobuf/wire.ts';
import type { ProtobufWriter } from '../protobuf/writer.ts';
import { type Attributes, type Chunk, entrySize, type SpanRecord, valueType } from './spanRecord.ts';
import { sameText } from './textNumbers.ts';
import type { Half } from './traceIds.ts';

/** Field numbers of `Span` (opentelemetry-proto `trace/v1/trace.proto`). */
const spanFields = {
  traceId: 1,
  spanId: 2,
  parentSpanId: 4,
  name: 5,
  kind: 6,
  startTime: 7,
  endTime: 8,
  attributes: 9,
  status: 15,
} as const;

const spanKind = { internal: 1, server: 2, client: 3 } as const;

/** Kinds by the type of a span that does not tell its kind. */
const kindsByType: ReadonlyMap<string, number> = new Map([
  ['web', spanKind.server],
  ...[
    ...['http', 'db', 'sql', 'cache', 'redis', 'memcached', 'mongodb', 'cassandra', 'elasticsearch'],
    ...['opensearch', 'dynamodb', 'couchbase', 'oracle', 'valkey', 'graphdb'],
  ].map(type => [type, spanKind.client] as const),
]);

const id = new Uint8Array(16);
const idView = new DataView(id.buffer);
const halfId = id.subarray(0, 8);

/** Writes a span as the content of an OTLP `Span`. */
export function writeSpan(
  writer: ProtobufWriter,
  body: Buffer,
  chunk: Chunk,
  span: SpanRecord,
  upper: Half,
): void {
  const name = span.resource === noText ? span.name : span.resource;
  writeIds(writer, span, upper);
  writer.tag(spanFields.name, wireType.bytes);
  writer.copy(body, name.from, name.to);
  writer.tag(spanFields.kind, wireType.varint);
  writer.varint(kindOf(body, span));
  const end = writeTimes(writer, span);
  if (span.name !== noText && !sameText(body, span.name, name))
    writeText(writer, spanFields.attributes, 'dd.span.name', body, span.name);
  writeText(writer, spanFields.attributes, 'dd.span.type', body, span.type);
  writeText(writer, spanFields.attributes, 'component', body, span.component);
  writeAttributes(writer, spanFields.attributes, body, span.attributes);
  if (span === chunk.spans[0]) writeChunkAttributes(writer, body, chunk);
  writeParts(writer, body, span, end);
  if (span.isError) writeError(writer, body, span.errorMessage);
}

function writeIds(writer: ProtobufWriter, span: SpanRecord, upper: Half): void {
  idView.setUint32(0, upper.high);
  idView.setUint32(4, upper.low);
  idView.setUint32(8, span.traceHigh);
  idView.setUint32(12, span.traceLow);
  writer.tag(spanFields.traceId, wireType.bytes);
  writer.copy(id, 0, 16);
  writeHalfId(writer, spanFields.spanId, span.spanHigh, span.spanLow);
  const { parentHigh, parentLow } = span;
  const isOwnParent = parentHigh === span.spanHigh && parentLow === span.spanLow;
  const isRoot = isOwnParent && parentHigh === span.traceHigh && parentLow === span.traceLow;
  if ((parentHigh | parentLow) !== 0 && !isRoot)
    writeHalfId(writer, spanFields.parentSpanId, parentHigh, parentLow);
}

function writeHalfId(writer: ProtobufWriter, field: number, high: number, low: number): void {
  idView.setUint32(0, high);
  idView.setUint32(4, low);
  writer.tag(field, wireType.bytes);
  writer.copy(halfId, 0, 8);
}

/** Start and end; the end is returned as words. A duration that leads beyond 64 bits is none. */
function writeTimes(writer: ProtobufWriter, span: SpanRecord): Half {
  const { startLow, startHigh } = span;
  const sum = startLow + span.durationLow;
  const low = sum >>> 0;
  const sumHigh = startHigh + (span.durationHigh | 0) + (sum > 0xffff_ffff ? 1 : 0);
  const fits = sumHigh >= 0 && sumHigh <= 0xffff_ffff;
  const end = fits ? { high: sumHigh, low } : { high: startHigh, low: startLow };
  writer.tag(spanFields.startTime, wireType.fixed64);
  writer.fixed32(startLow);
  writer.fixed32(startHigh);
  writer.tag(spanFields.endTime, wireType.fixed64);
  writer.fixed32(end.low);
  writer.fixed32(end.high);
  return end;
}

function kindOf(body: Buffer, { kind, type: { from, to } }: SpanRecord): number {
  if (kind >= 1 && kind <= 5) return kind;
  return kindsByType.get(body.toString('latin1', from, Math.min(to, from + 16))) ?? spanKind.internal;
}

/** What is told of the chunk as a whole. */
function writeChunkAttributes(writer: ProtobufWriter, body: Buffer, chunk: Chunk): void {
  writeAttributes(writer, spanFields.attributes, body, chunk.attributes);
  writeText(writer, spanFields.attributes, '_dd.origin', body, chunk.origin);
  if (chunk.priority === undefined) return;
  const value = { intValue: `${Math.trunc(chunk.priority)}` };
  writePlain(writer, { attributes: [{ key: '_sampling_priority_v1', value }] });
}

/** Events, links, and the exception that an error tells of. */
function writeParts(writer: ProtobufWriter, body: Buffer, span: SpanRecord, end: Half): void {
  const { links, errorMessage, errorStack, errorType } = span;
  let events = span.events ?? [];
  const tells = errorMessage !== noText || errorStack !== noText || errorType !== noText;
  if (span.isError && tells && !events.some(({ name }) => name === 'exception')) {
    const timeUnixNano = `${(BigInt(end.high) << 32n) | BigInt(end.low)}`;
    const attributes: KeyValue[] = [];
    const add = (key: string, { from, to }: Text) => {
      if (from !== to) attributes.push({ key, value: { stringValue: body.toString('utf8', from, to) } });
    };
    add('exception.type', errorType);
    add('exception.message', errorMessage);
    add('exception.stacktrace', errorStack);
    events = [...events, { timeUnixNano, name: 'exception', attributes }];
  }
  if (events.length > 0 || links !== undefined) writePlain(writer, { events, links });
}

function writePlain(writer: ProtobufWriter, fields: object): void {
  writeMessage(spanSchema, fields, writer, (field, reason) => {
    throw new DecodeError(`${field}: ${reason}`, -1);
  });
}

/** `Status { message = 2, code = 3 }`. */
function writeError(writer: ProtobufWriter, body: Buffer, message: Text): void {
  writer.tag(spanFields.status, wireType.bytes);
  const start = writer.begin();
  if (message !== noText) {
    writer.tag(2, wireType.bytes);
    writer.copy(body, message.from, message.to);
  }
  writer.tag(3, wireType.varint);
  writer.varint(2);
  writer.end(start);
}

/** Writes attributes as `KeyValue`s under a field number. */
export function writeAttributes(
  writer: ProtobufWriter,
  field: number,
  body: Buffer,
  { entries, nested }: Attributes,
): void {
  for (let at = 0; at < entries.length; at += entrySize) {
    const type = entries[at + 2];
    if (type === valueType.taken) continue;
    const keyFrom = entries[at];
    const keyTo = entries[at + 1];
    const a = entries[at + 3];
    const b = entries[at + 4];
    const keyLength = keyTo - keyFrom;
    const valueLength = type === valueType.array ? -1 : lengthOfValue(type, a, b);
    writer.tag(field, wireType.bytes);
    if (valueLength >= 0) {
      writer.varint(1 + sized(keyLength) + 1 + sized(valueLength));
      writer.tag(1, wireType.bytes);
      writer.copy(body, keyFrom, keyTo);
      writer.tag(2, wireType.bytes);
      writer.varint(valueLength);
      writeValue(writer, body, type, a, b);
      continue;
    }
    const start = writer.begin();
    writer.tag(1, wireType.bytes);
    writer.copy(body, keyFrom, keyTo);
    writer.tag(2, wireType.bytes);
    const valueStart = writer.begin();
    writeMessage(anyValueSchema, nested?.[a] ?? {}, writer, () => {});
    writer.end(valueStart);
    writer.end(start);
  }
}

/** Writes a text as an attribute under a field number; an empty one not at all. */
export function writeText(
  writer: ProtobufWriter,
  field: number,
  key: string,
  body: Buffer,
  text: Text,
): void {
  const length = text.to - text.from;
  if (length === 0) return;
  const valueLength = 1 + sized(length);
  writer.tag(field, wireType.bytes);
  writer.varint(1 + sized(key.length) + 1 + sized(valueLength));
  writer.tag(1, wireType.bytes);
  writer.string(key);
  writer.tag(2, wireType.bytes);
  writer.varint(valueLength);
  writer.tag(1, wireType.bytes);
  writer.copy(body, text.from, text.to);
}

/** The length of an `AnyValue` message. */
function lengthOfValue(type: number, a: number, b: number): number {
  if (type === valueType.bool) return 2;
  if (type === valueType.double) return 9;
  return type === valueType.int ? 1 + lengthOf64(a, b) : 1 + sized(b - a);
}

/** `AnyValue { string = 1, bool = 2, int = 3, double = 4, bytes = 7 }`. */
function writeValue(writer: ProtobufWriter, body: Buffer, type: number, a: number, b: number): void {
  switch (type) {
    case valueType.string:
      writer.tag(1, wireType.bytes);
      writer.copy(body, a, b);
      return;
    case valueType.bool:
      writer.tag(2, wireType.varint);
      writer.varint(a);
      return;
    case valueType.int:
      writer.tag(3, wireType.varint);
      if (b === 0) writer.varint(a);
      else writer.varint64((BigInt(b) << 32n) | BigInt(a));
      return;
    case valueType.double:
      writer.tag(4, wireType.fixed64);
      writer.double(a);
      return;
    default:
      writer.tag(7, wireType.bytes);
      writer.copy(body, a, b);
  }
}

/** A length and what it is the length of. */
function sized(length: number): number {
  return lengthOf64(length, 0) + length;
}

/** Bytes of a varint. */
function lengthOf64(low: number, high: number): number {
  if (high === 0) {
    if (low < 0x80) return 1;
    if (low < 0x4000) return 2;
    if (low < 0x20_0000) return 3;
    return low < 0x1000_0000 ? 4 : 5;
  }
  const bits = 64 - Math.clz32(high);
  return Math.ceil(bits / 7);
}
