import assert from 'node:assert/strict';
import { request } from 'undici';
import { type TracerSpan, tracerSpan, v04 } from '../decode/datadog/wire.ts';
import { Processes } from '../engine/processes.ts';
import { TemporaryDirectories } from '../engine/temporary.ts';

const temporary = new TemporaryDirectories();
const ports = ['--otlp-http', 'off', '--otlp-grpc', 'off', '--datadog', '0', '--prometheus', '0'];
const low = '1122334455667788';
const whole = `aabbccdd00000000${low}`;

describe('spanline serve --datadog --prometheus', function () {
  this.timeout(30_000);
  let processes: Processes;

  beforeEach(async () => {
    processes = new Processes(await temporary.make());
  });
  afterEach(async () => {
    await processes.end();
    await temporary.remove();
  });

  const send = async (endpoint: string, ...spans: TracerSpan[]) => {
    const { statusCode, body } = await request(`${endpoint}/v0.4/traces`, {
      method: 'PUT',
      headers: { 'content-type': 'application/msgpack' },
      body: v04([spans]),
    });
    assert.equal(statusCode, 200);
    assert.deepEqual(await body.json(), { rate_by_service: { 'service:,env:': 1 } });
  };
  const traces = async (): Promise<{ traceId: string; spanCount: number }[]> => {
    const { stdout } = await processes.spanline(['query', '{}', '--json']);
    return JSON.parse(stdout).traces.map(
      ({ traceId, spanCount }: { traceId: string; spanCount: number }) => ({
        traceId,
        spanCount,
      }),
    );
  };

  it('shows what tracers send, and counts it for Prometheus', async () => {
    const { endpoints } = await processes.serve(ports);
    assert.match(endpoints.datadog!, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.match(endpoints.prometheus!, /^http:\/\/127\.0\.0\.1:\d+$/);
    await send(endpoints.datadog!, tracerSpan({ meta: { '_dd.p.tid': whole.slice(0, 16) } }));
    assert.deepEqual(await traces(), [{ traceId: whole, spanCount: 1 }]);
    const scraped = await request(`${endpoints.prometheus}/metrics`);
    assert.match(
      await scraped.body.text(),
      /traces_span_metrics_calls_total\{service_name="shop",span_name="GET \/users\/:id",span_kind="SPAN_KIND_SERVER",status_code="STATUS_CODE_UNSET"\} 1\n/,
    );
  });

  it('has one trace of what came under half of its id first, also after a restart', async () => {
    const first = await processes.serve(ports);
    await send(first.endpoints.datadog!, tracerSpan({ span_id: 2n, parent_id: 1n }));
    assert.deepEqual(await traces(), [{ traceId: `${'0'.repeat(16)}${low}`, spanCount: 1 }]);
    await send(
      first.endpoints.datadog!,
      tracerSpan({ span_id: 1n, meta: { '_dd.p.tid': whole.slice(0, 16) } }),
    );
    assert.deepEqual(await traces(), [{ traceId: whole, spanCount: 2 }]);
    first.child.kill('SIGKILL');
    await new Promise(resolve => first.child.once('close', resolve));
    await processes.serve(ports);
    assert.deepEqual(await traces(), [{ traceId: whole, spanCount: 2 }]);
  });
});
