import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { readTraceFile } from '../../../src/decode/files/readTraceFile.ts';
import { tracesToJaeger } from '../../../src/decode/jaeger/fromTraces.ts';
import { readMessage } from '../../../src/decode/otlp/readMessage.ts';
import { tracesSchema } from '../../../src/decode/otlp/schema.ts';
import { writeTraces } from '../../../src/decode/otlp/writeProtobuf.ts';
import { tracesToZipkin } from '../../../src/decode/zipkin/fromTraces.ts';
import { plainAttributes } from '../../../src/model/anyValue.ts';
import type { Span, TracesData } from '../../../src/model/span.ts';

const traceId = '5af7183fb1d4cf5f0123456789abcdef';
const spanId = (number: number) => (number + 1).toString(16).padStart(16, '0');

/** Spans of two services with all that Jaeger and Zipkin have a place for. */
function traces(count: number): TracesData {
  const spans = Array.from(
    { length: count },
    (_, number): Span => ({
      traceId,
      spanId: spanId(number),
      ...(number > 0 && { parentSpanId: spanId(number - 1) }),
      name: `operation ${number}`,
      kind: ([1, 2, 3, 4, 5] as const)[number % 5],
      startTimeUnixNano: `${1_790_000_000_000_000_000n + BigInt(number) * 1000n}`,
      endTimeUnixNano: `${1_790_000_000_000_500_000n + BigInt(number) * 1000n}`,
      attributes: [
        { key: 'text', value: { stringValue: `größe ${number} "quoted"` } },
        { key: 'yes', value: { boolValue: true } },
      ],
      events: [
        {
          timeUnixNano: '1790000000000002000',
          name: 'exception',
          attributes: [{ key: 'exception.type', value: { stringValue: 'E' } }],
        },
      ],
      links: [{ traceId: 'f'.repeat(32), spanId: spanId(99) }],
      ...(number % 2 === 1 && { status: { code: 2, message: 'gone' } }),
    }),
  );
  const group = (service: string, own: Span[]) => ({
    resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
    scopeSpans: [{ scope: { name: 'tracer', version: '1.2' }, spans: own }],
  });
  const half = Math.ceil(count / 2);
  return {
    resourceSpans: [group('frontend', spans.slice(0, half)), group('backend', spans.slice(half))],
  };
}

const read = (data: string | Uint8Array | object) =>
  readTraceFile(
    'file',
    typeof data === 'string'
      ? Buffer.from(data)
      : data instanceof Uint8Array
        ? data
        : Buffer.from(JSON.stringify(data)),
  );

/** What a file held, as far as every format tells it. */
function told({ requests }: { readonly requests: readonly Uint8Array[] }) {
  return requests
    .flatMap(
      request => (readMessage(tracesSchema, request, assert.fail) as unknown as TracesData).resourceSpans,
    )
    .flatMap(({ resource, scopeSpans }) => {
      const service = plainAttributes(resource?.attributes ?? [])['service.name'];
      return scopeSpans.flatMap(({ scope, spans }) =>
        spans.map(span => ({
          ...{ service, scope: `${scope?.name} ${scope?.version}` },
          ...{ traceId: span.traceId, spanId: span.spanId, parent: span.parentSpanId || '' },
          ...{ name: span.name, kind: span.kind, start: span.startTimeUnixNano, end: span.endTimeUnixNano },
          text: plainAttributes(span.attributes ?? [])['text'],
          yes: String(plainAttributes(span.attributes ?? [])['yes']),
          events: span.events?.map(event => [event.name, plainAttributes(event.attributes ?? [])]),
          links: span.links?.map(link => [link.traceId, link.spanId]),
          status: [span.status?.code ?? 0, span.status?.message ?? ''],
        })),
      );
    });
}

const five = traces(5);
const expected = told({ requests: [writeTraces(five)] });

/** Ids in base64, as Tempo writes them. */
function tempo(data: TracesData): object[] {
  const base64 = (id: string) => Buffer.from(id, 'hex').toString('base64');
  return (JSON.parse(JSON.stringify(data)) as TracesData).resourceSpans.map(({ resource, scopeSpans }) => ({
    resource,
    scopeSpans: scopeSpans.map(({ scope, spans }) => ({
      scope,
      spans: spans.map(span => ({
        ...span,
        traceId: base64(span.traceId),
        spanId: base64(span.spanId),
        ...(span.parentSpanId !== undefined && { parentSpanId: base64(span.parentSpanId) }),
        kind: ['', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'][span.kind ?? 0]?.replace(
          /^/,
          'SPAN_KIND_',
        ),
        links: span.links?.map(link => ({ traceId: base64(link.traceId), spanId: base64(link.spanId) })),
      })),
    })),
  }));
}

function prefixed(...messages: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    messages.flatMap(message => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(message.length);
      return [length, message];
    }),
  );
}

describe('files of traces', () => {
  const files: { readonly [format: string]: readonly [data: string | Uint8Array | object, name: string] } = {
    'OTLP JSON': [five, 'OTLP JSON'],
    'OTLP JSON, a group a line': [
      five.resourceSpans.map(each => `${JSON.stringify({ resourceSpans: [each] })}\n`).join(''),
      'OTLP JSON Lines',
    ],
    'OTLP protobuf': [writeTraces(five), 'OTLP protobuf'],
    'protobuf of the file exporter': [
      prefixed(...five.resourceSpans.map(each => writeTraces({ resourceSpans: [each] }))),
      'OTLP protobuf',
    ],
    'Jaeger JSON': [tracesToJaeger(five), 'Jaeger JSON'],
    'one trace of Jaeger JSON': [tracesToJaeger(five).data[0], 'Jaeger JSON'],
    'an answer of the API v3 of Jaeger': [{ result: five }, 'Jaeger API v3 JSON'],
    'Zipkin JSON': [tracesToZipkin(five), 'Zipkin JSON'],
    'an answer of Zipkin': [[tracesToZipkin(five)], 'Zipkin JSON'],
    'an answer of Tempo': [{ trace: { resourceSpans: tempo(five) } }, 'Tempo JSON'],
    'an answer of an old Tempo': [{ batches: tempo(five) }, 'Tempo JSON'],
  };
  for (const [what, [data, name]] of Object.entries(files))
    it(`reads ${what}, also packed`, () => {
      const file = read(data);
      assert.deepEqual([file.format, file.rejected, file.warnings], [name, 0, []]);
      assert.deepEqual(told(file), expected);
      const bytes =
        typeof data === 'string' || data instanceof Uint8Array ? data : JSON.stringify(data, undefined, 2);
      assert.deepEqual(told(read(gzipSync(bytes))), expected);
    });

  it('writes again what it read: Jaeger and Zipkin JSON', () => {
    const again = (file: object) =>
      readMessage(tracesSchema, read(file).requests[0], assert.fail) as unknown as TracesData;
    const jaeger = tracesToJaeger(five);
    const readAgain = tracesToJaeger(again(jaeger));
    assert.deepEqual(told(read(readAgain)), expected);
    const zipkin = tracesToZipkin(five);
    assert.deepEqual(tracesToZipkin(again(zipkin)), zipkin);
  });

  const cut: { readonly [what: string]: Uint8Array } = {
    'OTLP JSON': Buffer.from(JSON.stringify(traces(20))),
    'Jaeger JSON': Buffer.from(JSON.stringify(tracesToJaeger(traces(20)))),
    'Zipkin JSON': Buffer.from(JSON.stringify(tracesToZipkin(traces(20)), undefined, 1)),
    'protobuf of the file exporter': prefixed(...Array.from({ length: 10 }, () => writeTraces(traces(2)))),
  };
  for (const [what, whole] of Object.entries(cut))
    it(`keeps what is whole of a file that was cut off: ${what}`, () => {
      const file = read(whole.subarray(0, Math.floor(whole.length / 2) + 7));
      const count = told(file).length;
      assert.ok(count >= 5 && count <= 15, `${count} of 20 spans`);
      assert.equal(file.warnings.length, 1);
      assert.match(file.warnings[0], /in the middle|what comes before is kept/);
      assert.match(file.warnings[0], /\d/, 'it says where');
    });
});
