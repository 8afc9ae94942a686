import { readSpanAttributes } from '../../../decode/otlp/readSpanParts.ts';
import { type PlainValue, plainValue } from '../../../model/anyValue.ts';
import { nanosOfWords } from '../../../model/time.ts';
import type { MetricsFunction } from '../ast.ts';
import { compilePredicate, type Predicate } from '../evaluate.ts';
import type { Intrinsic } from '../fields.ts';
import type { SpanContext } from '../spanContext.ts';
import type { Intervals } from './intervals.ts';
import type { Metric } from './overTime.ts';
import { type Label, labelValue, type SeriesSet, seriesKey } from './series.ts';

/** Values that are told apart, of all fields together; those that come later are only in the totals. */
const mostValues = 20_000;
/** Values of one series for all of them: 32 MB. */
const mostCounts = 4_000_000;

/** What of a span is compared, beside its attributes and those of its resource. */
const compared: readonly Intrinsic[] = [
  ...(['name', 'kind', 'status', 'statusMessage', 'rootName', 'rootServiceName'] as const),
  ...(['instrumentation:name', 'instrumentation:version'] as const),
];

interface Values {
  readonly totals: Float64Array;
  readonly byValue: Map<string, { readonly value: PlainValue; readonly counts: Float64Array }>;
  tooMany: boolean;
}

/** `compare( )`: how often each value of each field occurs in the selection, and how often in the rest. */
export class Compare implements Metric {
  readonly #metric: MetricsFunction & { node: 'compare' };
  readonly #intervals: Intervals;
  readonly #selects: Predicate;
  readonly #sides = { baseline: new Map<string, Values>(), selection: new Map<string, Values>() };
  readonly #most: number;
  #values = 0;

  constructor(metric: MetricsFunction & { node: 'compare' }, intervals: Intervals, query: string) {
    this.#metric = metric;
    this.#intervals = intervals;
    const { expression } = metric.filter;
    this.#selects = expression === undefined ? () => true : compilePredicate(expression, query);
    this.#most = Math.min(mostValues, Math.floor(mostCounts / intervals.count));
  }

  observe(context: SpanContext, interval: number): void {
    const side = this.#isSelected(context) ? this.#sides.selection : this.#sides.baseline;
    const add = (field: string, value: PlainValue): void => this.#add(side, field, value, interval);
    for (const name of compared) {
      const value = labelValue(context.intrinsic(name));
      if (value !== undefined && value !== '') add(name, value);
    }
    for (const { key, value } of readSpanAttributes(context.segment.bytes(context.row)))
      add(`span.${key}`, plainValue(value));
    for (const { key, value } of context.resourceAttributes) add(`resource.${key}`, plainValue(value));
  }

  series(): SeriesSet {
    const found: SeriesSet = new Map();
    const add = (labels: readonly Label[], values: Float64Array): void => {
      found.set(seriesKey(labels), { labels, values });
    };
    for (const [side, fields] of Object.entries(this.#sides))
      for (const [name, { totals, byValue, tooMany }] of fields) {
        const most = [...byValue.values()]
          .map(each => ({ ...each, sum: each.counts.reduce((a, b) => a + b, 0) }))
          .sort((a, b) => b.sum - a.sum || order(a.value, b.value));
        for (const { value, counts } of most.slice(0, this.#metric.top))
          add(
            [
              { name: '__meta_type', value: side },
              { name, value },
            ],
            counts,
          );
        add(
          [
            { name: '__meta_type', value: `${side}_total` },
            { name, value: 'nil' },
          ],
          totals,
        );
        if (tooMany || most.length > this.#metric.top)
          add(
            [
              { name: '__meta_error', value: '__too_many_values__' },
              { name, value: 'nil' },
            ],
            new Float64Array(0),
          );
      }
    return found;
  }

  #isSelected(context: SpanContext): boolean {
    const { start, end } = this.#metric;
    if (end > 0n) {
      const { segment, row } = context;
      const time = nanosOfWords(segment.startLow[row], segment.startHigh[row]);
      if (time <= start || time > end) return false;
    }
    return this.#selects(context);
  }

  #add(side: Map<string, Values>, field: string, value: PlainValue, interval: number): void {
    const { count } = this.#intervals;
    let values = side.get(field);
    if (values === undefined) {
      if (this.#values++ >= this.#most) return;
      side.set(field, (values = { totals: new Float64Array(count), byValue: new Map(), tooMany: false }));
    }
    values.totals[interval]++;
    const key = JSON.stringify(value);
    let own = values.byValue.get(key);
    if (own === undefined) {
      if (this.#values++ >= this.#most) {
        values.tooMany = true;
        return;
      }
      values.byValue.set(key, (own = { value, counts: new Float64Array(count) }));
    }
    own.counts[interval]++;
  }
}

function order(a: PlainValue, b: PlainValue): number {
  const [x, y] = [JSON.stringify(a), JSON.stringify(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}
