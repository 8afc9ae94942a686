import assert from 'node:assert/strict';
import { connectToEngine } from '../../../src/engine/client.ts';
import type { ControlNotifications } from '../../../src/protocol/control.ts';
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
      const { spansStored, errorTraces, generation } = each.at(-1)!;
      assert.deepEqual({ spansStored, errorTraces }, { spansStored: 3 * posts, errorTraces: posts });
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
});
