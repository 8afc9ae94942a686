import { hexId, type LooseObject, nanosOfMicros, objectOf, objectsOf, textOf } from '../looseJson.ts';
import type { NormalizedRequest } from '../otlp/requests.ts';
import { wireType } from '../protobuf/wire.ts';
import { ProtobufWriter } from '../protobuf/writer.ts';
import { JaegerDecoder } from './jaegerDecoder.ts';

/**
 * A trace as Jaeger's pages download it and its older API answers, in OTLP: `{ data: [{ traceID, spans, processes }] }`, or
 * one such trace by itself. Times are microseconds. It is written as clients send it, in protobuf, so that one reader
 * serves both. Throws a `DecodeError`.
 */
export function jaegerJson(document: unknown): NormalizedRequest {
  const root = objectOf(document) ?? {};
  const writer = new PostSpansWriter();
  for (const trace of Array.isArray(root['data']) ? objectsOf(root['data']) : [root]) writer.trace(trace);
  const { body, rejected, reason } = new JaegerDecoder().decode('protobuf', writer.finish());
  return { body, rejected: rejected + writer.rejected, reason: writer.reason || reason };
}

export function isJaegerJson(document: unknown): boolean {
  const root = objectOf(document);
  // A document that was cut off has lost the processes, which come last.
  const isTrace = (trace: LooseObject | undefined) =>
    Array.isArray(trace?.['spans']) &&
    (objectOf(trace['processes']) !== undefined ||
      objectsOf(trace['spans']).some(span => Object.hasOwn(span, 'operationName')));
  return isTrace(root) || (Array.isArray(root?.['data']) && objectsOf(root['data']).some(isTrace));
}

interface Batch {
  readonly process: LooseObject | undefined;
  readonly spans: LooseObject[];
}

/** By the name of a type in JSON: its number, and that of the field with the value. */
const types: { readonly [type: string]: readonly [type: number, field: number] } = {
  string: [0, 3],
  bool: [1, 4],
  int64: [2, 5],
  float64: [3, 6],
  binary: [4, 7],
};

/** Writes a `PostSpansRequest`; the numbers of the fields are those of jaeger-idl `proto/api_v2/model.proto`. */
class PostSpansWriter {
  /** Spans that were left out, with the first reason. */
  rejected = 0;
  reason = '';
  readonly #writer = new ProtobufWriter();

  finish(): Uint8Array {
    return this.#writer.finish();
  }

  trace(trace: LooseObject): void {
    const processes = objectOf(trace['processes']) ?? {};
    const batches = new Map<string, Batch>();
    for (const span of objectsOf(trace['spans'])) {
      const own = objectOf(span['process']);
      const id = textOf(span['processID']);
      const key = own === undefined ? id : JSON.stringify(own);
      const batch = batches.get(key) ?? { process: own ?? objectOf(processes[id]), spans: [] };
      batches.set(key, batch);
      batch.spans.push(span);
    }
    for (const { process, spans } of batches.values())
      this.#message(1, () => {
        for (const span of spans) this.#span(span, trace);
        this.#message(2, () => {
          this.#text(1, textOf(process?.['serviceName']));
          this.#tags(2, process?.['tags']);
        });
      });
  }

  #span(span: LooseObject, trace: LooseObject): void {
    const traceId = hexId(span['traceID'] ?? trace['traceID'], 32);
    const parentId = hexId(span['parentSpanID'], 16);
    const references = [...objectsOf(span['references'])];
    // A parent goes before those that are referred to.
    if (/[^0]/.test(parentId))
      references.unshift({ refType: 'CHILD_OF', traceID: traceId, spanID: parentId });
    const before = this.#writer.position;
    try {
      this.#message(1, () => {
        this.#id(1, traceId);
        this.#id(2, hexId(span['spanID'], 16));
        this.#text(3, textOf(span['operationName']));
        for (const reference of references) this.#reference(reference);
        this.#number(5, BigInt(Math.trunc(Number(span['flags']) || 0)));
        this.#time(6, span['startTime']);
        this.#time(7, span['duration']);
        this.#tags(8, span['tags']);
        for (const log of objectsOf(span['logs']))
          this.#message(9, () => {
            this.#time(1, log['timestamp']);
            this.#tags(2, log['fields']);
          });
        const warnings = Array.isArray(span['warnings']) ? span['warnings'] : [];
        for (const warning of warnings) this.#text(12, textOf(warning));
      });
    } catch (error) {
      if (!(error instanceof NoId)) throw error;
      this.#writer.rewind(before);
      if (this.rejected++ === 0) this.reason = error.message;
    }
  }

  #reference(reference: LooseObject): void {
    this.#message(4, () => {
      this.#id(1, hexId(reference['traceID'], 32));
      this.#id(2, hexId(reference['spanID'], 16));
      if (reference['refType'] === 'FOLLOWS_FROM') this.#number(3, 1n);
    });
  }

  #tags(field: number, tags: unknown): void {
    for (const tag of objectsOf(tags))
      this.#message(field, () => {
        this.#text(1, textOf(tag['key']));
        this.#value(textOf(tag['type']).toLowerCase(), tag['value']);
      });
  }

  /** The type goes before the form of the value: `1` can be a whole number or a double. */
  #value(told: string, value: unknown): void {
    const text = textOf(value);
    const isOther = !Object.hasOwn(types, told) || (told === 'int64' && !/^-?\d+$/.test(text));
    const natural = typeof value === 'boolean' ? 'bool' : typeof value === 'number' ? 'float64' : 'string';
    const name = isOther ? (told === 'int64' ? 'string' : natural) : told;
    const [type, field] = types[name];
    const writer = this.#writer;
    if (type !== 0) this.#number(2, BigInt(type));
    switch (name) {
      case 'bool':
        this.#number(field, value === true || value === 'true' ? 1n : 0n);
        break;
      case 'int64':
        this.#number(field, BigInt(text));
        break;
      case 'float64':
        writer.tag(field, wireType.fixed64);
        writer.double(typeof value === 'number' ? value : Number(text));
        break;
      case 'binary':
        writer.tag(field, wireType.bytes);
        writer.bytes(Buffer.from(text, 'base64'));
        break;
      default:
        this.#text(field, text);
    }
  }

  #time(field: number, micros: unknown): void {
    const nanos = nanosOfMicros(micros) ?? 0n;
    this.#message(field, () => {
      this.#number(1, nanos / 1_000_000_000n);
      this.#number(2, nanos % 1_000_000_000n);
    });
  }

  #id(field: number, id: string): void {
    if (!/^([0-9a-f]{2})*$/.test(id)) throw new NoId(id);
    this.#writer.tag(field, wireType.bytes);
    this.#writer.bytes(Buffer.from(id, 'hex'));
  }

  #text(field: number, text: string): void {
    this.#writer.tag(field, wireType.bytes);
    this.#writer.string(text);
  }

  #number(field: number, value: bigint): void {
    this.#writer.tag(field, wireType.varint);
    this.#writer.varint64(value);
  }

  #message(field: number, write: () => void): void {
    this.#writer.tag(field, wireType.bytes);
    const start = this.#writer.begin();
    write();
    this.#writer.end(start);
  }
}

/** A span that cannot be kept. Thrown, but no `Error`: of a million in one document, the stack traces would take seconds. */
class NoId {
  readonly message: string;

  constructor(id: string) {
    this.message = `${JSON.stringify(id.slice(0, 64))} is no id in hex digits`;
  }
}
