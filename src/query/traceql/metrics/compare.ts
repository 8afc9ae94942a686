import { readKeyValue } from '../../../decode/otlp/readKeyValue.ts';
import { type KeyValue, type PlainValue, plainValue } from '../../../model/anyValue.ts';
import { nanosOfWords } from '../../../model/time.ts';
import { noKey, type SealedRows } from '../../../store/sealed/sealedRows.ts';
import type { MetricsFunction } from '../ast.ts';
import { compilePredicate, type Predicate } from '../evaluate.ts';
import type { Intrinsic } from '../fields.ts';
import type { SpanContext } from '../spanContext.ts';
import { FieldIds } from './fieldIds.ts';
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
  /** By field of `compared` and id of its values. */
  readonly intrinsics: readonly (Counter | undefined)[][];
  /** By entry, of the sealed segments that were in hand last. */
  readonly entries: Map<SealedRows, (Counter | undefined)[]>;
  /** By the bytes of an attribute, until there are too many values. */
  readonly attributes: Map<string, Counter>;
  /** By the id of the resource: its attributes are counted when all spans are in. */
  readonly resources: (ResourceSpans | undefined)[];
}

interface ResourceSpans {
  /** Read at once: the id may be another resource's after a pause. */
  readonly attributes: readonly KeyValue[];
  /** By interval. */
  readonly spans: Float64Array;
}

const utf8 = new TextDecoder();
/** Spans of a trace lie in few segments. */
const segmentsAtOnce = 4;

/** `compare( )`: how often each value of each field occurs in the selection, and how often in the rest. */
export class Compare implements Metric {
  readonly #metric: MetricsFunction & { node: 'compare' };
  readonly #intervals: Intervals;
  readonly #selects: Predicate;
  readonly #fields: readonly { readonly name: Intrinsic; readonly ids: FieldIds }[];
  readonly #sides = { baseline: newSide(), selection: newSide() };
  readonly #most: number;
  /** Of what `Side.resources` goes by. */
  #idGeneration = 0;
  /** Takes what is not counted. */
  readonly #nowhere: Counter;
  #values = 0;

  constructor(metric: MetricsFunction & { node: 'compare' }, intervals: Intervals, query: string) {
    this.#metric = metric;
    this.#intervals = intervals;
    const { expression } = metric.filter;
    this.#selects = expression === undefined ? () => true : compilePredicate(expression, query);
    this.#most = Math.min(mostValues, Math.floor(mostCounts / intervals.count));
    this.#nowhere = { totals: new Float64Array(intervals.count), counts: undefined };
    const offset = metric.filter.offset;
    this.#fields = compared.map(name => ({
      name,
      ids: new FieldIds({ node: 'intrinsic', name, offset }, query),
    }));
  }

  observe(context: SpanContext, interval: number): void {
    const { idGeneration } = context.store;
    if (idGeneration !== this.#idGeneration) this.#countResources();
    this.#idGeneration = idGeneration;
    const side = this.#isSelected(context) ? this.#sides.selection : this.#sides.baseline;
    for (let i = 0; i < this.#fields.length; i++) {
      const id = this.#fields[i].ids.idOf(context);
      count((side.intrinsics[i][id] ??= this.#counterOfIntrinsic(side, i, id)), interval);
    }
    const { segment, row } = context;
    const { sealed } = segment;
    if (sealed === undefined || sealed.isWhole(row))
      for (const attribute of context.attributes)
        count(this.#counterOfAttribute(side, 'span', attribute), interval);
    else this.#countEntries(side, sealed, row, interval);
    const ofResource = (side.resources[segment.resource[row]] ??= {
      attributes: context.resourceAttributes,
      spans: new Float64Array(this.#intervals.count),
    });
    ofResource.spans[interval]++;
  }

  series(): SeriesSet {
    this.#countResources();
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

  #countEntries(side: Side, sealed: SealedRows, row: number, interval: number): void {
    let counters = side.entries.get(sealed);
    if (counters === undefined) {
      side.entries.set(sealed, (counters = new Array(sealed.parts.entryKey.length)));
      for (const oldest of side.entries.keys()) {
        if (side.entries.size <= segmentsAtOnce) break;
        side.entries.delete(oldest);
      }
    }
    const { attributeStart, attributes } = sealed.parts;
    for (let i = attributeStart[row]; i < attributeStart[row + 1]; i++) {
      const entry = attributes[i];
      count((counters[entry] ??= this.#counterOfEntry(side, sealed, entry)), interval);
    }
  }

  #countResources(): void {
    for (const side of Object.values(this.#sides)) {
      for (const ofResource of side.resources) {
        if (ofResource === undefined) continue;
        for (const attribute of ofResource.attributes) {
          const { totals, counts } = this.#counterOfAttribute(side, 'resource', attribute);
          for (const [interval, more] of ofResource.spans.entries()) {
            totals[interval] += more;
            if (counts !== undefined) counts[interval] += more;
          }
        }
      }
      side.resources.length = 0;
    }
  }

  #counterOfIntrinsic(side: Side, field: number, id: number): Counter {
    const { name, ids } = this.#fields[field];
    const value = labelValue(ids.valuesOf(id));
    return value === undefined || value === '' ? this.#nowhere : this.#counterOf(side, name, value);
  }

  /** Once there are too many values, one that was not seen before is in the totals, and needs not be read. */
  #counterOfEntry(side: Side, sealed: SealedRows, entry: number): Counter {
    const bytes = sealed.entryBytes(entry);
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    const known = side.attributes.get(text);
    if (known !== undefined) return known;
    const isFull = this.#values >= this.#most;
    const { entryKey } = sealed.parts;
    const values = isFull && entryKey[entry] !== noKey ? side.fields.get(keyOf(sealed, entry)) : undefined;
    if (values !== undefined) {
      values.tooMany = true;
      return { totals: values.totals, counts: undefined };
    }
    const attribute = readKeyValue(bytes);
    const counter =
      attribute === undefined ? this.#nowhere : this.#counterOfAttribute(side, 'span', attribute);
    if (!isFull) side.attributes.set(text, counter);
    return counter;
  }

  #counterOfAttribute(side: Side, scope: string, { key, value }: KeyValue): Counter {
    return this.#counterOf(side, `${scope}.${key}`, plainValue(value));
  }

  #counterOf({ fields }: Side, field: string, value: PlainValue): Counter {
    const { count } = this.#intervals;
    let values = fields.get(field);
    if (values === undefined) {
      if (this.#values++ >= this.#most) return this.#nowhere;
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
  return {
    fields: new Map(),
    intrinsics: compared.map(() => []),
    entries: new Map(),
    attributes: new Map(),
    resources: [],
  };
}

/** The name of an entry's field. */
function keyOf(sealed: SealedRows, entry: number): string {
  return `span.${utf8.decode(sealed.keyBytes(sealed.parts.entryKey[entry]))}`;
}

function count({ totals, counts }: Counter, interval: number): void {
  totals[interval]++;
  if (counts !== undefined) counts[interval]++;
}

function order(a: PlainValue, b: PlainValue): number {
  const [x, y] = [JSON.stringify(a), JSON.stringify(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}
