/**
 * What the engine's clients (windows, language servers, the command line) may ask it, and what it tells them.
 * One definition for both ends: `engine/` answers these and calls these. Everything is JSON but for the fields of type
 * `Uint8Array`, which travel as binary attachments (see `framing.ts`).
 * In all shapes: ids are lower-case hex, nanoseconds and int64 are decimal strings, counts, bytes and ports are numbers.
 */
import type { AnyValue, KeyValue, PlainValue } from '../model/anyValue.ts';
import type { BackendKind, BackendTarget } from '../model/backend.ts';
import type { DropReason } from '../model/dropReason.ts';
import type { Evidence, SpanExample } from '../model/evidence.ts';
import type { SpanToLocate } from '../model/source.ts';
import type { LogRecord, Resource, Scope, Span, SpanKind, TracesData } from '../model/span.ts';
import type { SensitiveSettings } from '../semconv/sensitive/options.ts';
import type { ForwardRequest, ForwardStatus } from './forward.ts';
import type { TraceBreak, TraceDrop, TraceViewRequests, ViewHead } from './traceView.ts';

/** Raised by every incompatible change of this folder, but never by one of the handshake or of `engine/handOver`. */
export const protocolVersion = 1;

export interface Endpoints {
  otlpHttp?: string;
  otlpGrpc?: string;
  zipkin?: string;
  jaegerHttp?: string;
  jaegerGrpc?: string;
  jaegerUdpCompact?: string;
  jaegerUdpBinary?: string;
  jaegerSampling?: string;
  datadog?: string;
  prometheus?: string;
}
export type ReceiverName = keyof Endpoints;

/** A default port that somebody else holds; the receiver took another one (see `endpoints`). */
export interface PortConflict {
  receiver: ReceiverName;
  port: number;
  /** The holder's name and process id, if the system tells. */
  holder?: string;
}

/** A request that was refused, for "Why are there no traces?". The newest 50 are kept. */
export interface Rejection {
  timeUnixNano: string;
  receiver: ReceiverName;
  /** What the sender was told: `HTTP 415`, `gRPC 3`, `partial success`. */
  answer: string;
  reason: string;
  count: number;
}

/** What is acknowledged is kept on the disk (`on`) or in memory only: by wish (`off`), or because the disk refuses (`degraded`). */
export interface JournalStatus {
  state: 'on' | 'off' | 'degraded';
  /** On the disk. */
  bytes: number;
  /** Why it is degraded. */
  reason?: string;
}

/** How a backend that was asked through the engine has answered. */
export interface BackendStatus {
  /** Its address, without what gets one in. */
  url: string;
  /** Absent: not known, as it was never reached. */
  kind?: BackendKind;
  /** Whether it answered when it was last asked, be it with a refusal. */
  isReachable: boolean;
  lastAnswerUnixNano?: string;
  /** `kind`: a `BackendErrorKind`. It may be older than the last answer. */
  lastError?: { timeUnixNano: string; kind: string; reason: string };
}

/** Spans of a service that were dropped for one reason. */
export interface EvictionCount {
  serviceName: string;
  reason: DropReason;
  spans: number;
  /** When it last happened. */
  lastTimeUnixNano: string;
}

export interface EngineStatus {
  version: string;
  pid: number;
  spansReceived: number;
  spansStored: number;
  spansRejected: number;
  spansEvicted: number;
  /** The same by service and reason. */
  evictions: EvictionCount[];
  /** Why the setting of what to keep longer is not followed. */
  keepLongerProblem?: string;
  logsStored: number;
  metricPointsReceived: number;
  tracesStored: number;
  bytesStored: number;
  budgetBytes: number;
  journal: JournalStatus;
  forward: ForwardStatus;
  /** The last asked first; at most 8. */
  backends: BackendStatus[];
  rssBytes: number;
  uptimeSeconds: number;
  endpoints: Endpoints;
  portConflicts: PortConflict[];
  /** Requests seen per receiver, refused ones included: tells "nothing arrives" from "all is refused". */
  requests: { [receiver in ReceiverName]?: number };
  rejections: Rejection[];
}

export interface TraceSummary {
  traceId: string;
  rootServiceName: string;
  rootSpanName: string;
  startTimeUnixNano: string;
  /** Latest end − earliest start over all spans of the trace. */
  durationNano: string;
  spanCount: number;
  /** Spans with status error. */
  errorCount: number;
  serviceNames: string[];
  /** The span without a parent has not arrived (yet): the root shown is the earliest orphan. */
  rootMissing: boolean;
  pinned: boolean;
  /** Values of the resource attribute `spanline.workspace` found in the trace. */
  workspaces: string[];
}

/** Whose traces are meant: those that carry this workspace's URI, everybody's, or those that carry none. */
export type Attribution = { kind: 'workspace'; uri: string } | { kind: 'all' } | { kind: 'unattributed' };

export interface TraceFilter {
  attribution: Attribution;
  /** Plain words: each must occur in a span name, a service name or the trace id (case-insensitive). */
  text?: string;
  errorsOnly?: boolean;
  /** Only traces with this root (a group of the tree). */
  rootServiceName?: string;
  rootSpanName?: string;
}

export interface TraceGroup {
  rootServiceName: string;
  rootSpanName: string;
  traceCount: number;
  errorTraceCount: number;
  p50Nano: string;
  p95Nano: string;
  /** Start of the newest trace of the group. */
  latestUnixNano: string;
}

export interface MatchedSpan {
  spanId: string;
  name: string;
  serviceName: string;
  startTimeUnixNano: string;
  durationNano: string;
  attributes: { [key: string]: PlainValue };
}

export interface QueriedTrace extends Omit<TraceSummary, 'rootMissing' | 'pinned' | 'workspaces'> {
  matchedCount: number;
  matchedSpans: MatchedSpan[];
}

export interface QueriedSeries {
  labels: { [name: string]: PlainValue };
  /** At the ends of their intervals, in order; intervals without a value are left out. */
  samples: { timeUnixNano: string; value: number }[];
}

/** What could stand at a place of a query. */
export interface Completion {
  /** The text from here to the place is what a candidate replaces: UTF-16 units from the start. */
  from: number;
  /** The best first. */
  candidates: {
    text: string;
    kind: 'keyword' | 'intrinsic' | 'attribute' | 'value';
    /** Of attributes and values: in how many places the stored spans have it. */
    count?: number;
  }[];
}

export interface OperationStatistics {
  name: string;
  kind: SpanKind;
  count: number;
  errors: number;
  ratePerSecond: number;
  p50Nano: string;
  p95Nano: string;
  p99Nano: string;
}

export interface ServiceStatistics {
  serviceName: string;
  spanCount: number;
  errorCount: number;
  operations: OperationStatistics[];
}

/** Spans alike in all that leads to a source line; the unit in which lines are looked up and lenses are counted. */
export interface SpanShape {
  serviceName: string;
  scopeName: string;
  name: string;
  kind: SpanKind;
  /** Of the span's attributes those that lead to a line: `code.*` in either generation of names, route and method. */
  attributes: KeyValue[];
  count: number;
  errors: number;
  minNano: string;
  p50Nano: string;
  p95Nano: string;
  maxNano: string;
  /** The newest spans of this shape, newest first, at most 20, and fewer if there are many shapes. */
  latest: { traceId: string; spanId: string }[];
}

export interface SpanDetails {
  span: Span;
  serviceName: string;
  resource: Resource;
  resourceSchemaUrl?: string;
  scope: Scope;
  scopeSchemaUrl?: string;
  logs: LogRecord[];
  /** Spans that link to this one ("back-links"). */
  linkedFrom: { traceId: string; spanId: string; name: string; serviceName: string }[];
  selfTimeNano: string;
  onCriticalPath: boolean;
  /** `duplicate id`, `parent not received`, `end before start`…: what a reader should know of this record. */
  notes: string[];
}

export interface MetricSeries {
  serviceName: string;
  name: string;
  unit: string;
  type: 'gauge' | 'sum' | 'histogram' | 'exponentialHistogram' | 'summary';
  attributes: KeyValue[];
  latestUnixNano: string;
  /** The point as received: a number for gauges and sums, an object in OTLP/JSON otherwise. */
  latest: AnyValue | { [field: string]: PlainValue };
}

/** What a trace tells of itself: the command line's `trace --format summary`. */
export interface TraceAnalysis {
  traceId: string;
  /** Spans without a parent in the trace, earliest first. */
  rootSpanIds: string[];
  durationNano: string;
  spanCount: number;
  /** In order of time, one root after the other. */
  criticalPath: { spanId: string; startTimeUnixNano: string; endTimeUnixNano: string }[];
  /** Span id → time not covered by its children. */
  selfTimeNano: { [spanId: string]: string };
  statistics: {
    serviceName: string;
    name: string;
    count: number;
    totalNano: string;
    selfNano: string;
    p50Nano: string;
    p95Nano: string;
    errors: number;
  }[];
  findings: Finding[];
}

/** Something a trace tells that somebody should look at, with the spans that show it. */
export interface Finding {
  ruleId: string;
  severity: 'error' | 'warning' | 'info' | 'hint';
  message: string;
  serviceName: string;
  traceIds: string[];
  spanIds: string[];
  /** 1-based; the path is relative to the root that was given. */
  location?: { path: string; line: number; column: number };
}

/** A finding with what leads to its line. */
export interface LocatableFinding extends Finding {
  span?: SpanToLocate;
  /** Its trace and span ids, in pairs; at most 100. */
  examples: readonly SpanExample[];
}

export interface ImportResult {
  tracesImported: number;
  spansImported: number;
  spansRejected: number;
  files: { path: string; format: string; spans: number; warnings: string[] }[];
}

/** A file of traces that is looked at. Where a request for one trace has its id, the trace of this file is meant. */
export interface OpenedFile {
  fileId: number;
  /** `OTLP JSON`, `Zipkin JSON`… */
  format: string;
  spans: number;
  traces: number;
  /** Spans that were left out. */
  rejected: number;
  /** What is wrong with the file, and where. */
  warnings: string[];
}

/** What a sampling configuration would have done with the stored traces. */
export interface SamplingPreview {
  /** Traces. */
  kept: number;
  dropped: number;
  /** In the order of the configuration: how many of the kept traces a policy is for; one may have several on its side. */
  byPolicy: { name: string; kept: number }[];
  /** Traces with spans in error, and those of them that would have been lost, oldest first. */
  withErrors: number;
  droppedWithErrors: string[];
}

/** Request name → `[parameters, result]`. */
export interface ControlRequests extends TraceViewRequests {
  status: [Record<string, never>, EngineStatus];
  'traces/list': [
    { filter: TraceFilter; limit: number },
    { generation: number; total: number; traces: TraceSummary[] },
  ];
  'traces/groups': [
    { filter: TraceFilter; limit: number },
    { generation: number; total: number; groups: TraceGroup[] },
  ];
  /** TraceQL; a bad query is an error with code `badQuery` and `data: {line, column}`, both 1-based. */
  'traces/query': [
    { query: string; limit: number; spansPerTrace: number; startUnixNano?: string; endUnixNano?: string },
    { traces: QueriedTrace[] },
  ];
  /** TraceQL that makes metrics, of the spans that start in a time; errors as for `traces/query`. Without `step` there are 60 of them. */
  'series/query': [
    { query: string; startUnixNano?: string; endUnixNano?: string; stepNano?: string },
    { series: QueriedSeries[] },
  ];
  /** `offset`: where the cursor is in a query that is being typed, UTF-16 units from the start. */
  'query/complete': [{ query: string; offset: number }, Completion];
  'traces/pin': [{ traceId: string; pinned: boolean }, { pinned: boolean }];
  /** Those that are (no longer) stored are left out. Ask for parts of what may be much: see `engine/exportTraces.ts`. */
  'traces/export': [{ traceIds: string[] }, TracesData];
  'traces/import': [
    { path: string; data: Uint8Array },
    ImportResult['files'][number] & { traces: number; rejected: number },
  ];
  'trace/get': [{ traceId: string; fileId?: number }, TracesData | null];
  'trace/analyze': [{ traceId: string }, TraceAnalysis | null];
  /** The traces that this one is a piece of, as its ids tell. */
  'trace/breaks': [{ traceId: string; fileId?: number }, { breaks: TraceBreak[] }];
  'trace/summary': [{ traceId: string; fileId?: number }, TraceSummary | null];
  /** What became of a trace that is not stored any more; null if it was not dropped, or long ago. */
  'trace/dropped': [{ traceId: string }, TraceDrop | null];
  'services/list': [{ attribution: Attribution }, { services: ServiceStatistics[] }];
  'shapes/list': [{ attribution: Attribution }, { generation: number; shapes: SpanShape[] }];
  /** What the stored traces say of the code that made them, the gravest first. */
  'findings/list': [{ sensitive?: SensitiveSettings }, { findings: LocatableFinding[] }];
  /**
   * The evidence behind it. Its generation grows when the evidence changes: to who knows it already (`known`) nothing is
   * sent. Ask again after `store/changed`, and at `changesAt` (milliseconds since 1970): what is missing may be given up for lost then.
   */
  'evidence/get': [
    { known?: number; sensitive?: SensitiveSettings },
    { generation: number; evidence?: Evidence; changesAt?: number },
  ];
  'metrics/list': [Record<string, never>, { series: MetricSeries[] }];
  /**
   * `config`: a configuration as parsed from YAML, see `query/sampling/readSampler.ts`. A bad one is an error with code `badFile`; where
   * several pipelines sample and none was named, with `data: {pipelines}`.
   */
  'sampling/preview': [{ config: unknown; pipeline?: string }, SamplingPreview];
  /**
   * Asks another engine. What it found is not stored. Errors: `badQuery`, also for what this backend's search cannot express, and
   * `backendFailed`. Without times, the last 24 hours are searched.
   */
  'backend/search': [
    {
      backend: BackendTarget;
      query: string;
      limit: number;
      spansPerTrace: number;
      startUnixNano?: string | undefined;
      endUnixNano?: string | undefined;
    },
    { traces: QueriedTrace[] },
  ];
  /**
   * Fetches a trace to be looked at by the requests for one trace (`trace/…`, `span/…`, `view/…`); it is in no list. `null`: the backend has
   * no such trace. Warnings tell what is missing of it.
   */
  'backend/fetch': [{ backend: BackendTarget; traceId: string }, { warnings: string[] } | null];
  /** Names that a query may use there, or the values of one. */
  /** Names, or values of one, as TraceQL writes them. */
  'backend/complete': [{ backend: BackendTarget; name?: string | undefined }, { values: string[] }];
  /** Reads a file to be looked at by this client: its traces are in no list, no count and no journal. A bad one is an error with code `badFile`. */
  'file/open': [{ path: string; data: Uint8Array }, OpenedFile];
  'file/close': [{ fileId: number }, Record<string, never>];
  /** The newest traces of the file that contain these words, as in `TraceFilter`, and how many there are in all. */
  'file/traces': [{ fileId: number; text: string; limit: number }, { total: number; traces: TraceSummary[] }];
  'store/clear': [Record<string, never>, Record<string, never>];
  /**
   * From a newer engine that takes this one's place, and holds the start lock: whether this one stops now. It has when the
   * connection ends. One that was started by hand does not.
   */
  'engine/handOver': [Record<string, never>, { stopping: boolean }];
  /** Opens a receiver while the engine runs; one that is open stays as it is. A taken port is an error with code `portTaken` and `data: {port, holder?}`. */
  'receiver/open': [{ receiver: ReceiverName; port: number }, { address: string }];
  'receiver/close': [{ receiver: ReceiverName }, Record<string, never>];
  /** Forwards from now on, there alone; an error with code `forwardRefused` if that cannot be. */
  'forward/start': [ForwardRequest, ForwardStatus];
  'forward/stop': [Record<string, never>, ForwardStatus];
  'span/details': [{ traceId: string; spanId: string; fileId?: number }, SpanDetails | null];
}

/** What both ends say of themselves when they meet. */
export interface Introduction {
  /** If it is another one than one's own, nothing but `engine/handOver` is asked and answered. */
  protocolVersion: number;
  /** Version of the product. */
  version: string;
  pid: number;
}

/**
 * The first two requests on a connection, in this order; any other message before them closes it. Nonces are 32 random
 * bytes in hex; a proof is HMAC-SHA256 in hex, keyed with the token, over the prover's role (`engine` or `client`),
 * the client's nonce and the engine's nonce, joined with colons.
 */
export interface HandshakeRequests {
  hello: [Introduction & { nonce: string }, Introduction & { nonce: string; proof: string }];
  prove: [{ proof: string }, Record<string, never>];
}

/** Notification name → parameters. Sent by the engine to every client, at most four times a second each. */
export interface ControlNotifications {
  'store/changed': { generation: number; spansStored: number; tracesStored: number };
  'view/changed': { viewId: number; head: ViewHead };
}

/** Error codes of the control protocol beyond those of JSON-RPC. */
export const controlErrors = {
  badQuery: -31001,
  noSuchView: -31002,
  badFile: -31003,
  pinRefused: -31004,
  /** The two ends are of versions that do not understand each other. */
  wrongVersion: -31005,
  /** A request before the handshake, or a proof that is wrong; the connection is closed. */
  refused: -31006,
  forwardRefused: -31007,
  /** A backend did not give what it was asked for; `data: {kind}`. */
  backendFailed: -31008,
  /** The file was closed, or made room for others: open it again. */
  noSuchFile: -31009,
  portTaken: -31010,
} as const;
