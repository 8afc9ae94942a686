import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import type { Dispatcher } from 'undici';
import type { BackendTarget } from '../../model/backend.ts';
import { BackendError } from './backendError.ts';
import { type ConnectionLimits, openDispatcher, orAborted, reasonOf, retryAfterMs } from './connection.ts';
import { endpointOf } from './endpoint.ts';

/** Bounds of what a backend may take of time and memory. */
export interface BackendLimits extends ConnectionLimits {
  /** Of an answer, packed and unpacked. */
  readonly answerBytes: number;
  /** Requests made for one answer. */
  readonly attempts: number;
  /** Before the second attempt; doubled before each further one. */
  readonly backOffMs: number;
}

const usual: BackendLimits = {
  connectMs: 5_000,
  answerMs: 30_000,
  answerBytes: 64 << 20,
  attempts: 3,
  backOffMs: 250,
};
/** A server that asks for a longer pause is not waited for. */
const longestPauseMs = 5_000;
const mostRedirects = 3;
const retried: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
const unpackers: {
  readonly [encoding: string]: (
    packed: Uint8Array,
    options: { maxOutputLength: number },
  ) => Promise<Uint8Array>;
} = {
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

export interface BackendAnswer {
  /** 2xx, or 404: what that means depends on what was asked. */
  readonly status: number;
  /** Lower case, without parameters. */
  readonly contentType: string;
  readonly body: Uint8Array;
}

export type QueryParameters = readonly (readonly [name: string, value: string])[];

interface Attempt {
  readonly answer?: BackendAnswer;
  readonly error?: BackendError;
  readonly again: boolean;
  readonly pauseMs?: number | undefined;
}

/** GET requests to one backend: bounded in time and bytes, tried again where that may help, never sent to another origin. */
export class BackendClient {
  readonly endpoint: URL;
  readonly #target: BackendTarget;
  readonly #limits: BackendLimits;
  #dispatcher: Promise<Dispatcher> | undefined;

  /** Throws a `BackendError` if the target cannot be used. */
  constructor(target: BackendTarget, limits: Partial<BackendLimits> = {}) {
    this.endpoint = endpointOf(target);
    this.#target = target;
    this.#limits = { ...usual, ...limits };
  }

  /** Throws a `BackendError`, or the reason of the abort. */
  async get(
    path: string,
    {
      query = [],
      accept = 'application/json',
      signal,
    }: { query?: QueryParameters; accept?: string; signal: AbortSignal },
  ): Promise<BackendAnswer> {
    const search = new URLSearchParams(
      query.map(([name, value]): [string, string] => [name, value]),
    ).toString();
    const full = `${this.endpoint.pathname === '/' ? '' : this.endpoint.pathname}${path}${search === '' ? '' : `?${search}`}`;
    for (let attempt = 1; ; attempt++) {
      const { answer, error, again, pauseMs } = await this.#follow(full, accept, signal);
      if (answer !== undefined) return answer;
      const backOff = this.#limits.backOffMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
      const pause = Math.max(backOff, pauseMs ?? 0);
      if (!again || attempt >= this.#limits.attempts || pause > longestPauseMs) throw error;
      await sleep(pause, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }

  async close(): Promise<void> {
    // One that could not be opened has nothing to close.
    const dispatcher = await this.#dispatcher?.catch(() => undefined);
    await dispatcher?.destroy();
  }

  async #follow(first: string, accept: string, signal: AbortSignal): Promise<Attempt> {
    let path = first;
    for (let redirects = 0; ; redirects++) {
      const { location, ...attempt } = await this.#request(path, accept, signal);
      if (location === undefined) return attempt;
      const to = URL.canParse(location, this.endpoint.origin)
        ? new URL(location, `${this.endpoint.origin}${path}`)
        : undefined;
      if (to?.origin !== this.endpoint.origin || redirects === mostRedirects)
        return {
          error: new BackendError(
            'redirected',
            `${this.endpoint.host} redirects to ${to?.origin ?? 'nowhere'}, which was not asked: is there a login page, or has it moved?`,
          ),
          again: false,
        };
      path = `${to.pathname}${to.search}`;
    }
  }

  async #request(
    path: string,
    accept: string,
    signal: AbortSignal,
  ): Promise<Attempt & { location?: string }> {
    signal.throwIfAborted();
    const deadline = AbortSignal.timeout(this.#limits.answerMs);
    const { host, origin } = this.endpoint;
    try {
      this.#dispatcher ??= openDispatcher(this.endpoint, this.#target, this.#limits);
      const aborted = AbortSignal.any([signal, deadline]);
      const dispatcher = await this.#dispatcher;
      const asking = dispatcher.request({
        origin,
        path,
        method: 'GET',
        headers: { ...this.#target.headers, accept, 'accept-encoding': Object.keys(unpackers).join(', ') },
        signal: aborted,
      });
      const { statusCode: status, headers, body: content } = await orAborted(asking, aborted);
      const packed = await this.#read(content);
      const { location } = headers;
      if (status >= 300 && status < 400 && typeof location === 'string') return { location, again: false };
      const body = await this.#unpack(packed, String(headers['content-encoding'] ?? ''));
      const contentType = String(headers['content-type'] ?? '')
        .split(';', 1)[0]
        .trim()
        .toLowerCase();
      const answer = { status, contentType, body };
      if ((status >= 200 && status < 300) || status === 404) return { answer, again: false };
      const pauseMs = retryAfterMs(headers['retry-after']);
      return { error: refusal(host, answer), again: retried.has(status), pauseMs };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof BackendError) return { error, again: false };
      if (deadline.aborted) {
        const seconds = this.#limits.answerMs / 1000;
        return {
          error: new BackendError('timedOut', `${host} did not answer within ${seconds} s`),
          again: false,
        };
      }
      return {
        error: new BackendError('unreachable', `${host} cannot be read from: ${reasonOf(error)}`),
        again: true,
      };
    }
  }

  async #read(body: Dispatcher.ResponseData['body']): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > this.#limits.answerBytes) throw this.#tooLarge();
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, bytes);
  }

  async #unpack(packed: Uint8Array, encoding: string): Promise<Uint8Array> {
    if (encoding === '' || encoding === 'identity') return packed;
    const unpack = unpackers[encoding];
    const { host } = this.endpoint;
    if (unpack === undefined)
      throw new BackendError(
        'unreadable',
        `${host} answers in the encoding ${encoding.slice(0, 40)}, which was not asked for`,
      );
    try {
      return await unpack(packed, { maxOutputLength: this.#limits.answerBytes });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw this.#tooLarge();
      throw new BackendError(
        'unreadable',
        `the answer of ${host} cannot be unpacked: ${(error as Error).message}`,
      );
    }
  }

  #tooLarge(): BackendError {
    const megabytes = Math.max(1, Math.round(this.#limits.answerBytes / 2 ** 20));
    return new BackendError(
      'tooLarge',
      `${this.endpoint.host} answers with more than ${megabytes} MiB; ask for less`,
    );
  }
}

function refusal(host: string, { status, contentType, body }: BackendAnswer): BackendError {
  const said = contentType === 'text/html' ? '' : sayingOf(body);
  const answer = `${host} answers ${status}${said === '' ? '' : `: ${said}`}`;
  if (status === 401 || status === 403)
    return new BackendError('unauthorized', `${answer}; the token is missing, wrong, or may not do this`);
  if (status === 429) return new BackendError('rateLimited', `${answer}; try again later`);
  return new BackendError(status >= 500 ? 'failed' : 'refused', answer);
}

/** The first line of what a server says, in JSON or in plain text. */
function sayingOf(body: Uint8Array): string {
  const text = new TextDecoder().decode(body.subarray(0, 2000)).trim();
  const message = /"(?:message|msg)"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? text;
  // Control characters could drive a terminal.
  return message
    .split('\n', 1)[0]
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
    .slice(0, 300);
}
