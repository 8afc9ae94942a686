// Spans per second from the bodies of Zipkin and Jaeger clients to OTLP, against general libraries reading the same bytes to objects.
import assert from 'node:assert/strict';
import { JaegerDecoder, type JaegerForm } from '../src/decode/jaeger/jaegerDecoder.ts';
import type { NormalizedRequest } from '../src/decode/otlp/requests.ts';
import { ZipkinDecoder, type ZipkinEncoding } from '../src/decode/zipkin/zipkinDecoder.ts';
import { postSpans, postSpansType, thriftBatch } from '../test/unit/decode/jaeger/jaegerBodies.ts';
import type { JaegerBatch, JaegerSpan } from '../test/unit/decode/jaeger/jaegerSpan.ts';
import {
  type Fields,
  type Typed,
  thriftCall,
  thriftList,
  thriftObjects,
  thriftStruct,
} from '../test/unit/decode/thriftLibrary.ts';
import { listOfSpansType, v2Json, v2Protobuf } from '../test/unit/decode/zipkin/zipkinBodies.ts';
import type { ZipkinSpan } from '../test/unit/decode/zipkin/zipkinSpan.ts';
import { interleave, median, ratioOfMinima, report, reportMachine } from './harness.ts';
import { Random } from './support/random.ts';

const spans = 2000;
const random = new Random(6831);
const traceId = random.hex(32);

const jaegerSpan = (): JaegerSpan => ({
  traceId,
  spanId: random.hex(16),
  parentSpanId: random.hex(16),
  operationName: 'GET /users/:id',
  references: [],
  flags: 1,
  start: 1_790_000_000_000_000_000n + BigInt(random.between(0, 1e6)) * 1000n,
  duration: BigInt(random.between(1, 1e6)) * 1000n,
  tags: [
    { key: 'span.kind', value: 'server' },
    { key: 'http.method', value: 'GET' },
    { key: 'http.url', value: `http://localhost:3000/users/${random.between(1, 1000)}` },
    { key: 'http.status_code', value: 200n },
    { key: 'component', value: 'net/http' },
    { key: 'sampled', value: true },
  ],
  logs: [],
  warnings: [],
});
const process_ = { serviceName: 'shop', tags: [{ key: 'hostname', value: 'box' }] };
const batch: JaegerBatch = { process: process_, spans: Array.from({ length: spans }, jaegerSpan) };

const zipkin = batch.spans.map(
  (span): ZipkinSpan => ({
    traceId,
    id: span.spanId,
    parentId: span.parentSpanId,
    name: span.operationName,
    kind: 2,
    start: span.start,
    duration: span.duration,
    local: { serviceName: 'shop', ip: '10.0.0.1', port: 8080 },
    remote: { serviceName: '', ip: '10.0.0.2', port: 0 },
    annotations: [],
    tags: span.tags.slice(1).map(({ key, value }) => [key, String(value)]),
    shared: false,
  }),
);

/** Server spans of the first model, with the same tags. */
const v1 = zipkin.map(({ id, parentId, start = 0n, duration = 0n, tags }) => {
  const [begin, length] = [start / 1000n, duration / 1000n];
  const endpoint = { serviceName: 'shop', ipv4: '10.0.0.1', port: 8080 };
  const host: Typed = ['struct', { 1: ['i32', 0x0a000001], 2: ['i16', 8080], 3: ['string', 'shop'] }];
  const marks = [
    [begin, 'sr'],
    [begin + length, 'ss'],
  ] as const;
  const half = (hex: string): Typed => ['i64', BigInt(`0x${hex}`)];
  return {
    json: {
      ...{
        traceId,
        id,
        parentId,
        name: 'GET /users/:id',
        timestamp: Number(begin),
        duration: Number(length),
      },
      annotations: marks.map(([timestamp, value]) => ({ timestamp: Number(timestamp), value, endpoint })),
      binaryAnnotations: tags.map(([key, value]) => ({ key, value, endpoint })),
    },
    thrift: {
      ...{ 1: half(traceId.slice(16)), 3: ['string', 'GET /users/:id'], 4: half(id), 5: half(parentId) },
      6: ['list', marks.map(([time, value]) => ({ 1: ['i64', time], 2: ['string', value], 3: host }))],
      8: [
        'list',
        tags.map(([key, value]) => ({ 1: ['string', key], 2: ['string', value], 3: ['i32', 6], 4: host })),
      ],
      ...{ 10: ['i64', begin], 11: ['i64', length], 12: half(traceId.slice(0, 16)) },
    } as Fields,
  };
});

interface Protocol {
  readonly body: Uint8Array;
  /** To OTLP. */
  decode(body: Uint8Array): NormalizedRequest;
  /** The same bytes to objects. */
  library(body: Uint8Array): unknown;
}

const jaegerDecoder = new JaegerDecoder();
const inJaeger = (form: JaegerForm) => (body: Uint8Array) => jaegerDecoder.decode(form, body);
const zipkinDecoder = new ZipkinDecoder();
const inZipkin = (encoding: ZipkinEncoding) => (body: Uint8Array) => zipkinDecoder.decode(encoding, body);

const call = thriftCall('compact', 'emitBatch', { 1: ['struct', thriftBatch(batch)] });
const protocols: { readonly [name: string]: Protocol } = {
  jaegerCompact: {
    body: call,
    decode: inJaeger('datagram'),
    library: body => thriftObjects('compact', body, 'message'),
  },
  jaegerBinary: {
    body: thriftStruct('binary', thriftBatch(batch)),
    decode: inJaeger('batch'),
    library: body => thriftObjects('binary', body, 'struct'),
  },
  jaegerProtobuf: {
    body: postSpans(batch),
    decode: inJaeger('protobuf'),
    library: body => postSpansType.decode(body),
  },
  zipkinJson: {
    body: Buffer.from(JSON.stringify(v2Json(zipkin))),
    decode: inZipkin('json'),
    library: body => JSON.parse(Buffer.from(body).toString()) as unknown,
  },
  zipkinProtobuf: {
    body: v2Protobuf(zipkin),
    decode: inZipkin('protobuf'),
    library: body => listOfSpansType.decode(body),
  },
  zipkinV1Json: {
    body: Buffer.from(JSON.stringify(v1.map(({ json }) => json))),
    decode: inZipkin('json'),
    library: body => JSON.parse(Buffer.from(body).toString()) as unknown,
  },
  zipkinV1Thrift: {
    body: thriftList(
      'binary',
      v1.map(({ thrift }) => thrift),
    ),
    decode: inZipkin('thrift'),
    library: body => thriftObjects('binary', body, 'list'),
  },
};

reportMachine();
for (const [name, { body, decode, library }] of Object.entries(protocols)) {
  assert.equal(decode(body).rejected, 0);
  const [ours, theirs] = await interleave([{ run: () => decode(body) }, { run: () => library(body) }]);
  report({
    name: `protocols.${name}`,
    value: Math.round((spans / median(ours)) * 1000),
    unit: 'spans/s',
    baseline: Math.round((spans / median(theirs)) * 1000),
    ratio: ratioOfMinima(ours, theirs),
    note: `${Math.round(body.length / spans)} bytes a span, to OTLP; baseline: a general library, to objects`,
  });
}
