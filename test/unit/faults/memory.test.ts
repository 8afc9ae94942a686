import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { Pool } from 'undici';
import { Payload } from '../../../bench/support/payloads.ts';
import { connectToEngine } from '../../../src/engine/client.ts';
import { keptEngines } from './keptEngines.ts';
import { long } from './modes.ts';
import { assertResident } from './resident.ts';

const budgetBytes = 64_000_000;
const budgets = long ? 40 : 4;
const connections = 8;
const json = 'application/json';
const protobuf = 'application/x-protobuf';

const queries = [
  '{ resource.service.name = "cart" && duration > 100ms }',
  '{ span.http.response.status_code >= 500 }',
  '{ status = error } | count() > 1',
  '{ name =~ ".*a.*" } >> { status = error }',
];

describe('faults: memory', function () {
  this.timeout(60_000 + budgets * 10_000);
  const { serve } = keptEngines(budgetBytes);

  it(`stays within the budget and 150 MB while ${budgets} budgets of spans arrive and are searched`, async function () {
    if (process.platform !== 'linux') this.skip();
    const engine = await serve();
    const pool = new Pool(engine.endpoints.otlpHttp!, { connections, pipelining: 1 });
    const client = await connectToEngine({ control: engine.control });
    const payloads = [...Payload.make(2 * connections, 512), ...Payload.make(2, 8192)];
    const post = async (type: string, body: Uint8Array, packing = 'identity') => {
      const headers = { 'content-type': type, 'content-encoding': packing };
      const answer = await pool.request({ path: '/v1/traces', method: 'POST', headers, body });
      await answer.body.dump();
      assert.equal(answer.statusCode, 200);
    };
    let sentBytes = 0;
    let generation = 0;
    const send = async (): Promise<void> => {
      const payload = payloads.shift()!;
      payload.renew(++generation);
      sentBytes += payload.body.length;
      if (generation % 5 === 0) await post(protobuf, gzipSync(payload.body, { level: 1 }), 'gzip');
      else if (generation % 7 === 0) await post(json, jsonOf(generation));
      else await post(protobuf, payload.body);
      payloads.push(payload);
    };
    let searches = 0;
    const isOver = () => sentBytes >= budgets * budgetBytes;
    await Promise.all([
      ...Array.from({ length: connections }, async () => {
        while (!isOver()) await send();
      }),
      (async () => {
        while (!isOver()) {
          const query = queries[searches++ % queries.length];
          await client.request('traces/query', { query, limit: 20, spansPerTrace: 3 });
        }
      })(),
    ]);
    const { bytesStored, spansEvicted } = await client.request('status', {});
    client.dispose();
    await pool.close();
    assert.ok(spansEvicted > 0 && bytesStored > budgetBytes / 2, `${bytesStored} bytes stored`);
    assert.ok(bytesStored <= budgetBytes);
    assert.ok(searches > queries.length);
    assertResident(engine.pid, budgetBytes);
  });
});

/** A request of some thousand spans. */
function jsonOf(generation: number): Uint8Array {
  const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0');
  const spans = Array.from({ length: 2000 }, (_, index) => ({
    traceId: hex(generation * 1000 + (index >> 3), 32),
    spanId: hex(index + 1, 16),
    name: `request ${index % 50}`,
    startTimeUnixNano: '1700000000000000000',
    endTimeUnixNano: `17000000000${hex(index, 8).replace(/\D/g, '1')}`,
    attributes: [{ key: 'http.route', value: { stringValue: `/items/${index}` } }],
  }));
  return Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
}
