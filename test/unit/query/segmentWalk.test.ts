import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { newestSegments, oldestSegments } from '../../../src/query/segmentWalk.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { add, span, traceId } from '../store/testSpans.ts';

describe('walks over segments', () => {
  let n = 0;
  /** Fills the store with so many more segments. */
  function fill(store: TraceStore, segments: number): void {
    for (const most = store.segments().length + segments; store.segments().length < most; )
      add(store, [span(n, { traceId: traceId(n++), name: 'x'.repeat(500) })]);
  }

  function filled(segments: number): TraceStore {
    const store = new TraceStore({ budgetBytes: 4 << 20 });
    fill(store, segments);
    return store;
  }

  it('visit each that is stored, and none that comes meanwhile', () => {
    const store = filled(4);
    const all = [...store.segments()];
    const counts = all.map(({ count }) => count);
    const newest = newestSegments(store);
    const oldest = oldestSegments(store);
    assert.equal(newest.next().value, all.at(-1));
    assert.deepEqual(oldest.next().value, { segment: all[0], rows: counts[0] });
    fill(store, 1);
    assert.deepEqual([...newest], all.slice(0, -1).reverse());
    assert.deepEqual(
      [...oldest].map(({ rows }) => rows),
      counts.slice(1),
    );
    assert.deepEqual([...newestSegments(new TraceStore({ budgetBytes: 1 << 20 }))], []);
    assert.deepEqual([...oldestSegments(new TraceStore({ budgetBytes: 1 << 20 }))], []);
  });

  it('pass over those that are evicted meanwhile, and hold none of them', async () => {
    const store = filled(5);
    const walks = [newestSegments(store), oldestSegments(store)] as const;
    for (const walk of walks) walk.next();
    const second = new WeakRef(store.segments()[1]);
    while (store.segments().includes(second.deref()!)) assert.ok(store.dropOldest());
    const left = [...store.segments()];
    // A reference that was asked for lives until the end of the turn.
    for (let turn = 0; turn < 3; turn++) await nextTurn();
    collect();
    assert.equal(second.deref(), undefined);
    assert.deepEqual([...walks[0]], left.slice(0, -1).reverse());
    assert.deepEqual(
      [...walks[1]].map(({ segment }) => segment),
      left,
    );
  });

  it('end when all is cleared', () => {
    const store = filled(3);
    const walks = [newestSegments(store), oldestSegments(store)] as const;
    for (const walk of walks) walk.next();
    store.clear();
    fill(store, 2);
    assert.deepEqual([...walks[0]], []);
    assert.deepEqual([...walks[1]], []);
  });
});

function collect(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
