import { type HttpAnswer, textAnswer } from './httpExchange.ts';
import { type HttpRequest, type HttpService, startHttpReceiver } from './httpReceiver.ts';
import type { Receiver, ReceiverOptions } from './receiver.ts';
import type { Outcome } from './signal.ts';

/** How Jaeger's clients write spans: a `Batch` in Thrift, a datagram to an agent, or a `PostSpansRequest`. */
export type JaegerForm = 'batch' | 'datagram' | 'protobuf';

/** Where the spans of Jaeger's clients go. */
export interface JaegerSink {
  /** @param body it may be kept */
  receive(form: JaegerForm, body: Uint8Array): Outcome | Promise<Outcome>;
}

/** `POST /api/traces` of Jaeger's collector, on 14268. Throws a `PortTakenError`. */
export function startJaegerHttp({ sink, ...setup }: ReceiverOptions<JaegerSink>): Promise<Receiver> {
  return startHttpReceiver(setup, new JaegerCollector(sink, setup.onRefused));
}

/** Answers what clients ask before they sample: https://www.jaegertracing.io/docs/1.76/apis/#remote-sampling-configuration */
export function startJaegerSampling(setup: Omit<ReceiverOptions<JaegerSink>, 'sink'>): Promise<Receiver> {
  return startHttpReceiver(setup, samplingService);
}

const thriftTypes: ReadonlySet<string> = new Set([
  'application/x-thrift',
  'application/vnd.apache.thrift.binary',
]);

class JaegerCollector implements HttpService {
  readonly methods = 'POST';
  readonly #sink: JaegerSink;
  readonly #onRefused: ReceiverOptions<JaegerSink>['onRefused'];

  constructor(sink: JaegerSink, onRefused: ReceiverOptions<JaegerSink>['onRefused']) {
    this.#sink = sink;
    this.#onRefused = refusal => onRefused(refusal);
  }

  async answer(request: HttpRequest): Promise<HttpAnswer> {
    const { method, path, contentType } = request;
    if (path !== '/api/traces') return textAnswer(404, `no Jaeger collector at ${path}: send to /api/traces`);
    if (method !== 'POST')
      return { ...textAnswer(405, '405 method not allowed, supported: [POST]'), headers: { allow: 'POST' } };
    if (!thriftTypes.has(contentType))
      return textAnswer(400, `unsupported content type, supported: ${[...thriftTypes].join(', ')}`);
    const outcome = await this.#sink.receive('batch', await request.body());
    switch (outcome.kind) {
      case 'malformed':
        return textAnswer(400, `unable to process the request body: ${outcome.message}`);
      case 'busy':
        return {
          ...textAnswer(503, 'busy, try again'),
          headers: { 'retry-after': String(outcome.retryAfterSeconds) },
        };
      case 'accepted':
        if (outcome.rejected > 0)
          this.#onRefused({ answer: 'partial success', reason: outcome.message, count: outcome.rejected });
        return { status: 202, contentType: 'text/plain; charset=utf-8', body: Buffer.alloc(0) };
    }
  }
}

/** Every trace is kept. Clients of different ages ask at `/`, `/sampling` and `/api/sampling`. */
const everything = Buffer.from(
  JSON.stringify({ strategyType: 'PROBABILISTIC', probabilisticSampling: { samplingRate: 1 } }),
);
const samplingPaths: ReadonlySet<string> = new Set(['/', '/sampling', '/api/sampling']);
const noLimits = Buffer.from('[]');

const samplingService: HttpService = {
  methods: 'GET',
  answer({ method, path }) {
    if (method !== 'GET')
      return { ...textAnswer(405, '405 method not allowed, supported: [GET]'), headers: { allow: 'GET' } };
    const json = (body: Uint8Array): HttpAnswer => ({ status: 200, contentType: 'application/json', body });
    if (samplingPaths.has(path)) return json(everything);
    if (path === '/baggageRestrictions' || path === '/api/baggageRestrictions') return json(noLimits);
    return textAnswer(404, `no Jaeger sampling strategies at ${path}: ask at /sampling?service=…`);
  },
};
