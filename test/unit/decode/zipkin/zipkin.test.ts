import assert from 'node:assert/strict';
import { Random } from '../../../../bench/support/random.ts';
import { DecodeError } from '../../../../src/decode/protobuf/decodeError.ts';
import { isZipkinJson, zipkinJson } from '../../../../src/decode/zipkin/json.ts';
import { ZipkinDecoder } from '../../../../src/decode/zipkin/zipkinDecoder.ts';
import { plainAttributes } from '../../../../src/model/anyValue.ts';
import type { Span } from '../../../../src/model/span.ts';
import { assertSays, tracesIn } from '../otlpTraces.ts';
import { thriftList } from '../thriftLibrary.ts';
import { zipkinToTraces } from './expectedTraces.ts';
import { convertV1 } from './expectedV1.ts';
import { randomSpan, randomV1, v2Json, v2Protobuf } from './zipkinBodies.ts';

const seed = Number(process.env.SPANLINE_SEED ?? Date.now() % 1_000_000);
const messages = 10_000;

const decoder = new ZipkinDecoder();
const json = (document: unknown) => decoder.decode('json', Buffer.from(JSON.stringify(document)));
/** The spans of a document, whatever resource and scope they are of. */
const spansIn = (document: unknown): Span[] =>
  tracesIn(json(document).body).resourceSpans.flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans),
  );
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
      // As some write it, with escapes for all that is not ASCII, and with space.
      const text = JSON.stringify(document, undefined, random.pick([0, 1]));
      const escaped = text.replace(
        /[^\x00-\x7f]/g,
        unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
      const body = Buffer.from(random.pick([text, escaped]));
      assertSays(decoder.decode('json', body), zipkinToTraces(spans));
    }
  });

  it(`reads ${messages} random lists as protobufjs writes them (seed ${seed})`, () => {
    const random = new Random(seed);
    for (let count = 0; count < messages; count++) {
      const spans = [randomSpan(random), randomSpan(random)];
      assertSays(decoder.decode('protobuf', v2Protobuf(spans)), zipkinToTraces(spans));
    }
  });

  it(`reads ${messages} random spans of the first model in Thrift and in JSON (seed ${seed})`, () => {
    const random = new Random(seed);
    for (let count = 0; count < messages; count++) {
      const span = randomV1(random);
      const expected = zipkinToTraces(convertV1(span.span));
      assertSays(json([span.json]), expected);
      assertSays(decoder.decode('thrift', thriftList('binary', [span.thrift])), expected);
    }
  });

  it('reads lists of lists, as the API of Zipkin answers', () => {
    const random = new Random(seed);
    const spans = [randomSpan(random), randomSpan(random), randomSpan(random)];
    const [first, ...others] = v2Json(spans);
    assertSays(zipkinJson([[first], others, []]), zipkinToTraces(spans));
  });

  it('takes numbers and ids in all forms that senders use', () => {
    const start = (timestamp: unknown) => spansIn([{ ...ids, timestamp }])[0].startTimeUnixNano;
    assert.equal(start(1_790_000_000_000_001), '1790000000000001000');
    assert.equal(start('1790000000000001'), '1790000000000001000');
    assert.equal(start(1.5), '1500');
    assert.equal(start(1e3), '1000000');
    assert.equal(start('soon'), '0');
    assert.equal(start(null), '0');
    const [span] = spansIn([
      { traceId: 'AB', id: '1', parentId: 'C', tags: { n: 1.5, yes: true, no: null } },
    ]);
    assert.deepEqual(
      [span.traceId, span.spanId, span.parentSpanId],
      ['ab'.padStart(32, '0'), '1'.padStart(16, '0'), 'c'.padStart(16, '0')],
    );
    assert.deepEqual(plainAttributes(span.attributes ?? []), { n: '1.5', yes: 'true', no: '' });
    const { rejected, reason } = json([{ traceId: 'x', id: '1' }, ids, { ...ids, timestamp: -1 }]);
    assert.deepEqual([rejected, reason], [2, 'trace id is not 32 hex digits: "x"']);
  });

  it('writes numbers in binary annotations of Thrift as text', () => {
    const annotation = (key: string, type: number, value: string) =>
      ({ 1: ['string', key], 2: ['string', Buffer.from(value, 'hex')], 3: ['i32', type] }) as const;
    const annotations = [
      ...[annotation('bool', 0, '01'), annotation('bytes', 1, 'ff00'), annotation('short', 2, 'fffe')],
      ...[annotation('int', 3, '00010000'), annotation('long', 4, '8000000000000000')],
      ...[annotation('double', 5, '3ff8000000000000'), annotation('text', 6, '6162')],
    ];
    const body = thriftList('binary', [{ 1: ['i64', 1n], 4: ['i64', 2n], 8: ['list', annotations] }]);
    const [{ scopeSpans }] = tracesIn(decoder.decode('thrift', body).body).resourceSpans;
    assert.deepEqual(plainAttributes(scopeSpans[0].spans[0].attributes ?? []), {
      ...{ bool: 'true', bytes: '/wA=', short: '-2', int: '65536' },
      ...{ long: '-9223372036854775808', double: '1.5', text: 'ab' },
    });
  });

  it('parts a span that client and server share, and gives each its annotations and tags', () => {
    const client = { serviceName: 'frontend', ipv4: '10.0.0.1' };
    const server = { serviceName: 'backend', ipv4: '10.0.0.2', port: 9000 };
    const { resourceSpans } = tracesIn(
      json([
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
      ]).body,
    );
    const [first, second] = resourceSpans.map(({ scopeSpans }) => scopeSpans[0].spans[0]);
    const service = ({ resource }: (typeof resourceSpans)[number]) =>
      plainAttributes(resource?.attributes ?? [])['service.name'];
    assert.deepEqual(resourceSpans.map(service), ['frontend', 'backend']);
    const { attributes: clientTags = [], ...clientSpan } = first;
    const { attributes: serverTags = [], ...serverSpan } = second;
    const common = { traceId, spanId: ids.id, parentSpanId: '0000000000000001', name: 'get' };
    assert.deepEqual(clientSpan, {
      ...{ ...common, kind: 3 },
      ...{ startTimeUnixNano: '1000000', endTimeUnixNano: '1400000' },
    });
    assert.deepEqual(plainAttributes(clientTags), {
      ...{
        'http.path': '/api',
        'peer.service': 'backend',
        'net.peer.ip': '10.0.0.2',
        'net.peer.port': '9000',
      },
    });
    assert.deepEqual(serverSpan, {
      ...{ ...common, kind: 2 },
      ...{ startTimeUnixNano: '1100000', endTimeUnixNano: '1300000' },
      events: [{ timeUnixNano: '1150000', name: 'cache miss' }],
    });
    assert.deepEqual(plainAttributes(serverTags), {
      ...{ rows: '3', 'peer.service': 'frontend', 'net.peer.ip': '10.0.0.1' },
    });
  });

  it('keeps spans of the first model that nothing tells the kind of', () => {
    const endpoint = { serviceName: 'job' };
    const { resourceSpans } = tracesIn(
      json([{ ...ids, name: 'local', binaryAnnotations: [{ key: 'lc', value: 'archive', endpoint }] }]).body,
    );
    const [{ resource, scopeSpans }] = resourceSpans;
    const [{ kind, attributes }, ...more] = scopeSpans[0].spans;
    assert.deepEqual([resourceSpans.length, more.length, kind], [1, 0, 1]);
    assert.deepEqual(plainAttributes(resource?.attributes ?? []), { 'service.name': 'job' });
    assert.deepEqual(plainAttributes(attributes ?? []), { lc: 'archive' });
  });

  it('leads to OTLP: resource, scope, peer, events, status', () => {
    const traces = tracesIn(
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
      ]).body,
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
    const status = (tags: object) => spansIn([{ ...ids, tags }])[0].status;
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
    for (const body of [
      '{}',
      '[1]',
      'null',
      '[',
      '"x"',
      '[{]',
      '[{"id":"1}]',
      '[{"id":1}] x',
      '[{"a":"\\x"}]',
    ])
      assert.throws(() => decoder.decode('json', Buffer.from(body)), DecodeError, body);
    for (const value of ['nul', '1.2.3', '-', '"\n"', '[1}', '{"a" 1}', '[,]', '"\\ud8"', '['.repeat(2000)])
      assert.throws(() => decoder.decode('json', Buffer.from(`[{"a":${value}}]`)), DecodeError, value);
    assert.throws(() => decoder.decode('json', Buffer.from('5b7b22ff223a317d5d', 'hex')), /not in UTF-8/);
    for (const body of ['0c7fffffff', '0cffffffff', '0c0000'])
      assert.throws(() => decoder.decode('thrift', Buffer.from(body, 'hex')), DecodeError, body);
    assert.throws(() => decoder.decode('protobuf', Buffer.from('0aff01', 'hex')), DecodeError);
  });

  it('refuses floods of empty spans before they become objects', () => {
    const many = (1 << 18) + 1;
    const wrong = /more than 262144 spans/;
    const annotations = Buffer.from(`[{"annotations":[${'{},'.repeat(1 << 16)}{}]}]`);
    assert.throws(() => decoder.decode('json', annotations), /more than 65536 annotations/);
    assert.throws(() => decoder.decode('json', Buffer.from(`[${'{},'.repeat(many - 1)}{}]`)), wrong);
    assert.throws(() => decoder.decode('protobuf', Buffer.from('0a00'.repeat(many), 'hex')), wrong);
    const list = Buffer.alloc(5 + many);
    list[0] = 12;
    list.writeInt32BE(many, 1);
    assert.throws(() => decoder.decode('thrift', list), wrong);
  });
});
