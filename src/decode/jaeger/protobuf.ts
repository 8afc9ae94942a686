import { bytesAt, doubleAt, type Field, fieldsOf, textAt, varintAt } from '../protobuf/fields.ts';
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
  const batches = new Map<JaegerProcess, JaegerSpan[]>();
  for (const field of messages(bytes, 1)) {
    const spans: ReadSpan[] = [];
    let process = noProcess;
    for (const inner of messages(bytes, undefined, field))
      if (inner.number === 1) spans.push(readSpan(bytes, inner));
      else if (inner.number === 2) process = readProcess(bytes, inner);
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

function readSpan(bytes: Uint8Array, at: Field): ReadSpan {
  let own: JaegerProcess | undefined;
  let [traceId, spanId, operationName] = ['', '', ''];
  let [flags, start, duration] = [0, 0n, 0n];
  const references: JaegerReference[] = [];
  const tags: JaegerTag[] = [];
  const logs: JaegerLog[] = [];
  const warnings: string[] = [];
  for (const field of fieldsOf(bytes, at.from, at.to)) {
    if (field.number === 5 && field.type === wireType.varint) flags = Number(varintAt(bytes, field));
    if (field.type !== wireType.bytes) continue;
    if (field.number === 1) traceId = idAt(bytes, field, 32);
    else if (field.number === 2) spanId = idAt(bytes, field, 16);
    else if (field.number === 3) operationName = textAt(bytes, field);
    else if (field.number === 4) references.push(readReference(bytes, field));
    else if (field.number === 6) start = nanosAt(bytes, field);
    else if (field.number === 7) duration = nanosAt(bytes, field);
    else if (field.number === 8) tags.push(readTag(bytes, field));
    else if (field.number === 9) logs.push(readLog(bytes, field));
    else if (field.number === 10) own = readProcess(bytes, field);
    else if (field.number === 12) warnings.push(textAt(bytes, field));
  }
  const span = { traceId, spanId, parentSpanId: '', operationName, references, flags, start, duration };
  return { span: { ...span, tags, logs, warnings }, own };
}

function readProcess(bytes: Uint8Array, at: Field): JaegerProcess {
  let serviceName = '';
  const tags: JaegerTag[] = [];
  for (const field of messages(bytes, undefined, at))
    if (field.number === 1) serviceName = textAt(bytes, field);
    else if (field.number === 2) tags.push(readTag(bytes, field));
  return { serviceName, tags };
}

function readReference(bytes: Uint8Array, at: Field): JaegerReference {
  let [traceId, spanId] = ['', ''];
  let kind: JaegerReference['kind'] = 'child_of';
  for (const field of fieldsOf(bytes, at.from, at.to))
    if (field.number === 1 && field.type === wireType.bytes) traceId = idAt(bytes, field, 32);
    else if (field.number === 2 && field.type === wireType.bytes) spanId = idAt(bytes, field, 16);
    else if (field.number === 3 && varintAt(bytes, field) === 1n) kind = 'follows_from';
  return { kind, traceId, spanId };
}

function readLog(bytes: Uint8Array, at: Field): JaegerLog {
  let time = 0n;
  const fields: JaegerTag[] = [];
  for (const field of messages(bytes, undefined, at))
    if (field.number === 1) time = nanosAt(bytes, field);
    else if (field.number === 2) fields.push(readTag(bytes, field));
  return { time, fields };
}

/** The numbers of the types are others than in Thrift. */
function readTag(bytes: Uint8Array, at: Field): JaegerTag {
  let key = '';
  let type = 0n;
  const values = new Map<number, Field>();
  for (const field of fieldsOf(bytes, at.from, at.to))
    if (field.number === 1 && field.type === wireType.bytes) key = textAt(bytes, field);
    else if (field.number === 2 && field.type === wireType.varint) type = varintAt(bytes, field);
    else values.set(field.number, field);
  const value = (number: number, of: number): Field | undefined => {
    const field = values.get(number);
    return field?.type === of ? field : undefined;
  };
  // A value that is the default of its type is not sent.
  if (type === 1n) {
    const field = value(4, wireType.varint);
    return { key, value: field !== undefined && varintAt(bytes, field) !== 0n };
  }
  if (type === 2n) {
    const field = value(5, wireType.varint);
    return { key, value: field === undefined ? 0n : BigInt.asIntN(64, varintAt(bytes, field)) };
  }
  if (type === 3n) {
    const field = value(6, wireType.fixed64);
    return { key, value: field === undefined ? 0 : doubleAt(bytes, field) };
  }
  const field = value(type === 4n ? 7 : 3, wireType.bytes);
  if (type === 4n) return { key, value: field === undefined ? new Uint8Array(0) : bytesAt(bytes, field) };
  return { key, value: field === undefined ? '' : textAt(bytes, field) };
}

/** google.protobuf.Timestamp and Duration: seconds = 1, nanos = 2. */
function nanosAt(bytes: Uint8Array, at: Field): bigint {
  let nanos = 0n;
  for (const field of fieldsOf(bytes, at.from, at.to)) {
    if (field.type !== wireType.varint) continue;
    const amount = BigInt.asIntN(64, varintAt(bytes, field));
    if (field.number === 1) nanos += amount * 1_000_000_000n;
    else if (field.number === 2) nanos += amount;
  }
  return nanos;
}

function idAt(bytes: Uint8Array, field: Field, digits: number): string {
  return Buffer.from(bytesAt(bytes, field)).toString('hex').padStart(digits, '0');
}

/** Fields of the message, or of one inside it, that hold messages or text. */
function* messages(bytes: Uint8Array, number?: number, at?: Field): Generator<Field> {
  for (const field of fieldsOf(bytes, at?.from, at?.to))
    if (field.type === wireType.bytes && (number === undefined || field.number === number)) yield field;
}
