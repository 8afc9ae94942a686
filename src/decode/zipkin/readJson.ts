import type { JsonCursor } from '../jsonCursor.ts';
import { KnownKeys } from '../knownKeys.ts';
import { nanosOfMicros } from '../looseJson.ts';
import type { Nanos } from '../nanos.ts';
import { setIdHex } from '../otlp/idWords.ts';
import { DecodeError } from '../protobuf/decodeError.ts';
import type { Endpoint } from './parts.ts';
import type { SpanSink } from './spanSink.ts';

const openBracket = 0x5b;
const openBrace = 0x7b;
const two32 = 0x1_0000_0000;
/** Digits of microseconds since 1970, for some time to come. */
const mostDigits = 16;

const spanFields = new KnownKeys([
  ...[
    'traceId',
    'id',
    'parentId',
    'name',
    'kind',
    'timestamp',
    'duration',
    'localEndpoint',
    'remoteEndpoint',
  ],
  ...['annotations', 'tags', 'binaryAnnotations'],
]);
const endpointFields = new KnownKeys(['serviceName', 'ipv4', 'ipv6', 'port']);
const partFields = new KnownKeys(['timestamp', 'value', 'endpoint', 'key']);
const truth = new KnownKeys(['true']);
/** In the order of their numbers in OTLP, from 2. */
const kinds = new KnownKeys(['SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']);

/**
 * Spans of either model: a list of them, or a list of such lists (an answer of Zipkin's API). Which model a span is in, it
 * shows itself, wherever it was sent to. Throws a `DecodeError`.
 */
export function readSpans(cursor: JsonCursor, sink: SpanSink): void {
  if (cursor.peek() !== openBracket) throw new DecodeError('not a list of Zipkin spans', -1);
  for (let more = cursor.firstElement(); more; more = cursor.nextElement()) {
    if (cursor.peek() !== openBracket) readSpan(cursor, sink);
    else
      for (let inner = cursor.firstElement(); inner; inner = cursor.nextElement()) {
        if (cursor.peek() === openBracket) cursor.skip();
        else readSpan(cursor, sink);
      }
  }
  cursor.finish();
}

function readSpan(cursor: JsonCursor, sink: SpanSink): void {
  if (cursor.peek() !== openBrace) throw new DecodeError('something in the list is no Zipkin span', -1);
  const { header } = sink;
  const { id } = header;
  sink.beginSpan();
  for (let more = cursor.firstField(); more; more = cursor.nextField()) {
    switch (spanFields.indexOf(cursor.bytes, cursor.from, cursor.to)) {
      case 0:
        cursor.text();
        header.refuse(setIdHex(id, 0, 4, cursor.bytes, cursor.from, cursor.to));
        break;
      case 1:
        cursor.text();
        header.refuse(setIdHex(id, 4, 2, cursor.bytes, cursor.from, cursor.to));
        break;
      case 2:
        cursor.text();
        header.refuse(setIdHex(id, 6, 2, cursor.bytes, cursor.from, cursor.to));
        break;
      case 3:
        cursor.text();
        header.nameFrom = cursor.from;
        header.nameTo = cursor.to;
        break;
      case 4:
        header.kind = readKind(cursor);
        break;
      case 5:
        sink.hasStart = readMicros(cursor, header.start);
        break;
      case 6:
        sink.hasDuration = readMicros(cursor, sink.duration);
        break;
      case 7:
        readEndpoint(cursor, sink.local);
        break;
      case 8:
        readEndpoint(cursor, sink.remote);
        break;
      case 9:
        readAnnotations(cursor, sink);
        break;
      case 10:
        readTags(cursor, sink);
        break;
      case 11:
        sink.isV1 ||= cursor.peek() === openBracket;
        readBinaryAnnotations(cursor, sink);
        break;
      default:
        cursor.skip();
    }
  }
  sink.endSpan();
}

function readTags(cursor: JsonCursor, sink: SpanSink): void {
  for (let more = cursor.firstField(); more; more = cursor.nextField()) {
    const { from, to } = cursor;
    cursor.text();
    sink.takeTag(from, to, cursor.from, cursor.to);
  }
}

function readAnnotations(cursor: JsonCursor, sink: SpanSink): void {
  for (let more = cursor.firstElement(); more; more = cursor.nextElement()) {
    if (cursor.peek() !== openBrace) {
      cursor.skip();
      continue;
    }
    const annotation = sink.annotations.add();
    for (let field = cursor.firstField(); field; field = cursor.nextField()) {
      switch (partFields.indexOf(cursor.bytes, cursor.from, cursor.to)) {
        case 0:
          readMicros(cursor, annotation.time);
          break;
        case 1:
          cursor.text();
          annotation.from = cursor.from;
          annotation.to = cursor.to;
          break;
        case 2:
          sink.isV1 = true;
          annotation.hasEndpoint = readEndpoint(cursor, annotation.endpoint);
          break;
        default:
          cursor.skip();
      }
    }
  }
}

function readBinaryAnnotations(cursor: JsonCursor, sink: SpanSink): void {
  for (let more = cursor.firstElement(); more; more = cursor.nextElement()) {
    if (cursor.peek() !== openBrace) {
      cursor.skip();
      continue;
    }
    const annotation = sink.binaryAnnotations.add();
    for (let field = cursor.firstField(); field; field = cursor.nextField()) {
      switch (partFields.indexOf(cursor.bytes, cursor.from, cursor.to)) {
        case 1:
          cursor.text();
          annotation.from = cursor.from;
          annotation.to = cursor.to;
          annotation.isTrue = truth.indexOf(cursor.bytes, cursor.from, cursor.to) === 0;
          break;
        case 2:
          annotation.hasEndpoint = readEndpoint(cursor, annotation.endpoint);
          break;
        case 3:
          cursor.text();
          annotation.keyFrom = cursor.from;
          annotation.keyTo = cursor.to;
          break;
        default:
          cursor.skip();
      }
    }
  }
}

/** False for what is no endpoint. */
function readEndpoint(cursor: JsonCursor, endpoint: Endpoint): boolean {
  const isEndpoint = cursor.peek() === openBrace;
  endpoint.clear();
  for (let more = cursor.firstField(); more; more = cursor.nextField()) {
    switch (endpointFields.indexOf(cursor.bytes, cursor.from, cursor.to)) {
      case 0:
        cursor.text();
        endpoint.nameFrom = cursor.from;
        endpoint.nameTo = cursor.to;
        break;
      case 1:
        cursor.text();
        endpoint.takeText(cursor.from, cursor.to, 4);
        break;
      case 2:
        cursor.text();
        endpoint.takeText(cursor.from, cursor.to, 16);
        break;
      case 3:
        cursor.text();
        endpoint.port = Math.max(0, wholeIn(cursor, 5)) & 0xffff;
        break;
      default:
        cursor.skip();
    }
  }
  return isEndpoint;
}

function readKind(cursor: JsonCursor): number {
  cursor.text();
  const { bytes, from, to } = cursor;
  const kind = kinds.indexOf(bytes, from, to);
  if (kind >= 0) return kind + 2;
  const text = Buffer.from(bytes.toString('latin1', from, to).toUpperCase(), 'latin1');
  return kinds.indexOf(text, 0, text.length) + 2 || 1;
}

/** Microseconds, which may have a fraction or be a text; false for what is no number. */
function readMicros(cursor: JsonCursor, time: Nanos): boolean {
  cursor.text();
  const micros = wholeIn(cursor, mostDigits);
  if (micros >= 0) {
    time.setMicros(micros | 0, Math.floor(micros / two32));
    return true;
  }
  const { bytes, from, to } = cursor;
  const nanos = nanosOfMicros(bytes.toString('latin1', from, to));
  if (nanos === undefined) time.clear();
  else time.set(nanos);
  return nanos !== undefined;
}

/** The number that was read, if it is a whole one of some digits; −1 if not. */
function wholeIn({ bytes, from, to }: JsonCursor, most: number): number {
  if (from === to || to - from > most) return -1;
  let whole = 0;
  for (let at = from; at < to; at++) {
    const digit = bytes[at] - 0x30;
    if (digit < 0 || digit > 9) return -1;
    whole = whole * 10 + digit;
  }
  return Number.isSafeInteger(whole) ? whole : -1;
}
