import assert from 'node:assert/strict';
import type { TracesData } from '../../../src/model/span.ts';
import type { EngineStatus } from '../../../src/protocol/control.ts';
import { Processes, type Served } from '../engine/processes.ts';
import { TemporaryDirectories } from '../engine/temporary.ts';
import { postTraces, sampleTrace } from './telemetry.ts';

const temporary = new TemporaryDirectories();
const anyPorts = ['--otlp-http', '0', '--otlp-grpc', '0'];
const traceId = '0000000000000000000000000000000a';

describe('spanline serve --forward', function () {
  this.timeout(30_000);
  let processes: Processes;
  let targets: Processes;

  beforeEach(async () => {
    processes = new Processes(await temporary.make());
    targets = new Processes(await temporary.make());
  });
  afterEach(async () => {
    await processes.end();
    await targets.end();
    await temporary.remove();
  });

  const statusOf = async (of: Processes): Promise<EngineStatus> =>
    JSON.parse((await of.spanline(['status', '--json'])).stdout);
  const forwarded = async (count: number): Promise<EngineStatus['forward']> => {
    for (let turn = 0; turn < 50; turn++) {
      const { forward } = await statusOf(processes);
      if (forward.state !== 'off' && forward.sentItems >= count) return forward;
    }
    return assert.fail('nothing was forwarded');
  };
  const traceIn = async (of: Processes): Promise<string> =>
    (await of.spanline(['trace', traceId, '--json'])).stdout;

  for (const [kind, urlOf] of [
    ['OTLP/HTTP', ({ endpoints }: Served) => endpoints.otlpHttp!],
    ['gRPC', ({ endpoints }: Served) => `http://${endpoints.otlpGrpc}`],
  ] as const)
    it(`sends what it receives on, masked, over ${kind}`, async () => {
      const target = await targets.serve(anyPorts);
      const protocol = kind === 'gRPC' ? ['--forward-protocol', 'grpc'] : [];
      const own = await processes.serve([...anyPorts, '--forward', urlOf(target), ...protocol]);
      const trace = sampleTrace(traceId, 1_700_000_000);
      addAttribute(trace, 'user.password', 'hunter2');
      await postTraces(own.endpoints.otlpHttp!, trace);
      const forward = await forwarded(3);
      assert.ok(forward.state !== 'off' && forward.redact && forward.sentItems === 3);
      assert.match(await traceIn(processes), /hunter2/);
      const there = await traceIn(targets);
      assert.doesNotMatch(there, /hunter2/);
      assert.match(there, /•••/);
      assert.equal((await statusOf(targets)).spansStored, 3);
    });

  it('keeps everything while the target is away, and is no part of a circle', async () => {
    const first = await processes.serve([
      ...anyPorts,
      '--forward',
      'http://127.0.0.1:1',
      '--forward-unmasked',
    ]);
    await postTraces(first.endpoints.otlpHttp!, sampleTrace(traceId, 1_700_000_000));
    const { spansStored, forward } = await statusOf(processes);
    assert.equal(spansStored, 3);
    assert.ok(forward.state !== 'off' && !forward.redact && forward.sentItems === 0);
    let text = '';
    for (let turn = 0; turn < 50 && !text.includes('retrying'); turn++)
      text = (await processes.spanline(['status'])).stdout;
    assert.match(text, /^forward +http:\/\/127\.0\.0\.1:1\/, http\/protobuf, nothing masked: retrying$/m);
    assert.match(text, /0 sent, 0 rejected, 0 dropped, \d\.\d MB waiting/);
    assert.match(text, /last error \d{4}-.*ECONNREFUSED/);

    // Two engines that forward to each other: what comes back is known, and goes round no longer.
    const second = await targets.serve([...anyPorts, '--forward', first.endpoints.otlpHttp!]);
    await postTraces(
      second.endpoints.otlpHttp!,
      sampleTrace('0000000000000000000000000000000b', 1_700_000_000),
    );
    for (let turn = 0; (await statusOf(processes)).spansStored < 6; turn++)
      assert.ok(turn < 50, 'they never came');
    assert.equal((await statusOf(targets)).spansStored, 3);
  });
});

function addAttribute({ resourceSpans }: TracesData, key: string, stringValue: string): void {
  const [{ spans }] = resourceSpans[0].scopeSpans;
  Object.assign(spans[0], { attributes: [...(spans[0].attributes ?? []), { key, value: { stringValue } }] });
}
