import { DecodeError } from '../protobuf/decodeError.ts';
import { faultIn, wholePart } from './brokenJson.ts';
import { type FileFormat, formats } from './formats.ts';
import { type ByteRange, isBlank, type Slice, type SlicedJson, sliceJson } from './jsonSlices.ts';
import type { TakeRequest, TraceFile } from './traceFile.ts';

/** About as much is read at once: 5 ms of work. */
const usualSliceBytes = 256 * 1024;
const mostWarnings = 20;

/** One document, or one on each line. Yields when there is a good place for a pause. Throws a `DecodeError`. */
export function* readJsonFile(
  name: string,
  content: Buffer,
  take: TakeRequest,
  sliceBytes = usualSliceBytes,
): Generator<void, TraceFile> {
  const documents = new Documents(name, take);
  const sliced = yield* sliceJson(content, sliceBytes);
  const isAlone = isBlank(content, sliced.end, content.length);
  if (!isAlone && (yield* readLines(content, documents, sliceBytes))) return documents.finish(' Lines');
  const fault = yield* readDocument(content, sliced, documents, true);
  if (!documents.isBegun)
    throw new DecodeError(
      `${name} is not JSON: line ${lineOf(content, fault?.at ?? 0)}: ${fault?.problem}`,
      -1,
    );
  documents.end(false);
  const { at, problem } = fault ?? { at: sliced.end, problem: 'there is more after its end' };
  if (fault !== undefined || !isAlone)
    documents.warn(
      `the document is broken in line ${lineOf(content, at)}, what comes before is kept: ${problem}`,
    );
  return documents.finish('');
}

/** What a file holds is told by its first document. */
class Documents {
  /** Documents that have been begun. */
  count = 0;
  /** Whether something of the last one has been read. */
  isBegun = false;
  readonly #name: string;
  readonly #take: TakeRequest;
  readonly #warnings: string[] = [];
  #format: FileFormat | undefined;
  #rejected = 0;
  #rejectedOfOne = 0;
  #reason = '';
  #hasTaken = false;
  /** What the document begins with, as far as that is no part of a trace. */
  #unread: string | undefined;
  #isRecognized = false;

  constructor(name: string, take: TakeRequest) {
    this.#name = name;
    this.#take = take;
  }

  /** A document, or a slice of one that is begun. Throws a `DecodeError` if it is the first, and cannot be read. */
  add(document: unknown): void {
    if (!this.isBegun) this.count++;
    this.isBegun = true;
    this.#format ??= formats.find(candidate => candidate.recognizes(document));
    this.#isRecognized ||= this.#format?.recognizes(document) === true;
    if (!this.#isRecognized || this.#format === undefined) {
      this.#unread ??= describe(document);
      return;
    }
    try {
      const { body, rejected, reason } = this.#format.toRequest(document);
      if (this.#rejectedOfOne === 0) this.#reason = reason;
      this.#rejectedOfOne += rejected;
      this.#take(body);
      this.#hasTaken = true;
    } catch (error) {
      if (!this.#hasTaken || !(error instanceof DecodeError)) throw error;
      this.warn(`document ${this.count}: ${error.message}, left out`);
    }
  }

  /**
   * Throws a `DecodeError` if it was the first, and is in no format that is known.
   * @param isOnLine it is one of several
   */
  end(isOnLine: boolean): void {
    if (!this.isBegun) return;
    const what = this.#unread;
    if (this.#format === undefined) {
      const known = formats.map(candidate => candidate.name).join(', ');
      throw new DecodeError(`${this.#name} holds ${what}, none of: ${known}`, -1);
    }
    if (what !== undefined) this.warn(`document ${this.count}: ${what} left out`);
    const place = isOnLine ? `document ${this.count}: ` : '';
    if (this.#rejectedOfOne > 0) this.warn(`${place}${this.#rejectedOfOne} spans left out: ${this.#reason}`);
    this.#rejected += this.#rejectedOfOne;
    this.#rejectedOfOne = 0;
    this.#unread = undefined;
    this.isBegun = false;
    this.#isRecognized = false;
  }

  warn(warning: string): void {
    const warnings = this.#warnings;
    if (warnings.length < mostWarnings) warnings.push(warning);
    else if (warnings.length === mostWarnings) warnings.push('… and more');
  }

  /** @param suffix to the name of the format */
  finish(suffix: string): TraceFile {
    return {
      format: `${this.#format?.name}${suffix}`,
      rejected: this.#rejected,
      warnings: this.#warnings,
    };
  }
}

/** What is wrong with a document, and at which byte of the file. */
interface Fault {
  readonly at: number;
  readonly problem: string;
}

/**
 * Reads a document up to where it is broken.
 * @param keepsParts also what is whole of a slice that is not
 */
function* readDocument(
  content: Buffer,
  { slices }: SlicedJson,
  documents: Documents,
  keepsParts: boolean,
): Generator<void, Fault | undefined> {
  let fault: Fault | undefined;
  for (const slice of slices) {
    // What is wrong after a list is in all its slices, and harms none of its elements.
    if (fault !== undefined && (!keepsParts || placeOf(slice) >= fault.at)) break;
    const text = slice.map(part => textOf(content, part)).join('');
    try {
      documents.add(JSON.parse(text));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      const limit = faultIn(text);
      // Where it is in this slice is not where it is in the file.
      const problem = error.message.replace(/ in JSON at position \d+( \(line .*\))?$/, '');
      fault ??= { at: byteAt(content, slice, limit), problem };
      const part = keepsParts ? wholePart(text, limit) : undefined;
      if (part !== undefined) documents.add(JSON.parse(part));
    }
    yield;
  }
  return fault;
}

/** False if there is none on the first line. A file still being written may end in the middle of one. */
function* readLines(content: Buffer, documents: Documents, sliceBytes: number): Generator<void, boolean> {
  let line = 0;
  for (let at = 0; at < content.length; ) {
    const newline = content.indexOf(10, at);
    const end = newline < 0 ? content.length : newline;
    const text = content.subarray(at, end);
    at = end + 1;
    line++;
    if (isBlank(text, 0, text.length)) continue;
    const sliced = yield* sliceJson(text, sliceBytes);
    const isAlone = isBlank(text, sliced.end, text.length);
    const fault = isAlone
      ? yield* readDocument(text, sliced, documents, false)
      : { problem: 'there is more after its end' };
    // A document over several lines has no whole one.
    if (documents.count === 0) return false;
    const where = documents.isBegun ? 'is broken, what comes before is kept' : 'left out';
    const last = newline < 0 ? ' (the file ends in the middle of it)' : '';
    documents.end(true);
    if (fault !== undefined) documents.warn(`line ${line} ${where}: ${fault.problem}${last}`);
  }
  return documents.count > 0;
}

function textOf(content: Buffer, part: Slice[number]): string {
  return typeof part === 'string' ? part : content.toString('utf8', part.from, part.to);
}

/** Where the elements of a slice are in the file: what is around them lies around them. */
function placeOf(slice: Slice): number {
  return (slice[slice.length >> 1] as ByteRange).from;
}

/** The byte of the file at an offset into the text of a slice. */
function byteAt(content: Buffer, slice: Slice, offset: number): number {
  let rest = offset;
  let to = 0;
  for (const part of slice) {
    const text = textOf(content, part);
    if (typeof part !== 'string') {
      if (rest < text.length) return part.from + Buffer.byteLength(text.slice(0, rest));
      to = part.to;
    }
    rest -= text.length;
  }
  return to;
}

/** The line at a byte of the file. */
function lineOf(content: Buffer, offset: number): number {
  let line = 1;
  for (let at = content.indexOf(10); at >= 0 && at < offset; at = content.indexOf(10, at + 1)) line++;
  return line;
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
