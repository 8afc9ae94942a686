import { checkSpans } from '../checkSpans.ts';
import type { Nanos } from '../nanos.ts';
import { swapped } from '../otlp/idWords.ts';
import type { BinaryCursor } from '../thrift/binaryCursor.ts';
import { noField, thriftType } from '../thrift/cursor.ts';
import type { Endpoint } from './parts.ts';
import type { SpanSink } from './spanSink.ts';

// Field numbers: zipkin-api `thrift/zipkinCore.thrift`.

/** A list of `Span`s of the first model, without anything around it. Throws a `DecodeError`. */
export function readSpanList(cursor: BinaryCursor, sink: SpanSink): void {
  cursor.type = thriftType.list;
  const count = cursor.structs();
  checkSpans(count);
  for (let left = count; left > 0; left--) {
    sink.beginSpan();
    sink.isV1 = true;
    readSpan(cursor, sink);
    sink.endSpan();
  }
}

function readSpan(cursor: BinaryCursor, sink: SpanSink): void {
  const { header } = sink;
  for (let id = cursor.field(); id !== noField; id = cursor.field()) {
    switch (id) {
      case 1:
        readId(cursor, header.id, 2);
        break;
      case 3:
        cursor.text();
        header.nameFrom = cursor.from;
        header.nameTo = cursor.to;
        break;
      case 4:
        readId(cursor, header.id, 4);
        break;
      case 5:
        readId(cursor, header.id, 6);
        break;
      case 6:
        for (let left = cursor.structs(); left > 0; left--) readAnnotation(cursor, sink);
        break;
      case 8:
        for (let left = cursor.structs(); left > 0; left--) readBinaryAnnotation(cursor, sink);
        break;
      case 10:
        sink.hasStart = readMicros(cursor, header.start);
        break;
      case 11:
        sink.hasDuration = readMicros(cursor, sink.duration);
        break;
      case 12:
        readId(cursor, header.id, 0);
        break;
      default:
        cursor.skip();
    }
  }
}

function readId(cursor: BinaryCursor, id: Int32Array, word: number): void {
  cursor.integer();
  id[word] = swapped(cursor.high);
  id[word + 1] = swapped(cursor.low);
}

/** False for 0, which stands for what is not known. */
function readMicros(cursor: BinaryCursor, time: Nanos): boolean {
  cursor.integer();
  time.setMicros(cursor.low, cursor.high);
  return time.value !== 0;
}

function readAnnotation(cursor: BinaryCursor, { annotations }: SpanSink): void {
  const annotation = annotations.add();
  for (let id = cursor.field(); id !== noField; id = cursor.field()) {
    switch (id) {
      case 1:
        readMicros(cursor, annotation.time);
        break;
      case 2:
        cursor.text();
        annotation.from = cursor.from;
        annotation.to = cursor.to;
        break;
      case 3:
        annotation.hasEndpoint = readEndpoint(cursor, annotation.endpoint);
        break;
      default:
        cursor.skip();
    }
  }
}

function readBinaryAnnotation(cursor: BinaryCursor, sink: SpanSink): void {
  const annotation = sink.binaryAnnotations.add();
  let type = 0;
  for (let id = cursor.field(); id !== noField; id = cursor.field()) {
    switch (id) {
      case 1:
        cursor.text();
        annotation.keyFrom = cursor.from;
        annotation.keyTo = cursor.to;
        break;
      case 2:
        cursor.text();
        annotation.from = cursor.from;
        annotation.to = cursor.to;
        break;
      case 3:
        cursor.integer();
        type = cursor.low;
        break;
      case 4:
        annotation.hasEndpoint = readEndpoint(cursor, annotation.endpoint);
        break;
      default:
        cursor.skip();
    }
  }
  if (type === binaryType.string) return;
  annotation.isTrue = type === binaryType.bool && cursor.bytes[annotation.from] === 1;
  const text = textOf(type, cursor.bytes.subarray(annotation.from, annotation.to));
  annotation.to = sink.addText(text);
  annotation.from = annotation.to - Buffer.byteLength(text);
}

const binaryType = { bool: 0, i16: 2, i32: 3, i64: 4, double: 5, string: 6 } as const;

/** A value that is no text; numbers are in network order. */
function textOf(type: number, value: Buffer): string {
  if (type === binaryType.bool) return String(value[0] === 1);
  if (type === binaryType.i16 && value.length === 2) return String(value.readInt16BE());
  if (type === binaryType.i32 && value.length === 4) return String(value.readInt32BE());
  if (type === binaryType.i64 && value.length === 8) return String(value.readBigInt64BE());
  if (type === binaryType.double && value.length === 8) return String(value.readDoubleBE());
  return value.toString('base64');
}

/** False for what is no endpoint. */
function readEndpoint(cursor: BinaryCursor, endpoint: Endpoint): boolean {
  if (!cursor.struct()) return false;
  endpoint.clear();
  for (let id = cursor.field(); id !== noField; id = cursor.field()) {
    switch (id) {
      case 1: {
        const { at } = cursor;
        cursor.integer();
        if (cursor.at - at === 4) endpoint.takeAddress(cursor.bytes, at, cursor.at, 4);
        break;
      }
      case 2:
        cursor.integer();
        endpoint.port = cursor.low & 0xffff;
        break;
      case 3:
        cursor.text();
        endpoint.nameFrom = cursor.from;
        endpoint.nameTo = cursor.to;
        break;
      case 4:
        cursor.text();
        endpoint.takeAddress(cursor.bytes, cursor.from, cursor.to, 16);
        break;
      default:
        cursor.skip();
    }
  }
  return true;
}
