import {
  type ClientHttp2Session,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type ConnectionLimits, orAborted, reasonOf } from '../http/connection.ts';
import { readPartialSuccess, readStatus } from './answers.ts';
import { openGrpcConnection } from './grpcConnection.ts';
import type { ForwardPlan } from './options.ts';
import {
  deadline,
  type ForwardAnswer,
  type ForwardedSignal,
  type ForwardTarget,
  mostAnswerBytes,
} from './target.ts';

const packed = promisify<Uint8Array, Buffer>(gzip);

const services: { readonly [signal in ForwardedSignal]: string } = {
  traces: 'trace.v1.TraceService',
  logs: 'logs.v1.LogsService',
  metrics: 'metrics.v1.MetricsService',
};

/** CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS (OTLP specification, "Failures"). */
const retryable: ReadonlySet<number> = new Set([1, 4, 10, 11, 14, 15]);
const resourceExhausted = 8;

/** OTLP/gRPC: unary calls over one HTTP/2 connection, opened again when it is lost. */
export class GrpcTarget implements ForwardTarget {
  readonly #plan: ForwardPlan;
  readonly #limits: ConnectionLimits;
  #session: Promise<ClientHttp2Session> | undefined;

  constructor(plan: ForwardPlan, limits: ConnectionLimits) {
    this.#plan = plan;
    this.#limits = limits;
  }

  async send(signal: ForwardedSignal, body: Uint8Array, abort: AbortSignal): Promise<ForwardAnswer> {
    const limited = AbortSignal.any([abort, deadline(this.#limits)]);
    const opening = (this.#session ??= this.#open());
    try {
      const isPacked = this.#plan.compression === 'gzip';
      const message = frame(isPacked ? await packed(body) : body, isPacked);
      const session = await orAborted(opening, limited);
      return await call(session, this.#headers(signal, isPacked), message, limited);
    } catch (error) {
      // It may be stuck: the next request gets a new connection.
      this.#forget(opening);
      opening.then(
        session => session.destroy(),
        () => {},
      );
      return { kind: 'retry', reason: reasonOf(limited.aborted ? limited.reason : error) };
    }
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.then(
      each => each.destroy(),
      () => {},
    );
  }

  #open(): Promise<ClientHttp2Session> {
    const opening = openGrpcConnection(this.#plan, this.#limits.connectMs);
    opening.then(
      // After GOAWAY the calls under way are still answered; new ones need a new connection.
      session => session.on('close', () => this.#forget(opening)).on('goaway', () => this.#forget(opening)),
      () => this.#forget(opening),
    );
    return opening;
  }

  #forget(opening: Promise<ClientHttp2Session>): void {
    if (this.#session === opening) this.#session = undefined;
  }

  #headers(signal: ForwardedSignal, isPacked: boolean): { [name: string]: string } {
    const { url, headers } = this.#plan;
    const prefix = url.pathname === '/' ? '' : url.pathname;
    return {
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
      ':method': 'POST',
      ':path': `${prefix}/opentelemetry.proto.collector.${services[signal]}/Export`,
      ':scheme': url.protocol.slice(0, -1),
      ':authority': url.host,
      'content-type': 'application/grpc',
      te: 'trailers',
      'grpc-timeout': `${this.#limits.answerMs}m`,
      ...(isPacked && { 'grpc-encoding': 'gzip' }),
    };
  }
}

/** One unary call. Rejects if the connection fails or the answer is none of gRPC. */
function call(
  session: ClientHttp2Session,
  headers: { [name: string]: string },
  message: Uint8Array,
  abort: AbortSignal,
): Promise<ForwardAnswer> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers, { signal: abort });
    const chunks: Uint8Array[] = [];
    let length = 0;
    let head: Head = {};
    let trailers: IncomingHttpHeaders = {};
    stream.on('response', each => (head = each));
    stream.on('trailers', each => (trailers = each));
    stream.on('data', (chunk: Uint8Array) => {
      length += chunk.length;
      if (length > mostAnswerBytes)
        stream.destroy(new Error(`an answer of more than ${mostAnswerBytes} bytes`));
      else chunks.push(chunk);
    });
    stream.on('error', reject);
    stream.on('end', () => {
      const answer = answerOf(head, trailers, Buffer.concat(chunks));
      if (answer instanceof Error) reject(answer);
      else resolve(answer);
    });
    stream.on('close', () => reject(new Error(closedBecause(stream.rstCode))));
    stream.end(message);
  });
}

function closedBecause(code: number | undefined): string {
  return code === undefined || code === constants.NGHTTP2_NO_ERROR
    ? 'the call was closed without an answer'
    : `the call was reset with HTTP/2 code ${code}`;
}

type Head = IncomingHttpHeaders & IncomingHttpStatusHeader;

function answerOf(head: Head, trailers: IncomingHttpHeaders, content: Uint8Array): ForwardAnswer | Error {
  const status = head[':status'];
  const code = trailers['grpc-status'] ?? head['grpc-status'];
  if (code === undefined) {
    const reason = `HTTP ${status} without grpc-status: is this a gRPC endpoint?`;
    return status === 429 || status === 502 || status === 503 || status === 504
      ? { kind: 'retry', reason }
      : status === 200
        ? new Error('the answer was cut off')
        : { kind: 'refused', reason };
  }
  if (code === '0') return { kind: 'accepted', ...readPartialSuccess(content.subarray(5)) };
  const details = trailers['grpc-status-details-bin'] ?? head['grpc-status-details-bin'];
  const { retryMs } = typeof details === 'string' ? readStatus(Buffer.from(details, 'base64')) : {};
  const message = decodeMessage(trailers['grpc-message'] ?? head['grpc-message']);
  const reason = `gRPC status ${String(code)}${message === '' ? '' : `: ${message}`}`;
  if (retryable.has(Number(code)) || (Number(code) === resourceExhausted && retryMs !== undefined))
    return { kind: 'retry', reason, afterMs: retryMs };
  return { kind: Number(code) === resourceExhausted ? 'tooLarge' : 'refused', reason };
}

function decodeMessage(header: string | string[] | undefined): string {
  if (typeof header !== 'string') return '';
  try {
    return decodeURIComponent(header).slice(0, 1_000);
  } catch {
    return header.slice(0, 1_000);
  }
}

/** Length-prefixed message: a flag, four bytes of length, the message. */
function frame(message: Uint8Array, isPacked: boolean): Uint8Array {
  const framed = Buffer.alloc(5 + message.length);
  framed[0] = isPacked ? 1 : 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, 5);
  return framed;
}
