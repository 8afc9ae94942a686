import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { loadUndici } from '../undici.ts';
import { readPartialSuccess, readStatus } from './answers.ts';
import type { ForwardPlan } from './options.ts';
import {
  type ForwardAnswer,
  type ForwardedSignal,
  type ForwardTarget,
  mostAnswerBytes,
  requestTimeoutMs,
} from './target.ts';

const packed = promisify<Uint8Array, Buffer>(gzip);
const connectTimeoutMs = 5_000;

/** Statuses after which a request may be sent again (OTLP specification, "Retryable Response Codes"). */
const retryable: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** OTLP/HTTP with protobuf, through the proxy of `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` if there is one. */
export class HttpTarget implements ForwardTarget {
  readonly #plan: ForwardPlan;
  #dispatcher: Promise<Dispatcher> | undefined;

  constructor(plan: ForwardPlan) {
    this.#plan = plan;
  }

  async send(signal: ForwardedSignal, body: Uint8Array, abort: AbortSignal): Promise<ForwardAnswer> {
    const { url, compression, headers } = this.#plan;
    try {
      this.#dispatcher ??= openDispatcher(this.#plan);
      const dispatcher = await this.#dispatcher;
      const isPacked = compression === 'gzip';
      const response = await dispatcher.request({
        origin: url.origin,
        path: `${url.pathname === '/' ? '' : url.pathname}/v1/${signal}`,
        method: 'POST',
        headers: {
          ...headers,
          'content-type': 'application/x-protobuf',
          ...(isPacked && { 'content-encoding': 'gzip' }),
        },
        body: isPacked ? await packed(body) : body,
        signal: AbortSignal.any([abort, AbortSignal.timeout(requestTimeoutMs)]),
      });
      const content = await readAnswer(response.body);
      return answerOf(response, content);
    } catch (error) {
      return { kind: 'retry', reason: reasonOf(error) };
    }
  }

  async close(): Promise<void> {
    const dispatcher = await this.#dispatcher;
    await dispatcher?.destroy();
  }
}

async function openDispatcher({ ca, insecure }: ForwardPlan): Promise<Dispatcher> {
  const { EnvHttpProxyAgent } = await loadUndici();
  const tls = { ...(ca !== undefined && { ca }), rejectUnauthorized: !insecure };
  return new EnvHttpProxyAgent({
    connect: { ...tls, timeout: connectTimeoutMs },
    requestTls: tls,
    headersTimeout: requestTimeoutMs,
    bodyTimeout: requestTimeoutMs,
    maxResponseSize: mostAnswerBytes,
    pipelining: 1,
  });
}

async function readAnswer(body: Dispatcher.ResponseData['body']): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function answerOf({ statusCode, headers }: Dispatcher.ResponseData, content: Uint8Array): ForwardAnswer {
  const isProtobuf = String(headers['content-type'] ?? '').includes('protobuf');
  if (statusCode >= 200 && statusCode < 300)
    return { kind: 'accepted', ...(isProtobuf ? readPartialSuccess(content) : { rejected: 0, message: '' }) };
  const message = isProtobuf ? readStatus(content).message : textOf(content);
  const reason = `HTTP ${statusCode}${message === '' ? '' : `: ${message}`}`;
  if (statusCode === 413) return { kind: 'tooLarge', reason };
  if (!retryable.has(statusCode)) return { kind: 'refused', reason };
  const afterMs = retryAfter(headers['retry-after']);
  return { kind: 'retry', reason, ...(afterMs !== undefined && { afterMs }) };
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
function retryAfter(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string') return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/** The first line of an answer that is meant for people. */
function textOf(content: Uint8Array): string {
  const [line] = new TextDecoder().decode(content.subarray(0, 500)).trim().split('\n', 1);
  return line.startsWith('<') ? '' : line;
}

/** What went wrong on the way, in words; of several attempts to connect the first. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${requestTimeoutMs / 1000} s`;
  return error.message === '' && 'code' in error ? String(error.code) : error.message;
}
