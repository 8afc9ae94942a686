import { setImmediate as nextTurn } from 'node:timers/promises';
import { type PlainValue, plainValue } from '../model/anyValue.ts';
import { type Nanos, nanosOfWords } from '../model/time.ts';
import type { MatchedSpan, QueriedTrace } from '../protocol/control.ts';
import type { Segment } from '../store/segment.ts';
import { noSpan, type SpanRef } from '../store/spanRef.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { newestTraces } from './newestTraces.ts';
import { durationOf, nameOf, nanoText, serviceOf, spanIdOf, startOf } from './spanFields.ts';
import { TextMatch } from './textMatch.ts';
import type { SpansetFilter } from './traceql/ast.ts';
import { attributesIn, compileFilter } from './traceql/evaluate.ts';
import { parseQuery } from './traceql/parser.ts';
import { SpanContext } from './traceql/spanContext.ts';
import type { TraceSummaries } from './traceSummary.ts';

/** After this long, others have their turn. */
const turnMs = 5;

export interface SearchOptions {
  /** TraceQL if it begins with `{` or `(`, else plain words. */
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

type Matcher = (segment: Segment, row: number) => boolean;

/**
 * Traces with spans that the query finds, newest first. Throws a `QueryError`. Looks at no more traces than it takes;
 * receiving goes on meanwhile.
 */
export async function search(
  store: TraceStore,
  summaries: TraceSummaries,
  options: SearchOptions,
): Promise<QueriedTrace[]> {
  const filter = /^\s*[{(]/.test(options.query) ? parseQuery(options.query) : undefined;
  const attributes = filter === undefined ? [] : attributesIn(filter);
  const context = new SpanContext(store, summaries);
  const inTime = timeTest(options);
  const prepare = (): Matcher => {
    const matches = prepareMatcher(context, filter, options.query);
    return inTime === undefined ? matches : (segment, row) => inTime(segment, row) && matches(segment, row);
  };
  let matches = prepare();
  let { generation } = store;
  const found: QueriedTrace[] = [];
  let turnBegan = performance.now();
  for (const traceRow of newestTraces(store)) {
    if (found.length >= options.limit || options.signal?.aborted === true) break;
    const refs = matchingSpans(store, traceRow, matches);
    if (refs.length > 0) {
      const { rootMissing: _, pinned: __, workspaces: ___, ...summary } = summaries.summary(traceRow);
      const matchedSpans = earliest(store, refs, options.spansPerTrace).map(ref =>
        matchedSpan(context, ref, attributes),
      );
      found.push({ ...summary, matchedCount: refs.length, matchedSpans });
    }
    if (performance.now() - turnBegan < turnMs) continue;
    await nextTurn();
    turnBegan = performance.now();
    // What a matcher remembers by id holds only as long as ids keep their meaning.
    if (store.generation !== generation) matches = prepare();
    ({ generation } = store);
  }
  return found;
}

function prepareMatcher(context: SpanContext, filter: SpansetFilter | undefined, query: string): Matcher {
  if (filter === undefined) {
    const text = new TextMatch(context.store, query);
    return (segment, row) => text.matches(segment, row);
  }
  const holds = compileFilter(filter, query);
  return (segment, row) => {
    context.moveTo(segment, row);
    return holds(context);
  };
}

function timeTest({ start, end }: SearchOptions): Matcher | undefined {
  if (start === undefined && end === undefined) return undefined;
  return (segment, row) => {
    const from = nanosOfWords(segment.startLow[row], segment.startHigh[row]);
    if (end !== undefined && from > end) return false;
    return start === undefined || from + BigInt(Math.round(durationOf(segment, row))) >= start;
  };
}

function matchingSpans(store: TraceStore, traceRow: number, matches: Matcher): SpanRef[] {
  const refs: SpanRef[] = [];
  for (let ref = store.traces.head[traceRow]; ref !== noSpan; ) {
    const segment = store.segmentOf(ref);
    const row = store.rowOf(ref);
    if (matches(segment, row)) refs.push(ref);
    ref = segment.next[row];
  }
  return refs;
}

function earliest(store: TraceStore, refs: readonly SpanRef[], count: number): SpanRef[] {
  if (count <= 0) return [];
  const startHigh = (ref: SpanRef): number => store.segmentOf(ref).startHigh[store.rowOf(ref)];
  const startLow = (ref: SpanRef): number => store.segmentOf(ref).startLow[store.rowOf(ref)];
  return refs.toSorted((a, b) => startHigh(a) - startHigh(b) || startLow(a) - startLow(b)).slice(0, count);
}

function matchedSpan(
  context: SpanContext,
  ref: SpanRef,
  wanted: readonly { scope: string; name: string }[],
): MatchedSpan {
  const { store } = context;
  const segment = store.segmentOf(ref);
  const row = store.rowOf(ref);
  context.moveTo(segment, row);
  const attributes: { [key: string]: PlainValue } = {};
  for (const { scope, name } of wanted) {
    const places = {
      span: context.span.attributes ?? [],
      resource: context.resourceAttributes,
      instrumentation: context.scopeAttributes,
      event: (context.span.events ?? []).flatMap(event => event.attributes ?? []),
      link: (context.span.links ?? []).flatMap(link => link.attributes ?? []),
    };
    const searched = scope === '' ? [places.span, places.resource] : [places[scope as keyof typeof places]];
    for (const place of searched) {
      const found = place.findLast(({ key }) => key === name);
      if (found === undefined) continue;
      attributes[name] = plainValue(found.value);
      break;
    }
  }
  return {
    spanId: spanIdOf(segment, row),
    name: nameOf(store, segment, row),
    serviceName: serviceOf(store, segment, row),
    startTimeUnixNano: startOf(segment, row),
    durationNano: nanoText(durationOf(segment, row)),
    attributes,
  };
}
