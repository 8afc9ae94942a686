import type { MetricsOperator } from '../ast.ts';
import { type Label, nameLabel, type Series, type SeriesSet } from './series.ts';

const withoutLabels = '[]';

/**
 * Series of two metrics, those with the same labels with each other; a series without labels goes with each of the other side.
 * A number goes with every series.
 */
export function calculateSeries(
  operator: MetricsOperator,
  left: SeriesSet | number,
  right: SeriesSet | number,
): SeriesSet {
  const result: SeriesSet = new Map();
  if (typeof left === 'number' || typeof right === 'number') {
    const set = typeof left === 'number' ? right : left;
    if (typeof set === 'number') throw new TypeError('one side must be a metric');
    for (const [key, { labels, values }] of set) {
      const calculated = values.map(value =>
        typeof left === 'number'
          ? calculate(operator, left, value)
          : calculate(operator, value, right as number),
      );
      result.set(key, { labels, values: calculated });
    }
    return result;
  }
  const target = right.has(withoutLabels) ? left : right;
  for (const key of target.keys()) {
    const a = left.get(key) ?? left.get(withoutLabels);
    const b = right.get(key) ?? right.get(withoutLabels);
    if (a === undefined || b === undefined) continue;
    const values = a.values.map((value, i) => calculate(operator, value, b.values[i]));
    result.set(key, { labels: mergeLabels(operator, a, b), values });
  }
  return result;
}

/** A division by zero has no result. */
function calculate(operator: MetricsOperator, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0 ? Number.NaN : a / b;
  }
}

function mergeLabels(operator: MetricsOperator, left: Series, right: Series): Label[] {
  const nameOf = ({ labels }: Series) => labels.find(({ name }) => name === nameLabel)?.value;
  const [a, b] = [nameOf(left), nameOf(right)];
  const merged = left.labels.filter(({ name }) => name !== nameLabel);
  for (const label of right.labels)
    if (label.name !== nameLabel && !merged.some(({ name }) => name === label.name)) merged.push(label);
  if (a === undefined || b === undefined) return merged;
  return [{ name: nameLabel, value: `(${a} ${operator} ${b})` }, ...merged];
}
