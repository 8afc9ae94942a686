import type { KeyValue } from '../../../src/model/anyValue.ts';
import type { Span, SpanKind, TracesData } from '../../../src/model/span.ts';

export const traceId = '0af7651916cd43dd8448eb211c80319c';
export const traceStart = 1_785_499_509_123_456_789n;
export const serviceNames = ['gateway', 'orders', 'payments', 'inventory', 'mail'];

/** A span with what is looked up while its trace is shown. Offsets in nanoseconds from the trace's start. */
export interface GeneratedSpan {
  readonly span: Span;
  readonly service: number;
  /** Index of the parent; -1 for the root. */
  readonly parent: number;
  readonly depth: number;
  readonly start: number;
  readonly duration: number;
}

const operations = [
  'GET /api/products/{productId}',
  'SELECT shop.orders',
  'shop.v1.Cart/GetCart',
  'orders publish',
  'compute totals',
];

/** mulberry32: the same trace in every run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function spanIdAt(index: number): string {
  return (index + 1).toString(16).padStart(16, '0');
}

/** `count` spans in depth-first order, up to 13 deep; every 25th or so has failed and carries an exception. */
export function generateSpans(count: number): GeneratedSpan[] {
  const random = randomNumbers(12345);
  const spans: GeneratedSpan[] = [];
  const open: number[] = [];
  for (let index = 0; index < count; index++) {
    while (open.length > 1 && (random() < 0.35 || open.length > 12)) open.pop();
    const parent = open.at(-1) ?? -1;
    const around = spans[parent];
    const duration = around ? Math.max(2000, Math.round(around.duration * (0.1 + random() * 0.6))) : 1.23e9;
    // No two start together, so that there is one order in which they can be shown.
    const earliest = around ? spans[index - 1].start + 1 : 0;
    const latest = around ? Math.max(earliest, around.start + around.duration - duration) : 0;
    const start = Math.round(earliest + random() * (latest - earliest));
    const service = around
      ? random() < 0.3
        ? Math.floor(random() * serviceNames.length)
        : around.service
      : 0;
    const failed = index % 25 === 24;
    const name = around ? operations[Math.floor(random() * operations.length)] : 'POST /checkout';
    spans.push({
      service,
      parent,
      depth: open.length,
      start,
      duration,
      span: otlpSpan(index, parent, name, start, duration, failed),
    });
    open.push(index);
  }
  return spans;
}

function otlpSpan(
  index: number,
  parent: number,
  name: string,
  start: number,
  duration: number,
  failed: boolean,
): Span {
  const startTime = traceStart + BigInt(start);
  return {
    traceId,
    spanId: spanIdAt(index),
    ...(parent >= 0 && { parentSpanId: spanIdAt(parent) }),
    name,
    kind: ((index % 5) + 1) as SpanKind,
    startTimeUnixNano: String(startTime),
    endTimeUnixNano: String(startTime + BigInt(duration)),
    attributes: attributesOf(index),
    ...(failed && {
      status: { code: 2, message: 'payment was declined' },
      events: [
        {
          timeUnixNano: String(startTime + BigInt(Math.round(duration / 2))),
          name: 'exception',
          attributes: [
            { key: 'exception.type', value: { stringValue: 'PaymentError' } },
            { key: 'exception.message', value: { stringValue: 'card declined' } },
            {
              key: 'exception.stacktrace',
              value: { stringValue: 'PaymentError: card declined\n    at charge (/shop/charge.ts:31:11)' },
            },
          ],
        },
      ],
    }),
  };
}

function attributesOf(index: number): KeyValue[] {
  return [
    { key: 'url.path', value: { stringValue: `/orders/${index}` } },
    { key: 'http.response.status_code', value: { intValue: '200' } },
    { key: 'app.ratio', value: { doubleValue: 0.25 } },
    { key: 'app.cached', value: { boolValue: index % 2 === 0 } },
    { key: 'app.tags', value: { arrayValue: { values: [{ stringValue: 'a' }, { intValue: '2' }] } } },
    { key: 'db.query.text', value: { stringValue: 'x'.repeat(1012) } },
  ];
}

/** The spans as a program would export them, a resource for each service. */
export function asTracesData(spans: readonly GeneratedSpan[]): TracesData {
  return {
    resourceSpans: serviceNames.map((name, service) => ({
      resource: { attributes: [{ key: 'service.name', value: { stringValue: name } }] },
      scopeSpans: [
        {
          scope: { name: 'shop', version: '1.2.0' },
          spans: spans.filter(span => span.service === service).map(({ span }) => span),
        },
      ],
    })),
  };
}

/** A log record of each failed span. */
export function asLogsData(spans: readonly GeneratedSpan[]) {
  const failed = spans.filter(({ span }) => span.status?.code === 2);
  return {
    resourceLogs: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: serviceNames[0] } }] },
        scopeLogs: [
          {
            logRecords: failed.map(({ span }) => ({
              timeUnixNano: span.startTimeUnixNano,
              severityNumber: 17,
              severityText: 'ERROR',
              body: { stringValue: '<b>could not charge</b>' },
              traceId,
              spanId: span.spanId,
            })),
          },
        ],
      },
    ],
  };
}

/** Spans in the subtree of each, itself not counted. */
export function descendantsOf(spans: readonly GeneratedSpan[]): number[] {
  const descendants = spans.map(() => 0);
  for (let index = spans.length - 1; index > 0; index--)
    descendants[spans[index].parent] += descendants[index] + 1;
  return descendants;
}

/** Indices of the spans that `isMatch`, with all their ancestors, in order. */
export function withAncestors(
  spans: readonly GeneratedSpan[],
  isMatch: (span: GeneratedSpan) => boolean,
): number[] {
  const kept = new Set<number>();
  spans.forEach((span, index) => {
    if (!isMatch(span)) return;
    for (let at = index; at >= 0 && !kept.has(at); at = spans[at].parent) kept.add(at);
  });
  return [...kept].sort((a, b) => a - b);
}
