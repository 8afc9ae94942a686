import assert from 'node:assert/strict';
import { followPolicies } from '../../../src/engine/retention.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { add, span, traceId } from '../store/testSpans.ts';

function filled() {
  const lines: string[] = [];
  const store = new TraceStore({ budgetBytes: 1 << 20 });
  add(store, [
    span(0, { traceId: traceId(0) }),
    span(0, { traceId: traceId(1), status: { code: 2 } }),
    span(0, { traceId: traceId(2), duration: 2e9 }),
  ]);
  const kept = () => [0, 1, 2].filter(number => store.keepLonger(store.traces.rowOf(traceId(number))));
  return { store, kept, lines, log: { write: (line: string) => lines.push(line) } };
}

describe('policies of what to keep longer', () => {
  it('are errors and slow traces unless others are given', () => {
    const { store, kept, log } = filled();
    assert.equal(followPolicies(store, undefined, log), undefined);
    assert.deepEqual(kept(), [1, 2]);
    assert.equal(followPolicies(store, [], log), undefined);
    assert.deepEqual(kept(), []);
    const slow = { name: 'slow', type: 'latency', latency: { threshold_ms: 1500 } };
    assert.equal(followPolicies(store, [slow], log), undefined);
    assert.deepEqual(kept(), [2]);
  });

  it('say where they cannot be followed, and leave the usual ones in force', () => {
    const { store, kept, log, lines } = filled();
    const wrong = { name: 'slow', type: 'latency', latency: { threshold_ms: 'long' } };
    const problem = followPolicies(store, [wrong], log);
    assert.match(problem ?? '', /keepLonger\.policies\[0\]\.latency\.threshold_ms/);
    assert.match(lines.join(), /not followed: .*threshold_ms/);
    assert.deepEqual(kept(), [1, 2]);
    assert.match(followPolicies(store, [{ name: 'x', type: 'no_such' }], log) ?? '', /no_such/);
  });
});
