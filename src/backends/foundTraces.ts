import { groupedBy } from '../base/groups.ts';
import type { SearchCriteria } from '../model/backend.ts';
import type { FoundTrace } from './backend.ts';

/** A span of a search result, as far as it is read for a list. */
export interface ListedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentId: string;
  readonly name: string;
  readonly serviceName: string;
  /** Nanoseconds since 1970. */
  readonly start: bigint;
  readonly end: bigint;
  readonly isError: boolean;
  /** An attribute of the span or of its resource, as text; absent: not read, and believed to be as it was asked for. */
  attribute?(key: string): string | undefined;
}

/** Traces of spans that lie in any order, newest first. Where a backend sends whole traces for a list, only this stays of them. */
export function foundTraces(
  spans: Iterable<ListedSpan>,
  criteria: SearchCriteria,
  spansPerTrace: number,
): FoundTrace[] {
  const byTrace = groupedBy(spans, ({ traceId }) => traceId);
  return newestFirst([...byTrace].map(([traceId, own]) => foundTrace(traceId, own, criteria, spansPerTrace)));
}

export function newestFirst(traces: readonly FoundTrace[]): FoundTrace[] {
  const start = ({ startTimeUnixNano }: FoundTrace) => BigInt(startTimeUnixNano);
  return traces.toSorted((a, b) => (start(a) < start(b) ? 1 : start(a) > start(b) ? -1 : 0));
}

function foundTrace(
  traceId: string,
  unordered: readonly ListedSpan[],
  criteria: SearchCriteria,
  spansPerTrace: number,
): FoundTrace {
  const spans = unordered.toSorted((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const root =
    spans.find(({ parentId }) => parentId === '') ??
    spans.find(({ parentId }) => !ids.has(parentId)) ??
    spans[0];
  const end = spans.reduce((latest, span) => (span.end > latest ? span.end : latest), spans[0].start);
  const matched = spans.filter(span => isMeant(span, criteria));
  return {
    traceId,
    rootServiceName: root.serviceName,
    rootSpanName: root.name,
    startTimeUnixNano: `${spans[0].start}`,
    durationNano: `${end - spans[0].start}`,
    spanCount: spans.length,
    errorCount: spans.filter(({ isError }) => isError).length,
    serviceNames: [...new Set(spans.map(({ serviceName }) => serviceName))],
    matchedCount: matched.length,
    matchedSpans: matched.slice(0, spansPerTrace).map(span => ({
      spanId: span.spanId,
      name: span.name,
      serviceName: span.serviceName,
      startTimeUnixNano: `${span.start}`,
      durationNano: `${span.end > span.start ? span.end - span.start : 0n}`,
      attributes: {},
    })),
  };
}

/** What can be told from a list. Zipkin keeps names in lower case. */
function isMeant(span: ListedSpan, criteria: SearchCriteria): boolean {
  const { serviceName, spanName, attributes, errorsOnly, minDuration, maxDuration } = criteria;
  const duration = Number(span.end - span.start);
  const isNamed = (name: string, wanted = name) => name === wanted || name === wanted.toLowerCase();
  return (
    isNamed(span.serviceName, serviceName) &&
    isNamed(span.name, spanName) &&
    (!errorsOnly || span.isError) &&
    (span.attribute === undefined || attributes.every(({ key, value }) => span.attribute?.(key) === value)) &&
    duration >= (minDuration ?? 0) &&
    duration <= (maxDuration ?? Number.POSITIVE_INFINITY)
  );
}
