import type { SpanBatch } from '../../model/spanBatch.ts';
import { DecodeError } from '../protobuf/decodeError.ts';
import { checkItems, endOfValue, endOfVarint, skipField, startOfValue, varint32 } from '../protobuf/wire.ts';
import { readId } from './ids.ts';

/**
 * Reads an `ExportTraceServiceRequest` (opentelemetry-proto `trace/v1/trace.proto`) into columns in one pass: header
 * fields by value, names, resources and whole spans by their place in `body`. Throws a `DecodeError` if lengths and
 * wire types do not fit together; a span with an impossible id is rejected alone. What lies inside attributes, events
 * and links is skipped by its length, however deep, and left to those who read it.
 */
export function scanTraces(body: Uint8Array, batch: SpanBatch): void {
  batch.reset(body);
  const end = body.length;
  let at = 0;
  while (at < end) {
    if (body[at] !== 0x0a) {
      at = skipField(body, at, end);
      continue;
    }
    const to = endOfValue(body, at + 1, end);
    scanResourceSpans(batch, startOfValue(body, at + 1), to);
    at = to;
  }
}

/** `ResourceSpans { resource = 1, scope_spans = 2, schema_url = 3 }`, in any order. */
function scanResourceSpans(batch: SpanBatch, from: number, end: number): void {
  const { bytes, resources, count } = batch;
  const entry = resources.length;
  resources.push(0, 0, 0, 0);
  let at = from;
  while (at < end) {
    const tag = bytes[at];
    if (tag !== 0x0a && tag !== 0x12 && tag !== 0x1a) {
      at = skipField(bytes, at, end);
      continue;
    }
    const to = endOfValue(bytes, at + 1, end);
    const start = startOfValue(bytes, at + 1);
    if (tag === 0x12) scanScopeSpans(batch, start, to, entry >> 2);
    else setRange(resources, tag === 0x0a ? entry : entry + 2, start, to);
    at = to;
  }
  if (batch.count === count) resources.length = entry;
}

function setRange(list: number[], at: number, from: number, to: number): void {
  list[at] = from;
  list[at + 1] = to - from;
}

/** `ScopeSpans { scope = 1, spans = 2, schema_url = 3 }`, and the spans within: this is the loop that counts. */
function scanScopeSpans(batch: SpanBatch, from: number, end: number, resourceIndex: number): void {
  const { bytes, view, scopes } = batch;
  const entry = scopes.length;
  scopes.push(0, 0, 0, 0);
  const scopeIndex = entry >> 2;
  let { traceId, spanId, parentSpanId, start, end: endTime, nameOffset, nameLength } = batch;
  let { kindStatus, spanOffset, spanLength, resource, scope, capacity } = batch;
  const rowsBefore = batch.count;
  let row = rowsBefore;
  let at = from;
  while (at < end) {
    const tag = bytes[at];
    if (tag !== 0x12) {
      if (tag !== 0x0a && tag !== 0x1a) {
        at = skipField(bytes, at, end);
        continue;
      }
      const to = endOfValue(bytes, at + 1, end);
      setRange(scopes, tag === 0x0a ? entry : entry + 2, startOfValue(bytes, at + 1), to);
      at = to;
      continue;
    }
    if (row === capacity) {
      batch.grow();
      ({ traceId, spanId, parentSpanId, start, end: endTime, nameOffset, nameLength } = batch);
      ({ kindStatus, spanOffset, spanLength, resource, scope, capacity } = batch);
    }
    const to = endOfValue(bytes, at + 1, end);
    const first = startOfValue(bytes, at + 1);
    const pair = 2 * row;
    let p = first;
    let traceFrom = 0;
    let traceTo = 0;
    let spanFrom = 0;
    let spanTo = 0;
    let parentFrom = 0;
    let parentTo = 0;
    let nameFrom = 0;
    let nameTo = 0;
    let kind = 0;
    let status = 0;
    let startAt = 0;
    let endAt = 0;
    while (p < to) {
      switch (bytes[p++]) {
        case 0x0a:
          traceTo = endOfValue(bytes, p, to);
          traceFrom = startOfValue(bytes, p);
          p = traceTo;
          break;
        case 0x12:
          spanTo = endOfValue(bytes, p, to);
          spanFrom = startOfValue(bytes, p);
          p = spanTo;
          break;
        case 0x22:
          parentTo = endOfValue(bytes, p, to);
          parentFrom = startOfValue(bytes, p);
          p = parentTo;
          break;
        case 0x2a:
          nameTo = endOfValue(bytes, p, to);
          nameFrom = startOfValue(bytes, p);
          p = nameTo;
          break;
        case 0x30: {
          const after = endOfVarint(bytes, p, to);
          kind = varint32(bytes, p, after);
          p = after;
          break;
        }
        case 0x39:
          startAt = p;
          p += 8;
          break;
        case 0x41:
          endAt = p;
          p += 8;
          break;
        case 0x4a: {
          // Attributes are most of a message: the common length of one byte without a call.
          const length = p < to ? bytes[p] : 128;
          p = length < 128 ? p + 1 + length : endOfValue(bytes, p, to);
          break;
        }
        case 0x7a: {
          const statusTo = endOfValue(bytes, p, to);
          status = scanStatus(bytes, startOfValue(bytes, p), statusTo);
          p = statusTo;
          break;
        }
        default:
          p = skipField(bytes, p - 1, to);
      }
    }
    if (p > to) throw new DecodeError('span cut off', at);
    at = to;

    if (
      traceTo - traceFrom !== 16 ||
      spanTo - spanFrom !== 8 ||
      (parentTo - parentFrom !== 8 && parentTo !== parentFrom)
    ) {
      const reason =
        complain('trace id', readId(bytes, traceFrom, traceTo, traceId, 4 * row, 4)) ??
        complain('span id', readId(bytes, spanFrom, spanTo, spanId, pair, 2)) ??
        complain('parent span id', readParent(bytes, parentFrom, parentTo, parentSpanId, pair));
      if (reason !== undefined) {
        batch.reject(reason);
        checkItems(row + batch.rejected, at);
        continue;
      }
    } else {
      const quad = 4 * row;
      const t0 = view.getUint32(traceFrom, true);
      const t1 = view.getUint32(traceFrom + 4, true);
      const t2 = view.getUint32(traceFrom + 8, true);
      const t3 = view.getUint32(traceFrom + 12, true);
      const s0 = view.getUint32(spanFrom, true);
      const s1 = view.getUint32(spanFrom + 4, true);
      if ((t0 | t1 | t2 | t3) === 0 || (s0 | s1) === 0) {
        batch.reject(`${(s0 | s1) === 0 ? 'span' : 'trace'} id is all zeros`);
        checkItems(row + batch.rejected, at);
        continue;
      }
      traceId[quad] = t0;
      traceId[quad + 1] = t1;
      traceId[quad + 2] = t2;
      traceId[quad + 3] = t3;
      spanId[pair] = s0;
      spanId[pair + 1] = s1;
      if (parentTo === parentFrom) {
        parentSpanId[pair] = 0;
        parentSpanId[pair + 1] = 0;
      } else {
        parentSpanId[pair] = view.getUint32(parentFrom, true);
        parentSpanId[pair + 1] = view.getUint32(parentFrom + 4, true);
      }
    }
    if (startAt === 0) {
      start[pair] = 0;
      start[pair + 1] = 0;
    } else {
      start[pair] = view.getUint32(startAt, true);
      start[pair + 1] = view.getUint32(startAt + 4, true);
    }
    if (endAt === 0) {
      endTime[pair] = 0;
      endTime[pair + 1] = 0;
    } else {
      endTime[pair] = view.getUint32(endAt, true);
      endTime[pair + 1] = view.getUint32(endAt + 4, true);
    }
    nameOffset[row] = nameFrom;
    nameLength[row] = nameTo - nameFrom;
    kindStatus[row] = (kind > 5 ? 0 : kind) | ((status > 2 ? 0 : status) << 4);
    spanOffset[row] = first;
    spanLength[row] = to - first;
    resource[row] = resourceIndex;
    scope[row] = scopeIndex;
    row++;
    batch.count = row;
  }
  checkItems(row + batch.rejected, end);
  if (row === rowsBefore) scopes.length = entry;
}

/** `Status { message = 2, code = 3 }`. */
function scanStatus(bytes: Uint8Array, from: number, end: number): number {
  let code = 0;
  let at = from;
  while (at < end) {
    if (bytes[at] !== 0x18) {
      at = skipField(bytes, at, end);
      continue;
    }
    const to = endOfVarint(bytes, at + 1, end);
    code = varint32(bytes, at + 1, to);
    at = to;
  }
  return code;
}

function complain(what: string, reason: string | undefined): string | undefined {
  return reason === undefined ? undefined : `${what} ${reason}`;
}

/** A root's parent is absent, or, from some senders, zeros. */
function readParent(
  bytes: Uint8Array,
  from: number,
  to: number,
  column: Uint32Array,
  at: number,
): string | undefined {
  column[at] = 0;
  column[at + 1] = 0;
  const reason = from === to ? undefined : readId(bytes, from, to, column, at, 2);
  return reason === 'is all zeros' ? undefined : reason;
}
