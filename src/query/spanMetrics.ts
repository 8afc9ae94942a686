import type { Segment } from '../store/segment.ts';
import { kindOf, statusOf } from '../store/spanRef.ts';
import type { CarriedRows, TraceStore } from '../store/traceStore.ts';
import { spanIdOf } from './spanFields.ts';

/** Upper bounds of durations in seconds: those of the collector's `spanmetrics` connector. */
export const durationBounds: readonly number[] = [
  0.002, 0.004, 0.006, 0.008, 0.01, 0.05, 0.1, 0.2, 0.4, 0.8, 1, 1.4, 2, 5, 10, 15,
];

/** Label sets that are told apart; what comes then is counted together. */
export const mostSeries = 5_000;
/** An example is kept for so long before a newer one takes its place: making one costs more than counting a span. */
const exemplarMs = 1_000;

export interface Exemplar {
  readonly traceId: string;
  readonly spanId: string;
  readonly seconds: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** The spans of one service, name, kind and status. */
export class SpanSeries {
  readonly serviceName: string;
  readonly spanName: string;
  readonly kind: number;
  readonly status: number;
  calls = 0;
  /** Of those that have ended: how many, and their durations' sum in seconds. */
  ended = 0;
  secondsSum = 0;
  /** Spans in each bucket alone, the last being above all bounds. */
  readonly buckets = new Float64Array(durationBounds.length + 1);
  /** One for each bucket that has any. */
  readonly exemplars: (Exemplar | undefined)[] = [];

  constructor(serviceName: string, spanName: string, kind: number, status: number) {
    this.serviceName = serviceName;
    this.spanName = spanName;
    this.kind = kind;
    this.status = status;
  }
}

/**
 * Counts spans as they are stored. The counts never go down: what is evicted stays counted, what is carried over or
 * comes twice is not counted again. Of a request that the store cannot hold whole, what is left of it is counted.
 */
export class SpanMetrics {
  /** Spans that came when there were `mostSeries` label sets already; undefined: none. */
  overflow: SpanSeries | undefined;
  readonly #store: TraceStore;
  readonly #series = new Map<string, SpanSeries>();
  /** By ids of the store, which are given to others after evictions. */
  readonly #byIds = new Map<string, SpanSeries>();
  readonly #counted = new WeakMap<Segment, number>();
  readonly #listeners: readonly { dispose(): void }[];
  #spansEvicted = 0;
  #spansStored = 0;

  constructor(store: TraceStore) {
    this.#store = store;
    for (const segment of store.segments()) this.#counted.set(segment, segment.count);
    this.#listeners = [
      store.onDidChange(() => this.#count()),
      store.onDidCarry(rows => this.#passOver(rows)),
    ];
  }

  get series(): Iterable<SpanSeries> {
    return this.#series.values();
  }

  dispose(): void {
    for (const listener of this.#listeners) listener.dispose();
  }

  #count(): void {
    const { spansEvicted, spansStored } = this.#store.counters;
    if (spansEvicted !== this.#spansEvicted || spansStored < this.#spansStored) this.#byIds.clear();
    this.#spansEvicted = spansEvicted;
    this.#spansStored = spansStored;
    // Spans are added at the end: what comes before was counted with the last ones. The newest segment may hold nothing but
    // spans that were carried over, while the one before it has grown.
    const newestFirst = this.#store.segments().toReversed();
    for (const [at, segment] of newestFirst.entries()) {
      const counted = this.#counted.get(segment) ?? 0;
      if (counted < segment.count) this.#countRows(segment, counted, segment.count);
      else if (at > 1) return;
    }
  }

  #passOver({ segment, first, end }: CarriedRows): void {
    this.#countRows(segment, this.#counted.get(segment) ?? 0, first);
    this.#counted.set(segment, end);
  }

  #countRows(segment: Segment, first: number, end: number): void {
    this.#counted.set(segment, end);
    const now = Date.now();
    for (let row = first; row < end; row++) {
      if (!segment.isLive(row)) continue;
      const series = this.#seriesOf(segment, row);
      series.calls++;
      const nanos = segment.duration[row];
      if (!(nanos >= 0)) continue;
      const seconds = nanos / 1e9;
      series.ended++;
      series.secondsSum += seconds;
      const bucket = bucketOf(seconds);
      series.buckets[bucket]++;
      const known = series.exemplars[bucket];
      if (known !== undefined && now - known.time < exemplarMs) continue;
      series.exemplars[bucket] = {
        traceId: this.#store.traces.idOf(segment.trace[row]),
        spanId: spanIdOf(segment, row),
        seconds,
        time: now,
      };
    }
  }

  #seriesOf(segment: Segment, row: number): SpanSeries {
    const kindStatus = kindOf(segment.kindStatus[row]) | (statusOf(segment.kindStatus[row]) << 3);
    const ids = `${segment.resource[row]} ${segment.name[row]} ${kindStatus}`;
    let series = this.#byIds.get(ids);
    if (series === undefined) {
      series = this.#namedSeries(segment, row);
      if (this.#byIds.size >= 4 * mostSeries) this.#byIds.clear();
      this.#byIds.set(ids, series);
    }
    return series;
  }

  #namedSeries(segment: Segment, row: number): SpanSeries {
    const { serviceName } = this.#store.resources.get(segment.resource[row]);
    const spanName = this.#store.names.string(segment.name[row]);
    const kind = kindOf(segment.kindStatus[row]);
    const status = statusOf(segment.kindStatus[row]);
    const key = JSON.stringify([serviceName, spanName, kind, status]);
    let series = this.#series.get(key);
    if (series !== undefined) return series;
    if (this.#series.size >= mostSeries) return (this.overflow ??= new SpanSeries('', '', 0, 0));
    series = new SpanSeries(serviceName, spanName, kind, status);
    this.#series.set(key, series);
    return series;
  }
}

function bucketOf(seconds: number): number {
  let bucket = 0;
  while (bucket < durationBounds.length && seconds > durationBounds[bucket]) bucket++;
  return bucket;
}
