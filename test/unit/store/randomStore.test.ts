import assert from 'node:assert/strict';
import { Random } from '../../../bench/support/random.ts';
import { readSpan } from '../../../src/decode/otlp/readSpan.ts';
import type { Span } from '../../../src/model/span.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { add, span, spanId, traceId } from './testSpans.ts';

/** What the store must hold: trace id → the spans that came, as text, each once. */
type Model = Map<string, Set<string>>;

function spanText(one: Span): string {
  return JSON.stringify(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function contents(store: TraceStore): Model {
  const model: Model = new Map();
  for (let row = 0; row < store.traces.rows; row++) {
    if (!store.traces.isLive(row)) continue;
    model.set(store.traces.idOf(row), spansOf(store, row));
  }
  return model;
}

function spansOf(store: TraceStore, traceRow: number): Set<string> {
  const refs = [...store.spansOf(traceRow)];
  const texts = refs.map(ref => spanText(readSpan(store.segmentOf(ref).bytes(store.rowOf(ref)))));
  assert.equal(new Set(texts).size, refs.length, 'no span twice');
  return new Set(texts);
}

function randomSpan(random: Random): Span {
  const number = random.between(0, 30);
  const shape = random.between(0, 9);
  return span(number, {
    traceId: traceId(random.between(0, 400)),
    start: random.between(0, 50),
    duration: shape === 0 ? -5 : random.between(0, 3),
    ...(random.next() < 0.7 && { parentSpanId: spanId(random.between(0, 30)) }),
    ...(random.next() < 0.1 && { status: { code: 2, message: 'failed' } }),
    ...(shape === 1 && { traceState: 'a=1', flags: 257 }),
    ...(shape === 2 && { links: [{ traceId: traceId(1), spanId: spanId(1) }] }),
    attributes: Array.from({ length: random.between(1, 6) }, () => ({
      key: `key ${random.between(0, 8)}`,
      value:
        random.next() < 0.5
          ? { intValue: String(random.between(0, 500)) }
          : { stringValue: 'x'.repeat(random.between(0, 400)) },
    })),
  });
}

describe('the store against a map', function () {
  this.timeout(60_000);

  for (const seed of [1, 2, 3])
    it(`holds the same after any sequence of batches, evictions, pins and seals (${seed})`, () => {
      const random = new Random(seed);
      const store = new TraceStore({ budgetBytes: 2 << 20 });
      store.keepLonger = row => store.traces.errorCount[row] > 2;
      const model: Model = new Map();
      for (let step = 0; step < 500; step++) {
        const batch = Array.from({ length: random.between(1, 60) }, () => randomSpan(random));
        // Retries, and late ones under an id that is taken.
        if (random.next() < 0.3) batch.push(...batch.slice(0, 10));
        const evictedBefore = store.counters.spansEvicted;
        const { added, duplicates } = add(store, batch, `service ${random.between(0, 3)}`);
        assert.equal(added + duplicates, batch.length);
        for (const one of batch) {
          const spans = model.get(one.traceId) ?? new Set<string>();
          model.set(one.traceId, spans.add(spanText(one)));
        }
        const choice = random.next();
        if (choice < 0.05) store.dropOldest();
        else if (choice < 0.15) store.sealNow();
        else if (choice < 0.2) {
          const row = store.traces.rowOf(traceId(random.between(0, 400)));
          if (row >= 0) store.pin(row, random.next() < 0.3);
        }
        assert.ok(store.counters.bytesStored <= store.counters.budgetBytes);
        const hasEvicted = store.counters.spansEvicted > evictedBefore;
        for (const [id, spans] of model) {
          const row = store.traces.rowOf(id);
          if (row >= 0 && store.traces.spanCount[row] === spans.size) continue;
          assert.ok(hasEvicted && store.droppedAt(id) !== undefined, `spans of ${id} are missing`);
          model.delete(id);
          if (row < 0) continue;
          // It was dropped in the middle of the batch, and came back with the rest of it.
          const rest = spansOf(store, row);
          assert.ok([...rest].every(text => batch.some(one => spanText(one) === text)));
          model.set(id, rest);
        }
        if (step % 20 !== 0) continue;
        const held = contents(store);
        for (const [id, spans] of model) assert.deepEqual(held.get(id), spans, `trace ${id} in step ${step}`);
        assert.equal(held.size, store.counters.tracesStored);
        assert.equal(held.size, model.size);
      }
      assert.ok(store.counters.spansEvicted > 1000);
      assert.ok(store.segments().some(({ sealed }) => sealed !== undefined));
    });
});
