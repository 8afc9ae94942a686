import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { allocateRowColumns } from '../../../src/protocol/rowColumns.ts';
import type { RowWindow } from '../../../src/protocol/traceView.ts';
import { chunkRows, type FetchRows, RowWindows } from '../../../webview/rows/rowWindows.ts';
import { ScrollMap } from '../../../webview/rows/scrollMap.ts';

/** Windows in which row `r` has depth `r`; `asked` is what was asked for. */
function source(generation = 1) {
  const asked: [first: number, count: number][] = [];
  const signals: AbortSignal[] = [];
  const fetch: FetchRows = async (first, count, signal): Promise<RowWindow> => {
    asked.push([first, count]);
    signals.push(signal);
    const { bytes, columns } = allocateRowColumns({ rows: count, marks: 0, criticalSections: 0 });
    for (let row = 0; row < count; row++) columns.depth[row] = first + row;
    return { generation, first, count, names: ['a'], columns: bytes };
  };
  return { asked, signals, fetch };
}

const turn = () => new Promise(resolve => setImmediate(resolve));
const depthAt = (windows: RowWindows, row: number) => {
  const loaded = windows.at(row);
  return loaded?.columns.depth[loaded.index];
};

describe('row windows', () => {
  it('fetch whole chunks around what is wanted, each once, what is visible first', async () => {
    const { asked, fetch } = source();
    const windows = new RowWindows(1, { generation: 1, rowCount: 1000 }, fetch);
    windows.want(300, 330);
    windows.want(301, 331);
    await turn();
    assert.deepEqual(asked, [[256, 256]]);
    windows.want(500, 530);
    await turn();
    assert.deepEqual(asked.slice(1), [[512, 256]]);
    windows.want(980, 999);
    await turn();
    assert.deepEqual(asked.slice(2), [[768, 232]]);
    for (const row of [256, 300, 511, 512, 999]) assert.equal(depthAt(windows, row), row);
    assert.equal(windows.at(0), undefined);
    assert.equal(windows.at(1000), undefined);
  });

  it('cancel what is no longer wanted, and do not take it', async () => {
    const { signals, fetch } = source();
    const windows = new RowWindows(1, { generation: 1, rowCount: 100_000 }, fetch);
    windows.want(0, 30);
    windows.want(50_000, 50_030);
    assert.equal(signals[0].aborted, true);
    await turn();
    assert.equal(windows.at(0), undefined);
    assert.equal(depthAt(windows, 50_000), 50_000);
  });

  it('say when rows have come, and when the engine has moved on', async () => {
    const events: string[] = [];
    const current = new RowWindows(1, { generation: 1, rowCount: 100 }, source(1).fetch);
    current.onDidLoad(() => events.push('loaded'));
    current.want(0, 10);
    const stale = new RowWindows(1, { generation: 1, rowCount: 100 }, source(2).fetch);
    stale.onDidBecomeStale(() => events.push('stale'));
    stale.want(0, 10);
    const failing = new RowWindows(1, { generation: 1, rowCount: 100 }, async () => {
      throw new Error('no engine');
    });
    failing.onDidFail(error => events.push(String(error)));
    failing.want(0, 10);
    await turn();
    assert.deepEqual(events.toSorted(), ['Error: no engine', 'loaded', 'stale']);
    assert.equal(stale.at(0), undefined);
  });

  it('load a range before it is shown; false if it is of another generation', async () => {
    const windows = new RowWindows(1, { generation: 1, rowCount: 1000 }, source(1).fetch);
    assert.equal(await windows.load(200, 300), true);
    assert.equal(depthAt(windows, 300), 300);
    const stale = new RowWindows(1, { generation: 1, rowCount: 1000 }, source(2).fetch);
    assert.equal(await stale.load(200, 300), false);
  });

  it('forget what was not looked at for long, never what is on the screen', async () => {
    const { fetch } = source();
    const windows = new RowWindows(1, { generation: 1, rowCount: 1_000_000 }, fetch);
    for (let first = 0; first < 100 * chunkRows; first += chunkRows) {
      windows.want(first, first + 30);
      await turn();
      assert.equal(depthAt(windows, first), first);
    }
    assert.equal(windows.at(0), undefined);
    assert.notEqual(windows.at(90 * chunkRows), undefined);
  });
});

describe('scroll map', () => {
  it('is the scroll position itself as long as the browser can measure it', () => {
    const map = new ScrollMap(100_000, 22, 800);
    assert.equal(map.spacerHeight, 2_200_000);
    map.scrolledTo(123_456);
    assert.equal(map.top, 123_456);
    assert.equal(map.offset, 0);
    map.moveTo(1e9);
    assert.equal(map.scrollTop, 2_200_000 - 800);
  });

  it('reaches every row of more than the browser can measure, by pixels', () => {
    const map = new ScrollMap(10_000_000, 22, 800);
    assert.ok(map.scaled && map.spacerHeight <= 30_000_000);
    map.scrolledTo(map.spacerHeight - 800);
    assert.ok(Math.abs(map.top - (220_000_000 - 800)) < 1);
    map.moveTo(5_000_000 * 22);
    const { scrollTop } = map;
    map.scrolledTo(Math.round(scrollTop));
    assert.equal(map.top, 5_000_000 * 22, 'rounding by the browser moves nothing');
    map.moveTo(map.top + 22);
    assert.equal(map.top, 5_000_001 * 22);
    assert.ok(Math.abs(map.top + map.offset - map.scrollTop) < 1e-6);
  });

  it('stays at the top of what fits', () => {
    const map = new ScrollMap(10, 22, 800);
    map.moveTo(500);
    assert.equal(map.top, 0);
    assert.equal(map.scrollTop, 0);
  });
});
