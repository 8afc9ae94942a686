import assert from 'node:assert/strict';
import { idHex } from '../../../src/model/ids.ts';
import type { Span } from '../../../src/model/span.ts';
import { type RowColumns, readRowColumns } from '../../../src/protocol/rowColumns.ts';
import { markKinds, rowFlags, type ViewIntent } from '../../../src/protocol/traceView.ts';
import { TraceSummaries } from '../../../src/query/traceSummary.ts';
import { TraceViews } from '../../../src/query/traceViews.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { add, span, spanId, traceId } from '../store/testSpans.ts';

const everything: ViewIntent = { collapsed: [], filter: '' };

/** root → (a → (a1, a2 failed), b), with `b` of another service. */
function shopTrace(): TraceStore {
  const store = new TraceStore({ budgetBytes: 8 << 20 });
  add(store, [
    span(0, { name: 'checkout', kind: 2, duration: 1000 }),
    span(1, { name: 'load cart', parentSpanId: spanId(0), start: 100, duration: 400 }),
    span(2, { name: 'SELECT items', parentSpanId: spanId(1), start: 150, duration: 100 }),
    span(3, {
      name: 'SELECT items',
      parentSpanId: spanId(1),
      start: 300,
      duration: 100,
      status: { code: 2, message: 'gone' },
      attributes: [
        { key: 'db.system.name', value: { stringValue: 'SQLite' } },
        { key: 'retries', value: { intValue: '17' } },
      ],
      events: [{ timeUnixNano: String(1_700_000_000_000_000_350n), name: 'exception' }],
    }),
  ]);
  add(store, [span(4, { name: 'charge', parentSpanId: spanId(0), start: 600, duration: 300 })], 'payments');
  return store;
}

function open(store: TraceStore, intent = everything) {
  const views = new TraceViews(store, new TraceSummaries(store));
  const opened = views.open(traceId(0), intent);
  assert.ok(opened);
  return { views, view: views.get(opened.viewId), head: opened.head };
}

function read(
  view: ReturnType<typeof open>['view'],
  first = 0,
  count = 1000,
): { names: string[]; columns: RowColumns; rows: number } {
  const window = view.rows(first, count);
  const columns = readRowColumns(window.columns);
  return { names: Array.from(columns.name, id => window.names[id]), columns, rows: window.count };
}

function flag(columns: RowColumns, row: number, bit: number): boolean {
  return (columns.flags[row] & bit) !== 0;
}

describe('TraceView', () => {
  it('gives rows in tree order with all that a bar is drawn from', () => {
    const { view, head } = open(shopTrace());
    const { names, columns } = read(view);
    assert.deepEqual(names, ['checkout', 'load cart', 'SELECT items', 'SELECT items', 'charge']);
    assert.deepEqual([...columns.depth], [0, 1, 2, 2, 1]);
    assert.deepEqual([...columns.start], [0, 100, 150, 300, 600]);
    assert.deepEqual([...columns.duration], [1000, 400, 100, 100, 300]);
    assert.deepEqual([...columns.selfTime], [300, 200, 100, 100, 300]);
    assert.deepEqual([...columns.parentRow], [0xffffffff, 0, 1, 1, 0]);
    assert.deepEqual([...columns.descendants], [4, 2, 0, 0, 0]);
    assert.deepEqual([...columns.posInSet], [1, 1, 1, 2, 2]);
    assert.deepEqual([...columns.setSize], [1, 2, 2, 2, 2]);
    assert.deepEqual([...columns.service], [0, 0, 0, 0, 1]);
    assert.equal(idHex(columns.spanId, 8, 2), spanId(4));
    assert.deepEqual(
      [0, 1, 2, 3, 4].map(row => flag(columns, row, rowFlags.error)),
      [false, false, false, true, false],
    );
    assert.ok(flag(columns, 0, rowFlags.hasChildren) && flag(columns, 0, rowFlags.expanded));
    assert.deepEqual(head.services, [
      { name: 'shop', spanCount: 4, errorCount: 1 },
      { name: 'payments', spanCount: 1, errorCount: 0 },
    ]);
    assert.deepEqual(
      [head.rowCount, head.spanCount, head.errorCount, head.duration, head.maxDepth, head.rootSpanName],
      [5, 5, 1, 1000, 2, 'checkout'],
    );
  });

  it('puts events and logs on the bars, and critical sections under them', () => {
    const store = shopTrace();
    const { columns } = read(open(store).view);
    assert.deepEqual([...columns.markFirst], [0, 0, 0, 0, 1, 1]);
    assert.deepEqual([[...columns.markAt], [...columns.markKind]], [[350], [markKinds.exception]]);
    const sections = [...columns.criticalStart].map((start, i) => [start, columns.criticalEnd[i]]);
    const total = sections.reduce((sum, [start, end]) => sum + end - start, 0);
    assert.equal(total, 1000);
    assert.deepEqual(sections[columns.criticalFirst[4]], [600, 900]);
  });

  it('gives windows, clamped to the rows there are', () => {
    const { view } = open(shopTrace());
    assert.deepEqual(read(view, 1, 2).names, ['load cart', 'SELECT items']);
    assert.deepEqual(read(view, 4, 50).names, ['charge']);
    assert.equal(read(view, 99, 5).rows, 0);
    assert.equal(read(view, -3, -1).rows, 0);
  });

  it('collapses and expands one span, a level and all, and shows errors that it hides', () => {
    const { view } = open(shopTrace());
    const { head, collapsed } = view.expand(false, { spanId: spanId(1) });
    assert.deepEqual([head.rowCount, collapsed], [3, [spanId(1)]]);
    const { names, columns } = read(view);
    assert.deepEqual(names, ['checkout', 'load cart', 'charge']);
    assert.ok(flag(columns, 1, rowFlags.hidesError));
    assert.ok(!flag(columns, 1, rowFlags.expanded));
    assert.equal(view.expand(true, { all: true }).head.rowCount, 5);
    assert.equal(view.expand(false, { all: true }).head.rowCount, 1);
    assert.equal(view.expand(true, { depth: 0 }).head.rowCount, 3);
  });

  it('opens with what was collapsed before, unknown ids left aside', () => {
    const { head } = open(shopTrace(), { collapsed: [spanId(1), spanId(99)], filter: '' });
    assert.equal(head.rowCount, 3);
  });

  it('filters to the matches with their ancestors', () => {
    const { view } = open(shopTrace());
    assert.deepEqual([view.filter('sqlite').head.matchCount, view.head.rowCount], [1, 3]);
    const { names, columns } = read(view);
    assert.deepEqual(names, ['checkout', 'load cart', 'SELECT items']);
    assert.deepEqual(
      [0, 1, 2].map(row => flag(columns, row, rowFlags.match)),
      [false, false, true],
    );
    assert.equal(view.filter('items PAY').head.rowCount, 0);
    assert.equal(view.filter('payments').head.matchCount, 1);
    assert.equal(view.filter('17').head.matchCount, 1);
    assert.equal(view.filter(spanId(4)).head.matchCount, 1);
    assert.equal(view.filter('').head.rowCount, 5);
  });

  it('finds the next and the previous match, also in collapsed subtrees', () => {
    const { view } = open(shopTrace());
    view.expand(false, { all: true });
    const first = view.find('select', 0, false);
    assert.deepEqual([first.matchCount, first.matchIndex, first.spanId, first.row], [2, 0, spanId(2), 2]);
    const second = view.find('select', first.row, false);
    assert.deepEqual([second.matchIndex, second.row], [1, 3]);
    assert.equal(view.find('select', second.row, false).matchIndex, 0);
    assert.equal(view.find('select', 2, true).matchIndex, 1);
    assert.deepEqual([view.find('nowhere', 0, false).row, view.find('', 0, false).matchCount], [-1, 0]);
  });

  it('reveals a span by opening what is above it', () => {
    const { view } = open(shopTrace());
    view.expand(false, { all: true });
    assert.equal(view.reveal(spanId(3)).row, 3);
    assert.equal(view.reveal(spanId(50)).row, -1);
  });

  it('paints errors over everything in the minimap', () => {
    const { view } = open(shopTrace());
    const { cells, lanes } = view.minimap(10, 5);
    assert.equal(lanes, 5);
    const lane = (n: number) => [...cells.subarray(10 * n, 10 * n + 10)];
    assert.deepEqual(lane(0), Array(10).fill(1));
    assert.deepEqual(lane(3), [0, 0, 0, 129, 0, 0, 0, 0, 0, 0]);
    assert.deepEqual(lane(4), [0, 0, 0, 0, 0, 0, 2, 2, 2, 0]);
    assert.equal(view.minimap(10, 1).cells[3], 129);
  });

  it('follows a trace that grows, keeping what is collapsed, and says so once', () => {
    const store = shopTrace();
    const { views, view, head } = open(store);
    view.expand(false, { spanId: spanId(1) });
    assert.deepEqual(views.takeChanged(), []);
    add(store, [span(5, { name: 'late', parentSpanId: spanId(1), start: 450, duration: 20 })]);
    const [change] = views.takeChanged();
    assert.deepEqual([change.head.spanCount, change.head.rowCount], [6, 3]);
    assert.ok(change.head.generation > head.generation);
    assert.deepEqual(views.takeChanged(), []);
  });

  it('says that the trace was dropped', () => {
    const store = shopTrace();
    const { view, views } = open(store);
    store.clear();
    assert.equal(views.takeChanged()[0].head.evicted, true);
    assert.equal(read(view).rows, 0);
    assert.equal(view.find('select', 0, false).matchCount, 0);
    assert.equal(view.expand(false, { all: true }).head.rowCount, 0);
  });

  it('keeps up with pinned spans that are moved in the store', () => {
    const store = new TraceStore({ budgetBytes: 1 << 20 });
    add(store, [
      span(0, { name: 'kept' }),
      span(1, { name: 'kept child', parentSpanId: spanId(0), start: 5 }),
    ]);
    store.pin(store.traces.rowOf(traceId(0)), true);
    const { view } = open(store);
    const filler = (n: number): Span => span(n, { traceId: traceId(n), name: 'x'.repeat(500) });
    for (let n = 10; n < 6000; n += 100) {
      add(
        store,
        Array.from({ length: 100 }, (_, i) => filler(n + i)),
      );
      assert.deepEqual(read(view).names, ['kept', 'kept child']);
    }
    assert.ok(store.counters.spansEvicted > 1000);
  });

  it('lays out a chain of 72,000 spans', () => {
    const store = new TraceStore({ budgetBytes: 64 << 20 });
    const count = 72_000;
    for (let from = 0; from < count; from += 4000)
      add(
        store,
        Array.from({ length: 4000 }, (_, i) => {
          const n = from + i;
          return span(n, n === 0 ? {} : { parentSpanId: spanId(n - 1), start: n });
        }),
      );
    const { view, head } = open(store);
    assert.equal(head.maxDepth, count - 1);
    assert.equal(read(view, count - 1, 10).columns.depth[0], count - 1);
    assert.equal(view.expand(false, { depth: 10 }).head.rowCount, 11);
    assert.equal(view.reveal(spanId(count - 1)).row, count - 1);
  });
});
