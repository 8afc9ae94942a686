import type { Resource, Scope, Span, TracesData } from '../../model/span.ts';

/** OTLP/JSON shapes → protobuf. Throws a `DecodeError` for what cannot be represented. */
export declare function writeSpan(span: Span): Uint8Array;
export declare function writeResource(resource: Resource): Uint8Array;
export declare function writeScope(scope: Scope): Uint8Array;
/** An `ExportTraceServiceRequest`. */
export declare function writeTraces(traces: TracesData): Uint8Array;
