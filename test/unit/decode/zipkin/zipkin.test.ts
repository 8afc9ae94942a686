import assert from 'node:assert/strict';
import { Random } from '../../../../bench/support/random.ts';
import { DecodeError } from '../../../../src/decode/protobuf/decodeError.ts';
import { decodeZipkin, isZipkinJson } from '../../../../src/decode/zipkin/decodeZipkin.ts';
import { zipkinToTraces } from '../../../../src/decode/zipkin/toTraces.ts';
import { plainAttributes } from '../../../../src/model/anyValue.ts';
import { thriftList } from '../thriftLibrary.ts';
import { randomSpan, randomV1, v2Json, v2Protobuf } from './zipkinBodies.ts';

const seed = Number(process.env.SPANLINE_SEED ?? Date.now() % 1_000_000);
const messages = 10_000;

const json = (document: unknown) => decodeZipkin(Buffer.from(JSON.stringify(document)), 'json');
const traceId = '00000000000000005af7183fb1d4cf5f';
const ids = { traceId: '5af7183fb1d4cf5f', id: '6b221d5bc9e6496c' };

describe('Zipkin messages', function () {
  this.timeout(30_000);

  it(`reads ${messages} random lists in JSON (seed ${seed})`, () => {
    const random = new Random(seed);
    for (let count = 0; count < messages; count++) {
      const spans = [randomSpan(random), randomSpan(random)];
      const document = v2Json(spans);
      assert.ok(isZipkinJson(document));
      assert.deepEqual(json(document), spans);
    }
  });

  it(`reads ${messages} random lists as protobufjs writes them (seed ${seed})`, () => {
    const random = new Random(seed);
    for (let count = 0; count < messages; count++) {
      const spans = [randomSpan(random), randomSpan(random)];
      assert.deepEqual(decodeZipkin(v2Protobuf(spans), 'protobuf'), spans);
    }
  });

  it(`reads ${messages} random spans of the first model alike in Thrift and in JSON (seed ${seed})`, () => {
    const random = new Random(seed);
    for (let count = 0; count < messages; count++) {
      const span = randomV1(random);
      const read = decodeZipkin(thriftList('binary', [span.thrift]), 'thrift');
      assert.deepEqual(read, json([span.json]));
    }
  });

  it('parts a span that client and server share, and gives each its annotations and tags', () => {
    const client = { serviceName: 'frontend', ipv4: '10.0.0.1' };
    const server = { serviceName: 'backend', ipv4: '10.0.0.2', port: 9000 };
    const [first, second, ...more] = json([
      {
        ...ids,
        parentId: '1',
        name: 'get',
        timestamp: 1000,
        duration: 400,
        annotations: [
          { timestamp: 1000, value: 'cs', endpoint: client },
          { timestamp: 1100, value: 'sr', endpoint: server },
          { timestamp: 1150, value: 'cache miss', endpoint: server },
          { timestamp: 1300, value: 'ss', endpoint: server },
          { timestamp: 1400, value: 'cr', endpoint: client },
        ],
        binaryAnnotations: [
          { key: 'http.path', value: '/api', endpoint: client },
          { key: 'rows', value: '3', endpoint: server },
          { key: 'sa', value: true, endpoint: server },
          { key: 'ca', value: true, endpoint: client },
        ],
      },
    ]);
    assert.deepEqual(more, []);
    assert.deepEqual(
      [first, second].map(({ kind, start, duration, local, remote, shared, tags }) => ({
        ...{ kind, start, duration, shared, tags },
        from: local.serviceName,
        to: remote.serviceName,
      })),
      [
        {
          ...{ kind: 3, start: 1_000_000n, duration: 400_000n, shared: false },
          ...{ tags: [['http.path', '/api']], from: 'frontend', to: 'backend' },
        },
        {
          ...{ kind: 2, start: 1_100_000n, duration: 200_000n, shared: true },
          ...{ tags: [['rows', '3']], from: 'backend', to: 'frontend' },
        },
      ],
    );
    assert.deepEqual(first.annotations, []);
    assert.deepEqual(second.annotations, [{ time: 1_150_000n, value: 'cache miss' }]);
    assert.deepEqual([first.id, first.parentId], [second.id, second.parentId]);
  });

  it('keeps spans of the first model that nothing tells the kind of', () => {
    const endpoint = { serviceName: 'job' };
    const [span, ...more] = json([
      { ...ids, name: 'local', binaryAnnotations: [{ key: 'lc', value: 'archive', endpoint }] },
    ]);
    assert.deepEqual(more, []);
    assert.deepEqual([span.kind, span.local.serviceName, span.tags], [1, 'job', [['lc', 'archive']]]);
  });

  it('leads to OTLP: resource, scope, peer, events, status', () => {
    const traces = zipkinToTraces(
      json([
        {
          ...ids,
          parentId: '6b221d5bc9e6496d',
          kind: 'CLIENT',
          name: 'get',
          timestamp: 1_790_000_000_000_001,
          duration: 10,
          localEndpoint: { serviceName: 'frontend', ipv4: '10.0.0.1', port: 80 },
          remoteEndpoint: { serviceName: 'backend', ipv6: '::1', port: 9000 },
          annotations: [
            { timestamp: 1_790_000_000_000_002, value: 'retry' },
            { timestamp: 1_790_000_000_000_003, value: '"exception": {"exception.type":"E","n":1}' },
          ],
          tags: {
            'http.method': 'GET',
            'telemetry.sdk.name': 'opentelemetry',
            'otel.scope.name': 'tracer',
            'otel.scope.version': '1.2',
            error: 'refused',
          },
        },
      ]),
    );
    const [{ resource, scopeSpans }] = traces.resourceSpans;
    assert.deepEqual(plainAttributes(resource?.attributes ?? []), {
      'service.name': 'frontend',
      'net.host.ip': '10.0.0.1',
      'net.host.port': '80',
      'telemetry.sdk.name': 'opentelemetry',
    });
    const [{ scope, spans }] = scopeSpans;
    assert.deepEqual(scope, { name: 'tracer', version: '1.2' });
    const [{ attributes, events, ...span }] = spans;
    assert.deepEqual(span, {
      traceId,
      spanId: ids.id,
      parentSpanId: '6b221d5bc9e6496d',
      name: 'get',
      kind: 3,
      startTimeUnixNano: '1790000000000001000',
      endTimeUnixNano: '1790000000000011000',
      status: { code: 2, message: 'refused' },
    });
    assert.deepEqual(plainAttributes(attributes ?? []), {
      'http.method': 'GET',
      'peer.service': 'backend',
      'net.peer.ip': '::1',
      'net.peer.port': '9000',
    });
    assert.deepEqual(
      events?.map(event => [event.name, event.timeUnixNano, plainAttributes(event.attributes ?? [])]),
      [
        ['retry', '1790000000000002000', {}],
        ['exception', '1790000000000003000', { 'exception.type': 'E', n: '1' }],
      ],
    );
  });

  it('takes any error for a failure but one that says no, and the status of OpenTelemetry before it', () => {
    const status = (tags: object) => {
      const [{ scopeSpans }] = zipkinToTraces(json([{ ...ids, tags }])).resourceSpans;
      return scopeSpans[0].spans[0].status;
    };
    assert.equal(status({}), undefined);
    assert.equal(status({ error: 'false' }), undefined);
    assert.deepEqual(status({ error: 'true' }), { code: 2 });
    assert.deepEqual(status({ error: '' }), { code: 2 });
    assert.deepEqual(status({ error: 'timeout' }), { code: 2, message: 'timeout' });
    assert.deepEqual(status({ 'otel.status_code': 'ERROR', error: 'why' }), { code: 2, message: 'why' });
    assert.deepEqual(status({ 'otel.status_code': 'STATUS_CODE_ERROR' }), { code: 2 });
    assert.deepEqual(status({ 'otel.status_code': 'OK', error: 'true' }), { code: 1 });
  });

  it('refuses what is no list of spans', () => {
    for (const body of ['{}', '[1]', 'null', '[', '"x"'])
      assert.throws(() => decodeZipkin(Buffer.from(body), 'json'), DecodeError, body);
    for (const body of ['0c7fffffff', '0cffffffff', '0c0000'])
      assert.throws(() => decodeZipkin(Buffer.from(body, 'hex'), 'thrift'), DecodeError, body);
    assert.throws(() => decodeZipkin(Buffer.from('0aff01', 'hex'), 'protobuf'), DecodeError);
  });

  it('refuses floods of empty spans before they become objects', () => {
    const many = (1 << 18) + 1;
    const wrong = /more than 262144 spans/;
    assert.throws(() => decodeZipkin(Buffer.from(`[${'{},'.repeat(many - 1)}{}]`), 'json'), wrong);
    assert.throws(() => decodeZipkin(Buffer.from('0a00'.repeat(many), 'hex'), 'protobuf'), wrong);
    const list = Buffer.alloc(5 + many);
    list[0] = 12;
    list.writeInt32BE(many, 1);
    assert.throws(() => decodeZipkin(list, 'thrift'), wrong);
  });
});
