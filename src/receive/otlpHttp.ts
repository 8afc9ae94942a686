import type { IncomingMessage, ServerResponse } from 'node:http';
import { exportResponse, type StatusCode, statusCodes, statusMessage } from './answers.ts';
import { type Delivery, type OtlpIntake, retryAfterSeconds } from './otlpIntake.ts';
import { senderRefusal } from './senderPolicy.ts';
import type { Encoding, Signal } from './signal.ts';
import { acceptedPackings, type Packing, packingOf } from './unpack.ts';

const signalPaths = new Map<string, Signal>([
  ['/v1/traces', 'traces'],
  ['/v1/logs', 'logs'],
  ['/v1/metrics', 'metrics'],
]);

const contentTypes: { readonly [encoding in Encoding]: string } = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

interface Answer {
  status: number;
  contentType: string;
  body: Uint8Array;
  headers?: { [name: string]: string };
  /** Why the request was refused; absent if it was taken. */
  reason?: string;
}

/** A request whose head is acceptable. */
interface ExportRequest {
  signal: Signal;
  encoding: Encoding;
  packing: Packing;
}

/** Answers OTLP/HTTP requests, as the OTLP specification 1.11 ("OTLP/HTTP") and the collector's receiver do. */
export class OtlpHttp {
  readonly #intake: OtlpIntake;

  constructor(intake: OtlpIntake) {
    this.#intake = intake;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#intake.requests++;
    const target = targetOf(request);
    const refusal = this.#refusalOf(request, target);
    if (refusal === undefined) allowOrigin(request, response);
    const early = refusal ?? preflight(request) ?? this.#judge(request, target);
    if ('status' in early) return this.#answerEarly(request, response, early);

    const { signal, encoding, packing } = early;
    const announced = Number(request.headers['content-length'] ?? 0);
    const delivery = await this.#intake.receive(signal, encoding, request, {
      announcedBytes: () => announced,
      unframe: bytes => ({ bytes, packing }),
    });
    if (delivery === undefined) return;
    const answer = answerTo(delivery, signal, encoding);
    if (delivery.kind === 'accepted' && delivery.rejected > 0) {
      this.#intake.refused('partial success', delivery.message, delivery.rejected);
    }
    if (!request.complete) return this.#answerEarly(request, response, answer);
    if (answer.reason !== undefined) this.#intake.refused(`HTTP ${answer.status}`, answer.reason);
    writeHead(response, answer);
    // An empty body would go out as a second buffer of the head's write, which costs more than the rest of the answer.
    if (answer.body.length === 0) response.end();
    else response.end(answer.body);
  }

  #refusalOf(request: IncomingMessage, { hosts }: Target): Answer | undefined {
    if (countHeader(request, 'host') > 1) return textAnswer(400, 'more than one Host header');
    const { origin, 'sec-fetch-site': fetchSite } = request.headers;
    const reason = senderRefusal(this.#intake.policy, {
      hosts,
      origin,
      fetchSite: typeof fetchSite === 'string' ? fetchSite : undefined,
    });
    if (reason === undefined) return undefined;
    return statusAnswer(403, statusCodes.permissionDenied, reason, encodingOf(request));
  }

  #judge(request: IncomingMessage, { path }: Target): Answer | ExportRequest {
    const signal = signalPaths.get(path);
    if (signal === undefined) {
      return textAnswer(404, `no OTLP receiver at ${path}: send to ${[...signalPaths.keys()].join(', ')}`);
    }
    if (request.method !== 'POST') {
      return { ...textAnswer(405, '405 method not allowed, supported: [POST]'), headers: { allow: 'POST' } };
    }
    // Types that a page may send without asking (text/plain, forms) are among those refused here.
    const encoding = encodingOf(request);
    if (encoding === undefined) {
      return textAnswer(
        415,
        '415 unsupported media type, supported: [application/json, application/x-protobuf]',
      );
    }
    const packing = packingOf(request.headers['content-encoding']);
    if (packing === undefined) {
      const reason = `unsupported Content-Encoding, supported: ${acceptedPackings}`;
      return statusAnswer(400, statusCodes.invalidArgument, reason, encoding);
    }
    return this.#intake.stopping ? busyAnswer(retryAfterSeconds, encoding) : { signal, encoding, packing };
  }

  /**
   * Answers before the body has arrived. The sender shall see the answer, and not a reset connection, so what it still
   * sends is read, but no more than one more body.
   */
  #answerEarly(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
    if (answer.reason !== undefined) this.#intake.refused(`HTTP ${answer.status}`, answer.reason);
    writeHead(response, answer);
    response.write(answer.body);
    let left = this.#intake.limits.bodyBytes;
    request.on('data', (chunk: Uint8Array) => {
      left -= chunk.length;
      if (left < 0) request.socket.destroySoon();
    });
    request.on('end', () => response.end());
    request.resume();
  }
}

function answerTo(delivery: Delivery, signal: Signal, encoding: Encoding): Answer {
  switch (delivery.kind) {
    case 'accepted':
      return {
        status: 200,
        contentType: contentTypes[encoding],
        body: exportResponse(signal, encoding, delivery.rejected, delivery.message),
      };
    case 'malformed':
      return statusAnswer(400, statusCodes.invalidArgument, delivery.message, encoding);
    case 'tooLarge':
      return statusAnswer(413, statusCodes.resourceExhausted, delivery.message, encoding);
    case 'busy':
      return busyAnswer(delivery.retryAfterSeconds, encoding);
    case 'failed':
      return statusAnswer(500, statusCodes.internal, delivery.message, encoding);
  }
}

function busyAnswer(afterSeconds: number, encoding: Encoding): Answer {
  return {
    ...statusAnswer(503, statusCodes.unavailable, 'busy, try again', encoding),
    headers: { 'retry-after': String(afterSeconds) },
  };
}

/** `encoding` undefined: the request declares none that we could answer in. */
function statusAnswer(
  status: number,
  code: StatusCode,
  reason: string,
  encoding: Encoding | undefined,
): Answer {
  if (encoding === undefined) return textAnswer(status, reason);
  return { status, contentType: contentTypes[encoding], body: statusMessage(encoding, code, reason), reason };
}

function textAnswer(status: number, reason: string): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', body: Buffer.from(`${reason}\n`), reason };
}

function writeHead(response: ServerResponse, { status, contentType, body, headers }: Answer): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': body.length, ...headers });
}

interface Target {
  path: string;
  /** Every name by which the request addresses this machine. */
  hosts: string[];
}

/** Base URLs ending in a slash lead to `//v1/traces`; proxies send absolute-form URLs (RFC 9112, 3.2.2). */
function targetOf({ url = '/', headers: { host } }: IncomingMessage): Target {
  const hosts = host ? [host] : [];
  if (signalPaths.has(url)) return { path: url, hosts };
  const absolute = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(url);
  if (absolute) hosts.push(absolute[1]);
  const [path] = url.slice(absolute?.[0].length ?? 0).split(/[?#]/, 1);
  return { path: path.replace(/\/{2,}/g, '/').replace(/(.)\/$/, '$1') || '/', hosts };
}

/** Type names are case-insensitive and may carry parameters (`application/json; charset=utf-8`). */
function encodingOf({ headers }: IncomingMessage): Encoding | undefined {
  const type = headers['content-type']?.split(';', 1)[0].trim().toLowerCase();
  if (type === contentTypes.protobuf) return 'protobuf';
  return type === contentTypes.json ? 'json' : undefined;
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
function allowOrigin({ headers: { origin } }: IncomingMessage, response: ServerResponse): void {
  if (origin === undefined) return;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-allow-credentials', 'true');
  response.setHeader('vary', 'Origin, Access-Control-Request-Headers');
}

function preflight({ method, headers }: IncomingMessage): Answer | undefined {
  if (method !== 'OPTIONS' || headers.origin === undefined || !headers['access-control-request-method']) {
    return undefined;
  }
  return {
    status: 204,
    contentType: 'text/plain',
    body: Buffer.alloc(0),
    headers: {
      'access-control-allow-methods': 'POST, OPTIONS',
      'access-control-allow-headers': headers['access-control-request-headers'] ?? '',
      'access-control-max-age': '600',
      ...(headers['access-control-request-private-network'] && {
        'access-control-allow-private-network': 'true',
      }),
    },
  };
}
