import type { Attributes, HrTime } from '@opentelemetry/api';
import type { AnyValue, KeyValue } from '../../../src/model/anyValue.ts';
import type { Resource, Scope, Span } from '../../../src/model/span.ts';

/**
 * The spans that an SDK is told to make, and what must arrive of them. Both are derived from a number, so that the sender,
 * a process of its own, and the test agree without talking to each other.
 */
export interface PlannedSpan {
  traceId: string;
  spanId: string;
  parent?: { spanId: string; isRemote: boolean; traceState?: string };
  scope: number;
  name: string;
  /** The API's kinds, which begin with 0 for internal. */
  kind: 0 | 1 | 2 | 3 | 4;
  start: HrTime;
  end: HrTime;
  attributes: Attributes;
  /** Values that OTLP and the exporters know, but the tracing API does not let in. */
  deepAttributes: { [key: string]: unknown };
  events: { name: string; time: HrTime; attributes: Attributes }[];
  links: {
    traceId: string;
    spanId: string;
    isRemote: boolean;
    traceState?: string;
    attributes: Attributes;
  }[];
  status: { code: 0 | 1 | 2; message?: string };
}

export const spanLimits = { eventCountLimit: 4, linkCountLimit: 3, attributePerEventCountLimit: 3 };

export const resourceAttributes = {
  'service.name': 'exporter-under-test',
  'service.version': '1.2.3',
  'process.pid': 4321,
  'process.command_args': ['node', '--enable-source-maps', ''],
  'feature.on': true,
  ratio: 0.25,
};
export const resourceSchemaUrl = 'https://opentelemetry.io/schemas/1.37.0';

export const scopes = [
  { name: 'alone' },
  { name: 'versioned', version: '2.0.0-β' },
  { name: '@scope/with-schema', version: '0.1', schemaUrl: 'https://opentelemetry.io/schemas/1.20.0' },
] as const;

const spansPerTrace = 10;
const firstSecond = 1_760_000_000;

/** @param binary whether the encoding has NaN and the infinities; JSON of the exporters has not. */
export function plannedSpan(index: number, binary: boolean): PlannedSpan {
  const random = randomNumbers(index);
  const whole = (below: number) => Math.floor(random() * below);
  const trace = Math.floor(index / spansPerTrace);
  const place = index % spansPerTrace;
  const start: HrTime = [firstSecond + trace, whole(1e9)];
  const after = (nanos: number): HrTime => {
    const sum = start[1] + nanos;
    return [start[0] + Math.floor(sum / 1e9), sum % 1e9];
  };
  const words = ['plain', '', 'ünïcödé ✓ 𝄞', 'line\nbreak "quoted" \\ \u0001', 'x'.repeat(whole(300))];
  const traceState = trace % 2 === 1 ? `vendor=t${trace},other=0:1` : undefined;
  return {
    traceId: traceIdOf(trace),
    spanId: spanIdOf(index),
    parent: parentOf(index, trace, place, traceState),
    scope: whole(scopes.length),
    name: `${['GET /orders/:id', 'SELECT orders', 'работа', ''][whole(4)]}`,
    kind: whole(5) as PlannedSpan['kind'],
    start,
    end: after(whole(5e9)),
    attributes: {
      'planned.index': index,
      text: words[whole(words.length)],
      integer: whole(2 ** 48) * (whole(2) ? 1 : -1),
      largest: Number.MAX_SAFE_INTEGER,
      smallest: Number.MIN_SAFE_INTEGER,
      zero: 0,
      double: random() * 1e-7,
      negative: -(whole(1e6) + 0.5),
      yes: true,
      no: false,
      texts: ['a', '', 'ß'],
      integers: [1, -2, 3_000_000_000],
      doubles: [0.5, -1.25, 1e-300],
      booleans: [true, false],
      holes: ['first', null, 'third'],
      none: [],
    },
    deepAttributes: {
      nothing: null,
      bytes: Uint8Array.of(0, 1, 254, 255, whole(256)),
      map: {
        key: 'value',
        count: whole(100),
        inner: { list: [1, 'two', 3.5, null, [true, [index]]] },
        empty: {},
      },
      ...(binary && { special: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] }),
    },
    events: Array.from({ length: whole(7) }, (_, i) => ({
      name: i === 0 ? 'exception' : `event ${i}`,
      time: after(whole(5e9)),
      attributes: { 'exception.message': words[whole(words.length)], i, list: [i, i + 1], beyondTheLimit: 1 },
    })),
    links: Array.from({ length: whole(5) }, (_, i) => ({
      traceId: traceIdOf(whole(1000)),
      spanId: spanIdOf(whole(1000)),
      isRemote: whole(2) === 1,
      ...(whole(2) && { traceState: 'linked=1' }),
      attributes: i % 2 === 0 ? { reason: 'batch', weight: i + 0.5 } : {},
    })),
    status: [{ code: 0 }, { code: 1 }, { code: 2 }, { code: 2, message: 'could not ✗' }][
      whole(4)
    ] as PlannedSpan['status'],
  };
}

export const expectedResource: Resource = { attributes: keyValues(resourceAttributes) };

export function expectedScope({ scope }: PlannedSpan): { scope: Scope; schemaUrl?: string } {
  const { schemaUrl, ...rest } = { schemaUrl: undefined, ...scopes[scope] };
  return { scope: rest, ...(schemaUrl && { schemaUrl }) };
}

/** Every field, also where it has the value that may be left out. */
export function expectedSpan(planned: PlannedSpan): Required<Span> {
  const { events, links } = planned;
  const keptEvents = events.slice(-spanLimits.eventCountLimit);
  const keptLinks = links.slice(-spanLimits.linkCountLimit);
  return {
    traceId: planned.traceId,
    spanId: planned.spanId,
    traceState: planned.parent?.traceState ?? '',
    parentSpanId: planned.parent?.spanId ?? '',
    flags: flags(planned.parent?.isRemote ?? false),
    name: planned.name,
    kind: (planned.kind + 1) as Span['kind'] & number,
    startTimeUnixNano: nanoseconds(planned.start),
    endTimeUnixNano: nanoseconds(planned.end),
    attributes: keyValues({ ...planned.attributes, ...planned.deepAttributes }),
    droppedAttributesCount: 0,
    events: keptEvents.map(({ name, time, attributes }) => ({
      timeUnixNano: nanoseconds(time),
      name,
      attributes: keyValues(attributes).slice(0, spanLimits.attributePerEventCountLimit),
      droppedAttributesCount: 1,
    })),
    droppedEventsCount: events.length - keptEvents.length,
    links: keptLinks.map(({ traceId, spanId, traceState, attributes, isRemote }) => ({
      traceId,
      spanId,
      traceState: traceState ?? '',
      attributes: keyValues(attributes),
      droppedAttributesCount: 0,
      flags: flags(isRemote),
    })),
    droppedLinksCount: links.length - keptLinks.length,
    status: { code: planned.status.code, message: planned.status.message ?? '' },
  };
}

/** A span as it was received, with the fields that were left out because they are zero or empty. */
export function completed(span: Span): Required<Span> {
  return {
    ...span,
    traceState: span.traceState ?? '',
    parentSpanId: span.parentSpanId ?? '',
    flags: span.flags ?? 0,
    kind: span.kind ?? 0,
    attributes: span.attributes ?? [],
    droppedAttributesCount: span.droppedAttributesCount ?? 0,
    events: (span.events ?? []).map(event => ({ attributes: [], droppedAttributesCount: 0, ...event })),
    droppedEventsCount: span.droppedEventsCount ?? 0,
    links: (span.links ?? []).map(link => ({
      traceState: '',
      attributes: [],
      droppedAttributesCount: 0,
      flags: 0,
      ...link,
    })),
    droppedLinksCount: span.droppedLinksCount ?? 0,
    status: { code: 0, message: '', ...span.status },
  };
}

/** The first span of a trace is a root, or the child of a remote one; the others form a binary tree. */
function parentOf(index: number, trace: number, place: number, traceState?: string): PlannedSpan['parent'] {
  if (place > 0)
    return { spanId: spanIdOf(index - place + Math.floor((place - 1) / 2)), isRemote: false, traceState };
  return trace % 2 === 1 ? { spanId: 'feedfacefeedface', isRemote: true, traceState } : undefined;
}

function traceIdOf(trace: number): string {
  return `5ca1ab1e${(trace + 1).toString(16).padStart(24, '0')}`;
}

function spanIdOf(index: number): string {
  return `c0ffee${(index + 1).toString(16).padStart(10, '0')}`;
}

/** Sampled (1), "is remote" known (0x100), parent is remote (0x200): trace.proto, SpanFlags. */
function flags(isRemote: boolean): number {
  return 0x101 | (isRemote ? 0x200 : 0);
}

function nanoseconds([seconds, nanos]: HrTime): string {
  return String(BigInt(seconds) * 1_000_000_000n + BigInt(nanos));
}

function keyValues(values: { readonly [key: string]: unknown }): KeyValue[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: unknown): AnyValue {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') {
    if (Number.isInteger(value)) return { intValue: String(value) };
    return { doubleValue: Number.isFinite(value) ? value : (String(value) as 'NaN') };
  }
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  if (typeof value === 'object' && value !== null) {
    return { kvlistValue: { values: keyValues(value as { [key: string]: unknown }) } };
  }
  return {};
}

/** Mulberry32: numbers from 0 to 1 that follow from the seed. */
function randomNumbers(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
