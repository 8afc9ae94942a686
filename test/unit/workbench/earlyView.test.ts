import assert from 'node:assert/strict';
import { connectToEngine } from '../../../src/engine/client.ts';
import type { ControlClient } from '../../../src/engine/controlClient.ts';
import { type ControlRequests, controlErrors } from '../../../src/protocol/control.ts';
import { EarlyView } from '../../../src/workbench/panel/earlyView.ts';
import { postTraces } from '../cli/telemetry.ts';
import { Processes } from '../engine/processes.ts';
import { TemporaryDirectories } from '../engine/temporary.ts';

const temporary = new TemporaryDirectories();
const traceId = '5b8efff798038103d269b633813fc60c';
const whole = { collapsed: [], filter: '' };

describe('a view that is opened before it is asked for', function () {
  this.timeout(20_000);
  let processes: Processes;
  let engine: ControlClient;
  /** Ends of the requests that were made, in order. */
  let ended: Promise<unknown>[];
  const link = {
    request<K extends keyof ControlRequests>(name: K, params: ControlRequests[K][0]) {
      const answer = engine.request(name, params);
      ended.push(answer);
      return answer;
    },
  };

  before(async () => {
    processes = new Processes(await temporary.make());
    const { control, endpoints } = await processes.serve(['--otlp-http', '0', '--otlp-grpc', 'off']);
    engine = await connectToEngine({ control });
    const span = { traceId, spanId: '00f067aa0ba902b7', name: 'root', kind: 1 as const };
    const times = { startTimeUnixNano: '1785499509000000000', endTimeUnixNano: '1785499509000001000' };
    await postTraces(endpoints.otlpHttp!, {
      resourceSpans: [{ scopeSpans: [{ spans: [{ ...span, ...times }] }] }],
    });
  });
  after(async () => {
    engine.dispose();
    await processes.end();
    await temporary.remove();
  });
  beforeEach(() => {
    ended = [];
  });

  const isOpen = async (viewId: number) => {
    try {
      await engine.request('view/rows', { viewId, first: 0, count: 1 });
      return true;
    } catch (error) {
      assert.equal((error as { code?: unknown }).code, controlErrors.noSuchView);
      return false;
    }
  };

  it('is given to the first who asks, and stays open then', async () => {
    const early = new EarlyView(link, traceId, whole);
    const view = await early.take({ traceId, intent: whole });
    assert.equal(view?.head.rowCount, 1);
    assert.equal(await early.take({ traceId, intent: whole }), null);
    early.dispose();
    await Promise.all(ended);
    assert.ok(await isOpen(view.viewId));
  });

  it('is closed when another view is wanted', async () => {
    const early = new EarlyView(link, traceId, whole);
    assert.equal(await early.take({ traceId, intent: { ...whole, filter: 'x' } }), null);
    assert.equal(await early.take({ traceId, intent: { ...whole, collapsed: ['00f067aa0ba902b7'] } }), null);
    const { viewId } = (await ended[0]) as { viewId: number };
    assert.ok(await isOpen(viewId));
    early.dispose();
    await engine.request('status', {});
    assert.ok(!(await isOpen(viewId)));
  });

  it('is none when its engine is gone or does not know the trace', async () => {
    const unknown = new EarlyView(link, 'f'.repeat(32), whole);
    assert.equal(await unknown.take({ traceId: 'f'.repeat(32), intent: whole }), null);
    const forgotten = new EarlyView(link, traceId, whole);
    forgotten.forget();
    assert.equal(await forgotten.take({ traceId, intent: whole }), null);
    const failed = new EarlyView({ request: () => Promise.reject(new Error('gone')) }, traceId, whole);
    assert.equal(await failed.take({ traceId, intent: whole }), null);
    failed.dispose();
  });
});
