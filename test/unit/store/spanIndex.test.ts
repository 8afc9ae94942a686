import assert from 'node:assert/strict';
import { Random } from '../../../bench/support/random.ts';
import { Segment } from '../../../src/store/segment.ts';
import { idHash, SpanIndex } from '../../../src/store/spanIndex.ts';
import { noSpan, type SpanRef, spanRef } from '../../../src/store/spanRef.ts';

describe('SpanIndex', () => {
  const rows = 60_000;
  let segment: Segment;
  let index: SpanIndex;
  let used: number;

  beforeEach(() => {
    segment = new Segment(0, new Uint8Array(0), rows);
    index = new SpanIndex([segment]);
    used = 0;
  });

  /** Adds the span with this id, unless it is there. */
  function add(trace: number, id: number): SpanRef {
    const row = used++;
    segment.spanId[2 * row] = id;
    return index.add(trace, idHash(trace, id, 0), id, 0, spanRef(0, row));
  }

  const find = (trace: number, id: number) => index.find(trace, idHash(trace, id, 0), id, 0);

  it('finds exactly the spans of the traces that were not dropped, whatever their sizes', () => {
    const random = new Random(7);
    const expected = new Map<number, Map<number, SpanRef>>();
    let spans = 0;
    while (used < rows - 300) {
      const trace = random.between(0, 400);
      const known = expected.get(trace) ?? new Map<number, SpanRef>();
      expected.set(trace, known);
      // Ids come again now and then; a new trace may say how many are to come.
      if (known.size === 0 && random.next() < 0.5) index.reserve(trace, random.between(1, 300));
      for (let n = random.between(1, trace % 10 === 0 ? 300 : 6); n > 0; n--) {
        const id = random.between(0, 2000);
        const before = add(trace, id);
        assert.equal(before, known.get(id) ?? noSpan);
        if (before === noSpan) {
          known.set(id, spanRef(0, used - 1));
          spans++;
        }
      }
      if (random.next() < 0.3) {
        const gone = random.between(0, 400);
        index.drop(gone);
        spans -= expected.get(gone)?.size ?? 0;
        expected.delete(gone);
      }
      if (random.next() < 0.01) index.shrink();
      assert.equal(index.count, spans);
    }
    assert.ok(spans > 1000);
    for (let trace = 0; trace <= 400; trace++)
      for (let id = 0; id <= 2000; id++)
        assert.equal(find(trace, id), expected.get(trace)?.get(id) ?? noSpan);
  });

  it('uses the places of dropped traces again, and gives back those of a flood', () => {
    const fill = (first: number, traces: number, spansEach: number) => {
      for (let trace = first; trace < first + traces; trace++)
        for (let id = 0; id < spansEach; id++) add(trace, id);
    };
    fill(0, 50, 40);
    const { heldBytes } = index;
    for (let round = 0; round < 20; round++) {
      for (let trace = 0; trace < 50; trace++) index.drop(trace);
      fill(0, 50, 40);
    }
    assert.equal(index.heldBytes, heldBytes);

    // Blocks of other sizes do not fit: the free ones must be made into room instead of more being asked for.
    for (let trace = 0; trace < 50; trace++) index.drop(trace);
    fill(0, 500, 2);
    assert.ok(index.heldBytes <= 2 * heldBytes, `${index.heldBytes} bytes, ${heldBytes} before`);

    fill(500, 2, 7000);
    for (let trace = 0; trace < 502; trace++) index.drop(trace);
    assert.equal(index.count, 0);
    index.shrink();
    assert.ok(index.heldBytes < heldBytes, `${index.heldBytes} bytes for nothing`);
  });
});
