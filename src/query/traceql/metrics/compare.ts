import { readKeyValue } from '../../../decode/otlp/readKeyValue.ts';
import { type KeyValue, type PlainValue, plainValue } from '../../../model/anyValue.ts';
import { nanosOfWords } from '../../../model/time.ts';
import { ByteDictionary } from '../../../store/byteDictionary.ts';
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

interface CountedValue {
  readonly value: PlainValue;
  /** By interval. */
  readonly counts: Float64Array;
}

interface Values {
  readonly totals: Float64Array;
  /** By the value, or by its JSON text where it is no primitive. */
  readonly byValue: Map<PlainValue, CountedValue>;
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
  /** Of the sealed segments that were in hand last. */
  readonly sealed: Map<SealedRows, SealedCounters>;
  /** Attributes by their bytes, until there are too many values; and by id, where they are counted. */
  readonly attributes: ByteDictionary;
  readonly counters: Counter[];
  /** By the id of the resource: its attributes are counted when all spans are in. */
  readonly resources: (ResourceSpans | undefined)[];
}

interface SealedCounters {
  /** Of the bytes of all entries. */
  readonly view: DataView;
  /** By entry. */
  readonly ofEntries: (Counter | undefined)[];
  /** By key: where values go that are not told apart. */
  readonly ofKeys: (Counter | undefined)[];
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

  *series(): Generator<void, SeriesSet> {
    this.#countResources();
    const found: SeriesSet = new Map();
    const add = (labels: readonly Label[], values: Float64Array): void => {
      found.set(seriesKey(labels), { labels, values });
    };
    for (const [side, { fields }] of Object.entries(this.#sides))
      for (const [name, { totals, byValue, tooMany }] of fields) {
        yield;
        for (const { value, counts } of mostFrequent(byValue.values(), this.#metric.top))
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
        if (tooMany || byValue.size > this.#metric.top)
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
    let counters = side.sealed.get(sealed);
    if (counters === undefined) {
      const { entries, entryKey } = sealed.parts;
      const view = new DataView(entries.buffer, entries.byteOffset, entries.byteLength);
      counters = { view, ofEntries: new Array(entryKey.length), ofKeys: [] };
      side.sealed.set(sealed, counters);
      for (const oldest of side.sealed.keys()) {
        if (side.sealed.size <= segmentsAtOnce) break;
        side.sealed.delete(oldest);
      }
    }
    const { attributeStart, attributes } = sealed.parts;
    for (let i = attributeStart[row]; i < attributeStart[row + 1]; i++) {
      const entry = attributes[i];
      count((counters.ofEntries[entry] ??= this.#counterOfEntry(side, sealed, counters, entry)), interval);
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
  #counterOfEntry(side: Side, sealed: SealedRows, { view, ofKeys }: SealedCounters, entry: number): Counter {
    const { entries, entryStart, entryKey } = sealed.parts;
    const from = entryStart[entry];
    const length = entryStart[entry + 1] - from;
    const known = side.attributes.find(entries, view, from, length);
    if (known >= 0) return side.counters[known];
    const key = entryKey[entry];
    const isFull = this.#values >= this.#most;
    if (isFull && ofKeys[key] !== undefined) return ofKeys[key];
    const values = isFull && key !== noKey ? side.fields.get(keyOf(sealed, entry)) : undefined;
    if (values !== undefined) {
      values.tooMany = true;
      return (ofKeys[key] = { totals: values.totals, counts: undefined });
    }
    const attribute = readKeyValue(sealed.entryBytes(entry));
    const counter =
      attribute === undefined ? this.#nowhere : this.#counterOfAttribute(side, 'span', attribute);
    if (!isFull) side.counters[side.attributes.intern(entries, view, from, length)] = counter;
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
    sealed: new Map(),
    attributes: new ByteDictionary(),
    counters: [],
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

/** The values that were counted most often, in this order; of equal ones those whose JSON comes first. */
function mostFrequent(values: Iterable<CountedValue>, most: number): CountedValue[] {
  const best: { each: CountedValue; sum: number; text: string }[] = [];
  for (const each of values) {
    let sum = 0;
    for (let i = 0; i < each.counts.length; i++) sum += each.counts[i];
    // Most do not make it into the list: their texts are not needed.
    if (best.length === most && (most === 0 || sum < best[most - 1].sum)) continue;
    const text = JSON.stringify(each.value);
    let at = best.length;
    while (at > 0 && (sum > best[at - 1].sum || (sum === best[at - 1].sum && text < best[at - 1].text))) at--;
    if (at === most) continue;
    best.splice(at, 0, { each, sum, text });
    if (best.length > most) best.pop();
  }
  return best.map(({ each }) => each);
}
