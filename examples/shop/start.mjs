// Starts the three services and the load. `--requests <n>` ends after n requests; `--rate <n>` is requests a second.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { load } from './load.mjs';

const { values } = parseArgs({
  options: { requests: { type: 'string' }, rate: { type: 'string', default: '4' } },
});

const endpoint = process.env.OTEL_EXPORTER_OTLP_ENDPOINT || 'http://127.0.0.1:4318';
const grpcEndpoint = process.env.OTEL_EXPORTER_OTLP_GRPC_ENDPOINT || grpcBeside(endpoint);

const services = [];
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stopping.abort());
process.once('disconnect', () => stopping.abort());

const payments = await start('payments', 'grpc', {});
const orders = await start('orders', 'http/json', { PAYMENTS_URL: payments });
const gateway = await start('gateway', 'http/protobuf', { ORDERS_URL: orders });
console.log(`shop: open at ${gateway}, sending traces to ${endpoint} and ${grpcEndpoint}`);

const sent = await load(gateway, {
  requests: values.requests === undefined ? undefined : Number(values.requests),
  rate: Number(values.rate),
  signal: stopping.signal,
});
await Promise.all(services.map(stop));
console.log(`shop: closed after ${sent} requests`);
if (process.connected) process.disconnect();

/** Starts a service and resolves with its address. */
async function start(name, protocol, env) {
  const service = fork(file(`${name}.js`), {
    execArgv: ['--require', file('lib/telemetry.js')],
    env: {
      OTEL_BSP_SCHEDULE_DELAY: '200',
      ...process.env,
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_GRPC_ENDPOINT: grpcEndpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_SERVICE_NAME: name,
      ...env,
    },
  });
  services.push(service);
  return new Promise((resolve, reject) => {
    service.once('message', ({ url }) => resolve(url));
    service.once('exit', code => {
      if (code === 0) return;
      reject(new Error(`${name} ended with code ${code}`));
      process.exitCode = 1;
      stopping.abort();
    });
  });
}

/** A service that is left alone sends its last spans and ends. */
async function stop(service) {
  if (service.exitCode !== null || service.signalCode !== null) return;
  const exited = once(service, 'exit');
  service.disconnect();
  await exited;
}

/** By custom, OTLP over gRPC is on the port below OTLP over HTTP (4317 and 4318). */
/** 4317 beside 4318; Spanline takes gRPC at its HTTP port too, whichever that is. */
function grpcBeside(address) {
  const url = new URL(address);
  return `${url.protocol}//${url.hostname}:${url.port === '4318' ? 4317 : url.port}`;
}

function file(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}
