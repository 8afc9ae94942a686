import assert from 'node:assert/strict';
import { connectToEngine } from '../../../src/engine/client.ts';
import { type ControlNotifications, controlErrors } from '../../../src/protocol/control.ts';
import { readRowColumns } from '../../../src/protocol/rowColumns.ts';
import { postTraces, sampleTrace } from '../cli/telemetry.ts';
import { Processes, until } from './processes.ts';
import { TemporaryDirectories } from './temporary.ts';

const temporary = new TemporaryDirectories();

describe('changes of the store', function () {
  this.timeout(20_000);
  let processes: Processes;

  beforeEach(async () => {
    processes = new Processes(await temporary.make());
  });
  afterEach(async () => {
    await processes.end();
    await temporary.remove();
  });

  it('are told to every client, several in one, the last state always', async () => {
    const { control, endpoints } = await processes.serve(['--otlp-http', '0', '--otlp-grpc', '0']);
    const clients = await Promise.all([connectToEngine({ control }), connectToEngine({ control })]);
    const heard: ControlNotifications['store/changed'][][] = clients.map(() => []);
    for (const [at, client] of clients.entries())
      client.onNotification('store/changed', change => heard[at].push(change));
    const posts = 40;
    for (let i = 1; i <= posts; i++)
      await postTraces(endpoints.otlpHttp!, sampleTrace(i.toString(16).padStart(32, '0'), 1_700_000_000 + i));
    for (const each of heard) {
      await until(() => each.at(-1)?.tracesStored === posts);
      const { spansStored, tracesStored, generation } = each.at(-1)!;
      assert.deepEqual({ spansStored, tracesStored }, { spansStored: 3 * posts, tracesStored: posts });
      assert.ok(each.length < posts, `${each.length} for ${posts} requests`);
      assert.deepEqual(
        each.map(change => change.generation),
        each.map(change => change.generation).toSorted((a, b) => a - b),
      );
      assert.ok(generation >= posts);
    }
    await clients[0].request('store/clear', {});
    await until(() => heard.every(each => each.at(-1)?.tracesStored === 0));
    for (const client of clients) client.dispose();
  });

  it('are told of a trace that is on the screen, to whom it is shown', async () => {
    const { control, endpoints } = await processes.serve(['--otlp-http', '0', '--otlp-grpc', '0']);
    const [viewer, other] = await Promise.all([connectToEngine({ control }), connectToEngine({ control })]);
    const traceId = '000000000000000000000000000000a0';
    const { resourceSpans } = sampleTrace(traceId, 1_700_000_000);
    await postTraces(endpoints.otlpHttp!, { resourceSpans: resourceSpans.slice(0, 1) });
    const opened = await viewer.request('view/open', { traceId, intent: { collapsed: [], filter: '' } });
    assert.equal(opened?.head.spanCount, 2);
    const { viewId } = opened!;
    const heard: ControlNotifications['view/changed'][] = [];
    viewer.onNotification('view/changed', change => heard.push(change));
    other.onNotification('view/changed', () => assert.fail('not its view'));
    await postTraces(endpoints.otlpHttp!, { resourceSpans: resourceSpans.slice(1) });
    await until(() => heard.length > 0);
    assert.deepEqual([heard[0].viewId, heard[0].head.spanCount], [viewId, 3]);
    const window = await viewer.request('view/rows', { viewId, first: 0, count: 10 });
    assert.equal(window.count, 3);
    assert.deepEqual([...readRowColumns(window.columns).depth], [0, 1, 2]);
    await assert.rejects(other.request('view/rows', { viewId, first: 0, count: 10 }), {
      code: controlErrors.noSuchView,
    });
    await viewer.request('view/close', { viewId });
    await assert.rejects(viewer.request('view/rows', { viewId, first: 0, count: 10 }), {
      code: controlErrors.noSuchView,
    });
    viewer.dispose();
    other.dispose();
  });
});
