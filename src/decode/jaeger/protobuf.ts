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

/** The numbers of the types are others than in Thrift. A value that is the default of its type is not sent. */
function readTag(body: ProtobufMessage, at: Field): JaegerTag {
  let key = '';
  let type = 0n;
  let text: Field | undefined;
  let bytes: Field | undefined;
  let [truth, integer, double] = [false, 0n, 0];
  for (const field of body.fields(at))
    if (field.type === wireType.bytes) {
      if (field.number === 1) key = body.text(field);
      else if (field.number === 3) text = field;
      else if (field.number === 7) bytes = field;
    } else if (field.type === wireType.varint) {
      if (field.number === 2) type = body.varint(field);
      else if (field.number === 4) truth = body.varint(field) !== 0n;
      else if (field.number === 5) integer = BigInt.asIntN(64, body.varint(field));
    } else if (field.number === 6 && field.type === wireType.fixed64) double = body.double(field);
  if (type === 1n) return { key, value: truth };
  if (type === 2n) return { key, value: integer };
  if (type === 3n) return { key, value: double };
  if (type === 4n) return { key, value: bytes === undefined ? new Uint8Array(0) : body.bytes(bytes) };
  return { key, value: text === undefined ? '' : body.text(text) };
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
