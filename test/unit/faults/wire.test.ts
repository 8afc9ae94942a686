import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { Random } from '../../../bench/support/random.ts';
import { writeTraces } from '../../../src/decode/otlp/writeProtobuf.ts';
import { connectToEngine } from '../../../src/engine/client.ts';
import { RandomTraces } from '../decode/randomTraces.ts';
import { span, traceId } from '../store/testSpans.ts';
import { keptEngines } from './keptEngines.ts';
import { long, seed } from './modes.ts';
import { mutate } from './mutation.ts';

const requests = long ? 100_000 : 1500;
const connections = 8;
/** What a request may be answered with. */
const answers = [200, 400, 413, 415, 503];

describe('faults: an engine', function () {
  this.timeout(60_000 + requests * 10);
  const { serve } = keptEngines(8_000_000);

  it(`answers ${requests} damaged requests, and takes the next and all after a restart (seed ${seed})`, async () => {
    const engine = await serve();
    const random = new Random(seed);
    const traces = new RandomTraces(seed);
    const seeds = Array.from({ length: 20 }, () => writeTraces(traces.next()));
    const texts = Array.from({ length: 20 }, () => Buffer.from(JSON.stringify(traces.next())));
    const post = async (type: string, body: Uint8Array, signal = 'traces', encoding = 'identity') => {
      const headers = { 'content-type': `application/${type}`, 'content-encoding': encoding };
      const url = `${engine.endpoints.otlpHttp}/v1/${signal}`;
      const response = await fetch(url, { method: 'POST', headers, body: Buffer.from(body) });
      await response.arrayBuffer();
      return response.status;
    };
    const sendDamaged = async () => {
      const json = random.next() < 0.5;
      const body = mutate(random, json ? texts : seeds);
      const signal = random.pick(['traces', 'traces', 'logs', 'metrics']);
      const type = random.next() < 0.05 ? 'x-thrift' : json ? 'json' : 'x-protobuf';
      const packed = random.next();
      if (packed > 0.3) return post(type, body, signal);
      const packedBody = gzipSync(body);
      return post(type, packed < 0.1 ? mutate(random, [packedBody]) : packedBody, signal, 'gzip');
    };
    let left = requests;
    const senders = Array.from({ length: connections }, async () => {
      while (left-- > 0) {
        const status = await sendDamaged();
        assert.ok(answers.includes(status), `HTTP ${status}`);
      }
    });
    await Promise.all(senders);

    const spans = Array.from({ length: 10 }, (_, i) => span(i, { traceId: traceId(0) }));
    const valid = writeTraces({ resourceSpans: [{ resource: {}, scopeSpans: [{ scope: {}, spans }] }] });
    assert.equal(await post('x-protobuf', valid), 200);
    const stored = async () => {
      const client = await connectToEngine({ control: engine.control });
      try {
        const found = await client.request('trace/summary', { traceId: traceId(0) });
        return { spans: found?.spanCount, status: await client.request('status', {}) };
      } finally {
        client.dispose();
      }
    };
    const before = await stored();
    assert.equal(before.spans, 10);
    assert.equal(before.status.pid, engine.pid);
    assert.ok(before.status.rssBytes < 400e6, `${before.status.rssBytes} bytes resident`);
    assert.doesNotMatch(engine.stderr(), /uncaught|unhandled|failed/);

    engine.child.kill('SIGKILL');
    const next = await serve();
    assert.equal((await stored()).spans, 10);
    assert.doesNotMatch(next.stderr(), /left out|damaged|uncaught/);
  });
});
