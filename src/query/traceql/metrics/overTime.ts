import type { MetricsFunction, OverTimeName, Static } from '../ast.ts';
import { QueryError } from '../errors.ts';
import { compileReader, type Reader } from '../evaluate.ts';
import { fieldLabel } from '../fields.ts';
import type { SpanContext } from '../spanContext.ts';
import { isNumber } from '../values.ts';
import type { Intervals } from './intervals.ts';
import { bucketOf, quantileOf } from './quantile.ts';
import { emptyValues, type Label, labelValue, nameLabel, type SeriesSet, seriesKey } from './series.ts';

/** A metrics function at work: it is shown spans, and has series in the end. */
export interface Metric {
  /** The context stands at a span that starts in this interval. */
  observe(context: SpanContext, interval: number): void;
  series(): SeriesSet;
}

/** Series that are made before `topk` and thresholds choose among them; and values of all of them together, 32 MB. */
const mostSeries = 20_000;
const mostValues = 4_000_000;

interface Group {
  readonly labels: readonly Label[];
  readonly values: Float64Array;
  /** For averages: how many values are in each sum. */
  readonly counts: Float64Array | undefined;
  /** For quantiles: bucket → count, by interval. */
  readonly buckets: Map<number, number>[] | undefined;
}

/** `rate`, `count_over_time` and the functions of one field, for each group of `by`. */
export class OverTime implements Metric {
  readonly #metric: MetricsFunction & { node: 'overTime' };
  readonly #intervals: Intervals;
  readonly #query: string;
  readonly #by: readonly { readonly name: string; readonly read: Reader }[];
  readonly #read: Reader;
  readonly #groups = new Map<string, Group>();

  constructor(metric: MetricsFunction & { node: 'overTime' }, intervals: Intervals, query: string) {
    this.#metric = metric;
    this.#intervals = intervals;
    this.#query = query;
    this.#by = metric.by.map(field => ({ name: fieldLabel(field), read: compileReader(field, query) }));
    this.#read = metric.field === undefined ? () => [] : compileReader(metric.field, query);
    // Without groups there is a series even if no span is found.
    if (metric.by.length === 0 && !isBucketed(metric.name)) this.#newGroup('', [], undefined);
  }

  observe(context: SpanContext, interval: number): void {
    const { name } = this.#metric;
    if (name === 'rate' || name === 'count_over_time') {
      this.#groupOf(context).values[interval]++;
      return;
    }
    const [first, ...more] = this.#read(context);
    if (first === undefined || more.length > 0 || !isNumber(first)) return;
    const scale = first.type === 'duration' ? 1e9 : 1;
    const value = Number(first.value);
    if (!isBucketed(name)) {
      addValue(name, this.#groupOf(context), interval, value / scale);
      return;
    }
    const power = bucketOf(value);
    if (power === undefined) return;
    const bucket = power / scale;
    if (name === 'histogram_over_time') this.#groupOf(context, bucket).values[interval]++;
    else {
      const counts = this.#groupOf(context).buckets![interval];
      counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
    }
  }

  series(): SeriesSet {
    const { name, quantiles } = this.#metric;
    const found: SeriesSet = new Map();
    for (const { labels, values, counts, buckets } of this.#groups.values()) {
      if (buckets !== undefined)
        for (const p of quantiles) {
          const own = [...labels, { name: 'p', value: p }];
          const of = Float64Array.from(buckets, each => quantileOf(p, each));
          found.set(seriesKey(own), { labels: own, values: of });
        }
      else {
        const { stepSeconds } = this.#intervals;
        const of = values.map((value, i) =>
          name === 'rate' ? value / stepSeconds : counts === undefined ? value : value / counts[i],
        );
        found.set(seriesKey(labels), { labels, values: of });
      }
    }
    return found;
  }

  /** The group of a span; its labels are only made for the first one. */
  #groupOf(context: SpanContext, bucket?: number): Group {
    let key = bucket === undefined ? '' : String(bucket);
    const values: (readonly Static[])[] = [];
    for (const { read } of this.#by) {
      const of = read(context);
      values.push(of);
      for (const { type, value } of of) key += `\u0001${type} ${value}`;
      key += '\0';
    }
    return this.#groups.get(key) ?? this.#newGroup(key, values, bucket);
  }

  #newGroup(key: string, values: readonly (readonly Static[])[], bucket: number | undefined): Group {
    const { name, by, offset } = this.#metric;
    const { count } = this.#intervals;
    if (this.#groups.size >= mostSeries || (this.#groups.size + 1) * count > mostValues)
      throw new QueryError(
        'there are too many series: group by something with fewer values, or look at less time',
        this.#query,
        by[0]?.offset ?? offset,
      );
    const counts = name === 'rate' || name === 'count_over_time' || name === 'histogram_over_time';
    const group: Group = {
      labels: this.#labelsOf(values, bucket),
      values: counts ? new Float64Array(count) : emptyValues(count),
      counts: name === 'avg_over_time' ? new Float64Array(count) : undefined,
      buckets: name === 'quantile_over_time' ? Array.from({ length: count }, () => new Map()) : undefined,
    };
    this.#groups.set(key, group);
    return group;
  }

  #labelsOf(values: readonly (readonly Static[])[], bucket: number | undefined): Label[] {
    const { name } = this.#metric;
    const labels = this.#by.flatMap(({ name: label }, i): Label[] => {
      const value = labelValue(values[i]);
      return value === undefined ? [] : [{ name: label, value }];
    });
    if (bucket !== undefined) return [...labels, { name: '__bucket', value: bucket }];
    if (labels.length > 0 || name === 'quantile_over_time') return labels;
    // A series has something to tell it by.
    return [
      this.#by.length > 0 ? { name: this.#by[0].name, value: 'nil' } : { name: nameLabel, value: name },
    ];
  }
}

function isBucketed(name: OverTimeName): boolean {
  return name === 'quantile_over_time' || name === 'histogram_over_time';
}

function addValue(name: OverTimeName, { values, counts }: Group, at: number, value: number): void {
  const known = values[at];
  if (counts !== undefined) counts[at]++;
  if (Number.isNaN(known)) values[at] = value;
  else if (name === 'min_over_time') values[at] = Math.min(known, value);
  else if (name === 'max_over_time') values[at] = Math.max(known, value);
  else values[at] = known + value;
}
