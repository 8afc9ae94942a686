import assert from 'node:assert/strict';
import { Payload } from '../../../bench/support/payloads.ts';
import { Random } from '../../../bench/support/random.ts';
import { Ingest } from '../../../src/engine/ingest.ts';
import { Journal } from '../../../src/store/journal/journal.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { TemporaryDirectories } from '../engine/temporary.ts';

const budgetBytes = 3_000_000;
const rounds = 12;
const directories = new TemporaryDirectories();

/** A store with its journal; several of them, one after the other, in one directory. */
async function open(directory: string): Promise<{ store: TraceStore; journal: Journal; ingest: Ingest }> {
  const store = new TraceStore({ budgetBytes });
  store.keepLonger = row => store.traces.errorCount[row] > 0;
  const claim = async () => async () => {};
  const report = (event: string) => assert.match(event, /replayed/);
  const journal = await Journal.open({ directory, store, budgetBytes, claim, report });
  return { store, journal, ingest: new Ingest(store, { write: line => assert.fail(line) }, journal) };
}

/** What is stored: id → number of spans, and whether it is pinned. */
function contents({ traces }: TraceStore): Map<string, string> {
  const held = new Map<string, string>();
  for (let row = 0; row < traces.rows; row++)
    if (traces.isLive(row))
      held.set(traces.idOf(row), `${traces.spanCount[row]} spans${traces.pinned[row] ? ', pinned' : ''}`);
  return held;
}

describe('a replay at the budget', function () {
  this.timeout(60_000);
  afterEach(() => directories.remove());

  it(`holds all that was held, ${rounds} times, with pinned traces and some that are kept for longer`, async () => {
    const random = new Random(1);
    const directory = await directories.make();
    const payloads = Payload.make(12, 64);
    let kept = await open(directory);
    let generation = 0;
    for (let round = 0; round < rounds; round++) {
      // What is at the end of a round is anywhere between two evictions.
      const bytes = (round === 0 ? 4 : 0.5 * random.next()) * budgetBytes;
      for (let sent = 0; sent < bytes; ) {
        const payload = payloads[generation % payloads.length];
        payload.renew(++generation);
        sent += payload.body.length;
        assert.equal((await kept.ingest.receive('traces', 'protobuf', payload.body)).kind, 'accepted');
        if (generation % 50 === 0 && kept.store.pin(kept.store.traces.newest(1)[0], true))
          await kept.journal.savePins();
      }
      const held = contents(kept.store);
      // Nothing is closed: so it is when the process dies.
      const again = await open(directory);
      const found = contents(again.store);
      for (const [id, what] of held) assert.equal(found.get(id), what, `trace ${id} after round ${round}`);
      assert.ok(again.store.counters.bytesStored <= budgetBytes);
      kept = again;
    }
    assert.ok(kept.store.counters.spansStored > 5000);
  });
});
