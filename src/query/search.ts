import { setImmediate as nextTurn } from 'node:timers/promises';
import { type PlainValue, plainValue } from '../model/anyValue.ts';
import { type Nanos, nanosOfWords } from '../model/time.ts';
import type { MatchedSpan, QueriedTrace } from '../protocol/control.ts';
import type { Segment } from '../store/segment.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { durationOf, nameOf, nanoText, serviceOf, spanIdOf, startOf } from './spanFields.ts';
import { TextMatch } from './textMatch.ts';
import { attributesIn, compileFilter } from './traceql/evaluate.ts';
import { parseQuery } from './traceql/parser.ts';
import { SpanContext } from './traceql/spanContext.ts';
import type { TraceSummaries } from './traceSummary.ts';

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

interface Match {
  readonly segment: Segment;
  readonly row: number;
}

/** Traces with spans that the query finds, newest first. Throws a `QueryError`. Receiving goes on meanwhile. */
export async function search(
  store: TraceStore,
  summaries: TraceSummaries,
  options: SearchOptions,
): Promise<QueriedTrace[]> {
  const { matches, attributes } = prepare(store, summaries, options);
  const found = new Map<string, Match[]>();
  for (const segment of [...store.segments()]) {
    // What was evicted since the last turn is not looked at: its memory holds other spans by now.
    if (!store.segments().includes(segment)) continue;
    for (let row = 0; row < segment.count; row++) {
      if (!segment.isLive(row) || !matches(segment, row)) continue;
      const traceId = store.traces.idOf(segment.trace[row]);
      const list = found.get(traceId);
      if (list === undefined) found.set(traceId, [{ segment, row }]);
      else list.push({ segment, row });
    }
    await nextTurn();
    if (options.signal?.aborted === true) return [];
  }
  const rows = store.traces.newest(options.limit, row => found.has(store.traces.idOf(row)));
  const present = new Set(store.segments());
  const context = new SpanContext(store, summaries);
  return rows.map(traceRow => {
    const { rootMissing: _, pinned: __, workspaces: ___, ...summary } = summaries.summary(traceRow);
    const list = found
      .get(summary.traceId)!
      .filter(({ segment, row }) => present.has(segment) && segment.trace[row] === traceRow);
    return {
      ...summary,
      matchedCount: list.length,
      matchedSpans: earliest(list, options.spansPerTrace).map(match =>
        matchedSpan(context, match, attributes),
      ),
    };
  });
}

function prepare(store: TraceStore, summaries: TraceSummaries, { query, start, end }: SearchOptions) {
  const inTime = (segment: Segment, row: number): boolean => {
    if (start === undefined && end === undefined) return true;
    const from = nanosOfWords(segment.startLow[row], segment.startHigh[row]);
    if (end !== undefined && from > end) return false;
    return start === undefined || from + BigInt(Math.round(durationOf(segment, row))) >= start;
  };
  if (!/^\s*[{(]/.test(query)) {
    const text = new TextMatch(store, query);
    const matches = (segment: Segment, row: number) => inTime(segment, row) && text.matches(segment, row);
    return { matches, attributes: [] };
  }
  const filter = parseQuery(query);
  const holds = compileFilter(filter, query);
  const context = new SpanContext(store, summaries);
  const matches = (segment: Segment, row: number): boolean => {
    if (!inTime(segment, row)) return false;
    context.moveTo(segment, row);
    return holds(context);
  };
  return { matches, attributes: attributesIn(filter) };
}

function earliest(matches: readonly Match[], count: number): Match[] {
  return matches
    .toSorted((a, b) => {
      const high = a.segment.startHigh[a.row] - b.segment.startHigh[b.row];
      return high || a.segment.startLow[a.row] - b.segment.startLow[b.row];
    })
    .slice(0, count);
}

function matchedSpan(
  context: SpanContext,
  { segment, row }: Match,
  wanted: readonly { scope: string; name: string }[],
): MatchedSpan {
  const { store } = context;
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
