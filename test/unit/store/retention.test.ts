import assert from 'node:assert/strict';
import type { Span } from '../../../src/model/span.ts';
import { noSpan } from '../../../src/store/spanRef.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { add, findSpan, span, spanId, traceId } from './testSpans.ts';

const budgetBytes = 1 << 20;

/** Ten spans of about 400 bytes, under a trace id of their own. */
function trace(number: number, more: Partial<Span> = {}): Span[] {
  return Array.from({ length: 10 }, (_, i) =>
    span(i, {
      traceId: traceId(number),
      start: number * 1000 + i,
      ...(i > 0 ? { parentSpanId: spanId(0) } : {}),
      attributes: [{ key: 'padding', value: { stringValue: `${number} ${'x'.repeat(300)}` } }],
      ...more,
    }),
  );
}

/** What every reference in the store must lead to, whatever was evicted. */
function check(store: TraceStore, services: readonly string[] = ['shop']): void {
  const { traces, counters } = store;
  assert.ok(counters.bytesStored <= counters.budgetBytes, `${counters.bytesStored} bytes held`);
  let spans = 0;
  let count = 0;
  for (let row = 0; row < traces.rows; row++) {
    if (!traces.isLive(row)) continue;
    count++;
    assert.equal(traces.rowOf(traces.idOf(row)), row);
    for (const ref of store.spansOf(row)) {
      const segment = store.segmentOf(ref);
      const at = store.rowOf(ref);
      assert.equal(segment.trace[at], row);
      assert.equal(store.findSpan(row, segment.spanId[2 * at], segment.spanId[2 * at + 1]), ref);
      assert.ok(store.names.string(segment.name[at]).startsWith('span '));
      assert.ok(services.includes(store.resources.get(segment.resource[at]).serviceName));
      spans++;
    }
  }
  assert.equal(spans, counters.spansStored);
  assert.equal(count, traces.count);
  const live = store.segments().reduce((sum, segment) => sum + segment.live, 0);
  assert.equal(live, counters.spansStored);
  assert.equal(counters.spansStored + counters.spansEvicted, counters.spansReceived);
}

describe('retention', function () {
  this.timeout(60_000);

  it('drops whole traces, oldest first, and never exceeds the budget', () => {
    const store = new TraceStore({ budgetBytes });
    for (let i = 0; i < 1000; i++) {
      add(store, trace(i));
      if (i % 50 === 0) check(store);
    }
    check(store);
    const kept = Array.from({ length: 1000 }, (_, i) => store.traces.rowOf(traceId(i)) >= 0);
    const first = kept.indexOf(true);
    assert.ok(first > 0 && kept.slice(first).every(Boolean));
    for (let row = 0; row < store.traces.rows; row++)
      if (store.traces.isLive(row)) assert.equal(store.traces.spanCount[row], 10);
    const [{ lastTime, ...counted }] = store.counters.evictions;
    assert.deepEqual(counted, {
      serviceName: 'shop',
      reason: 'oldest',
      spans: store.counters.spansEvicted,
    });
    assert.ok(lastTime > 0);
  });

  it('makes do with less while some of the budget is withheld, as soon as spans come', () => {
    const store = new TraceStore({ budgetBytes });
    for (let i = 0; i < 1000; i++) add(store, trace(i));
    const withheld = budgetBytes / 4;
    assert.ok(store.counters.bytesStored > budgetBytes - withheld);
    store.withhold(withheld);
    add(store, trace(1000));
    assert.ok(
      store.counters.bytesStored <= budgetBytes - withheld,
      `${store.counters.bytesStored} bytes held`,
    );
    assert.ok(store.traces.rowOf(traceId(1000)) >= 0);
    check(store);
    store.withhold(0);
    for (let i = 1001; i < 2000; i++) add(store, trace(i));
    assert.ok(store.counters.bytesStored > budgetBytes - withheld);
    check(store);
  });

  it('opens a dropped trace again for a late span', () => {
    const store = new TraceStore({ budgetBytes });
    for (let i = 0; i < 1000; i++) add(store, trace(i));
    assert.equal(store.traces.rowOf(traceId(0)), -1);
    assert.equal(add(store, trace(0).slice(3, 5)).added, 2);
    assert.equal(store.traces.spanCount[store.traces.rowOf(traceId(0))], 2);
    check(store);
  });

  it('keeps pinned traces through any flood, with all references to them', () => {
    const store = new TraceStore({ budgetBytes });
    add(store, trace(0).slice(0, 6));
    add(store, [span(0, { traceId: traceId(0), name: 'span again' })]);
    assert.equal(store.pin(store.traces.rowOf(traceId(0)), true), true);
    for (let i = 1; i < 1000; i++) {
      add(store, trace(i));
      if (i === 500) add(store, trace(0).slice(6));
      if (i % 100 === 0) {
        const row = store.traces.rowOf(traceId(0));
        assert.ok(findSpan(store, traceId(0), spanId(3)) !== noSpan);
        assert.equal(store.spansOf(row).length, i < 500 ? 7 : 11);
        assert.equal(store.traces.root[row], findSpan(store, traceId(0), spanId(0)));
      }
    }
    const row = store.traces.rowOf(traceId(0));
    assert.equal(store.traces.pinned[row], 1);
    assert.equal(add(store, [...trace(0), span(0, { traceId: traceId(0), name: 'span again' })]).added, 0);
    store.pin(row, false);
    for (let i = 1000; i < 2000; i++) add(store, trace(i));
    assert.equal(store.traces.rowOf(traceId(0)), -1);
  });

  it('carries spans over with a budget that segments are no whole part of', () => {
    const store = new TraceStore({ budgetBytes: 3_000_001 });
    store.keepLonger = () => true;
    for (let i = 0; i < 3000; i++) {
      // Smaller than usual: a segment has more rows of them than it begins with.
      add(store, trace(i, { attributes: [] }));
      if (i % 100 === 0) check(store);
    }
    assert.ok(store.counters.spansEvicted > 1000);
  });

  it('refuses a pin beyond half of the budget, and lifts pins of traces that outgrow it', () => {
    const store = new TraceStore({ budgetBytes });
    let pinned = 0;
    for (let i = 0; i < 300; i++) {
      add(store, trace(i));
      if (store.pin(store.traces.rowOf(traceId(i)), true)) pinned++;
    }
    assert.ok(pinned > 20 && pinned < 150, `${pinned} traces pinned`);
    const row = store.traces.rowOf(traceId(0));
    assert.equal(store.traces.pinned[row], 1);
    for (let i = 0; i < 300; i++)
      add(
        store,
        trace(0).map((one, k) => ({ ...one, spanId: spanId(1000 + 10 * i + k), name: `span late ${k}` })),
      );
    check(store);
  });

  it('splits a request that is larger than a segment, and keeps the newest of one that is larger than the budget', () => {
    const store = new TraceStore({ budgetBytes });
    add(store, Array.from({ length: 60 }, (_, i) => trace(i)).flat());
    check(store);
    assert.equal(store.counters.spansEvicted, 0);
    add(store, Array.from({ length: 1000 }, (_, i) => trace(100 + i)).flat());
    check(store);
    assert.ok(store.traces.rowOf(traceId(1099)) >= 0);
    assert.equal(store.traces.rowOf(traceId(0)), -1);
  });

  it('takes a span larger than a segment, and counts one larger than it can hold as evicted', () => {
    const store = new TraceStore({ budgetBytes });
    const large = (bytes: number) => ({
      attributes: [{ key: 'large', value: { stringValue: 'y'.repeat(bytes) } }],
    });
    add(store, [span(0), span(1, large(300_000)), span(2)]);
    assert.equal(store.spansOf(store.traces.rowOf(traceId(0))).length, 3);
    check(store);
    add(store, [span(3, large(2 << 20)), span(4)]);
    assert.equal(findSpan(store, traceId(0), spanId(3)), noSpan);
    assert.equal(store.counters.spansEvicted, 1);
    check(store);
  });

  it('forgets names, resources and scopes that went out of use', () => {
    const store = new TraceStore({ budgetBytes });
    for (let i = 0; i < 2000; i++)
      add(
        store,
        trace(i).map((one, k) => ({ ...one, name: `span ${i} ${k} ${'n'.repeat(40)}` })),
      );
    check(store);
    assert.ok(store.names.count < 3 * store.counters.spansStored, `${store.names.count} names`);
  });

  it('holds many small spans and few large ones within the same budget', () => {
    for (const size of [0, 2000, 60_000]) {
      const store = new TraceStore({ budgetBytes });
      for (let i = 0; i < 600; i++)
        add(
          store,
          trace(i, { attributes: [{ key: 'a', value: { stringValue: 'z'.repeat(size) } }] }).slice(0, 3),
        );
      check(store);
      assert.ok(store.counters.spansStored > 3, `${store.counters.spansStored} spans of ${size} bytes`);
    }
  });

  it('survives a flood of traces of one tiny span, and goes on with ordinary ones', () => {
    const store = new TraceStore({ budgetBytes });
    const { bytesStored: empty } = store.counters;
    for (let i = 0; i < 40; i++) {
      const tiny = Array.from({ length: 1000 }, (_, k) =>
        span(0, { traceId: traceId(10_000 + 1000 * i + k), name: 'span t' }),
      );
      add(store, tiny);
      check(store);
    }
    assert.ok(store.traces.count > 1000, `${store.traces.count} traces`);
    for (let i = 0; i < 500; i++) add(store, trace(i));
    check(store);
    assert.ok(store.counters.spansStored > 500, `${store.counters.spansStored} spans`);
    store.clear();
    assert.ok(
      store.counters.bytesStored <= 2 * empty,
      `${store.counters.bytesStored} bytes in an empty store`,
    );
  });

  it('says when and why a trace was dropped', () => {
    const store = new TraceStore({ budgetBytes });
    const before = Date.now();
    for (let i = 0; i < 1000; i++) add(store, trace(i));
    const rows = (id: string) => store.traces.rowOf(id);
    const last = Array.from({ length: 1000 }, (_, i) => i).findLast(i => rows(traceId(i)) < 0)!;
    const drop = store.droppedAt(traceId(last));
    assert.equal(drop?.reason, 'oldest');
    assert.ok(drop.time >= before && drop.time <= Date.now());
    assert.equal(store.droppedAt(traceId(999)), undefined);
    assert.equal(store.droppedAt(traceId(5000)), undefined);
    store.clear();
    assert.equal(store.droppedAt(traceId(last)), undefined);
  });

  it('does not let a chatty service evict the traces of a quiet one', () => {
    const store = new TraceStore({ budgetBytes });
    for (let i = 0; i < 2000; i++) {
      add(store, trace(i), 'chatty');
      if (i % 100 === 0) add(store, trace(10_000 + i), 'quiet');
      if (i % 200 === 0) check(store, ['chatty', 'quiet']);
    }
    const stored = (first: number, step: number) =>
      Array.from({ length: 2000 / step }, (_, i) => store.traces.rowOf(traceId(first + i * step))).filter(
        row => row >= 0,
      ).length;
    assert.ok(stored(10_000, 100) >= 15, `${stored(10_000, 100)} quiet traces`);
    assert.ok(stored(0, 1) > 50, `${stored(0, 1)} chatty traces`);
    assert.ok(store.traces.rowOf(traceId(1999)) >= 0);
    check(store, ['chatty', 'quiet']);
  });

  it('treats services alike that send alike', () => {
    const store = new TraceStore({ budgetBytes });
    for (let i = 0; i < 2000; i++) add(store, trace(i), `service ${i % 4}`);
    const oldest = Array.from({ length: 2000 }, (_, i) => i).find(i => store.traces.rowOf(traceId(i)) >= 0)!;
    assert.ok(2000 - oldest < 1.2 * store.traces.count, 'none outlived the others');
  });

  it('keeps longer what the policy wants, within its share, and the newest of it', () => {
    const store = new TraceStore({ budgetBytes });
    store.keepLonger = row => store.traces.errorCount[row] > 0;
    const failed: Partial<Span> = { status: { code: 2 } };
    for (let i = 0; i < 3000; i++) add(store, trace(i, i % 20 === 0 ? failed : {}));
    check(store);
    const stored = Array.from({ length: 3000 }, (_, i) => i).filter(i => store.traces.rowOf(traceId(i)) >= 0);
    const firstUsual = stored.find(i => i % 20 !== 0)!;
    const kept = stored.filter(i => i < firstUsual);
    assert.ok(kept.length > 5, `${kept.length} traces kept`);
    const bytes = kept.reduce((sum, i) => sum + store.traces.heldBytesOf[store.traces.rowOf(traceId(i))], 0);
    assert.ok(bytes <= budgetBytes / 4, `${bytes} bytes kept`);
    assert.ok(kept[0] > 1000, `trace ${kept[0]} is not among the newest`);
    assert.ok(store.counters.evictions.some(({ reason }) => reason === 'keptLimit'));
  });
});
