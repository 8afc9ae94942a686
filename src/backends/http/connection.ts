import { rootCertificates } from 'node:tls';
import type { Dispatcher } from 'undici';
import { loadUndici } from '../undici.ts';
import { proxyFor } from './proxy.ts';

/** Whom a client trusts. */
export interface Trust {
  /** Certificates to trust beyond the well-known ones, in PEM. */
  readonly ca?: string | undefined;
  /** Do not verify the certificate of the other end. */
  readonly insecure?: boolean | undefined;
}

export function tlsOptions({ ca, insecure }: Trust) {
  return {
    ...(ca !== undefined && { ca: [...rootCertificates, ca] }),
    rejectUnauthorized: insecure !== true,
  };
}

export interface ConnectionLimits {
  readonly connectMs: number;
  /** For an answer, from the first attempt to connect to the last byte. */
  readonly answerMs: number;
}

/**
 * Connections to one origin, through the proxy that is given, else through that of the environment. A request that is aborted may go on
 * here, where undici's signals do not reach: await it with `orAborted`.
 */
export async function openDispatcher(
  url: URL,
  { proxy, ...trust }: Trust & { readonly proxy?: string | undefined },
  { connectMs, answerMs }: ConnectionLimits,
): Promise<Dispatcher> {
  const { Agent, Pool, ProxyAgent } = await loadUndici();
  const tls = { ...tlsOptions(trust), timeout: connectMs };
  const limits = { headersTimeout: answerMs, bodyTimeout: answerMs, pipelining: 1 };
  const uri = proxy ?? proxyFor(url, process.env)?.href;
  if (uri === undefined) return new Agent({ ...limits, connect: tls });
  return new ProxyAgent({
    ...limits,
    uri,
    requestTls: tls,
    proxyTls: tls,
    // Or a proxy that is mute keeps its connection for five minutes.
    clientFactory: (origin, options) => new Pool(origin, { ...options, headersTimeout: answerMs }),
  });
}

/** The outcome of a promise, or the reason of the abort if that comes first. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** What went wrong on the way, in words; of several attempts to connect the first. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return error.message === '' ? (code ?? error.name) : error.message;
}

/** What `Retry-After` says, in milliseconds: seconds, or a date (RFC 9110, 10.2.3). */
export function retryAfterMs(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string') return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
