import { KeyIds } from '../../keyIds.ts';
import { durationOf } from '../../spanFields.ts';
import type { MetricsFunction, OverTimeName, Static } from '../ast.ts';
import { QueryError } from '../errors.ts';
import { compileReader } from '../evaluate.ts';
import { type Field, fieldLabel, type Intrinsic } from '../fields.ts';
import type { SpanContext } from '../spanContext.ts';
import { isNumber } from '../values.ts';
import { FieldIds } from './fieldIds.ts';
import type { Intervals } from './intervals.ts';
import { powerOf, quantileOf } from './quantile.ts';
import { emptyValues, type Label, labelValue, nameLabel, type SeriesSet, seriesKey } from './series.ts';

/** A metrics function at work: it is shown spans, and has series in the end. */
export interface Metric {
  /** The context stands at a span that starts in this interval. */
  observe(context: SpanContext, interval: number): void;
  /** Yields where there is a good place for a pause. */
  series(): Generator<void, SeriesSet>;
}

/** Series that are made before `topk` and thresholds choose among them; and values of all of them together, 32 MB. */
const mostSeries = 20_000;
const mostValues = 4_000_000;
/** Cells that are put in their places before there may be a pause. */
const cellsAtOnce = 512;
/** Stands before a group's first field. */
const noId = 0xffffffff;
const noCounts: ReadonlyMap<number, number> = new Map();

interface Group {
  readonly labels: readonly Label[];
  readonly values: Float64Array;
  /** For averages: how many values are in each sum. */
  readonly counts: Float64Array | undefined;
}

/** `rate`, `count_over_time` and the functions of one field, for each group of `by`. */
export class OverTime implements Metric {
  readonly #metric: MetricsFunction & { node: 'overTime' };
  readonly #intervals: Intervals;
  readonly #query: string;
  readonly #by: readonly { readonly name: string; readonly ids: FieldIds }[];
  readonly #numberOf: (context: SpanContext) => number;
  /** What one in the answers is of a value: durations are in seconds. */
  readonly #scale: number;
  /** A span's group by what it has for the fields, one after the other, and for histograms its bucket. */
  readonly #groupIds = new KeyIds();
  /** By id; ids between a group's fields have none. */
  readonly #groups: (Group | undefined)[] = [];
  #groupCount = 0;
  /** For quantiles, counts by group, interval and bucket (its logarithm). */
  readonly #cells = new KeyIds();
  #cellCounts = new Uint32Array(0);

  constructor(metric: MetricsFunction & { node: 'overTime' }, intervals: Intervals, query: string) {
    this.#metric = metric;
    this.#intervals = intervals;
    this.#query = query;
    this.#by = metric.by.map(field => ({ name: fieldLabel(field), ids: new FieldIds(field, query) }));
    this.#numberOf = metric.field === undefined ? () => Number.NaN : numberReader(metric.field, query);
    this.#scale = metric.field !== undefined && isDuration(metric.field) ? 1e9 : 1;
    // Without groups there is a series even if no span is found.
    if (metric.by.length === 0 && !isBucketed(metric.name))
      this.#newGroup(this.#groupIds.idOf(noId, 0, 0), [], undefined);
  }

  observe(context: SpanContext, interval: number): void {
    const { name } = this.#metric;
    if (name === 'rate' || name === 'count_over_time') {
      this.#groupOf(context).values[interval]++;
      return;
    }
    const value = this.#numberOf(context);
    if (Number.isNaN(value)) return;
    if (!isBucketed(name)) {
      addValue(name, this.#groupOf(context), interval, value / this.#scale);
      return;
    }
    const power = powerOf(value);
    if (power === undefined) return;
    if (name === 'histogram_over_time') this.#groupOf(context, power).values[interval]++;
    else this.#count(this.#groupIdOf(context), interval, power);
  }

  *series(): Generator<void, SeriesSet> {
    const { name, quantiles } = this.#metric;
    const found: SeriesSet = new Map();
    const buckets = yield* this.#bucketsByGroup();
    for (const [id, group] of this.#groups.entries()) {
      if (group === undefined) continue;
      const { labels, values, counts } = group;
      if (name === 'quantile_over_time')
        for (const p of quantiles) {
          yield;
          const own = [...labels, { name: 'p', value: p }];
          const of = values.map((_, i) => quantileOf(p, buckets.get(id)?.get(i) ?? noCounts));
          found.set(seriesKey(own), { labels: own, values: of });
        }
      else {
        yield;
        const { stepSeconds } = this.#intervals;
        const of = values.map((value, i) =>
          name === 'rate' ? value / stepSeconds : counts === undefined ? value : value / counts[i],
        );
        found.set(seriesKey(labels), { labels, values: of });
      }
    }
    return found;
  }

  /** The group of a span. */
  #groupOf(context: SpanContext, power?: number): Group {
    return this.#groups[this.#groupIdOf(context, power)]!;
  }

  #groupIdOf(context: SpanContext, power?: number): number {
    let id = this.#groupIds.idOf(noId, power ?? 0, 0);
    for (let i = 0; i < this.#by.length; i++) id = this.#groupIds.idOf(id, this.#by[i].ids.idOf(context), i);
    if (this.#groups[id] === undefined) {
      const values = this.#by.map(({ ids }) => ids.valuesOf(ids.idOf(context)));
      this.#newGroup(id, values, power);
    }
    return id;
  }

  #newGroup(id: number, values: readonly (readonly Static[])[], power: number | undefined): void {
    const { name, by, offset } = this.#metric;
    const { count } = this.#intervals;
    if (this.#groupCount >= mostSeries || (this.#groupCount + 1) * count > mostValues)
      throw new QueryError(
        'there are too many series: group by something with fewer values, or look at less time',
        this.#query,
        by[0]?.offset ?? offset,
      );
    this.#groupCount++;
    const counts = name === 'rate' || name === 'count_over_time' || name === 'histogram_over_time';
    this.#groups[id] = {
      labels: this.#labelsOf(values, power === undefined ? undefined : 2 ** power / this.#scale),
      values: counts ? new Float64Array(count) : emptyValues(count),
      counts: name === 'avg_over_time' ? new Float64Array(count) : undefined,
    };
  }

  #count(group: number, interval: number, power: number): void {
    const cell = this.#cells.idOf(group, interval, power);
    if (cell >= this.#cellCounts.length) {
      const counts = new Uint32Array(Math.max(64, 2 * cell));
      counts.set(this.#cellCounts);
      this.#cellCounts = counts;
    }
    this.#cellCounts[cell]++;
  }

  /** Group → interval → bucket → count. */
  *#bucketsByGroup(): Generator<void, Map<number, Map<number, Map<number, number>>>> {
    const found = new Map<number, Map<number, Map<number, number>>>();
    for (let cell = 0; cell < this.#cells.size; cell++) {
      if (cell % cellsAtOnce === cellsAtOnce - 1) yield;
      const [group, interval, power] = this.#cells.key(cell);
      let ofGroup = found.get(group);
      if (ofGroup === undefined) found.set(group, (ofGroup = new Map()));
      let counts = ofGroup.get(interval);
      if (counts === undefined) ofGroup.set(interval, (counts = new Map()));
      counts.set(2 ** power / this.#scale, this.#cellCounts[cell]);
    }
    return found;
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

/** Reads what a span has for a field if it is one number, else NaN. */
function numberReader(field: Field, query: string): (context: SpanContext) => number {
  if (field.node === 'intrinsic' && field.name === 'duration')
    return ({ segment, row }) => durationOf(segment, row);
  const read = compileReader(field, query);
  return context => {
    const values = read(context);
    return values.length === 1 && isNumber(values[0]) ? Number(values[0].value) : Number.NaN;
  };
}

function isDuration(field: Field): boolean {
  return field.node === 'intrinsic' && durations.has(field.name);
}

const durations = new Set<Intrinsic>(['duration', 'traceDuration', 'event:timeSinceStart']);

function addValue(name: OverTimeName, { values, counts }: Group, at: number, value: number): void {
  const known = values[at];
  if (counts !== undefined) counts[at]++;
  if (Number.isNaN(known)) values[at] = value;
  else if (name === 'min_over_time') values[at] = Math.min(known, value);
  else if (name === 'max_over_time') values[at] = Math.max(known, value);
  else values[at] = known + value;
}
