import type { IncomingMessage, ServerResponse } from 'node:http';
import { type SenderPolicy, senderRefusal } from './senderPolicy.ts';

/** What a request over HTTP/1 is answered. */
export interface HttpAnswer {
  status: number;
  contentType: string;
  body: Uint8Array;
  headers?: { [name: string]: string };
  /** Why the request was refused; absent if it was taken. */
  reason?: string;
}

export interface RequestTarget {
  path: string;
  /** Every name by which the request addresses this machine. */
  hosts: string[];
}

export function textAnswer(status: number, reason: string): HttpAnswer {
  return { status, contentType: 'text/plain; charset=utf-8', body: Buffer.from(`${reason}\n`), reason };
}

/**
 * Base URLs ending in a slash lead to `//v1/traces`; proxies send absolute-form URLs (RFC 9112, 3.2.2).
 * @param known paths that need no second look
 */
export function targetOf(
  { url = '/', headers: { host } }: IncomingMessage,
  known: { has(path: string): boolean },
): RequestTarget {
  const hosts = host ? [host] : [];
  if (known.has(url)) return { path: url, hosts };
  const absolute = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(url);
  if (absolute) hosts.push(absolute[1]);
  const [path] = url.slice(absolute?.[0].length ?? 0).split(/[?#]/, 1);
  return { path: path.replace(/\/{2,}/g, '/').replace(/(.)\/$/, '$1') || '/', hosts };
}

/** Why the sender of a request is refused, with the status; undefined if it may send. To be asked before anything else. */
export function refusedSender(
  request: IncomingMessage,
  { hosts }: RequestTarget,
  policy: SenderPolicy,
): { status: 400 | 403; reason: string } | undefined {
  if (countHeader(request, 'host') > 1) return { status: 400, reason: 'more than one Host header' };
  const { origin, 'sec-fetch-site': fetchSite } = request.headers;
  const reason = senderRefusal(policy, {
    hosts,
    origin,
    fetchSite: typeof fetchSite === 'string' ? fetchSite : undefined,
  });
  return reason === undefined ? undefined : { status: 403, reason };
}

/** Node keeps the first Host header only; a second one is an attempt to be two hosts at once. */
function countHeader({ rawHeaders }: IncomingMessage, name: string): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i].length === name.length && rawHeaders[i].toLowerCase() === name) count++;
  }
  return count;
}

/**
 * Lets an allowed page read the answer, whatever it is. Older exporters send with credentials (sendBeacon), for which
 * the origin must be named.
 */
export function allowOrigin({ headers: { origin } }: IncomingMessage, response: ServerResponse): void {
  if (origin === undefined) return;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-allow-credentials', 'true');
  response.setHeader('vary', 'Origin, Access-Control-Request-Headers');
}

/** @param methods of which the page may make use, as the header lists them */
export function preflight({ method, headers }: IncomingMessage, methods: string): HttpAnswer | undefined {
  if (method !== 'OPTIONS' || headers.origin === undefined || !headers['access-control-request-method']) {
    return undefined;
  }
  return {
    status: 204,
    contentType: 'text/plain',
    body: Buffer.alloc(0),
    headers: {
      'access-control-allow-methods': methods,
      'access-control-allow-headers': headers['access-control-request-headers'] ?? '',
      'access-control-max-age': '600',
      ...(headers['access-control-request-private-network'] && {
        'access-control-allow-private-network': 'true',
      }),
    },
  };
}

export function writeAnswer(response: ServerResponse, answer: HttpAnswer): void {
  writeHead(response, answer);
  // An empty body would go out as a second buffer of the head's write, which costs more than the rest of the answer.
  if (answer.body.length === 0) response.end();
  else response.end(answer.body);
}

/**
 * Answers before the body has arrived. The sender shall see the answer, and not a reset connection, so what it still
 * sends is read, but no more than one more body.
 */
export function writeEarlyAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  answer: HttpAnswer,
  bodyBytes: number,
): void {
  writeHead(response, answer);
  response.write(answer.body);
  let left = bodyBytes;
  request.on('data', (chunk: Uint8Array) => {
    left -= chunk.length;
    if (left < 0) request.socket.destroySoon();
  });
  request.on('end', () => response.end());
  request.resume();
}

function writeHead(response: ServerResponse, { status, contentType, body, headers }: HttpAnswer): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': body.length, ...headers });
}
