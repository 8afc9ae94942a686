import { type Nanos, nanosBetween, nanosOfWords } from '../model/time.ts';
import type { QueriedSeries } from '../protocol/control.ts';
import type { Segment } from '../store/segment.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { oldestSegments } from './segmentWalk.ts';
import type { MetricsExpression, SecondStage } from './traceql/ast.ts';
import { QueryError } from './traceql/errors.ts';
import type { SpanFilter } from './traceql/match/spanFilter.ts';
import { TraceEvaluation } from './traceql/match/traceEvaluation.ts';
import { markTraces } from './traceql/match/traceMarks.ts';
import { Compare } from './traceql/metrics/compare.ts';
import { Intervals } from './traceql/metrics/intervals.ts';
import { calculateSeries } from './traceql/metrics/math.ts';
import { type Metric, OverTime } from './traceql/metrics/overTime.ts';
import { applyStages } from './traceql/metrics/secondStage.ts';
import type { SeriesSet } from './traceql/metrics/series.ts';
import { parseQuery } from './traceql/parser.ts';
import { SpanContext } from './traceql/spanContext.ts';
import type { TraceSummaries } from './traceSummary.ts';
import { Turns } from './turns.ts';

export interface MetricsOptions {
  /** TraceQL that ends in a metrics function. */
  readonly query: string;
  /** Spans that start in this time, both ends included; what is missing comes from what is stored. */
  readonly start?: Nanos;
  readonly end?: Nanos;
  /** Nanoseconds; if missing, 1/60 of the time. */
  readonly step?: bigint | undefined;
  readonly signal?: { readonly aborted: boolean };
}

/** Series in an answer; `compare( )` has as many as there are values, which it limits itself. */
const mostSeries = 1000;
const defaultIntervals = 60n;
/** Rows between two looks at the clock. */
const rowsAtOnce = 256;

/** The series of a metrics query. Throws a `QueryError`. */
export async function querySeries(
  store: TraceStore,
  summaries: TraceSummaries,
  options: MetricsOptions,
): Promise<QueriedSeries[]> {
  const { query } = options;
  const parsed = parseQuery(query);
  if (parsed.kind !== 'metrics')
    throw new QueryError('this query finds traces, and makes no metrics: end it with | rate()', query, 0);
  const intervals = intervalsOf(store, options);
  if (intervals === undefined) return [];
  const run = new MetricsRun(new SpanContext(store, summaries), intervals, options);
  const set = await run.evaluate(parsed.expression, parsed.after);
  if (set.size > mostSeries && !isCompare(parsed.expression))
    throw new QueryError(
      `there are ${set.size} series, more than ${mostSeries}: group by something with fewer values, or end with | topk(10)`,
      query,
      parsed.expression.offset,
    );
  return (await new Turns(options.signal).run(tellSeries(set, intervals))) ?? [];
}

/** In the order of their keys. Yields where there is a good place for a pause. */
function* tellSeries(set: SeriesSet, intervals: Intervals): Generator<void, QueriedSeries[]> {
  const times = Array.from({ length: intervals.count }, (_, i) => String(intervals.timeOf(i)));
  const told: QueriedSeries[] = [];
  for (const [, { labels, values }] of [...set].sort(([a], [b]) => (a < b ? -1 : 1))) {
    yield;
    const samples: QueriedSeries['samples'] = [];
    for (let i = 0; i < values.length; i++)
      if (!Number.isNaN(values[i])) samples.push({ timeUnixNano: times[i], value: values[i] });
    if (samples.length === 0 && values.length > 0) continue;
    told.push({ labels: Object.fromEntries(labels.map(({ name, value }) => [name, value])), samples });
  }
  return told;
}

/** Undefined if nothing is stored. */
function intervalsOf(store: TraceStore, { query, start, end, step }: MetricsOptions): Intervals | undefined {
  const stored = timesOfTraces(store);
  if (stored === undefined) return undefined;
  const { first, last } = stored;
  const from = start ?? (end !== undefined && end < first ? end : first);
  const to = end ?? (last < from ? from : last);
  if (to < from) throw new QueryError('the end of the time lies before its start', query, 0);
  const range: bigint = to - from;
  try {
    return new Intervals(from, to, step ?? (range < defaultIntervals ? 1n : range / defaultIntervals));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new QueryError(error.message, query, 0);
  }
}

/** From the earliest start that is known to the latest end; undefined if there is none. Compares words: a bigint is garbage. */
function timesOfTraces({ traces }: TraceStore): { first: Nanos; last: Nanos } | undefined {
  const { startLow, startHigh, endLow, endHigh } = traces;
  let first = -1;
  let last = -1;
  for (let row = 0; row < traces.rows; row++) {
    if (!traces.isLive(row)) continue;
    const hasStart = (startLow[row] | startHigh[row]) !== 0;
    if (
      hasStart &&
      (first < 0 || nanosBetween(startLow[row], startHigh[row], startLow[first], startHigh[first]) > 0)
    )
      first = row;
    if (last < 0 || nanosBetween(endLow[last], endHigh[last], endLow[row], endHigh[row]) > 0) last = row;
  }
  if (first < 0 || last < 0) return undefined;
  return {
    first: nanosOfWords(startLow[first], startHigh[first]),
    last: nanosOfWords(endLow[last], endHigh[last]),
  };
}

function isCompare(expression: MetricsExpression): boolean {
  return expression.node === 'metrics' && expression.metric.node === 'compare';
}

class MetricsRun {
  readonly #context: SpanContext;
  readonly #store: TraceStore;
  readonly #intervals: Intervals;
  readonly #options: MetricsOptions;

  constructor(context: SpanContext, intervals: Intervals, options: MetricsOptions) {
    this.#context = context;
    this.#store = context.store;
    this.#intervals = intervals;
    this.#options = options;
  }

  async evaluate(expression: MetricsExpression, after: readonly SecondStage[]): Promise<SeriesSet> {
    if (expression.node === 'metrics') {
      const set = await this.#observe(expression);
      return applyStages(applyStages(set, expression.after), after);
    }
    const { operator, left, right } = expression;
    const a = typeof left === 'number' ? left : await this.evaluate(left, []);
    const b = typeof right === 'number' ? right : await this.evaluate(right, []);
    return applyStages(calculateSeries(operator, a, b), after);
  }

  async #observe({ stages, metric }: MetricsExpression & { node: 'metrics' }): Promise<SeriesSet> {
    const { query, signal } = this.#options;
    const evaluation = new TraceEvaluation(this.#context, stages, query);
    const observed =
      metric.node === 'compare'
        ? new Compare(metric, this.#intervals, query)
        : new OverTime(metric, this.#intervals, query);
    const turns = new Turns(signal);
    const spanBySpan = stages.every(({ node }) => node === 'filter' || node === 'select');
    if (spanBySpan) await turns.run(this.#observeSegments(evaluation, observed));
    else await this.#observeTraces(evaluation, observed, turns);
    return (await turns.run(observed.series())) ?? new Map();
  }

  /** Filters need nothing of a span's trace: all rows are gone over, as they were when it began. */
  *#observeSegments({ filters }: TraceEvaluation, observed: Metric): Generator<void> {
    for (const { segment, rows } of oldestSegments(this.#store))
      for (let from = 0; from < rows; from += rowsAtOnce) {
        const isStored = (): boolean => this.#store.segments().includes(segment);
        for (const filter of filters)
          for (const _ of filter.prepare(segment)) {
            yield;
            if (!isStored()) break;
          }
        if (!isStored()) break;
        for (let row = from; row < Math.min(rows, from + rowsAtOnce); row++)
          if (segment.isLive(row) && matchesAll(filters, segment, row))
            this.#observeSpan(segment, row, observed);
        yield;
      }
  }

  async #observeTraces(evaluation: TraceEvaluation, observed: Metric, turns: Turns): Promise<void> {
    const store = this.#store;
    const { filters, possible } = evaluation;
    const marks = await turns.run(markTraces(store, filters));
    if (marks === undefined) return;
    for (let traceRow = 0; traceRow < marks.length && !turns.ended; traceRow++) {
      if (turns.isOver) await turns.pause();
      if (!possible(marks[traceRow]) || !store.traces.isLive(traceRow)) continue;
      for (const ref of evaluation.spansOf(traceRow))
        this.#observeSpan(store.segmentOf(ref), store.rowOf(ref), observed);
    }
  }

  #observeSpan(segment: Segment, row: number, observed: Metric): void {
    const interval = this.#intervals.indexOf(segment.startLow[row], segment.startHigh[row]);
    if (interval < 0) return;
    this.#context.moveTo(segment, row);
    observed.observe(this.#context, interval);
  }
}

function matchesAll(filters: readonly SpanFilter[], segment: Segment, row: number): boolean {
  for (const filter of filters) if (!filter.matches(segment, row)) return false;
  return true;
}
