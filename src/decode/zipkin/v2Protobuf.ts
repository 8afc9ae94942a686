import { checkSpans } from '../checkSpans.ts';
import { type Field, ProtobufMessage } from '../protobuf/fields.ts';
import { wireType } from '../protobuf/wire.ts';
import { ipText } from './ip.ts';
import { noEndpoint, type ZipkinAnnotation, type ZipkinEndpoint, type ZipkinSpan } from './zipkinSpan.ts';

// Field numbers: zipkin-api `zipkin.proto`.

/** By the number in `Span.Kind`. */
const kinds = [1, 3, 2, 4, 5] as const;

/** A `ListOfSpans`. Throws a `DecodeError`. */
export function readV2Protobuf(bytes: Uint8Array): ZipkinSpan[] {
  const body = new ProtobufMessage(bytes);
  const spans: ZipkinSpan[] = [];
  for (const field of body.fields())
    if (field.number === 1 && field.type === wireType.bytes) checkSpans(spans.push(readSpan(body, field)));
  return spans;
}

function readSpan(body: ProtobufMessage, at: Field): ZipkinSpan {
  let [traceId, parentId, id, name] = ['', '', '', ''];
  let kind: ZipkinSpan['kind'] = 1;
  let start: bigint | undefined;
  let duration: bigint | undefined;
  let local = noEndpoint;
  let remote = noEndpoint;
  const annotations: ZipkinAnnotation[] = [];
  const tags: [string, string][] = [];
  let shared = false;
  for (const field of body.fields(at)) {
    const { number, type } = field;
    if (type === wireType.varint) {
      if (number === 4) kind = kinds[Number(body.varint(field))] ?? 1;
      else if (number === 7) duration = micros(body.varint(field));
      else if (number === 13) shared = body.varint(field) !== 0n;
    } else if (type === wireType.fixed64) {
      if (number === 6) start = micros(body.fixed64(field));
    } else if (type === wireType.bytes) {
      if (number === 1) traceId = idAt(body, field).padStart(32, '0');
      else if (number === 2) parentId = idAt(body, field);
      else if (number === 3) id = idAt(body, field);
      else if (number === 5) name = body.text(field);
      else if (number === 8) local = readEndpoint(body, field);
      else if (number === 9) remote = readEndpoint(body, field);
      else if (number === 10) annotations.push(readAnnotation(body, field));
      else if (number === 11) tags.push(readTag(body, field));
    }
  }
  return { traceId, id, parentId, name, kind, start, duration, local, remote, annotations, tags, shared };
}

function readEndpoint(body: ProtobufMessage, at: Field): ZipkinEndpoint {
  let serviceName = '';
  let [ipv4, ipv6] = ['', ''];
  let port = 0;
  for (const field of body.fields(at))
    if (field.number === 4 && field.type === wireType.varint) port = Number(body.varint(field)) & 0xffff;
    else if (field.type !== wireType.bytes) continue;
    else if (field.number === 1) serviceName = body.text(field);
    else if (field.number === 2) ipv4 = ipText(body.bytes(field));
    else if (field.number === 3) ipv6 = ipText(body.bytes(field));
  return { serviceName, ip: ipv4 || ipv6, port };
}

function readAnnotation(body: ProtobufMessage, at: Field): ZipkinAnnotation {
  let time = 0n;
  let value = '';
  for (const field of body.fields(at))
    if (field.number === 1 && field.type === wireType.fixed64) time = body.fixed64(field) * 1000n;
    else if (field.number === 2 && field.type === wireType.bytes) value = body.text(field);
  return { time, value };
}

function readTag(body: ProtobufMessage, at: Field): [string, string] {
  let [key, value] = ['', ''];
  for (const field of body.fields(at))
    if (field.type !== wireType.bytes) continue;
    else if (field.number === 1) key = body.text(field);
    else if (field.number === 2) value = body.text(field);
  return [key, value];
}

/** 0 stands for what is not known. */
function micros(value: bigint): bigint | undefined {
  return value === 0n ? undefined : value * 1000n;
}

function idAt(body: ProtobufMessage, field: Field): string {
  return Buffer.from(body.bytes(field)).toString('hex');
}
