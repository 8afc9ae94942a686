// Spans per second from the bodies of Datadog tracers to columns, against @msgpack/msgpack reading the same bytes to objects.
import assert from 'node:assert/strict';
import { decode } from '@msgpack/msgpack';
import { DatadogDecoder, type DatadogVersion } from '../src/decode/datadog/datadogDecoder.ts';
import { scanTraces } from '../src/decode/otlp/scanTraces.ts';
import { SpanBatch } from '../src/model/spanBatch.ts';
import { type TracerSpan, tracerSpan, v04, v05 } from '../test/unit/decode/datadog/wire.ts';
import { interleave, median, ratioOfMinima, report, reportMachine } from './harness.ts';
import { Random } from './support/random.ts';

const traces = 400;
const spansPerTrace = 10;
const spans = traces * spansPerTrace;
const random = new Random(8126);
let lastId = 0n;

/** What `dd-trace` sends of a web server with a database: a root with a dozen tags, children with half of them. */
function trace(): TracerSpan[] {
  const traceId = BigInt(`0x${random.hex(16)}`);
  return Array.from({ length: spansPerTrace }, (_, index) => {
    const isRoot = index === 0;
    return tracerSpan({
      service: isRoot ? 'shop' : 'shop-postgres',
      name: isRoot ? 'express.request' : 'pg.query',
      resource: isRoot ? `GET /users/:id` : `SELECT * FROM orders WHERE id = $${index}`,
      type: isRoot ? 'web' : 'sql',
      trace_id: traceId,
      span_id: ++lastId,
      parent_id: isRoot ? 0n : lastId - BigInt(index),
      start: 1_790_000_000_000_000_000n + BigInt(random.between(0, 1e9)),
      duration: BigInt(random.between(1e5, 1e8)),
      meta: {
        ...{
          env: 'dev',
          version: '1.2.3',
          component: isRoot ? 'express' : 'pg',
          'span.kind': isRoot ? 'server' : 'client',
        },
        ...(isRoot
          ? {
              ...{
                '_dd.p.tid': 'aabbccdd00000000',
                '_dd.p.dm': '-0',
                'runtime-id': 'r'.repeat(36),
                language: 'javascript',
              },
              ...{
                'http.method': 'GET',
                'http.status_code': '200',
                'http.url': `http://localhost:3000/users/${index}`,
              },
              ...{
                'http.useragent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36',
                'http.route': '/users/:id',
              },
            }
          : { 'db.type': 'postgres', 'db.name': 'shop', 'out.host': 'localhost', 'db.user': 'shop' }),
      },
      metrics: {
        process_id: 4242,
        ...(isRoot && { _sampling_priority_v1: 1 }),
        'network.destination.port': 5432,
      },
    });
  });
}

const chunks = Array.from({ length: traces }, trace);
const bodies: { readonly [version in DatadogVersion]?: Uint8Array } = {
  'v0.4': v04(chunks),
  'v0.5': v05(chunks),
};
reportMachine();
const batch = new SpanBatch();
for (const [version, body] of Object.entries(bodies)) {
  console.error(`${version}: ${spans} spans, ${(body.length / spans).toFixed(0)} bytes each`);
  const decoder = new DatadogDecoder();
  const ours = () => {
    scanTraces(decoder.decode(version as DatadogVersion, 'msgpack', body, { language: 'nodejs' }), batch);
    return batch.count;
  };
  const general = () => decode(body, { useBigInt64: true });
  assert.equal(ours(), spans);
  assert.ok(Array.isArray(general()));
  const [own, baseline] = await interleave([{ run: ours }, { run: general }]);
  report({
    name: `datadog-${version}`,
    value: Math.round(spans / (median(own) / 1e3)),
    unit: 'spans/s',
    baseline: Math.round(spans / (median(baseline) / 1e3)),
    ratio: ratioOfMinima(own, baseline),
  });
}
