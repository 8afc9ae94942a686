import { endOfValue, endOfVarint, skipField, startOfValue, varint32 } from '../protobuf/wire.ts';
import { readId } from './ids.ts';
import { forEachGroup, type Range } from './requestLevels.ts';

/** A log record: the message lies in `body[from … to)`. */
export interface ScannedLog {
  readonly resource: Range;
  readonly scope: Range;
  readonly from: number;
  readonly to: number;
}

/** What a log record says of its place; filled by `readLogHeader`, again and again. */
export interface LogHeader {
  /** Four and two little-endian words; zeros for a record outside of any span. */
  readonly traceId: Uint32Array;
  readonly spanId: Uint32Array;
  /** When it happened, else when it was observed: nanoseconds since 1970 as words. */
  timeLow: number;
  timeHigh: number;
  /** 0–24. */
  severity: number;
}

export function createLogHeader(): LogHeader {
  return { traceId: new Uint32Array(4), spanId: new Uint32Array(2), timeLow: 0, timeHigh: 0, severity: 0 };
}

/** The records of an `ExportLogsServiceRequest` (`logs/v1/logs.proto`), all of them checked. Throws a `DecodeError`. */
export function scanLogs(body: Uint8Array): ScannedLog[] {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const header = createLogHeader();
  const logs: ScannedLog[] = [];
  forEachGroup(body, (resource, scope, from, to) => {
    readLogHeader(body, view, from, to, header);
    logs.push({ resource, scope, from, to });
  });
  return logs;
}

/** Reads the header of the record in `body[from … to)`. Throws a `DecodeError`. */
export function readLogHeader(
  body: Uint8Array,
  view: DataView,
  from: number,
  to: number,
  header: LogHeader,
): void {
  const { traceId, spanId } = header;
  traceId.fill(0);
  spanId.fill(0);
  let timeAt = -1;
  let observedAt = -1;
  let severity = 0;
  for (let at = from; at < to; ) {
    const tag = body[at];
    const after = tag === 0x10 ? endOfVarint(body, at + 1, to) : skipField(body, at, to);
    if (tag === 0x09) timeAt = at + 1;
    else if (tag === 0x59) observedAt = at + 1;
    else if (tag === 0x10) severity = varint32(body, at + 1, after);
    else if (tag === 0x4a) readIdOrNone(body, at + 1, after, traceId, 4);
    else if (tag === 0x52) readIdOrNone(body, at + 1, after, spanId, 2);
    at = after;
  }
  if (timeAt < 0 || (view.getUint32(timeAt, true) | view.getUint32(timeAt + 4, true)) === 0)
    timeAt = observedAt;
  header.timeLow = timeAt < 0 ? 0 : view.getUint32(timeAt, true);
  header.timeHigh = timeAt < 0 ? 0 : view.getUint32(timeAt + 4, true);
  header.severity = severity > 24 ? 0 : severity;
}

/** A record with an impossible id is a record outside of any span. */
function readIdOrNone(body: Uint8Array, at: number, end: number, column: Uint32Array, words: 2 | 4): void {
  if (readId(body, startOfValue(body, at), endOfValue(body, at, end), column, 0, words) !== undefined)
    column.fill(0);
}
