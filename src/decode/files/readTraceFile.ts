import { gunzipSync } from 'node:zlib';
import { DecodeError } from '../protobuf/decodeError.ts';
import { faultIn, wholePart } from './brokenJson.ts';
import { type FileFormat, formats } from './formats.ts';
import { readProtobufFile } from './protobufFile.ts';

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
  if (content.every(isSpace)) throw new DecodeError(`${name} is empty`, -1);
  if (!isText(content)) return readBinary(name, content);
  const whole = parseWhole(content);
  if (whole.document !== undefined) return read(name, '', [whole.document], []);
  const warnings: string[] = [];
  const lines = parseLines(content, warnings);
  if (lines.length > 0) return read(name, ' Lines', lines, warnings);
  const kept = parseBroken(name, content, whole.problem);
  return read(name, '', [kept.document], [kept.warning]);
}

/** Neither protobuf nor anything that is compressed begins like JSON. */
function isText(content: Uint8Array): boolean {
  let at = 0;
  while (isSpace(content[at])) at++;
  // A tag of protobuf and a new line are one byte.
  return content[at] >= 0x20 && content[at] < 0x7f && !(content[0] === 0x0a && readProtobufFile(content));
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function readBinary(name: string, content: Uint8Array): TraceFile {
  const file = readProtobufFile(content);
  if (file === undefined)
    throw new DecodeError(
      `${name} is neither JSON nor OTLP in protobuf: it begins with ${[...content.subarray(0, 4)].map(byte => byte.toString(16).padStart(2, '0')).join(' ')}`,
      -1,
    );
  const { requests, problem } = file;
  return {
    format: 'OTLP protobuf',
    requests,
    rejected: 0,
    warnings: problem === undefined ? [] : [problem],
  };
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
    const request = format.toRequest(document);
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

interface Parsed {
  readonly document: unknown;
  /** Why there is none. */
  readonly problem: string;
}

/** The content as one JSON document. */
function parseWhole(content: Uint8Array): Parsed {
  try {
    return { document: JSON.parse(new TextDecoder().decode(content)) as unknown, problem: '' };
  } catch (error) {
    // Not one document: perhaps one on each line.
    return { document: undefined, problem: (error as Error).message };
  }
}

/** What is whole of a document that is broken somewhere. Throws a `DecodeError` if nothing is. */
function parseBroken(
  name: string,
  content: Uint8Array,
  problem: string,
): { document: unknown; warning: string } {
  const text = new TextDecoder().decode(content);
  const limit = faultIn(text);
  const part = wholePart(text, limit);
  const line = text.slice(0, limit).split('\n').length;
  if (part === undefined) throw new DecodeError(`${name} is not JSON: line ${line}: ${problem}`, -1);
  return {
    document: JSON.parse(part) as unknown,
    warning: `the document is broken in line ${line}, what comes before is kept: ${problem}`,
  };
}

/** The content as a JSON document a line; empty if the first is none. A file still being written may end in the middle of one. */
function parseLines(content: Uint8Array, warnings: string[]): unknown[] {
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
      // A document over several lines has no whole one.
      if (documents.length === 0) return [];
      const last = newline < 0 ? ' (the file ends in the middle of it)' : '';
      warn(warnings, `line ${line} left out: ${reason}${last}`);
    }
  }
  return documents;
}

function warn(warnings: string[], warning: string): void {
  if (warnings.length < mostWarnings) warnings.push(warning);
  else if (warnings.length === mostWarnings) warnings.push('… and more');
}
