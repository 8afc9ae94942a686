/** Spans of Jaeger as objects, whatever they are sent in: Thrift, protobuf, or the JSON of its pages and its older API. */
export interface JaegerBatch {
  readonly process: JaegerProcess;
  readonly spans: readonly JaegerSpan[];
}

export interface JaegerProcess {
  readonly serviceName: string;
  readonly tags: readonly JaegerTag[];
}

export interface JaegerSpan {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16. */
  readonly spanId: string;
  /** 16; all zeros or '' if the span does not name one. */
  readonly parentSpanId: string;
  readonly operationName: string;
  readonly references: readonly JaegerReference[];
  /** 1: sampled, 2: debug. */
  readonly flags: number;
  /** Nanoseconds since 1970. */
  readonly start: bigint;
  /** Nanoseconds. */
  readonly duration: bigint;
  readonly tags: readonly JaegerTag[];
  readonly logs: readonly JaegerLog[];
  readonly warnings: readonly string[];
}

export interface JaegerReference {
  readonly kind: 'child_of' | 'follows_from';
  readonly traceId: string;
  readonly spanId: string;
}

export interface JaegerLog {
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  readonly fields: readonly JaegerTag[];
}

/** `bigint` is an integer, `number` a double. */
export interface JaegerTag {
  readonly key: string;
  readonly value: string | boolean | bigint | number | Uint8Array;
}
