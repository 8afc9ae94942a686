import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { Pool } from 'undici';
import { Payload } from '../../../bench/support/payloads.ts';
import { connectToEngine } from '../../../src/engine/client.ts';
import type { Served } from '../engine/processes.ts';
import { keptEngines } from './keptEngines.ts';
import { long } from './modes.ts';
import { assertResident } from './resident.ts';

const budgetBytes = 64_000_000;
const senders = 5;
const rounds = long ? 30 : 2;
const spansPerRequest = 38_000;

describe('faults: large bodies', function () {
  this.timeout(60_000 + rounds * 30_000);
  const { serve } = keptEngines(budgetBytes);
  let payloads: Payload[];

  before(function () {
    if (process.platform !== 'linux') this.skip();
    payloads = Payload.make(senders, spansPerRequest);
  });
  after(() => {
    payloads = [];
  });

  /** Sends bodies, all at once, round after round. `send` resolves when one is taken. */
  async function flood(
    engine: Served,
    send: (body: Uint8Array, isPacked: boolean) => Promise<void>,
  ): Promise<void> {
    assert.ok(payloads[0].body.length > 16_000_000);
    for (let round = 0; round < rounds; round++) {
      const sent = payloads.map((payload, index) => {
        payload.renew(1 + round * senders + index);
        const isPacked = index % 3 === round % 3;
        return send(isPacked ? gzipSync(payload.body, { level: 1 }) : payload.body, isPacked);
      });
      await Promise.all(sent);
    }
    const client = await connectToEngine({ control: engine.control });
    const { spansReceived, bytesStored } = await client.request('status', {});
    client.dispose();
    assert.equal(spansReceived, rounds * senders * spansPerRequest);
    assert.ok(bytesStored <= budgetBytes && bytesStored > budgetBytes / 2, `${bytesStored} bytes stored`);
    assertResident(engine.pid, budgetBytes);
  }

  it(`stays within the budget and 150 MB while ${senders} of 17 MB come at once, ${rounds} times, over HTTP`, async () => {
    const engine = await serve('0');
    const pool = new Pool(engine.endpoints.otlpHttp!, { connections: senders, pipelining: 1 });
    await flood(engine, async (body, isPacked) => {
      const packing = { 'content-encoding': isPacked ? 'gzip' : 'identity' };
      const headers = { 'content-type': 'application/x-protobuf', ...packing };
      const answer = await pool.request({ path: '/v1/traces', method: 'POST', headers, body });
      await answer.body.dump();
      assert.equal(answer.statusCode, 200);
    });
    await pool.close();
  });

  it(`stays within the budget and 150 MB while ${senders} of 17 MB come at once, ${rounds} times, over gRPC`, async () => {
    const engine = await serve('0');
    const sessions = Array.from({ length: senders }, () => connect(`http://${engine.endpoints.otlpGrpc}`));
    let turn = 0;
    await flood(engine, async (body, isPacked) => {
      const call = sessions[turn++ % senders].request({
        ':method': 'POST',
        ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
        'content-type': 'application/grpc',
        te: 'trailers',
        ...(isPacked && { 'grpc-encoding': 'gzip' }),
      });
      const prefix = Buffer.alloc(5);
      prefix.writeUInt8(isPacked ? 1 : 0, 0);
      prefix.writeUInt32BE(body.length, 1);
      call.write(prefix);
      call.end(body);
      const trailers = once(call, 'trailers');
      call.resume();
      const [{ 'grpc-status': status }] = await trailers;
      assert.equal(status, '0');
    });
    for (const session of sessions) session.close();
  });
});
