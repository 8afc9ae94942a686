import { type KeyValue, type PlainValue, plainValue } from '../../../model/anyValue.ts';
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
  /** By the value, or by its JSON text where it is no primitive. */
  readonly byValue: Map<PlainValue, { readonly value: PlainValue; readonly counts: Float64Array }>;
  tooMany: boolean;
}

/** Where a value of a field is counted; without `counts`, in the totals only. */
interface Counter {
  readonly totals: Float64Array;
  readonly counts: Float64Array | undefined;
}

interface Side {
  readonly fields: Map<string, Values>;
  /** Of attributes that several spans have; undefined: there were too many fields. */
  readonly known: WeakMap<KeyValue, Counter | undefined>;
}

/** `compare( )`: how often each value of each field occurs in the selection, and how often in the rest. */
export class Compare implements Metric {
  readonly #metric: MetricsFunction & { node: 'compare' };
  readonly #intervals: Intervals;
  readonly #selects: Predicate;
  readonly #sides = { baseline: newSide(), selection: newSide() };
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
    for (const name of compared) {
      const value = labelValue(context.intrinsic(name));
      if (value !== undefined && value !== '') count(this.#counterOf(side, name, value), interval);
    }
    for (const attribute of context.attributes)
      count(this.#counterOfAttribute(side, 'span', attribute), interval);
    for (const attribute of context.resourceAttributes)
      count(this.#counterOfAttribute(side, 'resource', attribute), interval);
  }

  series(): SeriesSet {
    const found: SeriesSet = new Map();
    const add = (labels: readonly Label[], values: Float64Array): void => {
      found.set(seriesKey(labels), { labels, values });
    };
    for (const [side, { fields }] of Object.entries(this.#sides))
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

  #counterOfAttribute(side: Side, scope: string, attribute: KeyValue): Counter | undefined {
    let counter = side.known.get(attribute);
    if (counter === undefined && !side.known.has(attribute)) {
      counter = this.#counterOf(side, `${scope}.${attribute.key}`, plainValue(attribute.value));
      side.known.set(attribute, counter);
    }
    return counter;
  }

  #counterOf({ fields }: Side, field: string, value: PlainValue): Counter | undefined {
    const { count } = this.#intervals;
    let values = fields.get(field);
    if (values === undefined) {
      if (this.#values++ >= this.#most) return undefined;
      fields.set(field, (values = { totals: new Float64Array(count), byValue: new Map(), tooMany: false }));
    }
    const key = typeof value === 'object' ? `\0${JSON.stringify(value)}` : value;
    let own = values.byValue.get(key);
    if (own === undefined) {
      if (this.#values++ >= this.#most) {
        values.tooMany = true;
        return { totals: values.totals, counts: undefined };
      }
      values.byValue.set(key, (own = { value, counts: new Float64Array(count) }));
    }
    return { totals: values.totals, counts: own.counts };
  }
}

function newSide(): Side {
  return { fields: new Map(), known: new WeakMap() };
}

function count(counter: Counter | undefined, interval: number): void {
  if (counter === undefined) return;
  counter.totals[interval]++;
  if (counter.counts !== undefined) counter.counts[interval]++;
}

function order(a: PlainValue, b: PlainValue): number {
  const [x, y] = [JSON.stringify(a), JSON.stringify(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}
