import assert from 'node:assert/strict';
import { Emitter } from '../../../src/base/events.ts';
import { connectToEngine } from '../../../src/engine/client.ts';
import type { ControlClient } from '../../../src/engine/controlClient.ts';
import type { Span } from '../../../src/model/span.ts';
import type { ControlNotifications, ControlRequests } from '../../../src/protocol/control.ts';
import type { TraceBreak } from '../../../src/protocol/traceView.ts';
import { BreakWatch } from '../../../src/workbench/panel/breakWatch.ts';
import { postTraces } from '../cli/telemetry.ts';
import { Processes } from '../engine/processes.ts';
import { TemporaryDirectories } from '../engine/temporary.ts';
import { until } from '../receive/receiving.ts';

const temporary = new TemporaryDirectories();
const [traceId, otherId] = ['0af7651916cd43dd8448eb211c80319c', '5b8efff798038103d269b633813fc60c'];
const [parent, child] = ['00f067aa0ba902b7', '00f067aa0ba902b8'];

describe('watching for other pieces of a trace', function () {
  this.timeout(20_000);
  let processes: Processes;
  let endpoint: string;
  let engine: ControlClient;
  let asked: number;
  const storeChanged = new Emitter<ControlNotifications['store/changed']>();
  const connected = new Emitter<void>();
  const problems: string[] = [];
  const log = { debug: (text: string) => void problems.push(text) };
  const link = {
    request<K extends keyof ControlRequests>(name: K, params: ControlRequests[K][0]) {
      asked++;
      return engine.request(name, params);
    },
    onDidChangeStore: storeChanged.event,
    onDidConnect: connected.event,
  };

  before(async () => {
    processes = new Processes(await temporary.make());
    const { control, endpoints } = await processes.serve(['--otlp-http', '0', '--otlp-grpc', 'off']);
    endpoint = endpoints.otlpHttp!;
    engine = await connectToEngine({ control });
    engine.onNotification('store/changed', change => storeChanged.fire(change));
  });
  after(async () => {
    engine.dispose();
    await processes.end();
    await temporary.remove();
  });
  afterEach(() => assert.deepEqual(problems.splice(0), []));
  beforeEach(async () => {
    asked = 0;
    await engine.request('store/clear', {});
  });

  const send = (span: Pick<Span, 'traceId' | 'spanId' | 'parentSpanId'>) => {
    const times = { startTimeUnixNano: '1785499509000000000', endTimeUnixNano: '1785499509000001000' };
    const spans = [{ name: 'GET /', kind: 1 as const, ...times, ...span }];
    return postTraces(endpoint, { resourceSpans: [{ scopeSpans: [{ spans }] }] });
  };

  it('tells when a piece comes, and when the pieces have become one', async () => {
    const watch = new BreakWatch(link, log, 10);
    const heard: (readonly TraceBreak[])[] = [];
    watch.onDidChange(breaks => heard.push(breaks));
    await send({ traceId, spanId: child, parentSpanId: parent });
    assert.deepEqual(await watch.read(traceId), []);
    await send({ traceId: otherId, spanId: parent });
    await until(() => heard.length === 1, 'the piece came');
    assert.deepEqual(heard[0], [{ kind: 'parentElsewhere', traceId: otherId, hasDatadog: false }]);
    await send({ traceId, spanId: parent });
    await until(() => heard.length === 2, 'the piece went');
    assert.deepEqual(heard[1], []);
    watch.dispose();
  });

  it('asks nothing while nobody looks', async () => {
    const watch = new BreakWatch(link, log, 10);
    await watch.read(traceId);
    watch.pause();
    let changes = 0;
    const counting = storeChanged.event(() => changes++);
    for (const spanId of [child, parent]) {
      const before = changes;
      await send({ traceId, spanId });
      await until(() => changes > before, 'the store changed');
    }
    assert.equal(asked, 1);
    counting.dispose();
    watch.dispose();
  });

  it('looks again when another engine answers', async () => {
    const { request, onDidConnect } = link;
    const watch = new BreakWatch({ request, onDidConnect }, log, 10);
    const heard: (readonly TraceBreak[])[] = [];
    watch.onDidChange(breaks => heard.push(breaks));
    await send({ traceId, spanId: child, parentSpanId: parent });
    await send({ traceId: otherId, spanId: parent });
    assert.equal((await watch.read(traceId)).length, 1);
    await engine.request('store/clear', {});
    connected.fire();
    await until(() => heard.length === 1, 'none is left');
    assert.deepEqual(heard[0], []);
    watch.dispose();
  });

  it('knows of none, and says why, when no engine answers', async () => {
    const request = async () => {
      throw new Error('the engine is gone');
    };
    const watch = new BreakWatch({ request, onDidConnect: connected.event }, log, 10);
    assert.deepEqual(await watch.read(traceId), []);
    assert.deepEqual(problems.splice(0), ['pieces of the trace: the engine is gone']);
    watch.dispose();
  });
});
