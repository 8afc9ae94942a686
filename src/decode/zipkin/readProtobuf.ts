import { setIdBytes } from '../otlp/idWords.ts';
import { noTag, type ProtobufCursor } from '../protobuf/cursor.ts';
import type { Endpoint } from './parts.ts';
import type { SpanSink } from './spanSink.ts';

// Field numbers: zipkin-api `zipkin.proto`. A tag here is `number << 3 | wire type`.

/** By the number in `Span.Kind`, that of OTLP. */
const kinds = [1, 3, 2, 4, 5] as const;

/** A `ListOfSpans`. Throws a `DecodeError`. */
export function readListOfSpans(cursor: ProtobufCursor, sink: SpanSink): void {
  const end = cursor.bytes.length;
  for (let field = cursor.next(end); field !== noTag; field = cursor.next(end)) {
    if (field !== 0x0a) continue;
    sink.beginSpan();
    readSpan(cursor, sink);
    sink.endSpan();
  }
}

function readSpan(cursor: ProtobufCursor, sink: SpanSink): void {
  const { header } = sink;
  const { id } = header;
  const { bytes, to } = cursor;
  cursor.at = cursor.from;
  for (let field = cursor.next(to); field !== noTag; field = cursor.next(to)) {
    switch (field) {
      case 0x0a:
        header.refuse(setIdBytes(id, 0, 4, bytes, cursor.from, cursor.to));
        break;
      case 0x12:
        header.refuse(setIdBytes(id, 6, 2, bytes, cursor.from, cursor.to));
        break;
      case 0x1a:
        header.refuse(setIdBytes(id, 4, 2, bytes, cursor.from, cursor.to));
        break;
      case 0x20:
        header.kind = kinds[cursor.low] ?? 1;
        break;
      case 0x2a:
        header.nameFrom = cursor.from;
        header.nameTo = cursor.to;
        break;
      case 0x31:
        header.start.setMicros(cursor.low, cursor.high);
        break;
      case 0x38:
        // 0 stands for what is not known.
        sink.hasDuration = (cursor.low | cursor.high) !== 0;
        sink.duration.setMicros(cursor.low, cursor.high);
        break;
      case 0x42:
        readEndpoint(cursor, sink.local);
        break;
      case 0x4a:
        readEndpoint(cursor, sink.remote);
        break;
      case 0x52:
        readAnnotation(cursor, sink);
        break;
      case 0x5a:
        readTag(cursor, sink);
        break;
    }
  }
}

/** `Endpoint { service_name = 1, ipv4 = 2, ipv6 = 3, port = 4 }`. */
function readEndpoint(cursor: ProtobufCursor, endpoint: Endpoint): void {
  const { to } = cursor;
  endpoint.clear();
  cursor.at = cursor.from;
  for (let field = cursor.next(to); field !== noTag; field = cursor.next(to)) {
    if (field === 0x0a) {
      endpoint.nameFrom = cursor.from;
      endpoint.nameTo = cursor.to;
    } else if (field === 0x12) endpoint.takeAddress(cursor.bytes, cursor.from, cursor.to, 4);
    else if (field === 0x1a) endpoint.takeAddress(cursor.bytes, cursor.from, cursor.to, 16);
    else if (field === 0x20) endpoint.port = cursor.low & 0xffff;
  }
}

/** `Annotation { timestamp = 1, value = 2 }`. */
function readAnnotation(cursor: ProtobufCursor, sink: SpanSink): void {
  const { to } = cursor;
  const annotation = sink.annotations.add();
  cursor.at = cursor.from;
  for (let field = cursor.next(to); field !== noTag; field = cursor.next(to)) {
    if (field === 0x09) annotation.time.setMicros(cursor.low, cursor.high);
    else if (field === 0x12) {
      annotation.from = cursor.from;
      annotation.to = cursor.to;
    }
  }
}

/** An entry of a map: `{ key = 1, value = 2 }`. */
function readTag(cursor: ProtobufCursor, sink: SpanSink): void {
  const { to } = cursor;
  let [keyFrom, keyTo, from, end] = [0, 0, 0, 0];
  cursor.at = cursor.from;
  for (let field = cursor.next(to); field !== noTag; field = cursor.next(to)) {
    if (field === 0x0a) {
      keyFrom = cursor.from;
      keyTo = cursor.to;
    } else if (field === 0x12) {
      from = cursor.from;
      end = cursor.to;
    }
  }
  sink.takeTag(keyFrom, keyTo, from, end);
}
