import { checkSpans } from '../checkSpans.ts';
import { type Field, ProtobufMessage } from '../protobuf/fields.ts';
import { wireType } from '../protobuf/wire.ts';
import type {
  JaegerBatch,
  JaegerLog,
  JaegerProcess,
  JaegerReference,
  JaegerSpan,
  JaegerTag,
} from './jaegerSpan.ts';

// Field numbers: jaeger-idl `proto/api_v2/model.proto` and `collector.proto`.

const noProcess: JaegerProcess = { serviceName: '', tags: [] };

/**
 * A `PostSpansRequest`. A span may have a process of its own, which goes before that of the batch. Throws a `DecodeError`.
 */
export function readPostSpans(bytes: Uint8Array): JaegerBatch[] {
  const body = new ProtobufMessage(bytes);
  const batches = new Map<JaegerProcess, JaegerSpan[]>();
  for (const field of messages(body, 1)) {
    const spans: ReadSpan[] = [];
    let process = noProcess;
    for (const inner of messages(body, undefined, field))
      if (inner.number === 1) checkSpans(spans.push(readSpan(body, inner)));
      else if (inner.number === 2) process = readProcess(body, inner);
    for (const { span, own } of spans) {
      const of = own ?? process;
      const list = batches.get(of);
      if (list === undefined) batches.set(of, [span]);
      else list.push(span);
    }
  }
  return [...batches].map(([process, spans]) => ({ process, spans }));
}

interface ReadSpan {
  readonly span: JaegerSpan;
  readonly own: JaegerProcess | undefined;
}

function readSpan(body: ProtobufMessage, at: Field): ReadSpan {
  let own: JaegerProcess | undefined;
  let [traceId, spanId, operationName] = ['', '', ''];
  let [flags, start, duration] = [0, 0n, 0n];
  const references: JaegerReference[] = [];
  const tags: JaegerTag[] = [];
  const logs: JaegerLog[] = [];
  const warnings: string[] = [];
  for (const field of body.fields(at)) {
    if (field.number === 5 && field.type === wireType.varint) flags = Number(body.varint(field));
    if (field.type !== wireType.bytes) continue;
    if (field.number === 1) traceId = idAt(body, field, 32);
    else if (field.number === 2) spanId = idAt(body, field, 16);
    else if (field.number === 3) operationName = body.text(field);
    else if (field.number === 4) references.push(readReference(body, field));
    else if (field.number === 6) start = nanosAt(body, field);
    else if (field.number === 7) duration = nanosAt(body, field);
    else if (field.number === 8) tags.push(readTag(body, field));
    else if (field.number === 9) logs.push(readLog(body, field));
    else if (field.number === 10) own = readProcess(body, field);
    else if (field.number === 12) warnings.push(body.text(field));
  }
  const span = { traceId, spanId, parentSpanId: '', operationName, references, flags, start, duration };
  return { span: { ...span, tags, logs, warnings }, own };
}

function readProcess(body: ProtobufMessage, at: Field): JaegerProcess {
  let serviceName = '';
  const tags: JaegerTag[] = [];
  for (const field of messages(body, undefined, at))
    if (field.number === 1) serviceName = body.text(field);
    else if (field.number === 2) tags.push(readTag(body, field));
  return { serviceName, tags };
}

function readReference(body: ProtobufMessage, at: Field): JaegerReference {
  let [traceId, spanId] = ['', ''];
  let kind: JaegerReference['kind'] = 'child_of';
  for (const field of body.fields(at))
    if (field.number === 1 && field.type === wireType.bytes) traceId = idAt(body, field, 32);
    else if (field.number === 2 && field.type === wireType.bytes) spanId = idAt(body, field, 16);
    else if (field.number === 3 && body.varint(field) === 1n) kind = 'follows_from';
  return { kind, traceId, spanId };
}

function readLog(body: ProtobufMessage, at: Field): JaegerLog {
  let time = 0n;
  const fields: JaegerTag[] = [];
  for (const field of messages(body, undefined, at))
    if (field.number === 1) time = nanosAt(body, field);
    else if (field.number === 2) fields.push(readTag(body, field));
  return { time, fields };
}

/** The numbers of the types are others than in Thrift. */
function readTag(body: ProtobufMessage, at: Field): JaegerTag {
  let key = '';
  let type = 0n;
  const values = new Map<number, Field>();
  for (const field of body.fields(at))
    if (field.number === 1 && field.type === wireType.bytes) key = body.text(field);
    else if (field.number === 2 && field.type === wireType.varint) type = body.varint(field);
    else values.set(field.number, field);
  const value = (number: number, of: number): Field | undefined => {
    const field = values.get(number);
    return field?.type === of ? field : undefined;
  };
  // A value that is the default of its type is not sent.
  if (type === 1n) {
    const field = value(4, wireType.varint);
    return { key, value: field !== undefined && body.varint(field) !== 0n };
  }
  if (type === 2n) {
    const field = value(5, wireType.varint);
    return { key, value: field === undefined ? 0n : BigInt.asIntN(64, body.varint(field)) };
  }
  if (type === 3n) {
    const field = value(6, wireType.fixed64);
    return { key, value: field === undefined ? 0 : body.double(field) };
  }
  const field = value(type === 4n ? 7 : 3, wireType.bytes);
  if (type === 4n) return { key, value: field === undefined ? new Uint8Array(0) : body.bytes(field) };
  return { key, value: field === undefined ? '' : body.text(field) };
}

/** google.protobuf.Timestamp and Duration: seconds = 1, nanos = 2. */
function nanosAt(body: ProtobufMessage, at: Field): bigint {
  let nanos = 0n;
  for (const field of body.fields(at)) {
    if (field.type !== wireType.varint) continue;
    const amount = BigInt.asIntN(64, body.varint(field));
    if (field.number === 1) nanos += amount * 1_000_000_000n;
    else if (field.number === 2) nanos += amount;
  }
  return nanos;
}

function idAt(body: ProtobufMessage, field: Field, digits: number): string {
  return Buffer.from(body.bytes(field)).toString('hex').padStart(digits, '0');
}

/** Fields of the message, or of one inside it, that hold messages or text. */
function* messages(body: ProtobufMessage, number?: number, at?: Field): Generator<Field> {
  for (const field of body.fields(at))
    if (field.type === wireType.bytes && (number === undefined || field.number === number)) yield field;
}
