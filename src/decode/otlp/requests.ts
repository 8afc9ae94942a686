import type { SpanBatch } from '../../model/spanBatch.ts';

export type Encoding = 'protobuf' | 'json';

/** A request in protobuf, whatever it came in. */
export interface NormalizedRequest {
  readonly body: Uint8Array;
  /** Items left out because they cannot be represented, with the first reason. */
  readonly rejected: number;
  readonly reason: string;
}

/** The encoding a body really has: senders mix up their content types. Only a body that starts with `{` is JSON. */
export declare function sniffEncoding(body: Uint8Array, declared: Encoding): Encoding;

/** `ExportTraceServiceRequest` → columns. Throws a `DecodeError` if the body as a whole is malformed. */
export declare function decodeTraces(body: Uint8Array, declared: Encoding, batch: SpanBatch): void;
/** `ExportLogsServiceRequest` → protobuf for `TraceStore.appendLogs`. Throws a `DecodeError`. */
export declare function normalizeLogs(body: Uint8Array, declared: Encoding): NormalizedRequest;
/** `ExportMetricsServiceRequest` → protobuf for `TraceStore.appendMetrics`. Throws a `DecodeError`. */
export declare function normalizeMetrics(body: Uint8Array, declared: Encoding): NormalizedRequest;
