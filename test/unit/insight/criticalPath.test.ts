import assert from 'node:assert/strict';
import { criticalPath, type Waiting } from '../../../src/insight/criticalPath.ts';
import type { Forest } from '../../../src/insight/forest.ts';
import { startGrains } from '../../../src/insight/startGrains.ts';
import { forestOf, type Node, randomForest, randomNumbers } from './forests.ts';

/** `[span, start, end]` in order. */
function sections(forest: Forest, waiting: Waiting = {}): number[][] {
  const { span, start, end } = criticalPath(forest, waiting);
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
    assert.deepEqual(sections(forest, { blocks: () => false }), [[0, 0, 50]]);
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

  it('is the same for starts that are rounded to milliseconds as for exact ones', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const head = randomCalls(seed);
      const exact = longSections(forestOf(head));
      const rounded = forestOf(withRoundedStarts(head));
      const grain = startGrains(rounded.start, 0n, new Uint8Array(rounded.count));
      const found = longSections(rounded, { grain });
      assert.deepEqual(
        found.map(({ span }) => span),
        exact.map(({ span }) => span),
        `seed ${seed}`,
      );
      for (const [at, { start, end }] of found.entries()) {
        assert.ok(Math.abs(start - exact[at].start) <= millisecond, `seed ${seed}, start of section ${at}`);
        assert.ok(Math.abs(end - exact[at].end) <= millisecond, `seed ${seed}, end of section ${at}`);
      }
    }
  });

  it('takes an overlap for one where the clock is fine', () => {
    const overlapping = (start: number): Forest =>
      forestOf({
        start: 0,
        end: 6 * millisecond,
        children: [
          { start: 0, end: 3.1 * millisecond },
          { start, end: 6 * millisecond },
        ],
      });
    const path = (forest: Forest) =>
      sections(forest, { grain: startGrains(forest.start, 0n, new Uint8Array(forest.count)) }).map(
        ([i]) => i,
      );
    assert.deepEqual(path(overlapping(3 * millisecond)), [1, 2]);
    assert.deepEqual(path(overlapping(2.9 * millisecond)), [0, 2]);
    assert.deepEqual(path(overlapping(2 * millisecond)), [0, 2]);
  });

  it('takes a chain of 72,000 spans', () => {
    const count = 72_000;
    const forest: Forest = {
      count,
      parent: Int32Array.from({ length: count }, (_, i) => i - 1),
      start: Float64Array.from({ length: count }, (_, i) => i),
      duration: Float64Array.from({ length: count }, (_, i) => 2 * count - 2 * i),
    };
    const { span } = criticalPath(forest);
    // Each span but the last has a section before its child and one after it.
    assert.equal(span.length, 2 * count - 1);
  });
});

const millisecond = 1_000_000;

/** Sections that rounding a start by less than a millisecond cannot take away, with spans by their place in the forest. */
function longSections(forest: Forest, waiting?: Waiting): { span: number; start: number; end: number }[] {
  return sections(forest, waiting)
    .map(([span, start, end]) => ({ span, start, end }))
    .filter(({ start, end }) => end - start > 3 * millisecond);
}

/** Calls one after the other, some of them several at once, a few microseconds apart; what ends last does so by 10 ms. */
function randomCalls(seed: number): Node {
  const random = randomNumbers(seed);
  const nanoseconds = (least: number, most: number): number =>
    Math.round((least + random() * (most - least)) * millisecond);
  const call = (start: number, depth: number): Node => {
    const children: Node[] = [];
    let at = start + nanoseconds(0.01, 0.2);
    for (let step = depth === 0 ? 0 : Math.floor(random() * 4); step > 0; step--) {
      const first = call(at, depth - 1);
      children.push(first);
      if (random() < 0.3) {
        const second = call(at + nanoseconds(1, 1.2), depth - 1);
        children.push({ ...second, end: Math.max(first.end, second.end) + 10 * millisecond });
      }
      at = Math.max(...children.map(child => child.end)) + nanoseconds(0.001, 0.2);
    }
    return { start, end: at + nanoseconds(4, 9), children };
  };
  return call(nanoseconds(0, 1), 4);
}

/** As the SDK for JavaScript has them: the start from a clock of milliseconds, the duration from a finer one. */
function withRoundedStarts({ start, end, children = [] }: Node): Node {
  const rounded = Math.floor(start / millisecond) * millisecond;
  return { start: rounded, end: rounded + end - start, children: children.map(withRoundedStarts) };
}
