import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Dispatcher } from 'undici';
import {
  type ConnectionLimits,
  openDispatcher,
  orAborted,
  reasonOf,
  retryAfterMs,
} from '../http/connection.ts';
import { readPartialSuccess, readStatus } from './answers.ts';
import type { ForwardPlan } from './options.ts';
import {
  deadline,
  type ForwardAnswer,
  type ForwardedSignal,
  type ForwardTarget,
  mostAnswerBytes,
} from './target.ts';

const packed = promisify<Uint8Array, Buffer>(gzip);

/** Statuses after which a request may be sent again (OTLP specification, "Retryable Response Codes"). */
const retryable: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** OTLP/HTTP with protobuf. */
export class HttpTarget implements ForwardTarget {
  readonly #plan: ForwardPlan;
  readonly #limits: ConnectionLimits;
  #dispatcher: Promise<Dispatcher> | undefined;

  constructor(plan: ForwardPlan, limits: ConnectionLimits) {
    this.#plan = plan;
    this.#limits = limits;
  }

  async send(signal: ForwardedSignal, body: Uint8Array, abort: AbortSignal): Promise<ForwardAnswer> {
    const limited = AbortSignal.any([abort, deadline(this.#limits)]);
    try {
      return await orAborted(this.#exchange(signal, body, limited), limited);
    } catch (error) {
      return { kind: 'retry', reason: reasonOf(limited.aborted ? limited.reason : error) };
    }
  }

  async close(): Promise<void> {
    // One that could not be opened has nothing to close.
    const dispatcher = await this.#dispatcher?.catch(() => undefined);
    await dispatcher?.destroy();
  }

  async #exchange(signal: ForwardedSignal, body: Uint8Array, abort: AbortSignal): Promise<ForwardAnswer> {
    const { url, compression, headers } = this.#plan;
    this.#dispatcher ??= openDispatcher(url, this.#plan, this.#limits);
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
      signal: abort,
    });
    return answerOf(response, await readAnswer(response.body));
  }
}

/** What is beyond the bound is not waited for. */
async function readAnswer(body: Dispatcher.ResponseData['body']): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= mostAnswerBytes) break;
  }
  return Buffer.concat(chunks);
}

function answerOf({ statusCode, headers }: Dispatcher.ResponseData, content: Uint8Array): ForwardAnswer {
  const contentType = String(headers['content-type'] ?? '');
  const isProtobuf = contentType.includes('protobuf');
  if (statusCode >= 200 && statusCode < 300) {
    // A login page, say.
    if (contentType.startsWith('text/html'))
      return { kind: 'refused', reason: `HTTP ${statusCode} with a web page: is this an OTLP endpoint?` };
    return { kind: 'accepted', ...(isProtobuf ? readPartialSuccess(content) : { rejected: 0, message: '' }) };
  }
  const message = isProtobuf ? readStatus(content).message : textOf(content);
  const reason = `HTTP ${statusCode}${message === '' ? '' : `: ${message}`}`;
  if (statusCode === 413) return { kind: 'tooLarge', reason };
  if (!retryable.has(statusCode)) return { kind: 'refused', reason };
  return { kind: 'retry', reason, afterMs: retryAfterMs(headers['retry-after']) };
}

/** The first line of an answer that is meant for people. */
function textOf(content: Uint8Array): string {
  const [line] = new TextDecoder().decode(content.subarray(0, 500)).trim().split('\n', 1);
  return line.startsWith('<') ? '' : line;
}
