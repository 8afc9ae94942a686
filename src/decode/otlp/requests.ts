import type { SpanBatch } from '../../model/spanBatch.ts';
import { DecodeError } from '../protobuf/decodeError.ts';
import { ProtobufWriter } from '../protobuf/writer.ts';
import { transcodeJson } from './jsonTranscoder.ts';
import { scanTraces } from './scanTraces.ts';
import { logsSchema, type MessageSchema, metricsSchema, tracesSchema } from './schema.ts';
import { writeMessage } from './writeMessage.ts';

export type Encoding = 'protobuf' | 'json';

/** A request in protobuf, whatever it came in. */
export interface NormalizedRequest {
  readonly body: Uint8Array;
  /** Items left out because they cannot be represented, with the first reason. */
  readonly rejected: number;
  readonly reason: string;
}

/**
 * The encoding a body really has: senders mix up their content types. No OTLP request in protobuf begins with `{`, and
 * one in JSON begins with nothing else; white space before it is only accepted where JSON was declared, because
 * `0a 7b` begins a valid protobuf body.
 */
export function sniffEncoding(body: Uint8Array, declared: Encoding): Encoding {
  if (body[0] === 0x7b) return 'json';
  if (declared === 'json' && body[0] === 0x0a && !isJsonAfterSpace(body)) return 'protobuf';
  return declared;
}

/** `ExportTraceServiceRequest` → columns. Throws a `DecodeError` if the body as a whole is malformed. */
export function decodeTraces(body: Uint8Array, declared: Encoding, batch: SpanBatch): void {
  const request = normalize(tracesSchema, body, declared);
  scanTraces(request.body, batch);
  if (request.rejected === 0) return;
  batch.rejected += request.rejected;
  batch.rejectedReason = request.reason;
}

/** `ExportLogsServiceRequest` → protobuf for `TraceStore.appendLogs`. Throws a `DecodeError`. */
export function normalizeLogs(body: Uint8Array, declared: Encoding): NormalizedRequest {
  return normalize(logsSchema, body, declared);
}

/** `ExportMetricsServiceRequest` → protobuf for `TraceStore.appendMetrics`. Throws a `DecodeError`. */
export function normalizeMetrics(body: Uint8Array, declared: Encoding): NormalizedRequest {
  return normalize(metricsSchema, body, declared);
}

/** `ExportTraceServiceRequest` in parsed JSON → protobuf. Throws a `DecodeError`. */
export function tracesFromJson(parsed: unknown): NormalizedRequest {
  return fromJson(tracesSchema, parsed);
}

function normalize(schema: MessageSchema, body: Uint8Array, declared: Encoding): NormalizedRequest {
  if (sniffEncoding(body, declared) === 'protobuf') return { body, rejected: 0, reason: '' };
  const transcoded = transcodeJson(schema, body, mostBrackets);
  if (transcoded !== undefined) return { body: transcoded, rejected: 0, reason: '' };
  return fromJson(schema, parseJson(body));
}

function fromJson(schema: MessageSchema, parsed: unknown): NormalizedRequest {
  const writer = new ProtobufWriter();
  let rejected = 0;
  let reason = '';
  writeMessage(schema, parsed, writer, (_, why) => {
    if (rejected++ === 0) reason = why;
  });
  return { body: writer.finish(), rejected, reason };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * A body may hold this many objects and lists. Real ones have one in 40 bytes; a body of nothing but braces would keep
 * the parser and the collector of garbage busy for half a minute.
 */
const mostBrackets = 1 << 22;

/** Parses JSON in UTF-8. Throws a `DecodeError`, also for what would take a parser too long. */
export function parseJson(body: Uint8Array): unknown {
  if (body.length > mostBrackets) checkBrackets(body);
  try {
    return JSON.parse(utf8.decode(body));
  } catch (error) {
    throw new DecodeError(`not valid JSON: ${(error as Error).message}`, -1);
  }
}

function checkBrackets(body: Uint8Array): void {
  let count = 0;
  for (let at = 0; at < body.length; at++) {
    // `[` and `{` differ in one bit.
    if ((body[at] | 0x20) !== 0x7b) continue;
    if (++count > mostBrackets)
      throw new DecodeError(`more than ${mostBrackets} objects and lists in one request`, at);
  }
}

function isJsonAfterSpace(body: Uint8Array): boolean {
  let at = 0;
  while (body[at] === 0x20 || body[at] === 0x0a || body[at] === 0x0d || body[at] === 0x09) at++;
  return body[at] === 0x7b;
}
