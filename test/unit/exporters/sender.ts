/**
 * A program with tracing: `sender.js <protobuf|json|grpc> <count>` makes the planned spans with the OpenTelemetry SDK and
 * exports them to where the standard environment variables say. Run by the tests as a process of its own.
 */
import { createTraceState, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import {
  type PlannedSpan,
  plannedSpan,
  resourceAttributes,
  resourceSchemaUrl,
  scopes,
  spanLimits,
} from './spans.ts';

const exporters = { protobuf: ProtobufExporter, json: JsonExporter, grpc: GrpcExporter };
const [protocol, count] = process.argv.slice(2);
if (!(protocol in exporters)) throw new Error(`unknown protocol ${protocol}`);

let next: PlannedSpan;
const provider = new BasicTracerProvider({
  resource: resourceFromAttributes(resourceAttributes, { schemaUrl: resourceSchemaUrl }),
  spanLimits,
  idGenerator: { generateTraceId: () => next.traceId, generateSpanId: () => next.spanId },
  spanProcessors: [
    new BatchSpanProcessor(new exporters[protocol as keyof typeof exporters](), {
      maxQueueSize: Number(count),
      maxExportBatchSize: 512,
    }),
  ],
});
const tracers = scopes.map(scope => {
  const { name, version, schemaUrl } = { version: undefined, schemaUrl: undefined, ...scope };
  return provider.getTracer(name, version, { schemaUrl });
});

for (let index = 0; index < Number(count); index++) {
  next = plannedSpan(index, protocol !== 'json');
  makeSpan(next);
}
await provider.shutdown();

function makeSpan(planned: PlannedSpan): void {
  const { name, kind, start, attributes, parent } = planned;
  const spanContext = (traceId: string, spanId: string, isRemote: boolean, traceState?: string) => ({
    traceId,
    spanId,
    isRemote,
    traceFlags: TraceFlags.SAMPLED,
    ...(traceState && { traceState: createTraceState(traceState) }),
  });
  const context = parent
    ? trace.setSpanContext(
        ROOT_CONTEXT,
        spanContext(planned.traceId, parent.spanId, parent.isRemote, parent.traceState),
      )
    : ROOT_CONTEXT;
  const links = planned.links.map(link => ({
    context: spanContext(link.traceId, link.spanId, link.isRemote, link.traceState),
    attributes: link.attributes,
  }));
  const span = tracers[planned.scope].startSpan(name, { kind, startTime: start, attributes, links }, context);
  for (const event of planned.events) span.addEvent(event.name, event.attributes, event.time);
  span.setStatus(planned.status);
  Object.assign((span as unknown as ReadableSpan).attributes, planned.deepAttributes);
  span.end(planned.end);
}
