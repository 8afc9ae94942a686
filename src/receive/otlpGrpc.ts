import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { exportResponse, type StatusCode, statusCodes } from './answers.ts';
import type { Delivery, OtlpIntake, PackedBody } from './otlpIntake.ts';
import { senderRefusal } from './senderPolicy.ts';
import type { Signal } from './signal.ts';
import { acceptedPackings, MalformedError, type Packing, packingOf, TooLargeError } from './unpack.ts';

/** Unary calls that carry telemetry. */
export interface GrpcMethods {
  /** By `/package.Service/Method`. */
  readonly signals: ReadonlyMap<string, Signal>;
  /** The message of the answer. */
  response(signal: Signal, rejected: number, message: string): Uint8Array;
}

const service = '/opentelemetry.proto.collector';
export const otlpMethods: GrpcMethods = {
  signals: new Map<string, Signal>([
    [`${service}.trace.v1.TraceService/Export`, 'traces'],
    [`${service}.logs.v1.LogsService/Export`, 'logs'],
    [`${service}.metrics.v1.MetricsService/Export`, 'metrics'],
  ]),
  response: (signal, rejected, message) => exportResponse(signal, 'protobuf', rejected, message),
};
const healthPath = '/grpc.health.v1.Health/Check';
/** grpc.health.v1.HealthCheckResponse with status SERVING. */
const serving = Uint8Array.of(0x08, 0x01);

/** A message is preceded by a byte that says whether it is packed, and by its length as four bytes. */
const prefixBytes = 5;
const contentType = { ':status': 200, 'content-type': 'application/grpc' };
const untilTrailers = { waitForTrailers: true };
const okTrailers = { 'grpc-status': '0' };
const emptyFrame = Buffer.alloc(prefixBytes);

interface ErrorAnswer {
  code: StatusCode;
  message: string;
  headers?: { [name: string]: string };
}

/**
 * Answers OTLP/gRPC requests (unary calls) on HTTP/2 streams. `grpc-timeout` needs no handling: a call is answered at
 * once or the client ends it itself.
 */
export class OtlpGrpc {
  readonly #intake: OtlpIntake;
  readonly #methods: GrpcMethods;
  /** The authority that was allowed last: calls of a channel all have the same. */
  #allowedAuthority: string | undefined;

  constructor(intake: OtlpIntake, methods: GrpcMethods = otlpMethods) {
    this.#intake = intake;
    this.#methods = methods;
  }

  async handle(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    this.#intake.requests++;
    // A stream fails when its sender goes away or breaks the protocol; both concern nobody else, and 'close' follows.
    stream.on('error', () => {});
    // As the only timer of a stream counts idle time, a sender of a byte a second needs one of our own.
    const overdue = setTimeout(
      () => stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM),
      this.#intake.limits.requestMs,
    );
    stream.on('close', () => clearTimeout(overdue));

    const status = httpRefusal(headers);
    if (status !== undefined) return this.#refuseHttp(stream, status, headers);
    const path = headers[':path'] ?? '';
    const signal = this.#methods.signals.get(path);
    const packing = packingOf(one(headers['grpc-encoding']));
    const early = this.#judge(headers, path, packing);
    if (early) return this.#refuse(stream, early);
    if (signal === undefined) return this.#answer(stream, serving);

    const announced = Number(headers['content-length'] ?? 0);
    const delivery = await this.#intake.receive(signal, 'protobuf', stream, {
      announcedBytes: arrived =>
        arrived.length < prefixBytes ? announced : prefixBytes + messageBytes(arrived),
      isPacked: packing !== undefined && packing !== 'identity',
      unframe: wire => unframe(wire, packing ?? 'identity', this.#intake.limits.bodyBytes),
    });
    if (delivery === undefined || stream.destroyed) return;
    if (delivery.kind !== 'accepted') return this.#refuse(stream, errorAnswer(delivery));
    if (delivery.rejected > 0) {
      this.#intake.refused('partial success', delivery.message, delivery.rejected);
    }
    this.#answer(stream, this.#methods.response(signal, delivery.rejected, delivery.message));
  }

  #judge(headers: IncomingHttpHeaders, path: string, packing: Packing | undefined): ErrorAnswer | undefined {
    const reason = this.#refusalOf(headers);
    if (reason !== undefined) return { code: statusCodes.permissionDenied, message: reason };
    if (!this.#methods.signals.has(path) && path !== healthPath) {
      return { code: statusCodes.unimplemented, message: `unknown method ${path}` };
    }
    if (packing === undefined) {
      return {
        code: statusCodes.unimplemented,
        message: `unsupported grpc-encoding ${headers['grpc-encoding']}`,
        headers: { 'grpc-accept-encoding': acceptedPackings },
      };
    }
    if (this.#intake.stopping) return { code: statusCodes.unavailable, message: 'stopping, try again' };
    return undefined;
  }

  #refusalOf(headers: IncomingHttpHeaders): string | undefined {
    const authority = headers[':authority'] ?? headers.host;
    const { origin } = headers;
    const fetchSite = one(headers['sec-fetch-site']);
    const isProgram = origin === undefined && fetchSite === undefined;
    if (isProgram && authority !== undefined && authority === this.#allowedAuthority) return undefined;
    const hosts = authority ? [authority] : [];
    const reason = senderRefusal(this.#intake.policy, { hosts, origin, fetchSite });
    if (reason === undefined) this.#allowedAuthority = authority;
    return reason;
  }

  #answer(stream: ServerHttp2Stream, message: Uint8Array): void {
    if (!stream.readableEnded) stream.resume();
    stream.respond(contentType, untilTrailers);
    stream.on('wantTrailers', () => stream.sendTrailers(okTrailers));
    stream.end(message.length === 0 ? emptyFrame : framed(message));
  }

  #refuse(stream: ServerHttp2Stream, { code, message, headers }: ErrorAnswer): void {
    this.#intake.refused(`gRPC ${code}`, message);
    this.#end(stream, {
      ...contentType,
      'grpc-status': String(code),
      'grpc-message': percentEncode(message),
      ...headers,
    });
  }

  #refuseHttp(stream: ServerHttp2Stream, status: number, headers: IncomingHttpHeaders): void {
    const got = `${headers[':method']} with content type ${headers['content-type'] ?? '(none)'}`;
    this.#intake.refused(`HTTP ${status}`, `${got} is not gRPC (over HTTP/2 only gRPC is served)`);
    this.#end(stream, { ':status': status });
  }

  /**
   * Answers with headers only. What is still sent is read, but no more than one more body: then the sender is told to
   * stop, which at once would overtake the answer (Node 22).
   */
  #end(stream: ServerHttp2Stream, headers: { [name: string]: string | number }): void {
    if (stream.destroyed) return;
    stream.respond(headers, { endStream: true });
    let left = this.#intake.limits.bodyBytes;
    stream.on('data', (chunk: Uint8Array) => {
      left -= chunk.length;
      if (left < 0) stream.close(constants.NGHTTP2_NO_ERROR);
    });
  }
}

/** The HTTP status for what is not gRPC at all. */
function httpRefusal(headers: IncomingHttpHeaders): number | undefined {
  if (headers[':method'] !== 'POST') return 405;
  const type = headers['content-type']?.split(';', 1)[0].trim().toLowerCase();
  return type === 'application/grpc' || type === 'application/grpc+proto' ? undefined : 415;
}

function errorAnswer(delivery: Exclude<Delivery, { kind: 'accepted' }>): ErrorAnswer {
  switch (delivery.kind) {
    case 'malformed':
      return { code: statusCodes.invalidArgument, message: delivery.message };
    // Without RetryInfo in its details this code is final for an OTLP sender.
    case 'tooLarge':
      return { code: statusCodes.resourceExhausted, message: delivery.message };
    case 'busy':
      return { code: statusCodes.unavailable, message: 'busy, try again' };
    case 'failed':
      return { code: statusCodes.internal, message: delivery.message };
  }
}

function messageBytes(wire: Uint8Array): number {
  return new DataView(wire.buffer, wire.byteOffset).getUint32(1);
}

function framed(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(prefixBytes + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, prefixBytes);
  return frame;
}

/** Takes the one message of a unary call out of its frame. */
function unframe(wire: Uint8Array, packing: Packing, limitBytes: number): PackedBody {
  if (wire.length < prefixBytes) throw new MalformedError('the call carries no message');
  const length = messageBytes(wire);
  if (length > limitBytes)
    throw new TooLargeError(`a message of ${length} bytes exceeds ${limitBytes} bytes`);
  if (wire.length !== prefixBytes + length) {
    throw new MalformedError(`a message of ${length} bytes is announced, ${wire.length - prefixBytes} came`);
  }
  const packed = wire[0];
  if (packed > 1 || (packed === 1 && packing === 'identity')) {
    throw new MalformedError(`the compressed flag is ${packed} with grpc-encoding ${packing}`);
  }
  return { bytes: wire.subarray(prefixBytes), packing: packed === 1 ? packing : 'identity' };
}

/** grpc-message: printable ASCII but `%` as it is, the rest as percent-encoded UTF-8. */
function percentEncode(message: string): string {
  return message.replace(/[^ -$&-~]+/g, text => {
    let encoded = '';
    for (const byte of Buffer.from(text)) encoded += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    return encoded;
  });
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
