import type { LanguageId } from '../syntax.ts';

/**
 * What calls of the SDKs and their distributions set up, by qualified name (names.ts). Written 2026-11; classes that end
 * in `Instrumentation`, `Instrumentor` and the packages of Go's contrib repository are recognised by their form.
 */
export type SdkRole =
  /** Sets up everything: NodeSDK, a distribution, an auto-configured SDK. */
  | 'sdk'
  | 'tracerProvider'
  /** Makes a provider the global one. */
  | 'register'
  /** Starts an SDK that was made before. */
  | 'start'
  | 'processor'
  | 'exporter'
  | 'sampler'
  | 'propagator'
  | 'setPropagator'
  | 'resource'
  | 'instrumentation'
  | 'autoInstrumentation'
  /** Of a vendor that brings instrumentations of its own. */
  | 'vendor';

interface SdkName {
  readonly role: SdkRole;
  readonly pattern: RegExp;
}

const otelJs = String.raw`^@opentelemetry/[\w/-]+#(?:[\w]+\.)*`;

const javascript: readonly SdkName[] = [
  { role: 'sdk', pattern: new RegExp(`${otelJs}(?:NodeSDK|startNodeSDK)$`) },
  {
    role: 'sdk',
    pattern:
      /^(?:@vercel\/otel#registerOTel|@honeycombio\/opentelemetry-(?:node|web)#Honeycomb(?:Web)?SDK|@azure\/monitor-opentelemetry#useAzureMonitor|@splunk\/otel#start|@splunk\/otel-web#(?:SplunkOtelWeb\.)?init|@grafana\/faro-web-sdk#initializeFaro|uptrace-node#configureOpentelemetry|@uptrace\/(?:node|web)#configureOpentelemetry|@lightstep\/otel-launcher-\w+#[\w.]+|logfire#configure|@pydantic\/logfire-\w+#configure|@hyperdx\/node-opentelemetry#(?:init|initSDK)|@microlabs\/otel-cf-workers#instrument(?:DO)?)$/,
  },
  { role: 'tracerProvider', pattern: new RegExp(`${otelJs}(?:Node|Basic|Web)TracerProvider$`) },
  { role: 'register', pattern: /#(?:Node|Basic|Web)TracerProvider\(\)\.register$/ },
  { role: 'register', pattern: new RegExp(`${otelJs}trace\\.setGlobalTracerProvider$`) },
  { role: 'start', pattern: /#(?:NodeSDK|Honeycomb(?:Web)?SDK)\(\)\.start$/ },
  { role: 'processor', pattern: new RegExp(`${otelJs}(?:Batch|Simple)SpanProcessor$`) },
  { role: 'exporter', pattern: new RegExp(`${otelJs}\\w*(?:Trace|Span|Jaeger|Zipkin)Exporter$`) },
  {
    role: 'sampler',
    pattern: new RegExp(`${otelJs}(?:AlwaysOff|AlwaysOn|ParentBased|TraceIdRatioBased|Probability)Sampler$`),
  },
  { role: 'setPropagator', pattern: new RegExp(`${otelJs}propagation\\.setGlobalPropagator$`) },
  { role: 'propagator', pattern: new RegExp(`${otelJs}\\w*Propagator$`) },
  {
    role: 'resource',
    pattern: new RegExp(`${otelJs}(?:Resource|resourceFromAttributes|defaultResource)$`),
  },
  { role: 'autoInstrumentation', pattern: new RegExp(`${otelJs}get(?:Node|Web)AutoInstrumentations$`) },
  { role: 'instrumentation', pattern: /^(?!global#)[^.#][^#]*#(?:\w+\.)*(?!use|Base)\w+Instrumentation$/ },
  {
    role: 'vendor',
    pattern:
      /^(?:dd-trace#(?:tracer\.)?init|@sentry\/[\w-]+#init|newrelic#\w*|elastic-apm-node#start|applicationinsights#setup|@newrelic\/[\w-]+#\w+)$/,
  },
];

const python: readonly SdkName[] = [
  { role: 'tracerProvider', pattern: /^opentelemetry\.sdk\.trace\.TracerProvider$/ },
  { role: 'register', pattern: /^opentelemetry\.trace\.set_tracer_provider$/ },
  {
    role: 'sdk',
    pattern:
      /^(?:azure\.monitor\.opentelemetry\.configure_azure_monitor|logfire\.configure|uptrace\.configure_opentelemetry|honeycomb\.opentelemetry\.configure_opentelemetry|splunk_otel\.init_splunk_otel|opentelemetry\.launcher\.configure_opentelemetry|opentelemetry\.sdk\._configuration\.\w+|traceloop\.sdk\.Traceloop\.init|phoenix\.otel\.register|openlit\.init)$/,
  },
  { role: 'processor', pattern: /^opentelemetry\.sdk\.trace\.export\.(?:Batch|Simple)SpanProcessor$/ },
  {
    role: 'exporter',
    pattern: /^opentelemetry\.(?:[\w]+\.)*\w*(?:SpanExporter|JaegerExporter|ZipkinExporter)$/,
  },
  {
    role: 'sampler',
    pattern:
      /^opentelemetry\.sdk\.trace\.sampling\.(?:TraceIdRatioBased|ParentBasedTraceIdRatio|ParentBased|StaticSampler|ALWAYS_OFF|ALWAYS_ON)$/,
  },
  { role: 'setPropagator', pattern: /^opentelemetry\.propagate\.set_global_textmap$/ },
  {
    role: 'propagator',
    pattern: /^opentelemetry\.(?:\w+\.)*\w*(?:Propagator|B3MultiFormat|B3SingleFormat|Format)$/,
  },
  {
    role: 'resource',
    pattern: /^opentelemetry\.sdk\.resources\.(?:Resource(?:\.create)?|get_aggregated_resources)$/,
  },
  {
    role: 'autoInstrumentation',
    pattern: /^opentelemetry\.instrumentation\.auto_instrumentation\.(?:initialize|\w+\.initialize)$/,
  },
  {
    role: 'instrumentation',
    pattern: /(?:^|\.)\w+Instrumentor(?:Client|Server)?(?:\(\)\.instrument\w*|\.instrument_\w+)$/,
  },
  { role: 'instrumentation', pattern: /^logfire\.instrument_\w+$/ },
  {
    role: 'vendor',
    pattern:
      /^(?:ddtrace\.(?:patch|patch_all|auto)|sentry_sdk\.init|newrelic\.agent\.initialize|elasticapm\.\w+)$/,
  },
];

const otelGo = String.raw`^go\.opentelemetry\.io/`;

const go: readonly SdkName[] = [
  { role: 'tracerProvider', pattern: new RegExp(`${otelGo}otel/sdk/trace#NewTracerProvider$`) },
  { role: 'register', pattern: new RegExp(`${otelGo}otel#SetTracerProvider$`) },
  {
    role: 'sdk',
    pattern:
      /^(?:go\.opentelemetry\.io\/contrib\/(?:otelconf|config)(?:\/v[\d.]+)?#NewSDK|go\.opentelemetry\.io\/otel\/exporters\/[\w/]+#InstallNewPipeline|github\.com\/uptrace\/uptrace-go\/uptrace#ConfigureOpentelemetry|github\.com\/(?:honeycombio|hyperdxio)\/otel-config-go\/otelconfig#ConfigureOpenTelemetry|github\.com\/signalfx\/splunk-otel-go\/distro#Run|github\.com\/lightstep\/otel-launcher-go\/launcher#\w+)$/,
  },
  // Of frameworks, which set up what their configuration says: go-zero, GoFrame, Kitex and Hertz, Kratos, Benthos.
  {
    role: 'sdk',
    pattern:
      /^github\.com\/(?:(?:zeromicro|tal-tech)\/go-zero\/core\/trace#StartAgent|gogf\/gf\/contrib\/trace\/\w+\/v2#Init|(?:kitex|hertz)-contrib\/obs-opentelemetry\/provider#NewOpenTelemetryProvider|tx7do\/kratos-bootstrap\/tracer#NewTracerProvider|(?:redpanda-data|benthosdev)\/benthos\/v4\/public\/service#Resources\(\)\.OtelTracer|equinix-labs\/otel-init-go\/otelinit#InitOpenTelemetry|axiomhq\/axiom-go\/axiom\/otel#InitTracing)$/,
  },
  {
    role: 'processor',
    pattern: new RegExp(
      `${otelGo}otel/sdk/trace#(?:New(?:Batch|Simple)SpanProcessor|WithBatcher|WithSyncer)$`,
    ),
  },
  {
    role: 'exporter',
    pattern: new RegExp(
      `${otelGo}(?:otel/exporters/(?:otlp/otlptrace(?:/otlptrace(?:grpc|http))?|jaeger|zipkin|stdout/stdouttrace|trace/jaeger)|contrib/exporters/autoexport)#New\\w*$`,
    ),
  },
  {
    role: 'sampler',
    pattern: new RegExp(
      `${otelGo}otel/sdk/trace#(?:NeverSample|AlwaysSample|ParentBased|TraceIDRatioBased)$`,
    ),
  },
  // A bridge has one of its own.
  { role: 'setPropagator', pattern: /[#.]SetTextMapPropagator$/ },
  {
    role: 'propagator',
    pattern: new RegExp(
      `${otelGo}(?:otel/propagation#NewCompositeTextMapPropagator|contrib/propagators/\\w+#\\w+)$`,
    ),
  },
  { role: 'resource', pattern: new RegExp(`${otelGo}otel/sdk/resource#(?:New\\w*|Default|Environment)$`) },
  {
    role: 'instrumentation',
    pattern: new RegExp(
      `(?:${otelGo}contrib/instrumentation/[^#]+|^github\\.com/(?:dnwe/otelsarama|dubonzi/otelresty))#\\w+|^github\\.com/(?:twmb/franz-go/plugin/kotel#NewTracer|[\\w-]+/watermill-opentelemetry[\\w-]*(?:/pkg/opentelemetry)?#New\\w*PublisherDecorator)$`,
    ),
  },
  {
    role: 'vendor',
    pattern:
      /^(?:gopkg\.in\/DataDog\/dd-trace-go\.v1\/|github\.com\/DataDog\/dd-trace-go\/v2\/|go\.elastic\.co\/apm|github\.com\/newrelic\/go-agent)[^#]*#\w+/,
  },
];

const java: readonly SdkName[] = [
  { role: 'tracerProvider', pattern: /(?:^|\.)SdkTracerProvider\.builder$/ },
  {
    role: 'sdk',
    pattern: /(?:^|\.)(?:AutoConfiguredOpenTelemetrySdk\.(?:builder|initialize)|OpenTelemetrySdk\.builder)$/,
  },
  { role: 'register', pattern: /(?:\.buildAndRegisterGlobal|(?:^|\.)GlobalOpenTelemetry\.set)$/ },
  { role: 'processor', pattern: /(?:^|\.)(?:Batch|Simple)SpanProcessor\.(?:builder|create)$/ },
  { role: 'exporter', pattern: /(?:^|\.)\w*SpanExporter\.(?:builder|create|getDefault)$/ },
  {
    role: 'sampler',
    pattern: /(?:^|\.)Sampler\.(?:alwaysOff|alwaysOn|parentBased|traceIdRatioBased)$/,
  },
  { role: 'setPropagator', pattern: /\.setPropagators$/ },
  { role: 'propagator', pattern: /(?:^|\.)\w*Propagator\.(?:getInstance|create|injecting\w+|composite)$/ },
  { role: 'resource', pattern: /(?:^|\.)Resource\.(?:create|getDefault|builder)$/ },
  { role: 'instrumentation', pattern: /(?:^|\.)\w+Telemetry\.(?:builder|create)$/ },
];

const csharp: readonly SdkName[] = [
  { role: 'sdk', pattern: /(?:^|[.#])(?:AddOpenTelemetry|UseAzureMonitor|AddOpenTelemetryTracing)$/ },
  { role: 'tracerProvider', pattern: /(?:^|[.#])CreateTracerProviderBuilder$/ },
  { role: 'processor', pattern: /(?:^|[.#])(?:Batch|Simple)ActivityExportProcessor$/ },
  {
    role: 'exporter',
    pattern:
      /(?:^|[.#])(?:(?:Add|Use)(?:Otlp|Jaeger|Zipkin|Console|InMemory)Exporter|(?:Jaeger|Zipkin|OtlpTrace)Exporter)$/,
  },
  {
    role: 'sampler',
    pattern: /(?:^|[.#])(?:AlwaysOff|AlwaysOn|ParentBased|TraceIdRatioBased)Sampler$/,
  },
  { role: 'setPropagator', pattern: /(?:^|[.#])SetDefaultTextMapPropagator$/ },
  { role: 'propagator', pattern: /(?:^|[.#])\w+Propagator$/ },
  { role: 'resource', pattern: /(?:^|[.#])(?:AddService|ConfigureResource|SetResourceBuilder)$/ },
  { role: 'instrumentation', pattern: /(?:^|[.#])Add\w+Instrumentation$/ },
];

const tables: { readonly [language in LanguageId]: readonly SdkName[] } = {
  javascript,
  typescript: javascript,
  tsx: javascript,
  python,
  go,
  java,
  csharp,
};

/** What a call of that qualified name sets up. */
export function sdkRole(language: LanguageId, qualifiedName: string): SdkRole | undefined {
  return tables[language].find(({ pattern }) => pattern.test(qualifiedName))?.role;
}

/** Modules that set up everything when they are imported: JavaScript's `…/register`. */
export const selfStartingModules =
  /^(?:@opentelemetry\/auto-instrumentations-node(?:\/register)?|@elastic\/opentelemetry-node|@splunk\/otel\/instrument|@google-cloud\/trace-agent|@grafana\/[\w-]+\/register|@aws\/aws-distro-opentelemetry-node-autoinstrumentation\/register)$/;

/** Agents of vendors that work from being imported. */
export const vendorModules =
  /^(?:dd-trace(?:\/\w+)?|newrelic|elastic-apm-node(?:\/start)?|ddtrace(?:\.auto)?|@sentry\/(?:node|nextjs|nestjs|bun)|sentry_sdk|applicationinsights|nestjs-otel|autotel)$/;
