import assert from 'node:assert/strict';
import { connectToEngine } from '../../../src/engine/client.ts';
import type { ControlClient } from '../../../src/engine/controlClient.ts';
import { controlErrors } from '../../../src/protocol/control.ts';
import { FakeBackend, json } from '../backends/fakeBackend.ts';
import { postTraces, sampleTrace } from '../cli/telemetry.ts';
import { Processes, type Served } from './processes.ts';
import { TemporaryDirectories } from './temporary.ts';

const temporary = new TemporaryDirectories();
const traceId = '000000000000000000000000000000a0';
const intent = { collapsed: [], filter: '' };

describe('traces of backends in the engine', function () {
  this.timeout(20_000);
  let fake: FakeBackend;
  let processes: Processes;
  let served: Served;
  let engine: ControlClient;

  before(async () => {
    fake = await FakeBackend.start();
    const directory = await temporary.make();
    processes = new Processes(directory);
    served = await processes.serve(['--otlp-http', '0', '--otlp-grpc', 'off', '--data-dir', directory]);
    engine = await connectToEngine({ control: served.control });
  });
  beforeEach(() => fake.reset());
  after(async () => {
    engine.dispose();
    await processes.end();
    await fake.stop();
    await temporary.remove();
  });

  const backend = () => ({ kind: 'jaeger' as const, url: fake.url });

  it('shows a fetched trace like a received one, and keeps it apart', async () => {
    fake.answers[`/api/v3/traces/${traceId}`] = json({ result: sampleTrace(traceId, 1_700_000_000) });
    assert.equal(await engine.request('view/open', { traceId, intent }), null);
    assert.deepEqual(await engine.request('backend/fetch', { backend: backend(), traceId }), {
      warnings: [],
    });
    const view = await engine.request('view/open', { traceId, intent });
    assert.equal(view?.head.spanCount, 3);
    assert.equal((await engine.request('view/rows', { viewId: view.viewId, first: 0, count: 10 })).count, 3);
    assert.equal((await engine.request('trace/get', { traceId }))?.resourceSpans.length, 2);
    assert.equal((await engine.request('trace/analyze', { traceId }))?.spanCount, 3);
    const details = await engine.request('span/details', { traceId, spanId: '00000000000000b1' });
    assert.equal(details?.serviceName, 'orders');
    const { spansReceived, spansStored, tracesStored, journal } = await engine.request('status', {});
    assert.deepEqual(
      { spansReceived, spansStored, tracesStored },
      { spansReceived: 0, spansStored: 0, tracesStored: 0 },
    );
    assert.ok(journal.bytes < 1000, `${journal.bytes}`);
    const { traces } = await engine.request('traces/list', {
      filter: { attribution: { kind: 'all' } },
      limit: 10,
    });
    assert.deepEqual(traces, []);
    await assert.rejects(engine.request('traces/pin', { traceId, pinned: true }), /no trace/);
  });

  it('announces what a trace has grown by when it is fetched again', async () => {
    const growing = '000000000000000000000000000000c0';
    const { resourceSpans } = sampleTrace(growing, 1_700_000_000);
    fake.answers[`/api/v3/traces/${growing}`] = json({
      result: { resourceSpans: resourceSpans.slice(0, 1) },
    });
    await engine.request('backend/fetch', { backend: backend(), traceId: growing });
    const view = await engine.request('view/open', { traceId: growing, intent });
    assert.equal(view?.head.spanCount, 2);
    const changed = new Promise<number>(resolve => {
      engine.onNotification('view/changed', ({ viewId, head }) => {
        if (viewId === view.viewId) resolve(head.spanCount);
      });
    });
    fake.answers[`/api/v3/traces/${growing}`] = json({ result: { resourceSpans } });
    await engine.request('backend/fetch', { backend: backend(), traceId: growing });
    assert.equal(await changed, 3);
  });

  it('receives while a backend hangs, and lets the asking be cancelled', async () => {
    const arrived = new Promise<void>(resolve => {
      fake.otherwise = () => resolve();
    });
    const stop = new AbortController();
    const asking = engine.request(
      'backend/search',
      { backend: { ...backend(), kind: 'tempo' }, query: '{ }', limit: 5, spansPerTrace: 1 },
      stop.signal,
    );
    await arrived;
    const own = '000000000000000000000000000000b0';
    await postTraces(served.endpoints.otlpHttp!, sampleTrace(own, 1_700_000_060));
    assert.equal((await engine.request('trace/summary', { traceId: own }))?.spanCount, 3);
    stop.abort();
    await assert.rejects(asking);
  });

  it('tells in its status how backends have answered', async () => {
    const target = { kind: 'tempo' as const, headers: { authorization: 'very-secret' } };
    const url = `${fake.url}/tempo`;
    const ask = (asked = url) =>
      engine.request('backend/complete', { backend: { ...target, url: asked } }).catch(() => {});
    const state = async () => {
      const { backends } = await engine.request('status', {});
      assert.doesNotMatch(JSON.stringify(backends), /secret/);
      const [{ lastAnswerUnixNano, lastError, ...rest }] = backends;
      return { ...rest, hasAnswered: lastAnswerUnixNano !== undefined, error: lastError?.kind };
    };
    fake.otherwise = json({}, 401);
    await ask();
    const refused = { url, kind: 'tempo', isReachable: true, hasAnswered: false, error: 'unauthorized' };
    assert.deepEqual(await state(), refused);
    fake.otherwise = json({ scopes: [] });
    await ask();
    assert.deepEqual(await state(), { ...refused, hasAnswered: true });
    const gone = await FakeBackend.start();
    const { url: goneUrl } = gone;
    await gone.stop();
    await ask(goneUrl);
    assert.deepEqual(await state(), {
      url: `${goneUrl}/`,
      kind: 'tempo',
      isReachable: false,
      hasAnswered: false,
      error: 'unreachable',
    });
    await ask('nowhere');
    assert.equal((await state()).url, `${goneUrl}/`);
    for (let other = 0; other < 10; other++) await ask(`${fake.url}/${other}`);
    const { backends } = await engine.request('status', {});
    assert.equal(backends.length, 8);
    assert.equal(backends[0].url, `${fake.url}/9`);
  });

  it('tells what a backend did wrong', async () => {
    await assert.rejects(
      engine.request('backend/search', {
        backend: { kind: 'tempo', url: 'nowhere' },
        query: '{ }',
        limit: 5,
        spansPerTrace: 1,
      }),
      { code: controlErrors.backendFailed, message: /no URL of a backend/, data: { kind: 'badTarget' } },
    );
    await assert.rejects(
      engine.request('backend/search', {
        backend: backend(),
        query: '{ name = ',
        limit: 5,
        spansPerTrace: 1,
      }),
      { code: controlErrors.badQuery },
    );
    fake.otherwise = json({ error: { httpCode: 404, message: 'No traces found' } }, 404);
    assert.equal(await engine.request('backend/fetch', { backend: backend(), traceId }), null);
    const other = '000000000000000000000000000000d0';
    fake.answers[`/api/v3/traces/${other}`] = json({ result: sampleTrace(traceId, 1_700_000_000) });
    await assert.rejects(
      engine.request('backend/fetch', { backend: backend(), traceId: other }),
      /is not that trace/,
    );
  });
});
