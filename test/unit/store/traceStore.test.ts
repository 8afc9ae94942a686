import assert from 'node:assert/strict';
import { readSpan } from '../../../src/decode/otlp/readSpan.ts';
import { isDuplicate, noSpan } from '../../../src/store/spanRef.ts';
import { smallestBudget, TraceStore } from '../../../src/store/traceStore.ts';
import { add, epoch, findSpan, span, spanId, traceId } from './testSpans.ts';

const megabyte = 1 << 20;

describe('TraceStore', function () {
  this.timeout(60_000);

  it('gives back every span as it was received', () => {
    const store = new TraceStore({ budgetBytes: megabyte });
    const sent = Array.from({ length: 100 }, (_, i) =>
      span(i, {
        traceId: traceId(i % 7),
        ...(i > 6 ? { parentSpanId: spanId(i - 7) } : {}),
        attributes: [{ key: 'i', value: { intValue: String(i) } }],
      }),
    );
    add(store, sent);
    for (const original of sent) {
      const ref = findSpan(store, original.traceId, original.spanId);
      assert.deepEqual(readSpan(store.segmentOf(ref).bytes(store.rowOf(ref))), original);
    }
    assert.equal(store.traces.count, 7);
    assert.equal(store.counters.spansStored, 100);
  });

  it('ignores the same span again, within a request and across requests', () => {
    const store = new TraceStore({ budgetBytes: megabyte });
    assert.deepEqual(add(store, [span(0), span(0), span(1)]), { added: 2, duplicates: 1 });
    assert.deepEqual(add(store, [span(1), span(0), span(2)]), { added: 1, duplicates: 2 });
    assert.equal(store.counters.spansReceived, 6);
    assert.equal(store.traces.spanCount[store.traces.rowOf(traceId(0))], 3);
  });

  it('keeps other content under a known id, flagged, and knows each content again', () => {
    const store = new TraceStore({ budgetBytes: megabyte });
    add(store, [span(0), span(0, { name: 'other' }), span(0, { name: 'third' })]);
    assert.deepEqual(add(store, [span(0, { name: 'third' }), span(0), span(0, { name: 'fourth' })]), {
      added: 1,
      duplicates: 2,
    });
    const refs = [...store.spansOf(store.traces.rowOf(traceId(0)))];
    const flags = refs.map(ref => isDuplicate(store.segmentOf(ref).kindStatus[store.rowOf(ref)]));
    assert.deepEqual(flags, [false, true, true, true]);
    assert.equal(findSpan(store, traceId(0), spanId(0)), refs[0]);
  });

  it('takes 20,000 different spans under one id without comparing each with each', () => {
    const store = new TraceStore({ budgetBytes: 32 * megabyte });
    const spans = Array.from({ length: 20_000 }, (_, i) => span(0, { name: `copy ${i}` }));
    assert.equal(add(store, spans).added, 20_000);
    assert.equal(add(store, spans).duplicates, 20_000);
  });

  it('keeps the facts of a trace whatever order its spans come in', () => {
    const store = new TraceStore({ budgetBytes: megabyte });
    add(store, [span(1, { parentSpanId: spanId(0), start: 50, duration: 500, status: { code: 2 } })]);
    add(store, [span(0, { start: 10, duration: 20 })]);
    add(store, [span(2, { start: 5, duration: 0, endTimeUnixNano: '0' })]);
    add(store, [span(3, { startTimeUnixNano: '0', parentSpanId: spanId(9) })]);
    add(store, [span(4, { parentSpanId: spanId(0), start: 30, duration: -60 })]);
    const { traces } = store;
    const row = traces.rowOf(traceId(0));
    assert.equal(traces.startLow[row], Number(BigInt.asUintN(32, epoch + 5n)));
    assert.equal(traces.durationOf(row), 545);
    assert.equal(traces.spanCount[row], 5);
    assert.equal(traces.errorCount[row], 1);
    assert.equal(traces.root[row], findSpan(store, traceId(0), spanId(2)));
    const ref = findSpan(store, traceId(0), spanId(4));
    assert.equal(store.segmentOf(ref).duration[store.rowOf(ref)], -60);
  });

  it('takes the earliest of several spans without a parent for the root', () => {
    const store = new TraceStore({ budgetBytes: megabyte });
    add(store, [span(0, { start: 100 }), span(1, { start: 10, parentSpanId: spanId(0) })]);
    add(store, [span(2, { start: 50 }), span(3, { start: 70 })]);
    assert.equal(store.traces.root[store.traces.rowOf(traceId(0))], findSpan(store, traceId(0), spanId(2)));
  });

  it('lists the traces that started last first, as many as asked', () => {
    const store = new TraceStore({ budgetBytes: megabyte });
    const starts = Array.from({ length: 200 }, (_, i) => (i * 7919) % 1009);
    add(
      store,
      starts.map((start, i) => span(i, { traceId: traceId(i), start })),
    );
    const newest = store.traces.newest(10).map(row => store.traces.idOf(row));
    const expected = starts
      .map((start, i) => ({ start, id: traceId(i) }))
      .sort((a, b) => b.start - a.start)
      .slice(0, 10)
      .map(({ id }) => id);
    assert.deepEqual(newest, expected);
    const even = store.traces.newest(3, row => Number.parseInt(store.traces.idOf(row), 16) % 2 === 0);
    assert.ok(even.every(row => Number.parseInt(store.traces.idOf(row), 16) % 2 === 0) && even.length === 3);
    assert.deepEqual(store.traces.newest(0), []);
  });

  it('reports each change once it has happened', () => {
    const store = new TraceStore({ budgetBytes: megabyte });
    const seen: number[] = [];
    store.onDidChange(() => seen.push(store.counters.spansStored));
    add(store, [span(0)]);
    const { generation } = store;
    add(store, [span(1)]);
    store.clear();
    assert.deepEqual(seen, [1, 2, 0]);
    assert.ok(store.generation > generation);
    assert.equal(store.traces.rowOf(traceId(0)), -1);
    assert.deepEqual(add(store, [span(0)]), { added: 1, duplicates: 0 });
  });

  it('knows no trace and no span that it does not hold', () => {
    const store = new TraceStore({ budgetBytes: megabyte });
    add(store, [span(0)]);
    assert.equal(store.traces.rowOf(traceId(5)), -1);
    assert.equal(store.findSpan(store.traces.rowOf(traceId(0)), 1, 2), noSpan);
  });

  it('refuses a budget that leaves no room for spans', () => {
    assert.throws(() => new TraceStore({ budgetBytes: smallestBudget - 1 }), RangeError);
    assert.throws(() => new TraceStore({ budgetBytes: Number.NaN }), RangeError);
  });
});
