import type { Rule } from '../../../src/lint/rules/rule.ts';

/** What an example speaks of without saying where it comes from: the first name that it needs → the line that gives it. */
interface Frame {
  readonly path: string;
  readonly lines: readonly (readonly [name: RegExp, line: string])[];
  /** Around statements that stand in no function. */
  wrap(lines: readonly string[], example: string): string;
  /** Another file, that sets up telemetry for the service. */
  readonly setUp: readonly [path: string, source: string];
}

const typescript: Frame = {
  path: 'shop.ts',
  lines: [
    [/\btracer\b/, "const tracer = trace.getTracer('shop');"],
    [/\bmeter\b/, "const meter = metrics.getMeter('shop');"],
    [/\btrace\b|\btracer\b/, "import { trace } from '@opentelemetry/api';"],
    [/\bmeter\b/, "import { metrics } from '@opentelemetry/api';"],
    [/\bpropagation\b/, "import { context, propagation } from '@opentelemetry/api';"],
    [/\bTextMapPropagator\b/, "import type { TextMapPropagator } from '@opentelemetry/api';"],
    [/\bspan\b/, "import type { Span } from '@opentelemetry/api';"],
    [/\b(?:producer|consumer)\b/, "import { Kafka } from 'kafkajs';"],
    [/\bproducer\b/, 'const producer = new Kafka({ brokers }).producer();'],
    [/\bconsumer\b/, "const consumer = new Kafka({ brokers }).consumer({ groupId: 'shop' });"],
    [
      /\bCompositePropagator\b/,
      "import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';",
    ],
    [
      /\bFetchInstrumentation\b/,
      "import { FetchInstrumentation } from '@opentelemetry/instrumentation-fetch';",
    ],
    [/\bOTLPTraceExporter\b/, "import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';"],
    [
      /\bheadersToSpanAttributes\b/,
      "import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';",
    ],
    [/\bNodeSDK\b/, "import { NodeSDK } from '@opentelemetry/sdk-node';"],
    [
      /\w+SpanProcessor\b/,
      "import { BatchSpanProcessor, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';",
    ],
    [
      /\w+Sampler\b/,
      "import { ParentBasedSampler, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace-node';",
    ],
    [/\bresourceFromAttributes\b/, "import { resourceFromAttributes } from '@opentelemetry/resources';"],
    [
      /\b(?:SEMATTRS|ATTR)_/,
      "import { ATTR_HTTP_REQUEST_METHOD, SEMATTRS_HTTP_METHOD } from '@opentelemetry/semantic-conventions';",
    ],
    [/\breq\b/, "import type { Request } from 'express';"],
  ],
  wrap(lines, example) {
    const imports = lines.filter(line => line.startsWith('import '));
    const given = lines.filter(line => !line.startsWith('import '));
    if (/^(?:import|class|export)\b/m.test(example)) return [...imports, ...given, example].join('\n');
    const inside = example.startsWith('headersToSpanAttributes')
      ? `new HttpInstrumentation({ ${example} });`
      : example;
    return [
      ...imports,
      ...given,
      'export async function shop(span: Span, req: Request, user, items, email, body, id, method, ratio) {',
      inside,
      '}',
    ].join('\n');
  },
  setUp: [
    'tracing.ts',
    `import { ExpressInstrumentation } from '@opentelemetry/instrumentation-express';
import { NodeSDK } from '@opentelemetry/sdk-node';

new NodeSDK({ serviceName: 'shop', instrumentations: [new ExpressInstrumentation()] }).start();
`,
  ],
};

const python: Frame = {
  path: 'shop.py',
  lines: [
    [/\btracer\b|\bspan\b/, 'from opentelemetry import trace'],
    [/\btracer\b/, 'tracer = trace.get_tracer(__name__)'],
    [/\bbaggage\b/, 'from opentelemetry import baggage'],
    [/\bextract\(/, 'from opentelemetry.propagate import extract'],
    [/\bconsumer\b/, 'from kafka import KafkaConsumer'],
    [/\bconsumer\b/, 'consumer = KafkaConsumer("orders")'],
    [/\bgrpc\./, 'import grpc'],
    [/\bGrpcInstrumentorClient\b/, 'from opentelemetry.instrumentation.grpc import GrpcInstrumentorClient'],
    [/\bFlaskInstrumentor\b/, 'from opentelemetry.instrumentation.flask import FlaskInstrumentor'],
    [/\bpool\b/, 'from concurrent.futures import ThreadPoolExecutor'],
    [/\bpool\b/, 'pool = ThreadPoolExecutor()'],
    [/\bcontextvars\b/, 'import contextvars'],
    [/\brequest\b/, 'from flask import request'],
    [/\bTracerProvider\b/, 'from opentelemetry.sdk.trace import TracerProvider'],
    [/\bResource\b/, 'from opentelemetry.sdk.resources import Resource'],
  ],
  wrap(lines, example) {
    const body = /:$/.test(example.trimEnd()) ? `${example}\n    pass` : example;
    if (/^(?:from|import|@|class|def|async def)\b/m.test(example)) return [...lines, body].join('\n');
    const inside = body.replaceAll(/^/gm, '    ');
    return `${lines.join('\n')}\n\n\ndef shop(span: trace.Span, user, order, password, base, key):\n${inside}\n`;
  },
  setUp: [
    'telemetry.py',
    `from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

trace.set_tracer_provider(TracerProvider())
`,
  ],
};

const go: Frame = {
  path: 'shop.go',
  lines: [
    [/\botel\./, '"go.opentelemetry.io/otel"'],
    [/\battribute\./, '"go.opentelemetry.io/otel/attribute"'],
    [/\bbaggage\./, '"go.opentelemetry.io/otel/baggage"'],
    [/\bpropagation\./, '"go.opentelemetry.io/otel/propagation"'],
    [/\bspan\b|\btracer\b|\btrace\./, '"go.opentelemetry.io/otel/trace"'],
    [/\bsdktrace\./, 'sdktrace "go.opentelemetry.io/otel/sdk/trace"'],
    [/\bkafka\./, '"github.com/segmentio/kafka-go"'],
    [/\bgrpc\./, '"google.golang.org/grpc"'],
    [/\bgrpc\./, '"google.golang.org/grpc/credentials/insecure"'],
    [/\botelgrpc\./, '"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"'],
    [/\bhttp\.|\br\./, '"net/http"'],
    [/\botelhttp\./, '"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"'],
    [/\botlptracehttp\./, '"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"'],
    [/\bsql\.|\bs\.db\b/, '"database/sql"'],
    [/\bfmt\./, '"fmt"'],
    [/\bcontext\.|\bctx\b/, '"context"'],
  ],
  wrap(lines, example) {
    if (/^package\b/m.test(example)) return example;
    const specs = /^semconv /.test(example) ? [...lines, example] : lines;
    const head = ['package main', '', 'import (', ...specs.map(line => `\t${line}`), ')', ''].join('\n');
    if (/^semconv /.test(example)) return `${head}\nvar key = semconv.HTTPMethodKey\n`;
    const store = 'type Store struct {\n\tdb *sql.DB\n}\n';
    if (/^func /m.test(example)) return `${head}\n${store}\n${example}\n`;
    const parameters =
      'ctx context.Context, span trace.Span, tracer trace.Tracer, r *http.Request, w *kafka.Writer, body []byte, exporter sdktrace.SpanExporter, provider *sdktrace.TracerProvider';
    const inside = /^(?:attribute|grpc\.With)/.test(example) ? `use(${example})` : example;
    return `${head}\nfunc shop(${parameters}) {\n${inside.replaceAll(/^/gm, '\t')}\n}\n`;
  },
  setUp: [
    'telemetry.go',
    `package main

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

func init() {
	otel.SetTracerProvider(sdktrace.NewTracerProvider())
	otel.SetTextMapPropagator(propagation.TraceContext{})
}
`,
  ],
};

const configuration: Frame = {
  path: '.env',
  lines: [],
  // As Compose files have it.
  wrap: (_, example) => example.replaceAll(/^(\w+): /gm, '$1='),
  setUp: ['README.md', ''],
};

const java: Frame = {
  path: 'Shop.java',
  lines: [
    [/\bContext\b/, 'import io.opentelemetry.context.Context;'],
    [/\bScope\b/, 'import io.opentelemetry.context.Scope;'],
    [/\bHttpRequest\b/, 'import java.net.URI;\nimport java.net.http.*;'],
  ],
  wrap(lines, example) {
    const parameters =
      'OpenTelemetry openTelemetry, Tracer tracer, Span span, HttpClient client, ExecutorService executor, String sku';
    const imports = [
      'import io.opentelemetry.api.OpenTelemetry;',
      'import io.opentelemetry.api.trace.*;',
      'import java.util.concurrent.ExecutorService;',
      ...lines,
    ];
    return `${imports.join('\n')}\n\nclass Shop {\n  void shop(${parameters}) throws Exception {\n${example}\n  }\n}\n`;
  },
  setUp: [
    'Telemetry.java',
    `import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;

class Telemetry {
  static final Object SDK = AutoConfiguredOpenTelemetrySdk.initialize().getOpenTelemetrySdk();
}
`,
  ],
};

const csharp: Frame = {
  path: 'Shop.cs',
  lines: [
    [/\bMessage</, 'using Confluent.Kafka;'],
    [/\bPropagators\b/, 'using OpenTelemetry;\nusing OpenTelemetry.Context.Propagation;'],
    [/\bActivity\b/, 'using System.Diagnostics;'],
  ],
  wrap: (lines, example) =>
    `${lines.join('\n')}\n\nclass Shop\n{\n    async Task Run(IProducer<string, string> producer, string body)\n    {\n${example}\n    }\n}\n`,
  setUp: [
    'Program.cs',
    `using OpenTelemetry.Trace;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddOtlpExporter());
`,
  ],
};

const frames: { readonly [language: string]: Frame | undefined } = {
  typescript,
  python,
  go,
  java,
  csharp,
  configuration,
};

/** The rest of a secret that is shortened: nobody is to take it for one. */
const secret = 'b7k2m9x4q8w3v6t1z5p0n7c2r8s4';

/** The files of a workspace with an example in it: only with what it speaks of does it mean something. */
export function framed(rule: Rule, language: string, example: string): ReadonlyMap<string, string> {
  const frame = frames[language];
  if (frame === undefined) throw new Error(`no frame for ${language}`);
  const { path, lines, wrap, setUp } = frame;
  const missing = lines.flatMap(([name, line]) => {
    const isThere = line.startsWith('import') || line.startsWith('from') ? example.includes(line) : false;
    return name.test(example) && !isThere ? [line] : [];
  });
  const imports = /^(?:import|from|package)\b/m.test(example) && rule.group !== 'propagation' ? [] : missing;
  const files = new Map([[path, wrap(imports, example.replaceAll('…', secret))]]);
  if (rule.group === 'propagation' && rule.id !== 'SPL108' && !/TracerProvider|NodeSDK/.test(example))
    files.set(...setUp);
  const variable = /\.env: (\w+=\S+)/.exec(example);
  if (variable !== null)
    files.set('.env', `${variable[1]}\n`).set('package.json', '{ "name": "shop", "private": true }\n');
  return files;
}
