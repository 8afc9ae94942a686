import { bytesAt, type Field, fieldsOf, fixed64At, textAt, varintAt } from '../protobuf/fields.ts';
import { wireType } from '../protobuf/wire.ts';
import { ipText } from './ip.ts';
import { noEndpoint, type ZipkinAnnotation, type ZipkinEndpoint, type ZipkinSpan } from './zipkinSpan.ts';

// Field numbers: zipkin-api `zipkin.proto`.

/** By the number in `Span.Kind`. */
const kinds = [1, 3, 2, 4, 5] as const;

/** A `ListOfSpans`. Throws a `DecodeError`. */
export function readV2Protobuf(bytes: Uint8Array): ZipkinSpan[] {
  const spans: ZipkinSpan[] = [];
  for (const field of fieldsOf(bytes))
    if (field.number === 1 && field.type === wireType.bytes) spans.push(readSpan(bytes, field));
  return spans;
}

function readSpan(bytes: Uint8Array, at: Field): ZipkinSpan {
  let [traceId, parentId, id, name] = ['', '', '', ''];
  let kind: ZipkinSpan['kind'] = 1;
  let start: bigint | undefined;
  let duration: bigint | undefined;
  let local = noEndpoint;
  let remote = noEndpoint;
  const annotations: ZipkinAnnotation[] = [];
  const tags: [string, string][] = [];
  let shared = false;
  for (const field of fieldsOf(bytes, at.from, at.to)) {
    const { number, type } = field;
    if (type === wireType.varint) {
      if (number === 4) kind = kinds[Number(varintAt(bytes, field))] ?? 1;
      else if (number === 7) duration = micros(varintAt(bytes, field));
      else if (number === 13) shared = varintAt(bytes, field) !== 0n;
    } else if (type === wireType.fixed64) {
      if (number === 6) start = micros(fixed64At(bytes, field));
    } else if (type === wireType.bytes) {
      if (number === 1) traceId = idAt(bytes, field).padStart(32, '0');
      else if (number === 2) parentId = idAt(bytes, field);
      else if (number === 3) id = idAt(bytes, field);
      else if (number === 5) name = textAt(bytes, field);
      else if (number === 8) local = readEndpoint(bytes, field);
      else if (number === 9) remote = readEndpoint(bytes, field);
      else if (number === 10) annotations.push(readAnnotation(bytes, field));
      else if (number === 11) tags.push(readTag(bytes, field));
    }
  }
  return { traceId, id, parentId, name, kind, start, duration, local, remote, annotations, tags, shared };
}

function readEndpoint(bytes: Uint8Array, at: Field): ZipkinEndpoint {
  let serviceName = '';
  let [ipv4, ipv6] = ['', ''];
  let port = 0;
  for (const field of fieldsOf(bytes, at.from, at.to))
    if (field.number === 4 && field.type === wireType.varint) port = Number(varintAt(bytes, field)) & 0xffff;
    else if (field.type !== wireType.bytes) continue;
    else if (field.number === 1) serviceName = textAt(bytes, field);
    else if (field.number === 2) ipv4 = ipText(bytesAt(bytes, field));
    else if (field.number === 3) ipv6 = ipText(bytesAt(bytes, field));
  return { serviceName, ip: ipv4 || ipv6, port };
}

function readAnnotation(bytes: Uint8Array, at: Field): ZipkinAnnotation {
  let time = 0n;
  let value = '';
  for (const field of fieldsOf(bytes, at.from, at.to))
    if (field.number === 1 && field.type === wireType.fixed64) time = fixed64At(bytes, field) * 1000n;
    else if (field.number === 2 && field.type === wireType.bytes) value = textAt(bytes, field);
  return { time, value };
}

function readTag(bytes: Uint8Array, at: Field): [string, string] {
  let [key, value] = ['', ''];
  for (const field of fieldsOf(bytes, at.from, at.to))
    if (field.type !== wireType.bytes) continue;
    else if (field.number === 1) key = textAt(bytes, field);
    else if (field.number === 2) value = textAt(bytes, field);
  return [key, value];
}

/** 0 stands for what is not known. */
function micros(value: bigint): bigint | undefined {
  return value === 0n ? undefined : value * 1000n;
}

function idAt(bytes: Uint8Array, field: Field): string {
  return Buffer.from(bytesAt(bytes, field)).toString('hex');
}
