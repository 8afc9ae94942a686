import assert from 'node:assert/strict';
import { FakeBackend, json } from '../backends/fakeBackend.ts';
import { Processes } from '../engine/processes.ts';
import { TemporaryDirectories } from '../engine/temporary.ts';
import { sampleTrace } from './telemetry.ts';

const temporary = new TemporaryDirectories();
const traceId = '000000000000000000000000000000a0';

describe('spanline --backend', function () {
  this.timeout(20_000);
  let fake: FakeBackend;
  let processes: Processes;

  before(async () => {
    fake = await FakeBackend.start();
    processes = new Processes(await temporary.make());
    processes.environment['TEST_TOKEN'] = 'Bearer very-secret';
  });
  beforeEach(() => fake.reset());
  after(async () => {
    await processes.end();
    await fake.stop();
    await temporary.remove();
  });

  const spanline = (...args: string[]) => processes.spanline([...args, '--backend', `jaeger+${fake.url}`]);

  it('searches without an engine, in the shape of a search in one', async () => {
    fake.answers['/api/v3/traces'] = json({ result: sampleTrace(traceId, 1_700_000_000) });
    const query = '{ resource.service.name = "orders" }';
    const asked = await spanline('query', query, '--json', '--backend-header', 'authorization=TEST_TOKEN');
    assert.equal(asked.code, 0, asked.stderr);
    const { traces } = JSON.parse(asked.stdout);
    assert.equal(traces.length, 1);
    const { matchedSpans, ...trace } = traces[0];
    assert.deepEqual(trace, {
      traceId,
      rootServiceName: 'gateway',
      rootSpanName: 'GET /checkout',
      startTimeUnixNano: '1700000000000000000',
      durationNano: '1000000000',
      spanCount: 3,
      errorCount: 1,
      serviceNames: ['gateway', 'orders'],
      matchedCount: 1,
    });
    assert.equal(matchedSpans[0].name, 'POST /orders');
    assert.equal(fake.asked[0].headers['authorization'], 'Bearer very-secret');
    const { stdout } = await spanline('query', query);
    assert.match(stdout, /gateway: GET \/checkout/);
  });

  it('makes metrics in Tempo', async () => {
    fake.answers['/api/metrics/query_range'] = json({
      series: [{ labels: [], samples: [{ timestampMs: '1700000000000', value: 2 }] }],
      status: 'PARTIAL',
    });
    const args = ['query', '{ } | rate()', '--step', '1m', '--backend', `tempo+${fake.url}`];
    const { code, stdout, stderr } = await processes.spanline([...args, '--json']);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /the series are not complete/);
    assert.deepEqual(JSON.parse(stdout), {
      series: [{ labels: {}, samples: [{ timeUnixNano: '1700000000000000000', value: 2 }] }],
    });
    assert.equal(fake.asked[0].query.get('step'), '60.000000000');
    assert.match((await processes.spanline(args)).stdout, /^series +min +max +last$/m);
  });

  it('shows a trace in every form', async () => {
    fake.answers[`/api/v3/traces/${traceId}`] = json({ result: sampleTrace(traceId, 1_700_000_000) });
    const asJson = await spanline('trace', traceId, '--json');
    assert.equal(JSON.parse(asJson.stdout).resourceSpans.length, 2, asJson.stderr);
    assert.match((await spanline('trace', traceId, '--format', 'tree')).stdout, /POST \/orders/);
    assert.equal(JSON.parse((await spanline('trace', traceId, '--format', 'summary')).stdout).spanCount, 3);
  });

  it('ends with 1 where there is no such trace, and with 2 and one line where it cannot tell', async () => {
    fake.otherwise = json({ error: { httpCode: 404, message: 'No traces found' } }, 404);
    const none = await spanline('trace', traceId);
    assert.equal(none.code, 1);
    assert.match(none.stderr, /no trace 0{30}a0 in 127\.0\.0\.1:\d+/);
    fake.otherwise = (_, response) => response.writeHead(401).end();
    const failures: [string[], RegExp][] = [
      [['trace', traceId], /answers 401; the token is missing/],
      [['query', '{ name =~ "a" }'], /bad query: this backend only searches for/],
      [['query', '{ name = }'], /bad query: .*line 1, column/],
      [['query', '{ } | rate()'], /jaeger makes no metrics of its traces: of the backends only Tempo does/],
      [['query', '{ }', '--backend-header', 'authorization=NOT_SET_AT_ALL'], /NOT_SET_AT_ALL is not set/],
    ];
    for (const [args, message] of failures) {
      const { code, stdout, stderr } = await spanline(...args);
      assert.equal(code, 2, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, message);
      assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
    }
    const alone = await processes.spanline(['query', '{ }', '--backend-insecure']);
    assert.match(alone.stderr, /--backend-insecure without --backend/);
  });
});
