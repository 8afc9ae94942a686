/**
 * The bucket of a value, by its logarithm: the smallest power of two that is not below it; undefined for values without one.
 * Source: grafana/tempo, `pkg/traceql/engine_metrics.go` (`Log2Bucketize`), which leaves values below 2 out.
 */
export function powerOf(value: number): number | undefined {
  if (!(value >= 2) || !Number.isFinite(value)) return undefined;
  // The logarithm of a power of two is exact, and that of its neighbours may be rounded to it.
  const power = Math.ceil(Math.log2(value));
  return 2 ** power < value ? power + 1 : 2 ** (power - 1) >= value ? power - 1 : power;
}

/**
 * A quantile of what was counted in buckets that are powers of two, between two of them on the way from one power to the next;
 * 0 for nothing. Source: `Log2QuantileWithBucket`, as above.
 */
export function quantileOf(quantile: number, counts: ReadonlyMap<number, number>): number {
  const buckets = [...counts].sort(([a], [b]) => a - b);
  const all = buckets.reduce((sum, [, count]) => sum + count, 0);
  if (all === 0) return 0;
  const wanted = Math.max(1, Math.ceil(quantile * all));
  let before = 0;
  for (const [i, [upper, count]] of buckets.entries()) {
    if (before + count === wanted) return upper;
    if (before + count < wanted) {
      before += count;
      continue;
    }
    const top = Math.log2(upper);
    const bottom = i > 0 ? Math.log2(buckets[i - 1][0]) : top - 1;
    return 2 ** (bottom + ((top - bottom) * (wanted - before)) / count);
  }
  return buckets[buckets.length - 1][0];
}
