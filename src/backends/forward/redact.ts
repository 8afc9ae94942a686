import { remembered } from '../../base/remembered.ts';
import {
  anyValueSchema,
  type Field,
  keyValueSchema,
  logsSchema,
  type MessageSchema,
  metricsSchema,
  spanSchema,
  tracesSchema,
} from '../../decode/otlp/schema.ts';
import { DecodeError } from '../../decode/protobuf/decodeError.ts';
import { endOfVarint, skipValue, startOfValue, varint32, wireType } from '../../decode/protobuf/wire.ts';
import { ProtobufWriter } from '../../decode/protobuf/writer.ts';
import { sensitiveKey } from '../../semconv/sensitive/keys.ts';
import { maskSensitive } from '../../semconv/sensitive/values.ts';
import type { ForwardedSignal } from './target.ts';

const schemas: { readonly [signal in ForwardedSignal]: MessageSchema } = {
  traces: tracesSchema,
  logs: logsSchema,
  metrics: metricsSchema,
};

/** Stands for what was masked. */
const mask = '•••';
/** Values nested deeper are left out. */
const deepest = 64;
/** Texts that programs write themselves, beside attributes and bodies. */
const judgedFields: ReadonlySet<string> = new Set(['Span.name', 'Event.name', 'Status.message']);
/** What is there for lines and ids alone. */
const notJudged = /^(?:code\.|spanline\.|telemetry\.|thread\.)/;

export interface Cleaning {
  /** Mask what is sensitive. What is not known of a message, and so cannot be judged, is left out then. */
  readonly redact: boolean;
  /** Leave out spans whose ids are not of the right length: a target refuses all for the sake of one. */
  readonly dropInvalid: boolean;
}

/** An `ExportXServiceRequest` as it may leave the machine. What is malformed inside is left out. */
export function cleanRequest(signal: ForwardedSignal, body: Uint8Array, cleaning: Cleaning): Uint8Array {
  if (!cleaning.redact && !cleaning.dropInvalid) return body;
  const cleaner = new Cleaner(body, cleaning);
  cleaner.message(schemas[signal], 0, body.length);
  return cleaner.writer.finish();
}

class Cleaner {
  readonly writer = new ProtobufWriter();
  readonly #bytes: Buffer;
  readonly #cleaning: Cleaning;
  /** Of the attribute that is being written. */
  #key = '';
  #depth = 0;

  constructor(body: Uint8Array, cleaning: Cleaning) {
    this.#bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    this.#cleaning = cleaning;
  }

  message(schema: MessageSchema, from: number, end: number): void {
    const bytes = this.#bytes;
    for (let at = from; at < end; ) {
      const afterTag = endOfVarint(bytes, at, end);
      const tag = varint32(bytes, at, afterTag);
      const to = skipValue(bytes, afterTag, end, tag & 7);
      const field = schema.byNumber[tag >>> 3];
      if ((tag & 7) !== wireType.bytes) this.writer.raw(bytes, at, to);
      else if (field !== undefined) this.#field(schema, field, at, startOfValue(bytes, afterTag), to);
      else if (!this.#cleaning.redact) this.writer.raw(bytes, at, to);
      at = to;
    }
  }

  /** A length-delimited field; its tag stands at `at`. */
  #field(schema: MessageSchema, field: Field, at: number, from: number, to: number): void {
    const { writer } = this;
    if (typeof field.type !== 'string') {
      this.#nested(field.number, field.type, from, to);
      return;
    }
    if (field.type === 'string' && this.#cleaning.redact && isJudged(schema, field)) {
      const text = this.#bytes.toString('utf8', from, to);
      const masked = masking(schema === anyValueSchema ? this.#key : '', text);
      if (masked !== text) {
        writer.tag(field.number, wireType.bytes);
        writer.string(masked);
        return;
      }
    }
    writer.raw(this.#bytes, at, to);
  }

  #nested(number: number, schema: MessageSchema, from: number, to: number): void {
    const { writer } = this;
    if (schema === spanSchema && this.#cleaning.dropInvalid && !hasIds(this.#bytes, from, to)) return;
    if (this.#depth === deepest) return;
    const before = writer.position;
    const key = this.#key;
    this.#depth += schema === anyValueSchema || schema === keyValueSchema ? 1 : 0;
    try {
      writer.tag(number, wireType.bytes);
      const start = writer.begin();
      if (schema === keyValueSchema && this.#cleaning.redact) this.#keyValue(from, to);
      else this.message(schema, from, to);
      writer.end(start);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      writer.rewind(before);
    } finally {
      this.#key = key;
      this.#depth -= schema === anyValueSchema || schema === keyValueSchema ? 1 : 0;
    }
  }

  /** `KeyValue { key = 1, value = 2 }`, in either order. */
  #keyValue(from: number, end: number): void {
    const { writer } = this;
    this.#key = keyIn(this.#bytes, from, end);
    if (!speaksOfSecrets(this.#key) || !holdsAny(this.#bytes, from, end)) {
      this.message(keyValueSchema, from, end);
      return;
    }
    writer.tag(1, wireType.bytes);
    writer.string(this.#key);
    writer.tag(2, wireType.bytes);
    const start = writer.begin();
    writer.tag(1, wireType.bytes);
    writer.string(mask);
    writer.end(start);
  }
}

function isJudged(schema: MessageSchema, field: Field): boolean {
  return schema === anyValueSchema || judgedFields.has(`${schema.name}.${field.name}`);
}

const speaksOfSecrets = remembered((key: string): boolean => {
  if (notJudged.test(key)) return false;
  const found = sensitiveKey(key);
  return (
    found !== undefined && found.level !== 'info' && found.tier !== 'ambiguous' && found.tier !== 'network'
  );
});

/** Longer texts are not remembered. */
const shortText = 256;
const maskedShort = remembered((keyAndText: string): string => {
  const end = keyAndText.indexOf('\0');
  return maskSensitive(keyAndText.slice(end + 1), keyAndText.slice(0, end));
}, 16_384);

function masking(key: string, text: string): string {
  if (notJudged.test(key)) return text;
  if (text.length > shortText || key.includes('\0')) return maskSensitive(text, key);
  return maskedShort(`${key}\0${text}`);
}

function keyIn(bytes: Buffer, from: number, end: number): string {
  const key = rangeOf(bytes, from, end, 1);
  return key === undefined ? '' : bytes.toString('utf8', key.from, key.to);
}

/** Whether the value is more than a boolean or an empty text. */
function holdsAny(bytes: Buffer, from: number, end: number): boolean {
  const value = rangeOf(bytes, from, end, 2);
  return value !== undefined && value.to - value.from > 2;
}

/** `Span { trace_id = 1, span_id = 2 }` */
function hasIds(bytes: Buffer, from: number, end: number): boolean {
  const length = (field: number) => {
    const range = rangeOf(bytes, from, end, field);
    return range === undefined ? 0 : range.to - range.from;
  };
  const isZero = (field: number) => {
    const range = rangeOf(bytes, from, end, field);
    return range === undefined || bytes.subarray(range.from, range.to).every(byte => byte === 0);
  };
  const parent = length(4);
  return length(1) === 16 && length(2) === 8 && !isZero(1) && !isZero(2) && (parent === 0 || parent === 8);
}

/** The last length-delimited field of a number. */
function rangeOf(
  bytes: Buffer,
  from: number,
  end: number,
  number: number,
): { from: number; to: number } | undefined {
  let range: { from: number; to: number } | undefined;
  for (let at = from; at < end; ) {
    const afterTag = endOfVarint(bytes, at, end);
    const tag = varint32(bytes, at, afterTag);
    const to = skipValue(bytes, afterTag, end, tag & 7);
    if (tag === ((number << 3) | wireType.bytes)) range = { from: startOfValue(bytes, afterTag), to };
    at = to;
  }
  return range;
}
