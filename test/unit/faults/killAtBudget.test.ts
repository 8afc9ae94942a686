import assert from 'node:assert/strict';
import { Pool } from 'undici';
import { Payload } from '../../../bench/support/payloads.ts';
import { connectToEngine } from '../../../src/engine/client.ts';
import { keptEngines, storedTraces } from './keptEngines.ts';
import { long } from './modes.ts';

const rounds = long ? 50 : 3;
const budgetBytes = 24_000_000;
const connections = 4;
const headers = { 'content-type': 'application/x-protobuf' };

describe('faults: kill -9 at the budget', function () {
  this.timeout(30_000 + rounds * 20_000);
  const { serve } = keptEngines(budgetBytes);

  async function pin(control: string, traceId: string): Promise<string> {
    const client = await connectToEngine({ control });
    await client.request('traces/pin', { traceId, pinned: true });
    client.dispose();
    return traceId;
  }

  it(`finds all that was held while spans were evicted, ${rounds} times`, async () => {
    const payloads = Payload.make(3 * connections, 64);
    const pinned: string[] = [];
    let generation = 0;
    for (let round = 0; round < rounds; round++) {
      const engine = await serve();
      const pool = new Pool(engine.endpoints.otlpHttp!, { connections, pipelining: 1 });
      const flood = async (bytes: number) => {
        const clients = Array.from({ length: connections }, async (_, connection) => {
          for (let sent = 0, turn = 0; sent < bytes / connections; turn++) {
            const { body } = payloads[3 * connection + (turn % 3)];
            payloads[3 * connection + (turn % 3)].renew(++generation);
            sent += body.length;
            const answer = await pool.request({ path: '/v1/traces', method: 'POST', headers, body });
            await answer.body.dump();
            assert.equal(answer.statusCode, 200);
          }
        });
        await Promise.all(clients);
      };
      // Rounds end at other places of a segment.
      await flood((3 + 0.3 * (round % 7)) * budgetBytes);
      const held = await storedTraces(engine);
      for (const traceId of pinned) assert.ok(held.has(traceId), `${traceId} was pinned, round ${round}`);
      pinned.push(await pin(engine.control, [...held.keys()][0]));
      engine.child.kill('SIGKILL');
      await pool.destroy();
      const again = await serve();
      const found = await storedTraces(again);
      assert.ok(held.size > 100 && generation > 500);
      for (const [id, spans] of held) assert.equal(found.get(id), spans, `spans of ${id}, round ${round}`);
      again.child.kill('SIGKILL');
    }
  });
});
