import assert from 'node:assert/strict';
import { connectToEngine } from '../../../src/engine/client.ts';
import type { ControlClient } from '../../../src/engine/controlClient.ts';
import { postTraces, sampleTrace } from '../cli/telemetry.ts';
import { Processes, type Served } from './processes.ts';
import { TemporaryDirectories } from './temporary.ts';

const temporary = new TemporaryDirectories();

describe('evidence from an engine', function () {
  this.timeout(20_000);
  let processes: Processes;
  let served: Served;
  let engine: ControlClient;

  before(async () => {
    processes = new Processes(await temporary.make());
    served = await processes.serve(['--otlp-http', '0', '--otlp-grpc', 'off']);
    engine = await connectToEngine({ control: served.control });
  });
  after(async () => {
    engine.dispose();
    await processes.end();
    await temporary.remove();
  });

  it('is sent once, and again when it changes', async () => {
    const none = await engine.request('evidence/get', {});
    assert.equal(none.evidence?.spans, 0);
    assert.equal((await engine.request('evidence/get', { known: none.generation })).evidence, undefined);

    await postTraces(
      served.endpoints.otlpHttp!,
      sampleTrace('000000000000000000000000000000a0', 1_760_000_000),
    );
    const some = await engine.request('evidence/get', { known: none.generation });
    assert.deepEqual([some.evidence?.spans, some.evidence?.traces, some.changesAt], [3, 1, undefined]);
    assert.deepEqual(some.evidence?.services.map(({ serviceName }) => serviceName).sort(), [
      'gateway',
      'orders',
    ]);
    const again = await engine.request('evidence/get', { known: some.generation });
    assert.deepEqual(again, { generation: some.generation });
  });

  it('says when what is missing will be given up for lost', async () => {
    const now = Date.now();
    const [{ resource, scopeSpans }] = sampleTrace(
      '000000000000000000000000000000b0',
      Math.floor(now / 1000),
    ).resourceSpans;
    const [{ spans }] = scopeSpans;
    const children = spans.filter(({ parentSpanId }) => parentSpanId !== undefined);
    await postTraces(served.endpoints.otlpHttp!, {
      resourceSpans: [{ resource, scopeSpans: [{ spans: children }] }],
    });
    const { evidence, changesAt } = await engine.request('evidence/get', {});
    assert.deepEqual(evidence?.missingParents, []);
    assert.ok(changesAt !== undefined && changesAt > now && changesAt < now + 60_000, String(changesAt));
  });
});
