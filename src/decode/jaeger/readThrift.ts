import { swapped } from '../otlp/idWords.ts';
import { DecodeError } from '../protobuf/decodeError.ts';
import { noField, type ThriftCursor } from '../thrift/cursor.ts';
import type { SpanSink } from './spanSink.ts';
import { tagType } from './tag.ts';

// Field numbers: jaeger-idl `thrift/jaeger.thrift` and `agent.thrift`.

/** A call of an agent's `emitBatch`. Throws a `DecodeError`. */
export function readCall(cursor: ThriftCursor, sink: SpanSink): void {
  const name = cursor.message();
  let isBatch = false;
  for (let id = cursor.field(0); id !== noField; id = cursor.field(id)) {
    if (id !== 1 || name !== 'emitBatch') cursor.skip();
    else if (cursor.struct()) {
      isBatch = true;
      readBatch(cursor, sink);
    }
  }
  if (!isBatch) throw new DecodeError(`'${name.slice(0, 40)}' is called, emitBatch is expected`, -1);
}

/** A `Batch`. Throws a `DecodeError`. */
export function readBatch(cursor: ThriftCursor, sink: SpanSink): void {
  let hasProcess = false;
  /** Spans that come before their process. */
  let early: { readonly at: number; readonly type: number } | undefined;
  for (let id = cursor.field(0); id !== noField; id = cursor.field(id)) {
    switch (id) {
      case 1:
        if (!cursor.struct()) break;
        readProcess(cursor, sink);
        hasProcess = true;
        break;
      case 2:
        if (hasProcess) {
          readSpans(cursor, sink);
          break;
        }
        early = { at: cursor.at, type: cursor.type };
        cursor.skip();
        break;
      default:
        cursor.skip();
    }
  }
  if (!hasProcess) throw new DecodeError('the batch tells no process', -1);
  if (early === undefined) return;
  const end = cursor.at;
  cursor.at = early.at;
  cursor.type = early.type;
  readSpans(cursor, sink);
  cursor.at = end;
}

function readProcess(cursor: ThriftCursor, sink: SpanSink): void {
  for (let id = cursor.field(0); id !== noField; id = cursor.field(id)) {
    switch (id) {
      case 1:
        cursor.text();
        sink.takeServiceName(cursor.from, cursor.to);
        break;
      case 2:
        for (let left = cursor.structs(); left > 0; left--) {
          readTag(cursor, sink);
          sink.takeProcessTag();
        }
        break;
      default:
        cursor.skip();
    }
  }
  sink.endProcess();
}

function readSpans(cursor: ThriftCursor, sink: SpanSink): void {
  for (let left = cursor.structs(); left > 0; left--) {
    sink.beginSpan();
    readSpan(cursor, sink);
    sink.endSpan();
  }
}

function readSpan(cursor: ThriftCursor, sink: SpanSink): void {
  const { header } = sink;
  for (let id = cursor.field(0); id !== noField; id = cursor.field(id)) {
    switch (id) {
      case 1:
        readId(cursor, header.id, 2);
        break;
      case 2:
        readId(cursor, header.id, 0);
        break;
      case 3:
        readId(cursor, header.id, 4);
        break;
      case 4:
        readId(cursor, header.id, 6);
        break;
      case 5:
        cursor.text();
        header.nameFrom = cursor.from;
        header.nameTo = cursor.to;
        break;
      case 6:
        for (let left = cursor.structs(); left > 0; left--) readReference(cursor, sink);
        break;
      case 7:
        cursor.integer();
        sink.flags = cursor.low;
        break;
      case 8:
        cursor.integer();
        header.start.setMicros(cursor.low, cursor.high);
        break;
      case 9:
        cursor.integer();
        sink.duration.setMicros(cursor.low, cursor.high);
        break;
      case 10:
        for (let left = cursor.structs(); left > 0; left--) {
          readTag(cursor, sink);
          sink.takeTag();
        }
        break;
      case 11:
        for (let left = cursor.structs(); left > 0; left--) readLog(cursor, sink);
        break;
      default:
        cursor.skip();
    }
  }
}

/** Half a trace id, or a span id: a number of 64 bits. */
function readId(cursor: ThriftCursor, id: Int32Array, word: number): void {
  cursor.integer();
  id[word] = swapped(cursor.high);
  id[word + 1] = swapped(cursor.low);
}

function readReference(cursor: ThriftCursor, { references }: SpanSink): void {
  references.beginNext();
  const { next } = references;
  for (let id = cursor.field(0); id !== noField; id = cursor.field(id)) {
    switch (id) {
      case 1:
        cursor.integer();
        next[6] = cursor.low === 1 ? 1 : 0;
        break;
      case 2:
        readId(cursor, next, 2);
        break;
      case 3:
        readId(cursor, next, 0);
        break;
      case 4:
        readId(cursor, next, 4);
        break;
      default:
        cursor.skip();
    }
  }
  references.take();
}

function readLog(cursor: ThriftCursor, sink: SpanSink): void {
  sink.beginLog();
  for (let id = cursor.field(0); id !== noField; id = cursor.field(id)) {
    switch (id) {
      case 1:
        cursor.integer();
        sink.logTime.setMicros(cursor.low, cursor.high);
        break;
      case 2:
        for (let left = cursor.structs(); left > 0; left--) {
          readTag(cursor, sink);
          sink.takeLogField();
        }
        break;
      default:
        cursor.skip();
    }
  }
  sink.endLog();
}

/** By the type: clients in JavaScript write all values, those that are not meant as zeros. */
function readTag(cursor: ThriftCursor, { tag }: SpanSink): void {
  let bytesFrom = 0;
  let bytesTo = 0;
  tag.clear();
  for (let id = cursor.field(0); id !== noField; id = cursor.field(id)) {
    switch (id) {
      case 1:
        cursor.text();
        tag.keyFrom = cursor.from;
        tag.keyTo = cursor.to;
        break;
      case 2:
        cursor.integer();
        tag.type = cursor.low;
        break;
      case 3:
        cursor.text();
        tag.from = cursor.from;
        tag.to = cursor.to;
        break;
      case 4:
        tag.double = cursor.double();
        break;
      case 5:
        tag.bool = cursor.bool();
        break;
      case 6:
        cursor.integer();
        tag.low = cursor.low;
        tag.high = cursor.high;
        break;
      case 7:
        cursor.text();
        bytesFrom = cursor.from;
        bytesTo = cursor.to;
        break;
      default:
        cursor.skip();
    }
  }
  if (tag.type !== tagType.binary) return;
  tag.from = bytesFrom;
  tag.to = bytesTo;
}
