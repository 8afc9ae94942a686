import assert from 'node:assert/strict';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { add, span, spanId, traceId } from './testSpans.ts';

const budgetBytes = 4 << 20;
const spansPerTrace = 10;
/** Of about 480 bytes a span on the wire: ten budgets. */
const lastTrace = (10 * budgetBytes) / 4800;

/** Which traces are pinned, as long as that is allowed. */
const pinning: { readonly [pattern: string]: (number: number) => boolean } = {
  'the first ones': () => true,
  'every second one': number => number % 2 === 0,
  'every tenth one': number => number % 10 === 0,
};

function trace(number: number, failed = false) {
  const padding = { key: 'padding', value: { stringValue: `${number} ${'x'.repeat(300)}` } };
  return Array.from({ length: spansPerTrace }, (_, index) =>
    span(index, {
      traceId: traceId(number),
      start: number * 1000 + index,
      ...(index > 0 && { parentSpanId: spanId(0) }),
      ...(failed && { status: { code: 2 } }),
      attributes: [padding],
    }),
  );
}

/** Ten budgets of spans; none of the many evictions may take much more than the segment or two whose memory is needed. */
function flood(store: TraceStore, added: (number: number) => void = () => {}, failing = () => false): void {
  let evicted = 0;
  let fullStore = Number.POSITIVE_INFINITY;
  for (let number = 0; number < lastTrace; number++) {
    add(store, trace(number, failing()));
    added(number);
    const { bytesStored, spansEvicted, spansStored } = store.counters;
    assert.ok(bytesStored <= budgetBytes, `${bytesStored} bytes held`);
    const rows = Math.max(...store.segments().map(({ count }) => count));
    assert.ok(
      spansEvicted - evicted <= 2.5 * rows,
      `${spansEvicted - evicted} spans at once, trace ${number}`,
    );
    if (evicted > 0) assert.ok(spansStored > 0.8 * fullStore, `${spansStored} spans left, trace ${number}`);
    else if (spansEvicted > 0) fullStore = spansStored;
    evicted = spansEvicted;
  }
  assert.ok(evicted > 2 * fullStore, `${evicted} spans evicted, ${fullStore} held`);
}

describe('sparing spans from eviction', function () {
  this.timeout(60_000);

  for (const [pattern, isWanted] of Object.entries(pinning)) {
    it(`goes on evicting steadily with half of the budget pinned: ${pattern}`, () => {
      const store = new TraceStore({ budgetBytes });
      const pinned: number[] = [];
      let refused = 0;
      flood(store, number => {
        if (!isWanted(number)) return;
        if (store.pin(store.traces.rowOf(traceId(number)), true)) pinned.push(number);
        else refused++;
      });
      const { rowOf, pinned: isPinned, spanCount, heldBytesOf } = rows(store);
      let bytes = 0;
      for (const number of pinned) {
        const row = rowOf(number);
        assert.ok(row >= 0 && isPinned[row] === 1, `trace ${number} is gone`);
        assert.equal(spanCount[row], spansPerTrace);
        assert.equal(store.spansOf(row).length, spansPerTrace);
        bytes += heldBytesOf[row];
      }
      assert.ok(
        refused > 0 && bytes <= budgetBytes / 2 && bytes > 0.49 * budgetBytes,
        `${bytes} pinned bytes`,
      );
    });
  }

  it('goes on evicting steadily with traces that a policy keeps for longer', () => {
    const store = new TraceStore({ budgetBytes });
    store.keepLonger = row => store.traces.errorCount[row] > 0;
    let number = 0;
    flood(store, undefined, () => number++ % 20 === 0);
    const kept = store.counters.evictions.find(({ reason }) => reason === 'keptLimit');
    assert.ok(kept !== undefined && kept.spans > 0, "no trace was kept until it was another one's turn");
    const { rowOf, kept: isKept } = rows(store);
    const outlived = Array.from({ length: lastTrace }, (_, index) => index).filter(each => rowOf(each) >= 0);
    assert.equal(isKept[rowOf(outlived[0])], 1);
  });
});

function rows(store: TraceStore) {
  const { pinned, kept, spanCount, heldBytesOf } = store.traces;
  return {
    rowOf: (number: number) => store.traces.rowOf(traceId(number)),
    pinned,
    kept,
    spanCount,
    heldBytesOf,
  };
}
