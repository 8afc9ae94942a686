/**
 * Programs traced for Zipkin and Jaeger: `zipkinJaegerSender.js <client> <endpoint>` makes a trace of two spans with that client and
 * sends it. Prints what the client says that it made. Run by the tests as processes of their own.
 */
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { JaegerExporter } from '@opentelemetry/exporter-jaeger';
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, SimpleSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';

const require = createRequire(import.meta.url);

/** What is used of a tracer of `jaeger-client`, which has no types that its dependencies resolve to. */
interface JaegerTracer {
  startSpan(name: string, options: object): JaegerSpan;
  close(done: () => void): void;
}
interface JaegerSpan {
  context(): { readonly traceIdStr: string; readonly spanIdStr: string };
  log(fields: object): void;
  setTag(key: string, value: unknown): void;
  finish(): void;
}

/** What was made, as far as the client tells. */
export interface Made {
  readonly traceId?: string;
  /** Of the outer span. */
  readonly spanId?: string;
}

const clients: { readonly [client: string]: (endpoint: string) => Promise<Made> } = {
  'exporter-zipkin': endpoint => openTelemetry(new ZipkinExporter({ url: `${endpoint}/api/v2/spans` })),
  'exporter-jaeger over HTTP': endpoint =>
    openTelemetry(new JaegerExporter({ endpoint: `${endpoint}/api/traces` })),
  'exporter-jaeger over UDP': endpoint => openTelemetry(new JaegerExporter(placeOf(endpoint))),
  'zipkin in JSON_V1': endpoint => zipkin('JSON_V1', `${endpoint}/api/v1/spans`),
  'zipkin in JSON_V2': endpoint => zipkin('JSON_V2', `${endpoint}/api/v2/spans`),
  'jaeger-client over UDP': endpoint => {
    const { host, port } = placeOf(endpoint);
    return jaeger({ agentHost: host, agentPort: port });
  },
  'jaeger-client over HTTP': endpoint => jaeger({ collectorEndpoint: `${endpoint}/api/traces` }),
  'exporter-zipkin of the environment': () => openTelemetry(new ZipkinExporter()),
  'exporter-jaeger of the environment': () => openTelemetry(new JaegerExporter()),
  'jaeger-client of the environment': () =>
    twoSpansOf(require('jaeger-client').initTracerFromEnv({ reporter: { flushIntervalMs: 20 } }, {})),
  'jaeger-client that asks for its sampling': jaegerThatAsks,
};

const [client, endpoint] = process.argv.slice(2);
if (!(client in clients)) throw new Error(`unknown client ${client}`);
console.log(JSON.stringify(await clients[client](endpoint)));

async function openTelemetry(exporter: SpanExporter): Promise<Made> {
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'checkout', 'host.name': 'box' }),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer('shop', '1.2');
  const server = tracer.startSpan('POST /orders', { kind: SpanKind.SERVER });
  const within = trace.setSpan(ROOT_CONTEXT, server);
  const own = tracer.startSpan('SELECT', { kind: SpanKind.CLIENT, attributes: { 'db.rows': 3 } }, within);
  own.addEvent('retry', { attempt: 2 });
  own.setStatus({ code: SpanStatusCode.ERROR, message: 'gone' });
  own.end();
  server.end();
  await provider.forceFlush();
  const { traceId, spanId } = server.spanContext();
  return { traceId, spanId };
}

/** The two sides of a call. */
async function zipkin(encoder: 'JSON_V1' | 'JSON_V2', url: string): Promise<Made> {
  const { BatchRecorder, ExplicitContext, HttpHeaders, Instrumentation, Tracer, jsonEncoder, option } =
    require('zipkin');
  const { HttpLogger } = require('zipkin-transport-http');
  const logger = new HttpLogger({ endpoint: url, jsonEncoder: jsonEncoder[encoder], httpInterval: 20 });
  const ctxImpl = new ExplicitContext();
  const tracerOf = (localServiceName: string) =>
    new Tracer({ ctxImpl, recorder: new BatchRecorder({ logger }), localServiceName });
  const client = new Instrumentation.HttpClient({
    tracer: tracerOf('frontend'),
    remoteServiceName: 'backend',
  });
  const server = new Instrumentation.HttpServer({ tracer: tracerOf('backend'), port: 9000 });
  const sent = new Promise(resolve => logger.on('success', resolve));
  let made: Made = {};
  ctxImpl.scoped(() => {
    const { headers } = client.recordRequest({ headers: {} }, 'http://backend:9000/api', 'GET');
    const { id } = client.tracer;
    made = { traceId: headers[HttpHeaders.TraceId], spanId: headers[HttpHeaders.SpanId] };
    const read = (name: string) => (name in headers ? new option.Some(headers[name]) : option.None);
    ctxImpl.scoped(() => {
      const own = server.recordRequest('GET', 'http://backend:9000/api', read);
      server.recordResponse(own, '500', new Error('broken'));
    });
    client.recordResponse(id, '500');
  });
  // The logger's timer does not keep a process alive.
  await sleep(200);
  await sent;
  return made;
}

async function jaeger(reporter: object): Promise<Made> {
  const { initTracer } = require('jaeger-client');
  const tracer = initTracer(
    {
      serviceName: 'frontend',
      sampler: { type: 'const', param: 1 },
      reporter: { ...reporter, flushIntervalMs: 20 },
    },
    { tags: { version: '1.2' } },
  );
  return twoSpansOf(tracer);
}

async function twoSpansOf(tracer: JaegerTracer): Promise<Made> {
  const root = tracer.startSpan('GET /', { tags: { 'span.kind': 'server' } });
  const child = tracer.startSpan('redis', {
    childOf: root.context(),
    tags: { 'span.kind': 'client', hit: false, rows: 3, ratio: 0.5 },
  });
  child.log({ event: 'miss', key: 'a' });
  child.setTag('error', true);
  child.finish();
  root.finish();
  await new Promise<void>(resolve => tracer.close(resolve));
  return { traceId: root.context().traceIdStr, spanId: root.context().spanIdStr };
}

/** Nothing is sampled until the answer is there. */
async function jaegerThatAsks(endpoints: string): Promise<Made> {
  const [sampling, collector] = endpoints.split(' ');
  const { host, port } = placeOf(sampling);
  const { initTracer } = require('jaeger-client');
  const tracer = initTracer(
    {
      serviceName: 'frontend',
      sampler: { type: 'remote', param: 0, host, port, refreshIntervalMs: 20 },
      reporter: { collectorEndpoint: `${collector}/api/traces`, flushIntervalMs: 20 },
    },
    {},
  );
  for (let sent = 0; sent < 1000; sent++) {
    const span = tracer.startSpan(`span ${sent}`);
    span.finish();
    if (span.context().isSampled()) break;
    await sleep(10);
  }
  await new Promise<void>(resolve => tracer.close(resolve));
  return {};
}

function placeOf(place: string): { host: string; port: number } {
  const { hostname, port } = new URL(place.includes('://') ? place : `udp://${place}`);
  return { host: hostname, port: Number(port) };
}
