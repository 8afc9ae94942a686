import { type Nanos, nanosBetween, nanosOfWords } from '../model/time.ts';
import type { MatchedSpan, QueriedTrace } from '../protocol/control.ts';
import type { SpanRef } from '../store/spanRef.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { newestTraces } from './newestTraces.ts';
import { durationOf, nameOf, nanoText, serviceOf, spanIdOf, startOf } from './spanFields.ts';
import { TextMatch } from './textMatch.ts';
import { QueryError } from './traceql/errors.ts';
import type { Predicate } from './traceql/evaluate.ts';
import type { Field } from './traceql/fields.ts';
import { type RowTest, rowByRow } from './traceql/match/rowTest.ts';
import { SpanFilter } from './traceql/match/spanFilter.ts';
import { type RowMatcher, TraceEvaluation } from './traceql/match/traceEvaluation.ts';
import { markTraces } from './traceql/match/traceMarks.ts';
import { parseQuery } from './traceql/parser.ts';
import { readShown, shownFields } from './traceql/shownFields.ts';
import { SpanContext } from './traceql/spanContext.ts';
import type { TraceSummaries } from './traceSummary.ts';
import { Turns } from './turns.ts';

export interface SearchOptions {
  /** TraceQL, or plain words: see `isTraceQL`. */
  readonly query: string;
  /** Most traces in the answer, the newest. */
  readonly limit: number;
  /** Most matched spans shown of a trace, the earliest; all are counted. */
  readonly spansPerTrace: number;
  /** Only spans that overlap this time. */
  readonly start?: Nanos;
  readonly end?: Nanos;
  readonly signal?: { readonly aborted: boolean };
}

/**
 * Traces are looked at one by one, the newest first, while one in so many of them is an answer; while they lie in few segments it
 * may be less often. Else there may be no answer at all, and going over all segments costs less.
 */
const oneInSo = 16;
const oneInSoOfFew = 64;
const fewSegments = 4;

/** Whether a text in a search box is meant as a query: it begins as one. Anything else is words to look for. */
export function isTraceQL(text: string): boolean {
  return /^\s*(?:[{(]|(?:count|min|max|avg|sum|by|select)\s*\()/.test(text);
}

/**
 * Traces with spans that the query finds, newest first. Throws a `QueryError`. Looks at no more traces than it takes;
 * receiving goes on meanwhile.
 */
export async function search(
  store: TraceStore,
  summaries: TraceSummaries,
  options: SearchOptions,
): Promise<QueriedTrace[]> {
  const context = new SpanContext(store, summaries);
  const { spansOf, possible, fewest, fields, filters } = prepare(context, options);
  const turns = new Turns(options.signal);
  const found: QueriedTrace[] = [];
  const isDone = (): boolean => found.length >= options.limit || turns.ended;
  const look = async (traceRow: number): Promise<void> => {
    const refs = spansOf(traceRow);
    if (refs.length > 0) {
      const { rootMissing: _, pinned: __, workspaces: ___, ...summary } = summaries.summary(traceRow);
      const matchedSpans = earliest(store, refs, options.spansPerTrace).map(ref =>
        matchedSpan(context, ref, fields),
      );
      found.push({ ...summary, matchedCount: refs.length, matchedSpans });
    }
    if (turns.isOver) await turns.pause();
  };
  const { traces } = store;
  const seen = new Set<number>();
  let [lastLow, lastHigh] = [0, 0];
  let isFinished = true;
  for (const traceRow of newestTraces(store)) {
    if (isDone()) return found;
    const isNear = filters.every(({ prepared }) => prepared < fewSegments);
    isFinished = filters.length === 0 || seen.size < (isNear ? oneInSoOfFew : oneInSo) * (found.length + 1);
    if (!isFinished) break;
    seen.add(traceRow);
    [lastLow, lastHigh] = [traces.startLow[traceRow], traces.startHigh[traceRow]];
    await look(traceRow);
  }
  const marks = isFinished ? undefined : await turns.run(markTraces(store, filters));
  if (marks === undefined) return found;
  // What has come in meanwhile is newer than what was found, and would stand in the wrong place.
  const rest = rowsThatMay(marks, possible).filter(
    row =>
      traces.spanCount[row] >= fewest &&
      !seen.has(row) &&
      nanosBetween(traces.startLow[row], traces.startHigh[row], lastLow, lastHigh) >= 0,
  );
  for (const traceRow of newestTraces(store, rest)) {
    if (isDone()) break;
    await look(traceRow);
  }
  return found;
}

/** Rows of traces that can have an answer, by what their spans match. Most match nothing, or the same as the one before. */
function rowsThatMay(marks: Uint32Array, possible: (matched: number) => boolean): Uint32Array {
  const rows = new Uint32Array(marks.length);
  let count = 0;
  let [asked, answer] = [0, possible(0)];
  for (let row = 0; row < marks.length; row++) {
    if (marks[row] !== asked) [asked, answer] = [marks[row], possible(marks[row])];
    if (answer) rows[count++] = row;
  }
  return rows.subarray(0, count);
}

interface Prepared {
  readonly spansOf: (traceRow: number) => SpanRef[];
  readonly possible: (matched: number) => boolean;
  /** Traces with fewer spans have no answer. */
  readonly fewest: number;
  readonly filters: TraceEvaluation['filters'];
  readonly fields: readonly Field[];
}

function prepare(context: SpanContext, options: SearchOptions): Prepared {
  const inTime = timeTest(options);
  const { query } = options;
  if (!isTraceQL(query)) return prepareWords(context, query, inTime);
  const parsed = parseQuery(query);
  if (parsed.kind === 'metrics')
    throw new QueryError('this query makes metrics, and finds no traces', query, parsed.expression.offset);
  const evaluation = new TraceEvaluation(context, parsed.stages, query);
  return {
    spansOf: traceRow => evaluation.spansOf(traceRow, inTime),
    possible: evaluation.possible,
    fewest: evaluation.fewest,
    filters: evaluation.filters,
    fields: shownFields(parsed.stages),
  };
}

function prepareWords(context: SpanContext, words: string, inTime: RowMatcher | undefined): Prepared {
  const { store } = context;
  const text = new TextMatch(store, words);
  const holds: Predicate = ({ segment, row }) => text.matches(segment, row);
  const single = rowByRow(context, 0, holds);
  const rows: RowTest = {
    cost: 0,
    *narrow(segment, selection) {
      if (text.mayMatch(segment)) yield* single.narrow(segment, selection);
      else selection.clear();
    },
  };
  const filter = new SpanFilter(context, { rows, row: holds, inTrace: undefined });
  return {
    spansOf: traceRow =>
      [...store.spansOf(traceRow)].filter(ref => {
        const segment = store.segmentOf(ref);
        const row = store.rowOf(ref);
        return (inTime === undefined || inTime(segment, row)) && filter.matches(segment, row);
      }),
    possible: matched => matched !== 0,
    fewest: 1,
    filters: [filter],
    fields: [],
  };
}

function timeTest({ start, end }: SearchOptions): RowMatcher | undefined {
  if (start === undefined && end === undefined) return undefined;
  return (segment, row) => {
    const from = nanosOfWords(segment.startLow[row], segment.startHigh[row]);
    if (end !== undefined && from > end) return false;
    return start === undefined || from + BigInt(Math.round(durationOf(segment, row))) >= start;
  };
}

function earliest(store: TraceStore, refs: readonly SpanRef[], count: number): SpanRef[] {
  if (count <= 0) return [];
  const startHigh = (ref: SpanRef): number => store.segmentOf(ref).startHigh[store.rowOf(ref)];
  const startLow = (ref: SpanRef): number => store.segmentOf(ref).startLow[store.rowOf(ref)];
  return refs.toSorted((a, b) => startHigh(a) - startHigh(b) || startLow(a) - startLow(b)).slice(0, count);
}

function matchedSpan(context: SpanContext, ref: SpanRef, fields: readonly Field[]): MatchedSpan {
  const { store } = context;
  const segment = store.segmentOf(ref);
  const row = store.rowOf(ref);
  context.moveTo(segment, row);
  return {
    spanId: spanIdOf(segment, row),
    name: nameOf(store, segment, row),
    serviceName: serviceOf(store, segment, row),
    startTimeUnixNano: startOf(segment, row),
    durationNano: nanoText(durationOf(segment, row)),
    attributes: readShown(context, fields),
  };
}
