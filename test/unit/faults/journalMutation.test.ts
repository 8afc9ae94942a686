import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Random } from '../../../bench/support/random.ts';
import { writeTraces } from '../../../src/decode/otlp/writeProtobuf.ts';
import { Ingest } from '../../../src/engine/ingest.ts';
import { Journal } from '../../../src/store/journal/journal.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { TemporaryDirectories } from '../engine/temporary.ts';
import { span, traceId } from '../store/testSpans.ts';
import { long, seed } from './modes.ts';
import { mutate } from './mutation.ts';

const rounds = long ? 50_000 : 500;
const budgetBytes = 1 << 20;
const temporary = new TemporaryDirectories();

describe('faults: the journal', function () {
  this.timeout(60_000 + rounds * 20);

  after(() => temporary.remove());

  it(`gives nothing that was not written, from ${rounds} damaged files (seed ${seed})`, async () => {
    const directory = join(await temporary.make(), 'journal');
    const random = new Random(seed);
    const open = async () => {
      const store = new TraceStore({ budgetBytes });
      const claim = async () => async () => {};
      const journal = await Journal.open({ directory, store, budgetBytes, claim, report: () => {} });
      const log = { write: (line: string) => assert.fail(line) };
      return { store, journal, ingest: new Ingest(store, log, journal) };
    };
    type Opened = Awaited<ReturnType<typeof open>>;
    const send = async ({ ingest }: Opened, number: number) => {
      const spans = [span(0, { traceId: traceId(number) }), span(1, { traceId: traceId(number) })];
      const body = writeTraces({ resourceSpans: [{ resource: {}, scopeSpans: [{ scope: {}, spans }] }] });
      assert.equal((await ingest.receive('traces', 'protobuf', body)).kind, 'accepted');
    };
    const first = await open();
    for (let i = 0; i < 5; i++) await send(first, i);
    await first.journal.close();
    const [name] = (await readdir(directory)).filter(each => each.startsWith('traces-'));
    const file = join(directory, name);
    const whole = await readFile(file);

    const kept: number[] = [];
    for (let round = 0; round < rounds; round++) {
      await rm(directory, { recursive: true });
      await mkdir(directory);
      await writeFile(file, mutate(random, [whole]));
      const damaged = await open();
      const { traces, counters } = damaged.store;
      for (let row = 0; row < traces.rows; row++) assert.ok(Number.parseInt(traces.idOf(row), 16) <= 5);
      assert.equal(counters.spansStored, 2 * counters.tracesStored);
      kept.push(counters.tracesStored);
      await send(damaged, 1000);
      await damaged.journal.close();
      const again = await open();
      assert.equal(again.store.counters.tracesStored, counters.tracesStored + 1, `round ${round}`);
      await again.journal.close();
    }
    for (const count of [0, 1, 2, 3, 4])
      assert.ok(kept.includes(count), `${count} traces were kept in no round`);
  });
});
