import assert from 'node:assert/strict';
import { connectToEngine } from '../../../src/engine/client.ts';
import type { ControlClient } from '../../../src/engine/controlClient.ts';
import type { ControlRequests } from '../../../src/protocol/control.ts';
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

  it('is judged by what a project calls sensitive, for each that asks', async () => {
    const [{ scopeSpans }] = sampleTrace('000000000000000000000000000000c0', 1_760_000_000).resourceSpans;
    const [root] = scopeSpans[0].spans;
    const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
    const attributes = [text('loyalty_number', 'LN-1234567'), text('user.password', 'correct horse battery')];
    const status = { code: 2 as const, message: 'badge B-123456 is not known' };
    await postTraces(served.endpoints.otlpHttp!, {
      resourceSpans: [{ scopeSpans: [{ spans: [{ ...root, attributes, status }] }] }],
    });
    const sensitive = {
      keys: { extra: ['loyalty_number'], ignore: ['user.password'] },
      values: { extra: [{ name: 'badge', pattern: 'B-\\d{6}' }] },
    };
    const found = async (params: ControlRequests['evidence/get'][0]) => {
      const { evidence, generation } = await engine.request('evidence/get', params);
      const { findings } = await engine.request('findings/list', params);
      const ids = findings.filter(({ ruleId }) => ruleId === 'SPL702').length;
      const detectors = evidence?.sensitiveValues.map(({ attributeKey, detector }) => [
        attributeKey,
        detector,
      ]);
      return { generation, ids, detectors: detectors?.sort() };
    };
    const plain = await found({});
    assert.deepEqual(plain.detectors, [['user.password', 'key:password']]);
    const own = await found({ sensitive });
    assert.deepEqual(own.detectors, [
      ['loyalty_number', 'key:loyalty_number'],
      ['status.message', 'badge'],
    ]);
    assert.deepEqual([plain.ids, own.ids], [1, 2]);
    assert.equal((await found({ known: own.generation, sensitive })).detectors, undefined);
    assert.deepEqual((await found({ known: own.generation })).detectors, plain.detectors);
    assert.ok(!JSON.stringify(await engine.request('findings/list', { sensitive })).includes('1234567'));
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
