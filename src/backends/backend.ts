import type { PlainValue } from '../model/anyValue.ts';
import type { BackendKind, SearchCriteria } from '../model/backend.ts';
import type { Nanos } from '../model/time.ts';

/** A trace that a search found, as far as the backend tells: what it does not say is 0 or empty. */
export interface FoundTrace {
  traceId: string;
  rootServiceName: string;
  rootSpanName: string;
  startTimeUnixNano: string;
  durationNano: string;
  spanCount: number;
  errorCount: number;
  serviceNames: string[];
  matchedCount: number;
  matchedSpans: FoundSpan[];
}

export interface FoundSpan {
  spanId: string;
  name: string;
  serviceName: string;
  startTimeUnixNano: string;
  durationNano: string;
  attributes: { [key: string]: PlainValue };
}

export interface BackendSearch {
  readonly traceQL: string;
  /** The same for a backend without TraceQL. Throws if the query says more than criteria can. */
  criteria(): SearchCriteria;
  readonly limit: number;
  readonly spansPerTrace: number;
  /** Searched is from `start` to `end`. */
  readonly start: Nanos;
  readonly end: Nanos;
}

/** A metrics query: TraceQL that ends in a metrics function. */
export interface BackendSeriesQuery {
  readonly traceQL: string;
  readonly start: Nanos;
  readonly end: Nanos;
  /** Nanoseconds between two samples. */
  readonly step: bigint;
}

export interface FoundSeries {
  readonly series: {
    labels: { [name: string]: PlainValue };
    /** In order. */
    samples: { timeUnixNano: string; value: number }[];
  }[];
  /** What the backend says is missing. */
  readonly warnings: readonly string[];
}

export interface FetchedTrace {
  /** `ExportTraceServiceRequest`s in protobuf. */
  readonly requests: readonly Uint8Array[];
  /** What the backend or the reader says is missing. */
  readonly warnings: readonly string[];
}

/** Somebody else's engine. All of it throws `BackendError`s, and what `signal` was aborted with. */
export interface Backend {
  readonly kind: BackendKind;
  /** Newest first. Throws what `criteria` throws. */
  search(search: BackendSearch, signal: AbortSignal): Promise<FoundTrace[]>;
  /** Absent: it makes no metrics of its traces. */
  series?(query: BackendSeriesQuery, signal: AbortSignal): Promise<FoundSeries>;
  /** `undefined`: it has no such trace. */
  trace(traceId: string, signal: AbortSignal): Promise<FetchedTrace | undefined>;
  services(signal: AbortSignal): Promise<string[]>;
  /** Names that a query may use, as TraceQL writes them: `resource.service.name`. */
  attributeNames(signal: AbortSignal): Promise<string[]>;
  /** As TraceQL writes them: `"checkout"`, `200`, `error`. */
  attributeValues(name: string, signal: AbortSignal): Promise<string[]>;
  close(): Promise<void>;
}
