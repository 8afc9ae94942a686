import { noText, type Text } from '../msgpack/reader.ts';
import { knownKey } from './knownKeys.ts';
import { eventsOf, linksOf } from './looseParts.ts';
import { attributeTable, type Chunk, entrySize, type SpanRecord, valueType } from './spanRecord.ts';
import { mostTexts, TextNumbers } from './textNumbers.ts';

/**
 * Makes fields of the attributes that have a meaning of their own: those of the spans and those that the first span
 * of a chunk carries for all.
 */
export function settle(body: Buffer, chunk: Chunk): void {
  for (const span of chunk.spans) settleSpan(body, chunk, span);
  // Only a service's own spans carry its version, and the first of a process its environment.
  const numbers = new TextNumbers(body);
  const versions: Text[] = [];
  for (const span of chunk.spans) {
    span.serviceNumber = numbers.of(span.service);
    if (span.version !== noText) versions[span.serviceNumber] = span.version;
    if (span.env === noText) span.env = chunk.env;
  }
  for (const span of chunk.spans) {
    if (span.version === noText) span.version = versions[span.serviceNumber] ?? noText;
    span.resourceNumber =
      (span.serviceNumber * mostTexts + numbers.of(span.env)) * mostTexts + numbers.of(span.version);
  }
}

function settleSpan(body: Buffer, chunk: Chunk, span: SpanRecord): void {
  const { values: entries } = attributeTable;
  const { from: first, to: end } = span.attributes;
  for (let at = first; at < end; at += entrySize) {
    if (entries[at + 2] !== valueType.string) continue;
    const key = knownKey(body, entries[at] | 0, entries[at + 1] | 0);
    if (key === undefined) continue;
    const text = { from: entries[at + 3] | 0, to: entries[at + 4] | 0 };
    let taken = true;
    switch (key) {
      case '_dd.hostname':
        chunk.hostname = text;
        break;
      case '_dd.p.tid':
        taken = settleUpper(body, chunk, span, text);
        break;
      case '_dd.span_links':
        taken = settleList(body, text, list => {
          span.links = [...(span.links ?? []), ...linksOf(list)];
        });
        break;
      case 'events':
        taken = settleList(body, text, list => {
          span.events = [...(span.events ?? []), ...eventsOf(list)];
        });
        break;
      case 'env':
        span.env = text;
        if (chunk.env === noText) chunk.env = text;
        break;
      case 'version':
        span.version = text;
        break;
      case 'language':
        chunk.language = text;
        break;
      case 'runtime-id':
        chunk.runtimeId = text;
        break;
      case 'span.kind':
        span.kind = kindIn(body, text);
        taken = span.kind !== 0;
        break;
      case 'error.type':
        span.errorType = text;
        // It is an attribute of OpenTelemetry as well.
        taken = false;
        break;
      case 'error.stack':
        span.errorStack = text;
        taken = span.isError;
        break;
      default:
        span.errorMessage = text;
        taken = span.isError;
    }
    if (taken) entries[at + 2] = valueType.taken;
  }
}

/** OpenTelemetry's kinds in the order of their numbers, from 1. */
const kinds = ['internal', 'server', 'client', 'producer', 'consumer'].map(kind => Buffer.from(kind));

/** The number of a kind, in either case of letters; 0 for what is none. */
function kindIn(body: Buffer, { from, to }: Text): number {
  next: for (const [index, kind] of kinds.entries()) {
    if (kind.length !== to - from) continue;
    for (let i = 0; i < kind.length; i++) if ((body[from + i] | 0x20) !== kind[i]) continue next;
    return index + 1;
  }
  return 0;
}

/** The upper half of the trace id as 16 hex digits, on the first span of a chunk. */
function settleUpper(body: Buffer, chunk: Chunk, span: SpanRecord, { from, to }: Text): boolean {
  const digits = body.toString('latin1', from, to);
  if (!/^[0-9a-fA-F]{16}$/.test(digits)) return false;
  const word = (from: number) => Number.parseInt(digits.slice(from, from + 8), 16) | 0;
  const upper = { high: word(0), low: word(8) };
  chunk.upper ??= { ...upper, traceLow: span.traceLow, traceHigh: span.traceHigh };
  return true;
}

/** False, and nothing taken, if the text is no JSON list. */
function settleList(body: Buffer, { from, to }: Text, take: (list: unknown[]) => void): boolean {
  try {
    const list: unknown = JSON.parse(body.toString('utf8', from, to));
    if (!Array.isArray(list)) return false;
    take(list);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
