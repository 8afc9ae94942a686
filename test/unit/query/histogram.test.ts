import assert from 'node:assert/strict';
import { Histogram } from '../../../src/query/histogram.ts';

/** Values over six orders of magnitude, the same ones each time. */
function values(count: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.exp((state / 2 ** 32) * 14) * 1000;
  });
}

describe('Histogram', () => {
  it('gives quantiles within 1 % of the exact ones', () => {
    const all = values(5000, 7);
    const histogram = new Histogram();
    for (const value of all) histogram.add(value);
    const sorted = all.toSorted((a, b) => a - b);
    for (const q of [0, 0.01, 0.5, 0.9, 0.95, 0.99, 1]) {
      const exact = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
      assert.ok(
        Math.abs(histogram.quantile(q) - exact) <= exact * 0.0101,
        `q ${q}: ${histogram.quantile(q)} for ${exact}`,
      );
    }
    assert.deepEqual([histogram.count, histogram.min, histogram.max], [5000, sorted[0], sorted.at(-1)]);
  });

  it('merges to the same as adding everything to one', () => {
    const [one, other, both] = [new Histogram(), new Histogram(), new Histogram()];
    for (const value of values(300, 1)) {
      one.add(value);
      both.add(value);
    }
    for (const value of [0, ...values(300, 2)]) {
      other.add(value);
      both.add(value);
    }
    one.merge(other);
    one.merge(new Histogram());
    for (const q of [0, 0.25, 0.5, 0.75, 0.99, 1]) assert.equal(one.quantile(q), both.quantile(q));
    assert.equal(one.count, both.count);
  });

  it('merges many small ones, also into a large one, in any order', () => {
    const all = values(1000, 3);
    const whole = new Histogram();
    for (const value of all) whole.add(value);
    const parts = Array.from({ length: 25 }, (_, part) => {
      const histogram = new Histogram();
      for (const value of all.slice(part * 40, part * 40 + 40)) histogram.add(value);
      return histogram;
    });
    for (const order of [parts, parts.toReversed()]) {
      const merged = new Histogram();
      for (const part of order) merged.merge(part);
      for (const q of [0, 0.1, 0.5, 0.95, 1]) assert.equal(merged.quantile(q), whole.quantile(q));
      assert.deepEqual([merged.count, merged.min, merged.max], [whole.count, whole.min, whole.max]);
    }
  });

  it('knows zero, and nothing at all', () => {
    const histogram = new Histogram();
    assert.equal(histogram.quantile(0.5), 0);
    histogram.add(0);
    histogram.add(0);
    histogram.add(50);
    assert.equal(histogram.quantile(0.5), 0);
    assert.equal(histogram.quantile(1), 50);
  });
});
