import assert from 'node:assert/strict';
import { bucketOf, Histogram, noBucket } from '../../../src/query/histogram.ts';

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

  it('takes values that are known by their buckets for what they are, few or many, beside others', () => {
    for (const counts of [[0], [3], [300], [40, 40, 40], [200, 100, 5], [5, 600, 1]]) {
      const all = values(1000, counts.length + counts[0]);
      const [one, whole] = [new Histogram(), new Histogram()];
      const add = (value: number) => {
        one.add(value);
        whole.add(value);
      };
      for (const value of all.splice(0, 20)) add(value);
      for (const count of counts) {
        const own = [0, ...all.splice(0, count)];
        for (const value of own) whole.add(value);
        const buckets = Int16Array.from([noBucket, noBucket, ...own.map(bucketOf), noBucket]);
        one.addBuckets(buckets, 1, buckets.length, { min: Math.min(...own), max: Math.max(...own) });
        for (const q of [0, 0.1, 0.5, 0.95, 1]) assert.equal(one.quantile(q), whole.quantile(q));
        assert.deepEqual([one.count, one.min, one.max], [whole.count, whole.min, whole.max]);
      }
      for (const value of all) add(value);
      assert.equal(one.quantile(0.5), whole.quantile(0.5));
    }
  });

  it('puts values of any size where their logarithm says', () => {
    const gamma = 1.01 / 0.99;
    const all = [1, 2, 3, 2 ** 53 - 1, 2 ** 53, 2 ** 60, 0.5, 1e-9, Number.MAX_VALUE];
    for (const value of [...all, ...values(20_000, 3)]) {
      const bucket = bucketOf(value);
      // Next to a bound, rounding decides.
      const [above, below] = [Math.log(value * (1 + 1e-12)), Math.log(value * (1 - 1e-12))];
      const [most, least] = [above, below].map(logarithm => Math.ceil(logarithm / Math.log(gamma)));
      assert.ok(bucket >= least && bucket <= most, `${value}: ${bucket}, ${least} … ${most}`);
    }
    assert.equal(bucketOf(0), bucketOf(-5));
    assert.ok(bucketOf(0) < bucketOf(1e-9));
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
