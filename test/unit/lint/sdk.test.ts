import assert from 'node:assert/strict';
import { FileFacts } from '../../../src/lint/facts/fileFacts.ts';
import { partsOf, sdkCalls, sdkFacts } from '../../../src/lint/facts/sdk/sdk.ts';
import { sdkEvidence } from '../../../src/lint/facts/sdk/sdkEvidence.ts';
import { WorkspaceProject } from '../../../src/lint/project/project.ts';
import { syntaxOf } from './parsing.ts';

async function factsOf(path: string, source: string): Promise<FileFacts> {
  const syntax = await syntaxOf(path, source);
  assert.ok(syntax);
  return new FileFacts(path, syntax, new WorkspaceProject());
}

const roles = (file: FileFacts) => sdkCalls(file, ...allRoles).map(({ role, name }) => `${role} ${name}`);
const allRoles = [
  'sdk',
  'tracerProvider',
  'register',
  'start',
  'processor',
  'exporter',
  'sampler',
  'setPropagator',
  'instrumentation',
  'autoInstrumentation',
] as const;
const keys = (file: FileFacts) =>
  file.get(sdkFacts).resourceKeys.map(({ key, value }) => `${key}=${value ?? '?'}`);
const evidence = (file: FileFacts) => sdkEvidence(file).map(({ kind, name }) => `${kind} ${name}`);

describe('SDK set-up', () => {
  it('of JavaScript', async () => {
    const file = await factsOf(
      'otel.js',
      `const { NodeSDK } = require('@opentelemetry/sdk-node');
       const { getNodeAutoInstrumentations } = require('@opentelemetry/auto-instrumentations-node');
       const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
       const { ATTR_SERVICE_VERSION } = require('@opentelemetry/semantic-conventions');
       const sdk = new NodeSDK({
         serviceName: 'cart',
         resource: resourceFromAttributes({ [ATTR_SERVICE_VERSION]: version }),
         instrumentations: [getNodeAutoInstrumentations(), new HttpInstrumentation()],
       });
       sdk.start();`,
    );
    assert.deepEqual(roles(file), [
      'sdk NodeSDK',
      'autoInstrumentation getNodeAutoInstrumentations',
      'instrumentation HttpInstrumentation',
      'start start',
    ]);
    assert.deepEqual(keys(file), ['service.version=?', 'service.name=cart']);
    for (const each of ['provider NodeSDK', 'instrumentation HttpInstrumentation', 'serviceName cart'])
      assert.ok(evidence(file).includes(each), each);
  });

  it('of modules that start by themselves', async () => {
    const file = await factsOf('otel.js', `require('@opentelemetry/auto-instrumentations-node/register');`);
    assert.ok(
      evidence(file).includes('autoInstrumentation @opentelemetry/auto-instrumentations-node/register'),
    );
  });

  it('of Python', async () => {
    const file = await factsOf(
      'otel.py',
      `from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.semconv.resource import ResourceAttributes
RequestsInstrumentor().instrument()
provider = TracerProvider(resource=Resource.create({ResourceAttributes.SERVICE_NAME: "billing"}))
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)
`,
    );
    assert.deepEqual(roles(file), [
      'instrumentation RequestsInstrumentor',
      'tracerProvider TracerProvider',
      'processor BatchSpanProcessor',
      'exporter OTLPSpanExporter',
      'register set_tracer_provider',
    ]);
    assert.deepEqual(keys(file), ['service.name=billing']);
  });

  it('of Go', async () => {
    const file = await factsOf(
      'otel.go',
      `package main

import (
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.37.0"
)

func setup() {
	exporter, err := otlptracegrpc.New(ctx)
	res, err := resource.New(ctx, resource.WithAttributes(semconv.ServiceName("cart")))
	tp := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(res))
	otel.SetTracerProvider(tp)
	client := http.Client{Transport: otelhttp.NewTransport(nil)}
}
`,
    );
    assert.deepEqual(roles(file), [
      'exporter otlptracegrpc.New',
      'tracerProvider trace.NewTracerProvider',
      'processor trace.WithBatcher',
      'register otel.SetTracerProvider',
      'instrumentation otelhttp.NewTransport',
    ]);
    assert.deepEqual(keys(file), ['service.name=cart']);
    assert.ok(evidence(file).includes('instrumentation otelhttp'));
    const [processor] = sdkCalls(file, 'processor');
    assert.deepEqual(
      partsOf(file, processor.call, 'exporter').map(({ name }) => name),
      ['otlptracegrpc.New'],
    );
  });

  it('of namesakes is none', async () => {
    const file = await factsOf(
      'a.ts',
      `import { NodeSDK } from './sdk'; new NodeSDK(); new Instrumentation();`,
    );
    assert.deepEqual(roles(file), []);
  });
});
