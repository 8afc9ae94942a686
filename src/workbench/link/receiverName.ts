/** How people call a receiver, which the engine names by its key in `Endpoints`. */
export function receiverName(receiver: string): string {
  return { otlpHttp: 'OTLP/HTTP', otlpGrpc: 'OTLP/gRPC' }[receiver] ?? receiver;
}
