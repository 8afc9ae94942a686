import type { ComparisonOperator, SecondStage } from '../ast.ts';
import { emptyValues, type Series, type SeriesSet } from './series.ts';

/** What follows a metrics function: each in turn. */
export function applyStages(set: SeriesSet, stages: readonly SecondStage[]): SeriesSet {
  let rest = set;
  for (const stage of stages)
    rest =
      stage.node === 'threshold'
        ? keepValues(rest, stage.operator, stage.value)
        : keepExtremes(rest, stage.limit, stage.node === 'topk' ? 1 : -1);
  return rest;
}

/** Values that do not compare as wanted are left out, and series of which nothing is left. */
function keepValues(set: SeriesSet, operator: ComparisonOperator, limit: number): SeriesSet {
  const kept: SeriesSet = new Map();
  for (const [key, { labels, values }] of set) {
    const left = values.map(value => (holds(operator, value, limit) ? value : Number.NaN));
    if (left.some(value => !Number.isNaN(value))) kept.set(key, { labels, values: left });
  }
  return kept;
}

/** In each interval the `limit` largest values, or the smallest ones; of equal ones those whose labels come first. */
function keepExtremes(set: SeriesSet, limit: number, sign: 1 | -1): SeriesSet {
  if (set.size <= limit) return set;
  const series = [...set].sort(([a], [b]) => (a < b ? -1 : 1));
  const kept: SeriesSet = new Map();
  const length = series[0][1].values.length;
  for (let i = 0; i < length; i++) {
    const best: [string, Series][] = [];
    for (const each of series) {
      const value = sign * each[1].values[i];
      if (Number.isNaN(value)) continue;
      // Most values do not make it into the list: one comparison shows it.
      let at = best.length;
      while (at > 0 && value > sign * best[at - 1][1].values[i]) at--;
      if (at === limit) continue;
      best.splice(at, 0, each);
      if (best.length > limit) best.pop();
    }
    for (const [key, { labels, values }] of best) {
      let own: Series | undefined = kept.get(key);
      if (own === undefined) kept.set(key, (own = { labels, values: emptyValues(length) }));
      own.values[i] = values[i];
    }
  }
  return kept;
}

function holds(operator: ComparisonOperator, value: number, limit: number): boolean {
  switch (operator) {
    case '=':
      return value === limit;
    case '!=':
      return !Number.isNaN(value) && value !== limit;
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
  }
}
