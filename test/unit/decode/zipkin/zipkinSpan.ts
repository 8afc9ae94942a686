/** A span of Zipkin's second model (https://zipkin.io/zipkin-api/) as an object, whatever it is sent in. */
export interface ZipkinSpan {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16. */
  readonly id: string;
  /** 16; '' for a root. */
  readonly parentId: string;
  readonly name: string;
  /** As in OTLP; 1 (internal) if the span tells none. */
  readonly kind: 1 | 2 | 3 | 4 | 5;
  /** Nanoseconds since 1970; undefined if the sender left it to others. */
  readonly start: bigint | undefined;
  /** Nanoseconds. */
  readonly duration: bigint | undefined;
  readonly local: ZipkinEndpoint;
  readonly remote: ZipkinEndpoint;
  readonly annotations: readonly ZipkinAnnotation[];
  readonly tags: readonly (readonly [key: string, value: string])[];
  /** The client's span has the same id. */
  readonly shared: boolean;
}

export interface ZipkinEndpoint {
  readonly serviceName: string;
  /** In text: `10.0.0.1`, `::1`; '' if unknown. */
  readonly ip: string;
  /** 0 if unknown. */
  readonly port: number;
}

export interface ZipkinAnnotation {
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  readonly value: string;
}

export const noEndpoint: ZipkinEndpoint = { serviceName: '', ip: '', port: 0 };
