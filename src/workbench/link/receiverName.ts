const names: { readonly [receiver: string]: string } = {
  otlpHttp: 'OTLP/HTTP',
  otlpGrpc: 'OTLP/gRPC',
  zipkin: 'Zipkin',
  jaegerHttp: 'Jaeger over HTTP',
  jaegerGrpc: 'Jaeger over gRPC',
  jaegerUdpCompact: 'Jaeger over UDP (compact)',
  jaegerUdpBinary: 'Jaeger over UDP (binary)',
  jaegerSampling: 'Jaeger sampling',
  datadog: 'Datadog',
  prometheus: 'Prometheus',
};

/** How people call a receiver, which the engine names by its key in `Endpoints`. */
export function receiverName(receiver: string): string {
  return names[receiver] ?? receiver;
}
