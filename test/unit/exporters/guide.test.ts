import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Ingest } from '../../../src/engine/ingest.ts';
import { Receivers } from '../../../src/engine/receivers.ts';
import { Rejections } from '../../../src/engine/rejections.ts';
import type { Endpoints } from '../../../src/protocol/control.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { until } from '../receive/receiving.ts';
import { type Environment, environmentBlocks } from './guideBlocks.ts';
import type { Made } from './zipkinJaegerSender.ts';

const run = promisify(execFile);
const sender = fileURLToPath(new URL('./zipkinJaegerSender.js', import.meta.url));

describe('the environment that the guide tells clients', function () {
  this.timeout(20_000);
  let store: TraceStore;
  let receivers: Receivers;
  let endpoints: Endpoints;

  beforeEach(async () => {
    store = new TraceStore({ budgetBytes: 50_000_000 });
    const log = { write: () => {} };
    const any = { port: 0, movable: false };
    receivers = await Receivers.open({
      ports: { zipkin: any, jaegerHttp: any, jaegerUdpBinary: any },
      ...{ policy: {}, rejections: new Rejections(), log },
      sinks: { ingest: new Ingest(store, log), store },
    });
    endpoints = receivers.endpoints;
  });
  afterEach(() => receivers.close());

  /** Sends as the blocks say, but to the ports that are open here. */
  async function send(client: string, ...blocks: Environment[]): Promise<void> {
    const environment = Object.entries(Object.assign({}, ...blocks) as Environment);
    const moved = environment.map(([name, value]) => [
      name,
      value
        .replace('http://127.0.0.1:9411', endpoints.zipkin ?? '')
        .replace('http://127.0.0.1:14268', endpoints.jaegerHttp ?? ''),
    ]);
    const { PATH } = process.env;
    const { stdout } = await run(process.execPath, [sender, client], {
      env: {
        PATH,
        JAEGER_AGENT_PORT: endpoints.jaegerUdpBinary?.split(':')[1],
        ...Object.fromEntries(moved),
      },
    });
    const { traceId = '' } = JSON.parse(stdout) as Made;
    await until(() => store.counters.spansStored === 2, 'two spans');
    assert.ok(store.traces.rowOf(traceId.padStart(32, '0')) >= 0);
  }

  it('brings the traces of Zipkin clients here', async () => {
    const [openTelemetry] = environmentBlocks('zipkin');
    await send('exporter-zipkin of the environment', openTelemetry);
    assert.ok((receivers.requests.zipkin ?? 0) > 0);
  });

  it('brings the traces of Jaeger clients here, over UDP', async () => {
    const [jaeger] = environmentBlocks('jaeger');
    await send('jaeger-client of the environment', jaeger);
    assert.equal(receivers.requests.jaegerHttp ?? 0, 0);
  });

  it('brings the traces of Jaeger clients here, over HTTP', async () => {
    const [jaeger, overHttp] = environmentBlocks('jaeger');
    await send('jaeger-client of the environment', jaeger, overHttp);
    assert.ok((receivers.requests.jaegerHttp ?? 0) > 0);
  });

  it("brings the traces of OpenTelemetry's exporters for Jaeger here", async () => {
    const [, , openTelemetry] = environmentBlocks('jaeger');
    await send('exporter-jaeger of the environment', openTelemetry);
    assert.ok((receivers.requests.jaegerHttp ?? 0) > 0);
  });
});
