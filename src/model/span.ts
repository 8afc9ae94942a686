/**
 * The nouns, in the names and shapes of OTLP/JSON (opentelemetry-proto `trace/v1/trace.proto`, `logs/v1/logs.proto`),
 * so that one form serves the store's answers, the control protocol, files and tests.
 * Ids are lower-case hex (32 digits a trace, 16 a span); times are nanoseconds since 1970 as decimal strings.
 */
import type { AnyValue, KeyValue } from './anyValue.ts';

/** 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
export type SpanKind = 0 | 1 | 2 | 3 | 4 | 5;
export const spanKindNames = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;

/** 0 unset, 1 ok, 2 error. */
export type StatusCode = 0 | 1 | 2;

export interface Status {
  readonly code?: StatusCode;
  readonly message?: string;
}

export interface SpanEvent {
  readonly timeUnixNano: string;
  readonly name: string;
  readonly attributes?: readonly KeyValue[];
  readonly droppedAttributesCount?: number;
}

export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState?: string;
  readonly attributes?: readonly KeyValue[];
  readonly droppedAttributesCount?: number;
  readonly flags?: number;
}

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState?: string;
  /** Absent for a root span. */
  readonly parentSpanId?: string;
  readonly flags?: number;
  readonly name: string;
  readonly kind?: SpanKind;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly KeyValue[];
  readonly droppedAttributesCount?: number;
  readonly events?: readonly SpanEvent[];
  readonly droppedEventsCount?: number;
  readonly links?: readonly SpanLink[];
  readonly droppedLinksCount?: number;
  readonly status?: Status;
}

export interface Resource {
  readonly attributes?: readonly KeyValue[];
  readonly droppedAttributesCount?: number;
}

export interface Scope {
  readonly name?: string;
  readonly version?: string;
  readonly attributes?: readonly KeyValue[];
  readonly droppedAttributesCount?: number;
}

export interface ScopeSpans {
  readonly scope?: Scope;
  readonly spans: readonly Span[];
  readonly schemaUrl?: string;
}

export interface ResourceSpans {
  readonly resource?: Resource;
  readonly scopeSpans: readonly ScopeSpans[];
  readonly schemaUrl?: string;
}

/** A trace, or any set of spans: the body of an OTLP/JSON request and a line of an OTLP file. */
export interface TracesData {
  readonly resourceSpans: readonly ResourceSpans[];
}

export interface LogRecord {
  readonly timeUnixNano?: string;
  readonly observedTimeUnixNano?: string;
  /** 1–24, see the log data model; 17 and above are errors. */
  readonly severityNumber?: number;
  readonly severityText?: string;
  readonly body?: AnyValue;
  readonly attributes?: readonly KeyValue[];
  readonly droppedAttributesCount?: number;
  readonly flags?: number;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly eventName?: string;
}
