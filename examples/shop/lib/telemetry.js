// The OpenTelemetry SDK of a service. Load it before anything that makes calls: `node --require ./lib/telemetry.js …`.
const { logs } = require('@opentelemetry/api-logs');
const { OTLPLogExporter } = require('@opentelemetry/exporter-logs-otlp-proto');
const { registerInstrumentations } = require('@opentelemetry/instrumentation');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { detectResources, envDetector } = require('@opentelemetry/resources');
const { BatchLogRecordProcessor, LoggerProvider } = require('@opentelemetry/sdk-logs');
const { BatchSpanProcessor, NodeTracerProvider } = require('@opentelemetry/sdk-trace-node');

const resource = detectResources({ detectors: [envDetector] });

const tracerProvider = new NodeTracerProvider({
  resource,
  spanProcessors: [new BatchSpanProcessor(traceExporter(process.env.OTEL_EXPORTER_OTLP_PROTOCOL))],
});
tracerProvider.register();

const loggerProvider = new LoggerProvider({
  resource,
  processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter(), scheduledDelayMillis: 200 })],
});
logs.setGlobalLoggerProvider(loggerProvider);

registerInstrumentations({ instrumentations: [new HttpInstrumentation()] });

/** Each service of the shop uses another of the three exporters. */
function traceExporter(protocol) {
  switch (protocol) {
    case 'grpc': {
      const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-grpc');
      return new OTLPTraceExporter({ url: process.env.OTEL_EXPORTER_OTLP_GRPC_ENDPOINT });
    }
    case 'http/json': {
      const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-http');
      return new OTLPTraceExporter();
    }
    default: {
      const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-proto');
      return new OTLPTraceExporter();
    }
  }
}

/** Sends what is still in the batches. */
exports.shutdown = () => Promise.all([tracerProvider.shutdown(), loggerProvider.shutdown()]);
