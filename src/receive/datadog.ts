import { type HttpAnswer, textAnswer } from './httpExchange.ts';
import { type HttpRequest, type HttpService, startHttpReceiver } from './httpReceiver.ts';
import type { Receiver, ReceiverOptions } from './receiver.ts';
import type { Outcome } from './signal.ts';

/** How a request writes its spans; v0.3 is v0.4. */
export type DatadogVersion = 'v0.4' | 'v0.5' | 'v0.7' | 'v1.0';

export interface DatadogBody {
  readonly version: DatadogVersion;
  readonly encoding: 'msgpack' | 'json';
  /** It holds until the outcome is there. */
  readonly body: Uint8Array;
  /** What the headers say of the tracer. */
  readonly tracer: { readonly language?: string; readonly version?: string; readonly containerId?: string };
}

/** Where the spans of tracers go. */
export interface DatadogSink {
  receive(body: DatadogBody): Outcome | Promise<Outcome>;
}

/** The trace API of the Datadog agent, on 8126. Throws a `PortTakenError`. */
export function startDatadog({ sink, ...setup }: ReceiverOptions<DatadogSink>): Promise<Receiver> {
  return startHttpReceiver(setup, new DatadogAgent(sink, setup.onRefused));
}

interface TracePath {
  readonly version: DatadogVersion;
  /** The first versions know no MessagePack, and none but `OK` for an answer. */
  readonly isJsonOnly?: boolean;
  readonly answersOk?: boolean;
  /** A list of spans instead of a list of chunks. */
  readonly isFlat?: boolean;
}

const tracePaths: ReadonlyMap<string, TracePath> = new Map([
  ['/v0.1/spans', { version: 'v0.4', isJsonOnly: true, answersOk: true, isFlat: true }],
  ['/v0.2/traces', { version: 'v0.4', isJsonOnly: true, answersOk: true }],
  ['/v0.3/traces', { version: 'v0.4', answersOk: true }],
  ['/v0.4/traces', { version: 'v0.4' }],
  ['/v0.5/traces', { version: 'v0.5' }],
  ['/v0.7/traces', { version: 'v0.7' }],
  ['/v1.0/traces', { version: 'v1.0' }],
]);

/** What tracers send beside traces, with what they are answered; it is read and forgotten. */
const forgotten: readonly { readonly path: RegExp; readonly status: number; readonly text: string }[] = [
  { path: /^\/v0\.6\/stats$/, status: 200, text: '' },
  { path: /^\/v0\.1\/pipeline_stats$/, status: 202, text: '' },
  { path: /^\/v0\.\d\/services$/, status: 200, text: 'OK\n' },
  { path: /^\/telemetry\/proxy\//, status: 202, text: '{}' },
];

/** Features that the agent of a machine may have or not: tracers ask for them all the same, and go on without. */
const missing =
  /^\/(?:v0\.7\/config|profiling\/|evp_proxy\/|debugger\/|symdb\/|dogstatsd\/|tracer_flare\/|openlineage\/|appsec\/)/;

/** Every trace is kept: tracers decide by it what to send. */
const rates = '{"rate_by_service":{"service:,env:":1}}';

/**
 * What this agent can do. Tracers choose the newest version of the trace API that is listed; they would leave out what
 * was not sampled if `client_drop_p0s` said so.
 */
const info = JSON.stringify({
  version: '7.70.0',
  git_commit: '',
  endpoints: [
    '/v0.3/traces',
    '/v0.4/traces',
    '/v0.5/traces',
    '/v0.7/traces',
    '/v1.0/traces',
    '/telemetry/proxy/',
  ],
  feature_flags: [],
  client_drop_p0s: false,
  span_meta_structs: true,
  long_running_spans: false,
  span_events: true,
  evp_proxy_allowed_headers: [],
  peer_tags: [],
  config: { default_env: 'none', statsd_port: 0, max_request_bytes: 64 * 1024 * 1024 },
});

const jsonTypes: ReadonlySet<string> = new Set(['application/json', 'text/json']);
const messagePackTypes: ReadonlySet<string> = new Set(['application/msgpack', 'application/x-msgpack']);

/** Answers as the agent does (datadog-agent, `pkg/trace/api`). */
class DatadogAgent implements HttpService {
  readonly methods = 'GET, POST, PUT';
  readonly #sink: DatadogSink;
  readonly #onRefused: ReceiverOptions<DatadogSink>['onRefused'];

  constructor(sink: DatadogSink, onRefused: ReceiverOptions<DatadogSink>['onRefused']) {
    this.#sink = sink;
    this.#onRefused = refusal => onRefused(refusal);
  }

  async answer(request: HttpRequest): Promise<HttpAnswer> {
    const { method, path } = request;
    if (path === '/info') return method === 'GET' ? json(200, info) : wrongMethod('GET');
    const trace = tracePaths.get(path);
    if (trace !== undefined) return this.#takeTraces(request, trace);
    const known = forgotten.find(each => each.path.test(path));
    if (known !== undefined) {
      if (!isSending(method)) return wrongMethod('POST, PUT');
      if (request.isFromPage) return textAnswer(403, 'pages send no telemetry of tracers');
      await request.body();
      return known.text.startsWith('{') ? json(known.status, known.text) : text(known.status, known.text);
    }
    // Asked for every few seconds: no refusal to be told of.
    if (missing.test(path)) return text(404, '404 page not found\n');
    return textAnswer(404, `no Datadog endpoint at ${path}: send to /v0.4/traces`);
  }

  async #takeTraces(request: HttpRequest, path: TracePath): Promise<HttpAnswer> {
    if (!isSending(request.method)) return wrongMethod('POST, PUT');
    const declared = this.#encodingOf(request, path);
    if (typeof declared !== 'string') return declared;
    const body = await request.body();
    if (body.length === 0) return accepted(path);
    const encoding = declared === 'unknown' ? encodingIn(body) : declared;
    const { headers } = request;
    const outcome = await this.#sink.receive({
      version: path.version,
      encoding,
      body: path.isFlat === true ? Buffer.concat([Buffer.from('['), body, Buffer.from(']')]) : body,
      tracer: {
        ...one('language', headers['datadog-meta-lang']),
        ...one('version', headers['datadog-meta-tracer-version']),
        ...one('containerId', headers['datadog-container-id']),
      },
    });
    switch (outcome.kind) {
      case 'malformed':
        return textAnswer(400, outcome.message);
      case 'busy':
        return {
          ...textAnswer(429, 'busy, try again'),
          headers: { 'retry-after': String(outcome.retryAfterSeconds) },
        };
      case 'accepted':
        if (outcome.rejected > 0)
          this.#onRefused({ answer: 'partial success', reason: outcome.message, count: outcome.rejected });
        return accepted(path);
    }
  }

  /** `unknown`: the first byte tells. */
  #encodingOf(
    { contentType, isFromPage }: HttpRequest,
    { version, isJsonOnly }: TracePath,
  ): 'msgpack' | 'json' | 'unknown' | HttpAnswer {
    const isJson = jsonTypes.has(contentType);
    const isMessagePack = messagePackTypes.has(contentType);
    // Types that a page may send without asking, among them none at all.
    if (isFromPage && !isJson && !isMessagePack) return textAnswer(415, 'unsupported media type');
    if (isJsonOnly === true) return isMessagePack ? textAnswer(415, 'unsupported media type') : 'json';
    if (version !== 'v0.4' || isMessagePack) return 'msgpack';
    return isJson ? 'json' : 'unknown';
  }
}

function isSending(method: string): boolean {
  return method === 'POST' || method === 'PUT';
}

/** A list of chunks begins with `[` in JSON, which is a number in MessagePack; so is white space. */
function encodingIn(body: Uint8Array): 'msgpack' | 'json' {
  return body[0] === 0x5b || body[0] === 0x20 || body[0] === 0x0a || body[0] === 0x6e ? 'json' : 'msgpack';
}

function one<Name extends string>(
  name: Name,
  header: string | string[] | undefined,
): { [name in Name]?: string } {
  return (typeof header === 'string' && header !== '' ? { [name]: header } : {}) as {
    [name in Name]?: string;
  };
}

function accepted({ answersOk }: TracePath): HttpAnswer {
  return answersOk === true ? text(200, 'OK\n') : json(200, rates);
}

function wrongMethod(allow: string): HttpAnswer {
  return { ...textAnswer(405, `405 method not allowed, supported: [${allow}]`), headers: { allow } };
}

function text(status: number, content: string): HttpAnswer {
  return { status, contentType: 'text/plain; charset=utf-8', body: Buffer.from(content) };
}

function json(status: number, content: string): HttpAnswer {
  return { status, contentType: 'application/json', body: Buffer.from(content) };
}
