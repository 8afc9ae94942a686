import type { Nanos } from '../nanos.ts';
import { setIdBytes } from '../otlp/idWords.ts';
import { noTag, type ProtobufCursor } from '../protobuf/cursor.ts';
import type { SpanSink } from './spanSink.ts';
import { tagType } from './tag.ts';

// Field numbers: jaeger-idl `proto/api_v2/model.proto` and `collector.proto`. A tag here is `number << 3 | wire type`.

/** A `PostSpansRequest`. A span may have a process of its own, which goes before that of the batch. Throws a `DecodeError`. */
export function readPostSpans(cursor: ProtobufCursor, sink: SpanSink): void {
  const end = cursor.bytes.length;
  for (let field = cursor.next(end); field !== noTag; field = cursor.next(end))
    if (field === 0x0a) readBatch(cursor, cursor.from, cursor.to, sink);
}

/** `Batch { spans = 1, process = 2 }`, of which the process comes last. */
function readBatch(cursor: ProtobufCursor, from: number, to: number, sink: SpanSink): void {
  let processFrom = 0;
  let processTo = 0;
  cursor.at = from;
  for (let field = cursor.next(to); field !== noTag; field = cursor.next(to)) {
    if (field !== 0x12) continue;
    processFrom = cursor.from;
    processTo = cursor.to;
  }
  readProcess(cursor, processFrom, processTo, sink);
  cursor.at = from;
  for (let field = cursor.next(to); field !== noTag; field = cursor.next(to)) {
    if (field !== 0x0a) continue;
    sink.beginSpan();
    const hasOwnProcess = readSpan(cursor, sink);
    sink.endSpan();
    if (hasOwnProcess) {
      const { at } = cursor;
      readProcess(cursor, processFrom, processTo, sink);
      cursor.at = at;
    }
  }
}

/** `Process { service_name = 1, tags = 2 }`. */
function readProcess(cursor: ProtobufCursor, from: number, to: number, sink: SpanSink): void {
  cursor.at = from;
  for (let field = cursor.next(to); field !== noTag; field = cursor.next(to)) {
    if (field === 0x0a) sink.takeServiceName(cursor.from, cursor.to);
    else if (field === 0x12) {
      readTag(cursor, sink);
      sink.takeProcessTag();
    }
  }
  sink.endProcess();
}

/** The span that was found; gives whether it has a process of its own. */
function readSpan(cursor: ProtobufCursor, sink: SpanSink): boolean {
  const { header } = sink;
  const { to } = cursor;
  let hasOwnProcess = false;
  cursor.at = cursor.from;
  for (let field = cursor.next(to); field !== noTag; field = cursor.next(to)) {
    switch (field) {
      case 0x0a:
        header.refuse(setIdBytes(header.id, 0, 4, cursor.bytes, cursor.from, cursor.to));
        break;
      case 0x12:
        header.refuse(setIdBytes(header.id, 4, 2, cursor.bytes, cursor.from, cursor.to));
        break;
      case 0x1a:
        header.nameFrom = cursor.from;
        header.nameTo = cursor.to;
        break;
      case 0x22:
        readReference(cursor, sink);
        break;
      case 0x28:
        sink.flags = cursor.low;
        break;
      case 0x32:
        readTime(cursor, header.start);
        break;
      case 0x3a:
        readTime(cursor, sink.duration);
        break;
      case 0x42:
        readTag(cursor, sink);
        sink.takeTag();
        break;
      case 0x4a:
        readLog(cursor, sink);
        break;
      case 0x52:
        readProcess(cursor, cursor.from, cursor.to, sink);
        hasOwnProcess = true;
        break;
      case 0x62:
        sink.takeWarning(cursor.from, cursor.to);
        break;
    }
  }
  return hasOwnProcess;
}

/** `SpanRef { trace_id = 1, span_id = 2, ref_type = 3 }`. */
function readReference(cursor: ProtobufCursor, { references, header }: SpanSink): void {
  const { to } = cursor;
  references.beginNext();
  const { next } = references;
  cursor.at = cursor.from;
  for (let field = cursor.next(to); field !== noTag; field = cursor.next(to)) {
    if (field === 0x0a) header.refuse(setIdBytes(next, 0, 4, cursor.bytes, cursor.from, cursor.to));
    else if (field === 0x12) header.refuse(setIdBytes(next, 4, 2, cursor.bytes, cursor.from, cursor.to));
    else if (field === 0x18) next[6] = cursor.low === 1 ? 1 : 0;
  }
  references.take();
}

/** `Log { timestamp = 1, fields = 2 }`. */
function readLog(cursor: ProtobufCursor, sink: SpanSink): void {
  const { to } = cursor;
  sink.beginLog();
  cursor.at = cursor.from;
  for (let field = cursor.next(to); field !== noTag; field = cursor.next(to)) {
    if (field === 0x0a) readTime(cursor, sink.logTime);
    else if (field === 0x12) {
      readTag(cursor, sink);
      sink.takeLogField();
    }
  }
  sink.endLog();
}

/** By the number of a type: others than in Thrift. */
const types = [tagType.text, tagType.bool, tagType.long, tagType.double, tagType.binary];

/** `KeyValue { key = 1, v_type = 2, v_str = 3, v_bool = 4, … }`. A value that is the default of its type is not sent. */
function readTag(cursor: ProtobufCursor, { tag }: SpanSink): void {
  const { to } = cursor;
  let bytesFrom = 0;
  let bytesTo = 0;
  tag.clear();
  cursor.at = cursor.from;
  for (let field = cursor.next(to); field !== noTag; field = cursor.next(to)) {
    switch (field) {
      case 0x0a:
        tag.keyFrom = cursor.from;
        tag.keyTo = cursor.to;
        break;
      case 0x10:
        tag.type = types[cursor.low] ?? tagType.text;
        break;
      case 0x1a:
        tag.from = cursor.from;
        tag.to = cursor.to;
        break;
      case 0x20:
        tag.bool = (cursor.low | cursor.high) !== 0;
        break;
      case 0x28:
        tag.low = cursor.low;
        tag.high = cursor.high;
        break;
      case 0x31:
        tag.double = cursor.double();
        break;
      case 0x3a:
        bytesFrom = cursor.from;
        bytesTo = cursor.to;
        break;
    }
  }
  if (tag.type !== tagType.binary) return;
  tag.from = bytesFrom;
  tag.to = bytesTo;
}

/** google.protobuf.Timestamp and Duration: seconds = 1, nanos = 2. */
function readTime(cursor: ProtobufCursor, time: Nanos): void {
  const { to } = cursor;
  let low = 0;
  let high = 0;
  let nanos = 0;
  cursor.at = cursor.from;
  for (let field = cursor.next(to); field !== noTag; field = cursor.next(to)) {
    if (field === 0x08) {
      low = cursor.low;
      high = cursor.high;
    } else if (field === 0x10) nanos = cursor.high * 0x1_0000_0000 + (cursor.low >>> 0);
  }
  time.setSeconds(low, high, nanos);
}
