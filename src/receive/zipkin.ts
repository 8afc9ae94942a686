import { type HttpAnswer, textAnswer } from './httpExchange.ts';
import { type HttpRequest, type HttpService, startHttpReceiver } from './httpReceiver.ts';
import type { Receiver, ReceiverOptions } from './receiver.ts';
import type { Outcome } from './signal.ts';

export interface ZipkinBody {
  readonly encoding: 'json' | 'protobuf' | 'thrift';
  /** It may be kept. */
  readonly body: Uint8Array;
}

/** Where the spans of Zipkin's senders go. */
export interface ZipkinSink {
  receive(body: ZipkinBody): Outcome | Promise<Outcome>;
}

/** `POST /api/v2/spans` and `/api/v1/spans`, on 9411. Throws a `PortTakenError`. */
export function startZipkin({ sink, ...setup }: ReceiverOptions<ZipkinSink>): Promise<Receiver> {
  return startHttpReceiver(setup, new ZipkinCollector(sink, setup.onRefused));
}

const paths: ReadonlySet<string> = new Set(['/api/v2/spans', '/api/v1/spans']);

/** A type that is not here is JSON, as is none at all. */
const encodings: ReadonlyMap<string, ZipkinBody['encoding']> = new Map([
  ['application/json', 'json'],
  ['application/x-protobuf', 'protobuf'],
  ['application/protobuf', 'protobuf'],
  ['application/x-thrift', 'thrift'],
]);

/** Answers as Zipkin's server does (zipkin-server `ZipkinHttpCollector`), which tells models and encodings apart less kindly. */
class ZipkinCollector implements HttpService {
  readonly methods = 'POST';
  readonly #sink: ZipkinSink;
  readonly #onRefused: ReceiverOptions<ZipkinSink>['onRefused'];

  constructor(sink: ZipkinSink, onRefused: ReceiverOptions<ZipkinSink>['onRefused']) {
    this.#sink = sink;
    this.#onRefused = refusal => onRefused(refusal);
  }

  async answer(request: HttpRequest): Promise<HttpAnswer> {
    const { method, path, contentType } = request;
    if (path === '/health' && method === 'GET') return plain(200, '{"status":"UP"}');
    if (!paths.has(path)) return textAnswer(404, `no Zipkin collector at ${path}: send to /api/v2/spans`);
    if (method !== 'POST')
      return { ...textAnswer(405, '405 method not allowed, supported: [POST]'), headers: { allow: 'POST' } };
    const encoding = encodings.get(contentType);
    // Types that a page may send without asking, among them none at all.
    if (encoding === undefined && request.isFromPage) return textAnswer(415, 'unsupported media type');
    const body = await request.body();
    if (body.length === 0) return plain(202, '');
    const outcome = await this.#sink.receive({ encoding: encoding ?? 'json', body });
    switch (outcome.kind) {
      case 'malformed':
        return textAnswer(400, outcome.message);
      case 'busy':
        return {
          ...textAnswer(503, 'busy, try again'),
          headers: { 'retry-after': String(outcome.retryAfterSeconds) },
        };
      case 'accepted':
        if (outcome.rejected > 0)
          this.#onRefused({ answer: 'partial success', reason: outcome.message, count: outcome.rejected });
        return plain(202, '');
    }
  }
}

function plain(status: number, content: string): HttpAnswer {
  const contentType = content.startsWith('{') ? 'application/json' : 'text/plain; charset=utf-8';
  return { status, contentType, body: Buffer.from(content) };
}
