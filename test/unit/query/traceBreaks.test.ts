import assert from 'node:assert/strict';
import { traceBreaks } from '../../../src/query/traceBreaks.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { add, span, spanId, traceId } from '../store/testSpans.ts';

const whole = '4bf92f3577b34da6a3ce929d0e0e4736';
const half = `${'0'.repeat(16)}${whole.slice(16)}`;

describe('pieces of a trace', () => {
  it('are found by the lower half of their ids, from both sides', () => {
    const store = new TraceStore({ budgetBytes: 1 << 20 });
    add(store, [span(0, { traceId: whole }), span(1, { traceId: traceId(7) })]);
    add(store, [span(2, { traceId: half, parentSpanId: spanId(0) })], 'old');
    assert.deepEqual(traceBreaks(store, whole), [{ kind: 'halfId', traceId: half, hasDatadog: false }]);
    assert.deepEqual(traceBreaks(store, half), [{ kind: 'halfId', traceId: whole, hasDatadog: false }]);
    assert.deepEqual(traceBreaks(store, traceId(7)), []);
  });

  it('are found by the parent of the first span, if it is in another trace', () => {
    const store = new TraceStore({ budgetBytes: 1 << 20 });
    add(store, [span(0, { traceId: whole })], 'caller');
    add(store, [span(1, { traceId: traceId(3), parentSpanId: spanId(0) })], 'called');
    add(store, [span(2, { traceId: traceId(4), parentSpanId: spanId(99) })], 'orphaned');
    assert.deepEqual(traceBreaks(store, traceId(3)), [
      { kind: 'parentElsewhere', traceId: whole, hasDatadog: false },
    ]);
    assert.deepEqual(traceBreaks(store, whole), []);
    assert.deepEqual(traceBreaks(store, traceId(4)), []);
    assert.deepEqual(traceBreaks(store, traceId(5)), []);
  });

  it('do not include what two spans of a trace share, or what was dropped', () => {
    const store = new TraceStore({ budgetBytes: 1 << 20 });
    add(store, [span(0, { traceId: whole }), span(1, { traceId: whole, parentSpanId: spanId(0) })]);
    add(store, [span(5, { traceId: half })]);
    store.drop(store.traces.rowOf(half));
    assert.deepEqual(traceBreaks(store, whole), []);
  });
});
