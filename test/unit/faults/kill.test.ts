import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Random } from '../../../bench/support/random.ts';
import { traceId } from '../store/testSpans.ts';
import { type SenderReport, spansPerTrace } from './acknowledgedSender.ts';
import { keptEngines, storedTraces } from './keptEngines.ts';
import { long, seed } from './modes.ts';

const rounds = long ? 200 : 20;
const longestLifeMs = 250;

describe('faults: kill -9', function () {
  this.timeout(rounds * 6000);
  let sender: ChildProcess;

  beforeEach(() => {
    sender = fork(join(fileURLToPath(import.meta.url), '../acknowledgedSender.js'));
  });
  afterEach(() => {
    sender.kill('SIGKILL');
  });
  const { serve } = keptEngines(256_000_000);

  it(`loses nothing that was acknowledged and keeps nothing twice, ${rounds} times (seed ${seed})`, async () => {
    const random = new Random(seed);
    const acknowledged = new Set<number>();
    for (let round = 0; round <= rounds; round++) {
      const engine = await serve();
      const found = await storedTraces(engine);
      for (const number of acknowledged)
        assert.ok(found.has(traceId(number)), `${number} is lost, round ${round}`);
      for (const [id, spans] of found) assert.equal(spans, spansPerTrace, `spans of ${id}, round ${round}`);
      if (round === rounds) break;
      sender.send(engine.endpoints.otlpHttp!);
      assert.deepEqual(await once(sender, 'message'), ['flowing', undefined]);
      await sleep(random.next() * longestLifeMs);
      const report = once(sender, 'message');
      engine.child.kill('SIGKILL');
      const [told] = (await report) as [SenderReport];
      for (const number of told.acknowledged) acknowledged.add(number);
    }
    assert.ok(acknowledged.size > rounds);
  });
});
