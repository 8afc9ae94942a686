import type { IncomingMessage, ServerResponse } from 'node:http';
import { exportResponse, type StatusCode, statusCodes, statusMessage } from './answers.ts';
import {
  allowOrigin,
  type HttpAnswer,
  preflight,
  type RequestTarget,
  refusedSender,
  targetOf,
  textAnswer,
  writeAnswer,
  writeEarlyAnswer,
} from './httpExchange.ts';
import { type Delivery, type OtlpIntake, retryAfterSeconds } from './otlpIntake.ts';
import type { Encoding, Signal } from './signal.ts';
import { acceptedPackings, type Packing, packingOf } from './unpack.ts';

export const otlpPaths: ReadonlyMap<string, Signal> = new Map<string, Signal>([
  ['/v1/traces', 'traces'],
  ['/v1/logs', 'logs'],
  ['/v1/metrics', 'metrics'],
]);

const contentTypes: { readonly [encoding in Encoding]: string } = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** A request whose head is acceptable. */
interface ExportRequest {
  signal: Signal;
  encoding: Encoding;
  packing: Packing;
}

/** Answers OTLP/HTTP requests, as the OTLP specification 1.11 ("OTLP/HTTP") and the collector's receiver do. */
export class OtlpHttp {
  readonly #intake: OtlpIntake;
  readonly #paths: ReadonlyMap<string, Signal>;

  /** @param paths empty for a port that takes gRPC only */
  constructor(intake: OtlpIntake, paths: ReadonlyMap<string, Signal> = otlpPaths) {
    this.#intake = intake;
    this.#paths = paths;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#intake.requests++;
    const target = targetOf(request, this.#paths);
    const refusal = this.#refusalOf(request, target);
    if (refusal === undefined) allowOrigin(request, response);
    const early = refusal ?? preflight(request, 'POST, OPTIONS') ?? this.#judge(request, target);
    if ('status' in early) return this.#answerEarly(request, response, early);

    const { signal, encoding, packing } = early;
    const announced = Number(request.headers['content-length'] ?? 0);
    const delivery = await this.#intake.receive(signal, encoding, request, {
      announcedBytes: () => announced,
      isPacked: packing !== 'identity',
      unframe: bytes => ({ bytes, packing }),
    });
    if (delivery === undefined) return;
    const answer = answerTo(delivery, signal, encoding);
    if (delivery.kind === 'accepted' && delivery.rejected > 0) {
      this.#intake.refused('partial success', delivery.message, delivery.rejected);
    }
    if (!request.complete) return this.#answerEarly(request, response, answer);
    if (answer.reason !== undefined) this.#intake.refused(`HTTP ${answer.status}`, answer.reason);
    writeAnswer(response, answer);
  }

  #refusalOf(request: IncomingMessage, target: RequestTarget): HttpAnswer | undefined {
    const refused = refusedSender(request, target, this.#intake.policy);
    if (refused?.status !== 403) return refused && textAnswer(refused.status, refused.reason);
    return statusAnswer(403, statusCodes.permissionDenied, refused.reason, encodingOf(request));
  }

  #judge(request: IncomingMessage, { path }: RequestTarget): HttpAnswer | ExportRequest {
    const signal = this.#paths.get(path);
    if (signal === undefined) {
      const known = [...this.#paths.keys()].join(', ');
      return textAnswer(
        404,
        known === '' ? 'this port takes gRPC only' : `no OTLP receiver at ${path}: send to ${known}`,
      );
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

  #answerEarly(request: IncomingMessage, response: ServerResponse, answer: HttpAnswer): void {
    if (answer.reason !== undefined) this.#intake.refused(`HTTP ${answer.status}`, answer.reason);
    writeEarlyAnswer(request, response, answer, this.#intake.limits.bodyBytes);
  }
}

function answerTo(delivery: Delivery, signal: Signal, encoding: Encoding): HttpAnswer {
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

function busyAnswer(afterSeconds: number, encoding: Encoding): HttpAnswer {
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
): HttpAnswer {
  if (encoding === undefined) return textAnswer(status, reason);
  return { status, contentType: contentTypes[encoding], body: statusMessage(encoding, code, reason), reason };
}

/** Type names are case-insensitive and may carry parameters (`application/json; charset=utf-8`). */
function encodingOf({ headers }: IncomingMessage): Encoding | undefined {
  const type = headers['content-type']?.split(';', 1)[0].trim().toLowerCase();
  if (type === contentTypes.protobuf) return 'protobuf';
  return type === contentTypes.json ? 'json' : undefined;
}
