import assert from 'node:assert/strict';
import type { Forest } from '../../../src/insight/forest.ts';
import { selfTimes } from '../../../src/insight/selfTime.ts';
import { forestOf, randomForest } from './forests.ts';

describe('selfTimes', () => {
  it('subtracts what children cover, once where they overlap', () => {
    const forest = forestOf({
      start: 0,
      end: 100,
      children: [
        { start: 10, end: 40 },
        { start: 30, end: 60 },
        { start: 35, end: 50 },
      ],
    });
    assert.deepEqual([...selfTimes(forest)], [50, 30, 30, 15]);
  });

  it('does not count what lies outside of the parent', () => {
    const forest = forestOf({
      start: 10,
      end: 20,
      children: [
        { start: 0, end: 12 },
        { start: 18, end: 90 },
      ],
    });
    assert.equal(selfTimes(forest)[0], 6);
  });

  it('equals the duration less the union of the children, whatever the tree', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const forest = randomForest(seed, 50);
      assert.deepEqual([...selfTimes(forest)], byDefinition(forest), `seed ${seed}`);
    }
  });
});

/** The definition, nanosecond by nanosecond. */
function byDefinition({ count, parent, start, duration }: Forest): number[] {
  return Array.from({ length: count }, (_, i) => {
    let self = 0;
    for (let at = start[i]; at < start[i] + duration[i]; at++) {
      let covered = false;
      for (let child = 0; child < count; child++)
        covered ||= parent[child] === i && start[child] <= at && at < start[child] + duration[child];
      if (!covered) self++;
    }
    return self;
  });
}
