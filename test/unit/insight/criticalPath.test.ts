import assert from 'node:assert/strict';
import { criticalPath } from '../../../src/insight/criticalPath.ts';
import type { Forest } from '../../../src/insight/forest.ts';
import { forestOf, randomForest } from './forests.ts';

/** `[span, start, end]` in order. */
function sections(forest: Forest, blocks: (child: number) => boolean = () => true): number[][] {
  const { span, start, end } = criticalPath(forest, blocks);
  return Array.from(span, (i, at) => [i, start[at], end[at]]);
}

describe('criticalPath', () => {
  it('is the span itself where there are no children', () => {
    assert.deepEqual(sections(forestOf({ start: 5, end: 25 })), [[0, 5, 25]]);
  });

  it('goes into the child that finished last, and back to what ran before it', () => {
    const forest = forestOf({
      start: 0,
      end: 100,
      children: [
        { start: 10, end: 40 },
        { start: 30, end: 90 },
      ],
    });
    // The first child ends while the second runs: nothing waited for it, but for what was before the second began.
    assert.deepEqual(sections(forest), [
      [0, 0, 30],
      [2, 30, 90],
      [0, 90, 100],
    ]);
  });

  it('follows children one after the other, also where one begins as the other ends', () => {
    const forest = forestOf({
      start: 0,
      end: 100,
      children: [
        { start: 0, end: 50 },
        { start: 50, end: 100 },
      ],
    });
    assert.deepEqual(sections(forest), [
      [1, 0, 50],
      [2, 50, 100],
    ]);
  });

  it('clips children that begin before or end after their parent', () => {
    const forest = forestOf({
      start: 10,
      end: 100,
      children: [
        { start: 0, end: 30 },
        { start: 80, end: 150 },
      ],
    });
    assert.deepEqual(sections(forest), [
      [1, 10, 30],
      [0, 30, 80],
      [2, 80, 100],
    ]);
  });

  it('leaves out children outside of their parent, with all below them', () => {
    const forest = forestOf({
      start: 0,
      end: 50,
      children: [{ start: 60, end: 90, children: [{ start: 10, end: 40 }] }],
    });
    assert.deepEqual(sections(forest), [[0, 0, 50]]);
  });

  it('does not wait for children that do not block', () => {
    const forest = forestOf({ start: 0, end: 50, children: [{ start: 10, end: 50 }] });
    assert.deepEqual(
      sections(forest, () => false),
      [[0, 0, 50]],
    );
  });

  it('gives one path after the other for several trees', () => {
    const forest = forestOf({ start: 0, end: 10 }, { start: 5, end: 20, children: [{ start: 6, end: 8 }] });
    assert.deepEqual(sections(forest), [
      [0, 0, 10],
      [1, 5, 6],
      [2, 6, 8],
      [1, 8, 20],
    ]);
  });

  it('passes over children without a duration', () => {
    const forest = forestOf({
      start: 0,
      end: 10,
      children: [
        { start: 5, end: 5 },
        { start: 5, end: 5 },
      ],
    });
    assert.deepEqual(sections(forest), [[0, 0, 10]]);
  });

  it('has sections that do not overlap and add up to the duration of the head, whatever the tree', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const found = sections(randomForest(seed, 60));
      let at = 0;
      for (const [, start, end] of found) {
        assert.equal(start, at, `seed ${seed}: a gap or an overlap at ${at}`);
        assert.ok(end > start);
        at = end;
      }
      assert.equal(at, 1000, `seed ${seed}`);
    }
  });

  it('takes a chain of 72,000 spans', () => {
    const count = 72_000;
    const forest: Forest = {
      count,
      parent: Int32Array.from({ length: count }, (_, i) => i - 1),
      start: Float64Array.from({ length: count }, (_, i) => i),
      duration: Float64Array.from({ length: count }, (_, i) => 2 * count - 2 * i),
    };
    const { span } = criticalPath(forest, () => true);
    // Each span but the last has a section before its child and one after it.
    assert.equal(span.length, 2 * count - 1);
  });
});
