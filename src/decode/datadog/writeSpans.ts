import type { AnyValue, KeyValue } from '../../model/anyValue.ts';
import { noText, type Text } from '../msgpack/reader.ts';
import type { AttributeWriter } from '../otlp/attributeWriter.ts';
import { anyValueSchema, spanSchema } from '../otlp/schema.ts';
import { writeMessage } from '../otlp/writeMessage.ts';
import { DecodeError } from '../protobuf/decodeError.ts';
import { wireType } from '../protobuf/wire.ts';
import {
  type Attributes,
  attributeTable,
  type Chunk,
  entrySize,
  type SpanRecord,
  valueType,
} from './spanRecord.ts';
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
  writer: AttributeWriter,
  body: Buffer,
  chunk: Chunk,
  span: SpanRecord,
  upper: Half,
): void {
  const name = span.resource === noText ? span.name : span.resource;
  writeIds(writer, span, upper);
  writer.field((spanFields.name << 3) | wireType.bytes, name.from, name.to);
  writer.tag(spanFields.kind, wireType.varint);
  writer.varint(kindOf(body, span));
  const end = writeTimes(writer, span);
  if (span.name !== noText && !sameText(body, span.name, name))
    writeText(writer, spanFields.attributes, 'dd.span.name', span.name);
  writeText(writer, spanFields.attributes, 'dd.span.type', span.type);
  writeText(writer, spanFields.attributes, 'component', span.component);
  writeAttributes(writer, spanFields.attributes, span.attributes);
  if (span === chunk.spans[0]) writeChunkAttributes(writer, chunk);
  writeParts(writer, body, span, end);
  if (span.isError) writeError(writer, span.errorMessage);
}

function writeIds(writer: AttributeWriter, span: SpanRecord, upper: Half): void {
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

function writeHalfId(writer: AttributeWriter, field: number, high: number, low: number): void {
  idView.setUint32(0, high);
  idView.setUint32(4, low);
  writer.tag(field, wireType.bytes);
  writer.copy(halfId, 0, 8);
}

/** Start and end; the end is returned as words. A duration that leads beyond 64 bits is none. */
function writeTimes(writer: AttributeWriter, span: SpanRecord): Half {
  const startLow = span.startLow >>> 0;
  const startHigh = span.startHigh >>> 0;
  const sum = startLow + (span.durationLow >>> 0);
  const low = sum >>> 0;
  const sumHigh = startHigh + span.durationHigh + (sum > 0xffff_ffff ? 1 : 0);
  const fits = sumHigh >= 0 && sumHigh <= 0xffff_ffff;
  const end = fits ? { high: sumHigh, low } : { high: startHigh, low: startLow };
  writer.fixedWords((spanFields.startTime << 3) | wireType.fixed64, startLow, startHigh);
  writer.fixedWords((spanFields.endTime << 3) | wireType.fixed64, end.low, end.high);
  return end;
}

function kindOf(body: Buffer, { kind, type: { from, to } }: SpanRecord): number {
  if (kind >= 1 && kind <= 5) return kind;
  return kindsByType.get(body.toString('latin1', from, Math.min(to, from + 16))) ?? spanKind.internal;
}

/** What is told of the chunk as a whole. */
function writeChunkAttributes(writer: AttributeWriter, chunk: Chunk): void {
  writeAttributes(writer, spanFields.attributes, chunk.attributes);
  writeText(writer, spanFields.attributes, '_dd.origin', chunk.origin);
  if (chunk.priority === undefined) return;
  const value = { intValue: `${Math.trunc(chunk.priority)}` };
  writePlain(writer, { attributes: [{ key: '_sampling_priority_v1', value }] });
}

/** Events, links, and the exception that an error tells of. */
function writeParts(writer: AttributeWriter, body: Buffer, span: SpanRecord, end: Half): void {
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

function writePlain(writer: AttributeWriter, fields: object): void {
  writeMessage(spanSchema, fields, writer, (field, reason) => {
    throw new DecodeError(`${field}: ${reason}`, -1);
  });
}

/** `Status { message = 2, code = 3 }`. */
function writeError(writer: AttributeWriter, message: Text): void {
  writer.tag(spanFields.status, wireType.bytes);
  const start = writer.begin();
  if (message !== noText) {
    writer.field(0x12, message.from, message.to);
  }
  writer.tag(3, wireType.varint);
  writer.varint(2);
  writer.end(start);
}

/** Writes attributes as `KeyValue`s under a field number. */
export function writeAttributes(
  writer: AttributeWriter,
  field: number,
  { from, to, nested }: Attributes,
): void {
  const tag = (field << 3) | wireType.bytes;
  const { values: entries } = attributeTable;
  for (let at = from; at < to; at += entrySize) {
    const keyFrom = entries[at] | 0;
    const keyTo = entries[at + 1] | 0;
    const a = entries[at + 3];
    const b = entries[at + 4];
    switch (entries[at + 2]) {
      case valueType.taken:
        break;
      case valueType.string:
        writer.text(tag, keyFrom, keyTo, a | 0, b | 0);
        break;
      case valueType.bool:
        writer.truth(tag, keyFrom, keyTo, a !== 0);
        break;
      case valueType.int:
        writer.integer(tag, keyFrom, keyTo, a, b);
        break;
      case valueType.double:
        writer.number(tag, keyFrom, keyTo, a);
        break;
      case valueType.bytes:
        writer.binary(tag, keyFrom, keyTo, a, b);
        break;
      default:
        writeNested(writer, field, keyFrom, keyTo, nested?.[a] ?? {});
    }
  }
}

function writeNested(
  writer: AttributeWriter,
  field: number,
  keyFrom: number,
  keyTo: number,
  value: AnyValue,
): void {
  writer.tag(field, wireType.bytes);
  const start = writer.begin();
  writer.field(0x0a, keyFrom, keyTo);
  writer.tag(2, wireType.bytes);
  const valueStart = writer.begin();
  writeMessage(anyValueSchema, value, writer, () => {});
  writer.end(valueStart);
  writer.end(start);
}

const keys = new Map<string, Uint8Array>();

/** The bytes of a key; there are a dozen of them. */
export function keyOf(name: string): Uint8Array {
  let key = keys.get(name);
  if (key === undefined) keys.set(name, (key = Buffer.from(name)));
  return key;
}

/** Writes a text as an attribute under a field number; an empty one not at all. */
export function writeText(writer: AttributeWriter, field: number, key: string, { from, to }: Text): void {
  if (to > from) writer.namedText((field << 3) | wireType.bytes, keyOf(key), from, to);
}
