import assert from 'node:assert/strict';
import { idHex } from '../../../src/model/ids.ts';
import type { Span } from '../../../src/model/span.ts';
import { assembleTrace } from '../../../src/store/assembly/traceTree.ts';
import { treeFlags } from '../../../src/store/assembly/treeFlags.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { add, span, spanId, traceId } from './testSpans.ts';

function assemble(spans: readonly Span[]) {
  const store = new TraceStore({ budgetBytes: 256 << 20 });
  add(store, spans);
  const tree = assembleTrace(store, store.traces.rowOf(traceId(0)));
  const names = [...tree.refs].map(ref => {
    const segment = store.segmentOf(ref);
    return store.names.string(segment.name[store.rowOf(ref)]);
  });
  const outline = names.map((name, i) => `${'  '.repeat(tree.depth[i])}${name.replace('span ', '')}`);
  return { tree, outline, store };
}

const child = (number: number, parent: number, more: Parameters<typeof span>[1] = {}) =>
  span(number, { parentSpanId: spanId(parent), ...more });

describe('assembleTrace', function () {
  this.timeout(60_000);

  it('orders depth first, siblings by start', () => {
    const { tree, outline } = assemble([
      child(4, 1, { start: 40 }),
      child(2, 0, { start: 60 }),
      child(1, 0, { start: 20 }),
      span(0),
      child(3, 1, { start: 30 }),
    ]);
    assert.deepEqual(outline, ['0', '  1', '    3', '    4', '  2']);
    assert.deepEqual([...tree.parent], [-1, 0, 1, 1, 0]);
    assert.deepEqual([...tree.subtreeSize], [4, 2, 0, 0, 0]);
    assert.deepEqual([...tree.start], [0, 20, 30, 40, 60]);
    assert.equal(tree.traceDuration, 160);
  });

  it('puts siblings that start together in the order of their ends', () => {
    const { outline } = assemble([
      span(0),
      child(1, 0, { start: 10, duration: 50 }),
      child(2, 0, { start: 10, duration: 5 }),
      child(3, 0, { start: 10, duration: 50 }),
    ]);
    assert.deepEqual(outline, ['0', '  2', '  1', '  3']);
  });

  it('makes a forest where parents are missing', () => {
    const { tree, outline } = assemble([
      child(2, 9, { start: 5 }),
      span(0),
      child(1, 0),
      child(3, 2, { start: 7 }),
    ]);
    assert.deepEqual(outline, ['0', '  1', '2', '  3']);
    assert.deepEqual([...tree.flags], [0, 0, treeFlags.orphan, 0]);
  });

  it('cuts circles at their earliest span', () => {
    const { tree, outline } = assemble([
      child(1, 3, { start: 30 }),
      child(2, 1, { start: 10 }),
      child(3, 2, { start: 20 }),
      child(4, 3, { start: 25 }),
      child(5, 5, { start: 1 }),
    ]);
    assert.deepEqual(outline, ['5', '2', '  3', '    4', '    1']);
    assert.deepEqual([...tree.flags], [treeFlags.cycle, treeFlags.cycle, 0, 0, 0]);
  });

  it('leaves children with the first of several spans under one id', () => {
    const { tree, outline } = assemble([
      span(0),
      child(1, 0, { start: 10 }),
      child(1, 0, { start: 5, name: 'span 1 again' }),
      child(2, 1, { start: 20 }),
    ]);
    assert.deepEqual(outline, ['0', '  1 again', '  1', '    2']);
    assert.deepEqual([...tree.flags], [0, treeFlags.duplicate, 0, 0]);
  });

  it('draws impossible times without negative lengths', () => {
    const { tree, outline } = assemble([
      span(0, { start: 100, duration: 1000 }),
      child(1, 0, { start: 200, duration: -50 }),
      child(2, 0, { start: 300, endTimeUnixNano: '0' }),
      child(3, 1, { startTimeUnixNano: '0' }),
    ]);
    assert.deepEqual(outline, ['0', '  1', '    3', '  2']);
    assert.deepEqual(
      [...tree.flags],
      [0, treeFlags.endBeforeStart, treeFlags.startUnknown, treeFlags.unfinished],
    );
    assert.deepEqual([...tree.start], [0, 100, 100, 200]);
    assert.deepEqual([...tree.duration.slice(0, 2)], [1000, 0]);
    assert.equal(tree.duration[3], 800);
  });

  it('takes a chain of 72,000 spans, sent deepest first', () => {
    const count = 72_000;
    const spans = Array.from({ length: count }, (_, i) =>
      i === 0 ? span(0) : child(i, i - 1, { start: i }),
    );
    const { tree } = assemble(spans.reverse());
    assert.equal(tree.depth[count - 1], count - 1);
    assert.equal(tree.subtreeSize[0], count - 1);
    assert.ok(tree.parent.every((parent, i) => parent === i - 1));
  });

  it('takes 100,000 children of one span, sent in no order', () => {
    const count = 100_000;
    const spans = Array.from({ length: count }, (_, i) => child(i + 1, 0, { start: (i * 7919) % count }));
    const { tree, store } = assemble([...spans, span(0)]);
    assert.equal(tree.subtreeSize[0], count);
    for (let i = 2; i <= count; i++) assert.ok(tree.start[i - 1] <= tree.start[i]);
    const first = store.segmentOf(tree.refs[0]);
    assert.equal(idHex(first.spanId, 2 * store.rowOf(tree.refs[0]), 2), spanId(0));
  });
});
