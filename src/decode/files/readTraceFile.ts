import { gunzipSync } from 'node:zlib';
import { tracesFromJson } from '../otlp/requests.ts';
import { DecodeError } from '../protobuf/decodeError.ts';
import { type FileFormat, formats } from './formats.ts';

/** Saved traces of any supported format, as requests for `scanTraces`. */
export interface TraceFile {
  /** `OTLP JSON`, `OTLP JSON Lines`… */
  readonly format: string;
  /** `ExportTraceServiceRequest`s in protobuf. */
  readonly requests: Uint8Array[];
  /** Spans that were left out, with the reasons among the warnings. */
  readonly rejected: number;
  readonly warnings: string[];
}

/** A compressed file may unpack to this much. */
const largestUnpacked = 1 << 30;
/** A gzip file may hold another, but not endlessly many. */
const mostLayers = 3;
const mostWarnings = 20;

/** Reads a file by its content; `name` is only for messages. Throws a `DecodeError` that says what was found instead. */
export function readTraceFile(name: string, data: Uint8Array): TraceFile {
  const content = unpack(name, data);
  if (content.length === 0) throw new DecodeError(`${name} is empty`, -1);
  const whole = parseWhole(content);
  if (whole !== undefined) return read(name, '', [whole], []);
  const warnings: string[] = [];
  const lines = parseLines(name, content, warnings);
  return read(name, ' Lines', lines, warnings);
}

function read(name: string, suffix: string, documents: readonly unknown[], warnings: string[]): TraceFile {
  const format = formatOf(name, documents[0]);
  const requests: Uint8Array[] = [];
  let rejected = 0;
  documents.forEach((document, index) => {
    const place = documents.length === 1 ? '' : `document ${index + 1}: `;
    if (!format.recognizes(document)) {
      warn(warnings, `${place}${describe(document)} left out`);
      return;
    }
    const request = tracesFromJson(format.toTraces(document));
    requests.push(request.body);
    rejected += request.rejected;
    if (request.rejected > 0) warn(warnings, `${place}${request.rejected} spans left out: ${request.reason}`);
  });
  return { format: `${format.name}${suffix}`, requests, rejected, warnings };
}

function formatOf(name: string, document: unknown): FileFormat {
  const format = formats.find(candidate => candidate.recognizes(document));
  if (format !== undefined) return format;
  const known = formats.map(candidate => candidate.name).join(', ');
  throw new DecodeError(`${name} holds ${describe(document)}, none of: ${known}`, -1);
}

/** What a document is, for somebody who expected traces. */
function describe(document: unknown): string {
  if (Array.isArray(document))
    return document.length === 0 ? 'an empty list' : `a list of ${describe(document[0])}`;
  if (typeof document !== 'object' || document === null)
    return `JSON of type ${document === null ? 'null' : typeof document}`;
  const keys = Object.keys(document);
  if (keys.some(key => /^resource_?metrics$/i.test(key))) return 'OTLP metrics, not traces';
  if (keys.some(key => /^resource_?logs$/i.test(key))) return 'OTLP logs, not traces';
  if (keys.length === 0) return 'an empty object';
  return `an object with ${keys
    .slice(0, 5)
    .map(key => JSON.stringify(key.slice(0, 40)))
    .join(', ')}`;
}

function unpack(name: string, data: Uint8Array): Uint8Array {
  let content = data;
  for (let layer = 0; content[0] === 0x1f && content[1] === 0x8b; layer++) {
    if (layer === mostLayers) throw new DecodeError(`${name} is gzip within gzip within gzip`, -1);
    try {
      content = gunzipSync(content, { maxOutputLength: largestUnpacked });
    } catch (error) {
      throw new DecodeError(`${name} cannot be unpacked: ${(error as Error).message}`, -1);
    }
  }
  if (content[0] === 0x28 && content[1] === 0xb5 && content[2] === 0x2f && content[3] === 0xfd)
    throw new DecodeError(`${name} is compressed with zstd; unpack it first`, -1);
  const byteOrderMark = content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf;
  return byteOrderMark ? content.subarray(3) : content;
}

/** The content as one JSON document; undefined if it is not one. */
function parseWhole(content: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(content)) as unknown;
  } catch {
    // Not one document: perhaps one on each line. `parseLines` reports what is wrong.
    return undefined;
  }
}

/** The content as a JSON document a line. A file still being written may end in the middle of one. */
function parseLines(name: string, content: Uint8Array, warnings: string[]): unknown[] {
  const documents: unknown[] = [];
  const buffer = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  let line = 0;
  for (let at = 0; at < buffer.length; ) {
    const newline = buffer.indexOf(10, at);
    const end = newline < 0 ? buffer.length : newline;
    const from = at;
    at = end + 1;
    line++;
    try {
      const text = buffer.toString('utf8', from, end).trim();
      if (text !== '') documents.push(JSON.parse(text));
    } catch (error) {
      const reason = (error as Error).message;
      if (documents.length === 0) throw new DecodeError(`${name} is not JSON: line ${line}: ${reason}`, -1);
      const last = newline < 0 ? ' (the file ends in the middle of it)' : '';
      warn(warnings, `line ${line} left out: ${reason}${last}`);
    }
  }
  if (documents.length === 0) throw new DecodeError(`${name} is empty`, -1);
  return documents;
}

function warn(warnings: string[], warning: string): void {
  if (warnings.length < mostWarnings) warnings.push(warning);
  else if (warnings.length === mostWarnings) warnings.push('… and more');
}
