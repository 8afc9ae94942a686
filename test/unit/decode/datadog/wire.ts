import { encode } from '@msgpack/msgpack';
import { readMessage } from '../../../../src/decode/otlp/readMessage.ts';
import { tracesSchema } from '../../../../src/decode/otlp/schema.ts';
import { plainAttributes } from '../../../../src/model/anyValue.ts';
import type { Span, TracesData } from '../../../../src/model/span.ts';

/** A span as the libraries of tracers build it before they encode it. */
export interface TracerSpan {
  service: string;
  name: string;
  resource: string;
  type?: string | null;
  trace_id: bigint;
  span_id: bigint;
  parent_id: bigint;
  start: bigint;
  duration: bigint;
  error: number;
  meta: { [key: string]: string };
  metrics: { [key: string]: number };
  span_links?: unknown;
  span_events?: unknown;
}

export function tracerSpan(span: Partial<TracerSpan> = {}): TracerSpan {
  return {
    service: 'shop',
    name: 'express.request',
    resource: 'GET /users/:id',
    type: 'web',
    trace_id: 0x1122334455667788n,
    span_id: 0x99n,
    parent_id: 0n,
    start: 1_790_000_000_000_000_123n,
    duration: 2_000_000n,
    error: 0,
    meta: {},
    metrics: {},
    ...span,
  };
}

const bigints = { useBigInt64: true };

export const v04 = (chunks: TracerSpan[][]) => encode(chunks, bigints);

export function v05(chunks: TracerSpan[][]): Uint8Array {
  const table = new Table();
  const traces = chunks.map(spans =>
    spans.map(span => [
      table.index(span.service),
      table.index(span.name),
      table.index(span.resource),
      ...[span.trace_id, span.span_id, span.parent_id, span.start, span.duration, span.error],
      new Map(Object.entries(span.meta).map(([key, value]) => [table.index(key), table.index(value)])),
      new Map(Object.entries(span.metrics).map(([key, value]) => [table.index(key), value])),
      table.index(span.type ?? ''),
    ]),
  );
  return arrays([table.strings, traces]);
}

export function v07(chunks: TracerSpan[][], payload: object = {}, chunk: object = {}): Uint8Array {
  return encode(
    { chunks: chunks.map(spans => ({ spans, ...chunk })), ...payload, dropped_by_future_versions: [1] },
    bigints,
  );
}

class Table {
  readonly strings: string[] = [''];
  readonly #indexes = new Map<string, number>([['', 0]]);

  index(text: string): number {
    let index = this.#indexes.get(text);
    if (index === undefined) {
      index = this.strings.push(text) - 1;
      this.#indexes.set(text, index);
    }
    return index;
  }
}

/** MessagePack with maps of any key in the order given, which the general library does not write. */
export function arrays(value: unknown): Uint8Array {
  if (Array.isArray(value)) return Buffer.concat([header(0xdd, value.length), ...value.map(arrays)]);
  if (value instanceof Map) {
    const entries = [...value].flatMap(([key, each]) => [arrays(key), arrays(each)]);
    return Buffer.concat([header(0xdf, value.size), ...entries]);
  }
  return encode(value, bigints);
}

function header(first: number, length: number): Uint8Array {
  const bytes = Buffer.alloc(5);
  bytes[0] = first;
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

/** Strings of the v1.0 format: written out where they come first. */
export class Streaming {
  readonly #table = new Table();

  text(text: string): string | number {
    const isNew = text !== '' && !this.#table.strings.includes(text);
    const index = this.#table.index(text);
    return isNew ? text : index;
  }

  /** `[key, type, value, key, …]`; the values are calls, made in order. */
  attributes(attributes: readonly (readonly [key: string, type: number, value: () => unknown])[]): unknown[] {
    return attributes.flatMap(([key, type, value]) => [this.text(key), type, value()]);
  }
}

export function v10(chunks: TracerSpan[][]): Uint8Array {
  const streaming = new Streaming();
  const payload = new Map<number, unknown>([
    [3, streaming.text('java')],
    [5, streaming.text('1.55.0')],
  ]);
  const encoded = chunks.map(spans => {
    const traceId = Buffer.alloc(16);
    traceId.writeBigUInt64BE(BigInt(`0x${spans[0]?.meta['_dd.p.tid'] ?? '0'}`), 0);
    traceId.writeBigUInt64BE(spans[0]?.trace_id ?? 0n, 8);
    return new Map<number, unknown>([
      [4, spans.map(span => streamSpan(streaming, span))],
      [6, traceId],
      [7, 4],
    ]);
  });
  return arrays(payload.set(11, encoded));
}

function streamSpan(streaming: Streaming, span: TracerSpan): Map<number, unknown> {
  const { meta, metrics } = span;
  const { '_dd.p.tid': _, env, version, 'span.kind': kind, ...rest } = meta;
  const fields = new Map<number, unknown>([
    [1, streaming.text(span.service)],
    [2, streaming.text(span.name)],
    [3, streaming.text(span.resource)],
    [4, span.span_id],
    [5, span.parent_id],
    [6, span.start],
    [7, span.duration],
    [8, span.error > 0],
  ]);
  fields.set(
    9,
    streaming.attributes([
      ...Object.entries(rest).map(([key, value]) => [key, 1, () => streaming.text(value)] as const),
      ...Object.entries(metrics).map(
        ([key, value]) => [key, Number.isInteger(value) ? 4 : 3, () => value] as const,
      ),
    ]),
  );
  fields.set(10, streaming.text(span.type ?? ''));
  if (env !== undefined) fields.set(13, streaming.text(env));
  if (version !== undefined) fields.set(14, streaming.text(version));
  if (kind !== undefined)
    fields.set(16, ['', 'internal', 'server', 'client', 'producer', 'consumer'].indexOf(kind));
  return fields;
}

export interface ReadSpan extends Omit<Span, 'attributes'> {
  resource: { [key: string]: unknown };
  scope: unknown;
  attributes: { [key: string]: unknown };
}

/** What an `ExportTraceServiceRequest` says, span by span. */
export function spansIn(request: Uint8Array): ReadSpan[] {
  const { resourceSpans = [] } = readMessage(tracesSchema, request, problem => {
    throw new Error(problem);
  }) as unknown as TracesData;
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map(({ attributes, ...span }) => ({
        ...span,
        attributes: plainAttributes(attributes ?? []),
        resource: plainAttributes(resource?.attributes ?? []),
        scope,
      })),
    ),
  );
}
