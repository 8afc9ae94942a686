import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Random } from '../../../bench/support/random.ts';
import { connectToEngine } from '../../../src/engine/client.ts';
import { Processes, type Served } from '../engine/processes.ts';
import { TemporaryDirectories } from '../engine/temporary.ts';
import { traceId } from '../store/testSpans.ts';
import { type SenderReport, spansPerTrace } from './acknowledgedSender.ts';
import { long, seed } from './modes.ts';

const rounds = long ? 200 : 20;
const longestLifeMs = 250;

const temporary = new TemporaryDirectories();

describe('faults: kill -9', function () {
  this.timeout(rounds * 6000);
  let directory: string;
  let processes: Processes;
  let sender: ChildProcess;

  beforeEach(async () => {
    directory = await temporary.make();
    processes = new Processes(directory);
    sender = fork(join(fileURLToPath(import.meta.url), '../acknowledgedSender.js'));
  });
  afterEach(async () => {
    sender.kill('SIGKILL');
    await processes.end();
    await temporary.remove();
  });

  const serve = (): Promise<Served> =>
    processes.serve([
      ...['--control', join(directory, 'control'), '--data-dir', join(directory, 'state')],
      ...['--otlp-http', '0', '--otlp-grpc', 'off', '--budget', '256000000'],
    ]);

  /** Trace id → number of spans, of all that is stored. */
  async function stored(control: string): Promise<Map<string, number>> {
    const client = await connectToEngine({ control });
    try {
      const params = { query: '{}', limit: 1e9, spansPerTrace: 0 };
      const { traces } = await client.request('traces/query', params);
      assert.equal(new Set(traces.map(trace => trace.traceId)).size, traces.length, 'no trace twice');
      return new Map(traces.map(trace => [trace.traceId, trace.spanCount]));
    } finally {
      client.dispose();
    }
  }

  it(`loses nothing that was acknowledged and keeps nothing twice, ${rounds} times (seed ${seed})`, async () => {
    const random = new Random(seed);
    const acknowledged = new Set<number>();
    for (let round = 0; round <= rounds; round++) {
      const engine = await serve();
      const found = await stored(engine.control);
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
