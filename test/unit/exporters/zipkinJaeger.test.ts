import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { JaegerExporter } from '@opentelemetry/exporter-jaeger';
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, SimpleSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import { Ingest } from '../../../src/engine/ingest.ts';
import type { BuiltReceiver } from '../../../src/engine/receiverKinds.ts';
import { Receivers } from '../../../src/engine/receivers.ts';
import { Rejections } from '../../../src/engine/rejections.ts';
import { plainAttributes } from '../../../src/model/anyValue.ts';
import type { Span } from '../../../src/model/span.ts';
import type { Endpoints } from '../../../src/protocol/control.ts';
import { exportTraces } from '../../../src/query/exportTraces.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { until } from '../receive/receiving.ts';

const require = createRequire(import.meta.url);

const names = [
  'zipkin',
  'jaegerHttp',
  'jaegerUdpCompact',
  'jaegerUdpBinary',
  'jaegerSampling',
] as const satisfies readonly BuiltReceiver[];

describe('clients of Zipkin and Jaeger for JavaScript', function () {
  this.timeout(20_000);
  let store: TraceStore;
  let receivers: Receivers;
  let rejections: Rejections;
  let endpoints: Endpoints;

  beforeEach(async () => {
    store = new TraceStore({ budgetBytes: 50_000_000 });
    rejections = new Rejections();
    const log = { write: () => {} };
    receivers = await Receivers.open({
      ports: Object.fromEntries(names.map(name => [name, { port: 0, movable: false }])),
      policy: {},
      sinks: { ingest: new Ingest(store, log), store },
      rejections,
      log,
    });
    endpoints = receivers.endpoints;
  });
  afterEach(() => receivers.close());

  /** The spans of the one trace that arrived, by name, with the service that made each. */
  const arrived = async (count: number): Promise<Map<string, Span & { service: string }>> => {
    await until(() => store.counters.spansStored >= count || rejections.list().length > 0, `${count} spans`);
    assert.deepEqual(rejections.list(), []);
    const ids = Array.from({ length: store.traces.rows }, (_, row) => store.traces.idOf(row));
    assert.equal(ids.length, 1, 'one trace');
    const spans = exportTraces(store, ids).resourceSpans.flatMap(({ resource, scopeSpans }) => {
      const service = String(plainAttributes(resource?.attributes ?? [])['service.name']);
      return scopeSpans.flatMap(scope => scope.spans.map(span => ({ ...span, service })));
    });
    assert.equal(spans.length, count);
    return new Map(spans.map(span => [span.name, span]));
  };

  const openTelemetry: { readonly [what: string]: () => SpanExporter } = {
    'exporter-zipkin': () => new ZipkinExporter({ url: `${endpoints.zipkin}/api/v2/spans` }),
    'exporter-jaeger over HTTP': () => new JaegerExporter({ endpoint: `${endpoints.jaegerHttp}/api/traces` }),
    'exporter-jaeger over UDP': () => new JaegerExporter(place(endpoints.jaegerUdpBinary)),
    'exporter-jaeger to the port for the other encoding': () =>
      new JaegerExporter(place(endpoints.jaegerUdpCompact)),
  };
  for (const [what, make] of Object.entries(openTelemetry))
    it(`takes two spans of ${what}`, async () => {
      const provider = new BasicTracerProvider({
        resource: resourceFromAttributes({ 'service.name': 'checkout', 'host.name': 'box' }),
        spanProcessors: [new SimpleSpanProcessor(make())],
      });
      const tracer = provider.getTracer('shop', '1.2');
      const server = tracer.startSpan('POST /orders', { kind: SpanKind.SERVER });
      const within = trace.setSpan(ROOT_CONTEXT, server);
      const client = tracer.startSpan(
        'SELECT',
        { kind: SpanKind.CLIENT, attributes: { 'db.rows': 3 } },
        within,
      );
      client.addEvent('retry', { attempt: 2 });
      client.setStatus({ code: SpanStatusCode.ERROR, message: 'gone' });
      client.end();
      server.end();
      await provider.forceFlush();
      await provider.shutdown();

      const spans = await arrived(2);
      const [outer, inner] = [spans.get('POST /orders')!, spans.get('SELECT')!];
      assert.equal(outer.traceId, server.spanContext().traceId);
      assert.equal(outer.spanId, server.spanContext().spanId);
      assert.deepEqual([outer.kind, outer.service, outer.parentSpanId ?? ''], [2, 'checkout', '']);
      assert.deepEqual([inner.kind, inner.parentSpanId], [3, outer.spanId]);
      assert.deepEqual(inner.status, { code: 2, message: 'gone' });
      assert.equal(String(plainAttributes(inner.attributes ?? [])['db.rows']), '3');
      assert.deepEqual(
        inner.events?.map(({ name, attributes }) => [name, plainAttributes(attributes ?? [])['attempt']]),
        // The exporter for Zipkin leaves the attributes of events out.
        [['retry', what === 'exporter-zipkin' ? undefined : 2]],
      );
    });

  for (const encoder of ['JSON_V1', 'JSON_V2'] as const)
    it(`takes the two sides of a call from zipkin in ${encoder}`, async () => {
      const {
        BatchRecorder,
        ExplicitContext,
        HttpHeaders,
        Instrumentation,
        Request,
        Tracer,
        jsonEncoder,
        option,
      } = require('zipkin');
      const { HttpLogger } = require('zipkin-transport-http');
      const version = encoder === 'JSON_V1' ? 'v1' : 'v2';
      const logger = new HttpLogger({
        endpoint: `${endpoints.zipkin}/api/${version}/spans`,
        jsonEncoder: jsonEncoder[encoder],
        httpInterval: 20,
      });
      const ctxImpl = new ExplicitContext();
      const tracerOf = (localServiceName: string) =>
        new Tracer({ ctxImpl, recorder: new BatchRecorder({ logger }), localServiceName });
      const client = new Instrumentation.HttpClient({
        tracer: tracerOf('frontend'),
        remoteServiceName: 'backend',
      });
      const server = new Instrumentation.HttpServer({ tracer: tracerOf('backend'), port: 9000 });
      ctxImpl.scoped(() => {
        const { headers } = client.recordRequest({ headers: {} }, 'http://backend:9000/api', 'GET');
        const id = client.tracer.id;
        const read = (name: string) => (name in headers ? new option.Some(headers[name]) : option.None);
        ctxImpl.scoped(() => {
          const own = server.recordRequest('GET', 'http://backend:9000/api', read);
          server.recordResponse(own, '500', new Error('broken'));
        });
        client.recordResponse(id, '500');
        assert.ok(Request.addZipkinHeaders && HttpHeaders.TraceId in headers);
      });

      await until(() => store.counters.spansStored >= 2 || rejections.list().length > 0, 'two sides');
      assert.deepEqual(rejections.list(), []);
      const id = store.traces.idOf(0);
      const groups = exportTraces(store, [id]).resourceSpans;
      const sides = groups.flatMap(({ resource, scopeSpans }) =>
        scopeSpans[0].spans.map(({ kind, spanId, status }) => ({
          kind,
          spanId,
          failed: status?.code === 2,
          service: plainAttributes(resource?.attributes ?? [])['service.name'],
        })),
      );
      sides.sort((a, b) => Number(b.kind) - Number(a.kind));
      assert.deepEqual(
        sides.map(({ kind, service }) => [kind, service]),
        [
          [3, 'frontend'],
          [2, 'backend'],
        ],
      );
      assert.equal(sides[1].failed, true);
      assert.equal(store.traces.rows, 1);
    });

  const reporters: { readonly [what: string]: () => object } = {
    UDP: () => {
      const { host, port } = place(endpoints.jaegerUdpBinary);
      return { agentHost: host, agentPort: port };
    },
    HTTP: () => ({ collectorEndpoint: `${endpoints.jaegerHttp}/api/traces` }),
  };
  for (const [way, reporter] of Object.entries(reporters))
    it(`takes two spans of jaeger-client over ${way}`, async () => {
      const { initTracer } = require('jaeger-client');
      const tracer = initTracer(
        {
          serviceName: 'frontend',
          sampler: { type: 'const', param: 1 },
          reporter: { ...reporter(), flushIntervalMs: 20 },
        },
        { tags: { version: '1.2' } },
      );
      const root = tracer.startSpan('GET /', { tags: { 'span.kind': 'server' } });
      const child = tracer.startSpan('redis', {
        childOf: root.context(),
        tags: { 'span.kind': 'client', hit: false, rows: 3, ratio: 0.5 },
      });
      child.log({ event: 'miss', key: 'a' });
      child.setTag('error', true);
      child.finish();
      root.finish();
      await new Promise<void>(resolve => tracer.close(resolve));

      const spans = await arrived(2);
      const [outer, inner] = [spans.get('GET /')!, spans.get('redis')!];
      assert.deepEqual([outer.kind, outer.service], [2, 'frontend']);
      assert.deepEqual([inner.kind, inner.parentSpanId], [3, outer.spanId]);
      assert.equal(inner.status?.code, 2);
      const { hit, rows, ratio } = plainAttributes(inner.attributes ?? []);
      assert.deepEqual([hit, Number(rows), ratio], [false, 3, 0.5]);
      assert.deepEqual(
        inner.events?.map(({ name }) => name),
        ['miss'],
      );
    });

  it('tells jaeger-client to sample everything', async () => {
    const { initTracer } = require('jaeger-client');
    const { host, port } = place(endpoints.jaegerSampling!.replace('http://', ''));
    const reporter = { collectorEndpoint: `${endpoints.jaegerHttp}/api/traces`, flushIntervalMs: 20 };
    const tracer = initTracer(
      {
        serviceName: 'frontend',
        // Nothing is sampled until the answer is there.
        sampler: { type: 'remote', param: 0, host, port, refreshIntervalMs: 20 },
        reporter,
      },
      {},
    );
    let sent = 0;
    await until(() => {
      tracer.startSpan(`span ${sent++}`).finish();
      return store.counters.spansStored > 0;
    }, 'a sampled span');
    await new Promise<void>(resolve => tracer.close(resolve));
    assert.deepEqual(rejections.list(), []);
    assert.ok((receivers.requests.jaegerSampling ?? 0) > 0);
  });
});

function place(endpoint = ''): { host: string; port: number } {
  const { hostname, port } = new URL(`udp://${endpoint}`);
  return { host: hostname, port: Number(port) };
}
