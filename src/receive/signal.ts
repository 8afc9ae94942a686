/** What one OTLP request carries. */
export type Signal = 'traces' | 'logs' | 'metrics';

/** How an OTLP request body is written. */
export type Encoding = 'protobuf' | 'json';

/**
 * What became of a body:
 * - `accepted`: it was taken, except `rejected` items (OTLP partial success; `message` says why). `rejected` 0 with a
 *   message is a warning.
 * - `malformed`: it cannot be read at all (HTTP 400, gRPC 3). The sender must not retry.
 * - `busy`: it was not taken and may be sent again (HTTP 503 with Retry-After, gRPC 14).
 */
export type Outcome =
  | { kind: 'accepted'; rejected: number; message: string }
  | { kind: 'malformed'; message: string }
  | { kind: 'busy'; retryAfterSeconds: number };

/** Where received bodies go. */
export interface SignalSink {
  /**
   * @param encoding as the request declares it; senders sometimes declare one and send the other
   * @param body unpacked and contiguous; its memory is used again when the outcome is there, so who keeps some of it copies that.
   */
  receive(signal: Signal, encoding: Encoding, body: Uint8Array): Outcome | Promise<Outcome>;
}
