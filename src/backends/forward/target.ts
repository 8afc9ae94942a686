import type { ConnectionLimits } from '../http/connection.ts';

/** What is sent on; each signal has its own path and service. */
export type ForwardedSignal = 'traces' | 'logs' | 'metrics';

/** What became of one request. */
export type ForwardAnswer =
  /** Taken, except `rejected` items. They must not be sent again. */
  | { readonly kind: 'accepted'; readonly rejected: number; readonly message: string }
  /** To be sent again: after `afterMs`, if the target says so. */
  | { readonly kind: 'retry'; readonly reason: string; readonly afterMs?: number | undefined }
  /** Too large to be taken at once. */
  | { readonly kind: 'tooLarge'; readonly reason: string }
  /** Not taken and not to be sent again. */
  | { readonly kind: 'refused'; readonly reason: string };

/** An OTLP endpoint. */
export interface ForwardTarget {
  /**
   * Sends one `ExportXServiceRequest` in protobuf. Never rejects: what goes wrong on the way is an answer as well. Takes no longer than
   * its limits say, whatever the target does.
   * @param abort ends it at once
   */
  send(signal: ForwardedSignal, body: Uint8Array, abort: AbortSignal): Promise<ForwardAnswer>;
  close(): Promise<void>;
}

/** A target that has not answered by then will be asked again. The default of OTLP exporters. */
export const targetLimits: ConnectionLimits = { connectMs: 5_000, answerMs: 10_000 };
/** Of an answer no more than this is read. */
export const mostAnswerBytes = 64 * 1024;

/** Ends a request that takes too long. */
export function deadline({ answerMs }: ConnectionLimits): AbortSignal {
  const late = new AbortController();
  const reason = new Error(`no answer within ${answerMs / 1000} s`);
  setTimeout(() => late.abort(reason), answerMs).unref();
  return late.signal;
}
