/** Where to send on what is received: an OTLP endpoint. */
export interface ForwardRequest {
  /** Its base URL. */
  url: string;
  /** Default: gRPC for port 4317, else HTTP. */
  protocol?: 'http/protobuf' | 'grpc';
  /** Default: gzip. */
  compression?: 'gzip' | 'none';
  /** Mask sensitive values first; default true. */
  redact?: boolean;
  /** Sent with every request; their values are secrets. */
  headers?: { [name: string]: string };
  /** Certificates to trust beyond the system's, in PEM. */
  ca?: string;
  /** Do not verify the target's certificate. */
  insecure?: boolean;
}

/** How forwarding goes. Items are spans, log records and data points. */
export type ForwardStatus =
  | { state: 'off' }
  | {
      /** Nothing waits; a request is under way; the target could not take one, which will be sent again. */
      state: 'idle' | 'sending' | 'retrying';
      url: string;
      protocol: 'http/protobuf' | 'grpc';
      compression: 'gzip' | 'none';
      redact: boolean;
      queuedBytes: number;
      requests: number;
      retries: number;
      sentItems: number;
      /** Refused by the target. */
      rejectedItems: number;
      /** Given up: the queue was full, or the target away for too long. They are stored here all the same. */
      droppedItems: number;
      /** The target has asked to be left alone until then. */
      pausedUntilUnixNano?: string;
      lastError?: { timeUnixNano: string; reason: string };
    };
