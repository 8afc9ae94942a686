import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
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
import type { Made } from './zipkinJaegerSender.ts';

const run = promisify(execFile);
const sender = fileURLToPath(new URL('./zipkinJaegerSender.js', import.meta.url));

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

  /** A program that is traced with the client has run to its end. */
  const send = async (client: string, endpoint = ''): Promise<Made> => {
    const { stdout } = await run(process.execPath, [sender, client, endpoint]);
    return JSON.parse(stdout) as Made;
  };

  const openTelemetry: { readonly [what: string]: [client: string, endpoint: BuiltReceiver] } = {
    'exporter-zipkin': ['exporter-zipkin', 'zipkin'],
    'exporter-jaeger over HTTP': ['exporter-jaeger over HTTP', 'jaegerHttp'],
    'exporter-jaeger over UDP': ['exporter-jaeger over UDP', 'jaegerUdpBinary'],
    'exporter-jaeger to the port for the other encoding': ['exporter-jaeger over UDP', 'jaegerUdpCompact'],
  };
  for (const [what, [client, receiver]] of Object.entries(openTelemetry))
    it(`takes two spans of ${what}`, async () => {
      const made = await send(client, endpoints[receiver]);
      const spans = await arrived(2);
      const [outer, inner] = [spans.get('POST /orders')!, spans.get('SELECT')!];
      assert.deepEqual({ traceId: outer.traceId, spanId: outer.spanId }, made);
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

  for (const encoder of ['JSON_V1', 'JSON_V2'])
    it(`takes the two sides of a call from zipkin in ${encoder}`, async () => {
      const { traceId = '' } = await send(`zipkin in ${encoder}`, endpoints.zipkin);
      await until(() => store.counters.spansStored >= 2 || rejections.list().length > 0, 'two sides');
      assert.deepEqual(rejections.list(), []);
      const groups = exportTraces(store, [traceId.padStart(32, '0')]).resourceSpans;
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

  for (const [way, receiver] of [
    ['UDP', 'jaegerUdpBinary'],
    ['HTTP', 'jaegerHttp'],
  ] as const)
    it(`takes two spans of jaeger-client over ${way}`, async () => {
      const { traceId = '', spanId = '' } = await send(`jaeger-client over ${way}`, endpoints[receiver]);
      const spans = await arrived(2);
      const [outer, inner] = [spans.get('GET /')!, spans.get('redis')!];
      // The client writes its ids without the zeros that they begin with.
      assert.deepEqual([outer.traceId, outer.spanId], [traceId.padStart(32, '0'), spanId.padStart(16, '0')]);
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
    const asking = `${endpoints.jaegerSampling} ${endpoints.jaegerHttp}`;
    await send('jaeger-client that asks for its sampling', asking);
    await until(() => store.counters.spansStored > 0, 'a sampled span');
    assert.deepEqual(rejections.list(), []);
    assert.ok((receivers.requests.jaegerSampling ?? 0) > 0);
  });
});
