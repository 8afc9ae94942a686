import { byteSizeForms } from '../base/byteSize.ts';
import { Engine } from '../engine/compose.ts';
import { defaultBudgetBytes } from '../engine/engineOptions.ts';
import { stopOnSignals, surviveErrors } from '../engine/lifetime.ts';
import { ConsoleLog } from '../engine/log.ts';
import { type BuiltReceiver, builtReceivers, receiverKinds } from '../engine/receiverKinds.ts';
import type { PortChoice } from '../engine/receivers.ts';
import { defaultStateDirectory } from '../engine/stateDirectory.ts';
import { setEngineFlags } from '../engine/v8Flags.ts';
import { smallestBudget } from '../store/traceStore.ts';
import { CommandError, command, type OptionSpec } from './command.ts';
import { controlOf } from './connect.ts';
import { forwardOptions } from './forwardOptions.ts';
import { printJson } from './output.ts';
import { bytes, port } from './values.ts';

const portOption = (description: string): OptionSpec & { value: string } => ({
  value: '<port>',
  description,
});

/** Receivers by their option. */
const receiverOptions = {
  'otlp-http': portOption('OTLP/HTTP: a port, 0 (any free one) or off (default 4318, or the next free one)'),
  'otlp-grpc': portOption('OTLP/gRPC (default 4317, or the next free one)'),
  zipkin: portOption('Zipkin (default off)'),
  'jaeger-http': portOption('Jaeger Thrift over HTTP (default off)'),
  'jaeger-grpc': portOption('Jaeger gRPC (default off)'),
  'jaeger-udp-compact': portOption('Jaeger agent, compact Thrift over UDP (default off)'),
  'jaeger-udp-binary': portOption('Jaeger agent, binary Thrift over UDP (default off)'),
  'jaeger-sampling': portOption('Jaeger sampling strategies (default off)'),
  datadog: portOption('Datadog agent (default off)'),
  prometheus: portOption('metrics of the traces for Prometheus (default off)'),
} as const;

export const serve = command({
  usage: 'serve [options]',
  summary: 'Run an engine in the foreground until it is interrupted.',
  operands: { least: 0, most: 0 },
  options: {
    ...receiverOptions,
    host: {
      value: '<address>',
      multiple: true,
      description: 'address to listen on, once or more (default: loopback, 127.0.0.1 and ::1)',
    },
    budget: {
      value: '<bytes>',
      description: `what the store may hold, as ${byteSizeForms}, or a number of bytes (default ${defaultBudgetBytes / 1e6}MB)`,
    },
    'data-dir': { value: '<dir>', description: "state directory (default: the user's)" },
    'no-journal': { description: 'keep nothing on disk' },
    forward: { value: '<url>', description: 'send what is received on to an OTLP endpoint' },
    'forward-protocol': {
      value: '<protocol>',
      description: 'http/protobuf or grpc (default: grpc for port 4317, else http/protobuf)',
    },
    'forward-compression': { value: '<name>', description: 'gzip or none (default gzip)' },
    'forward-header': {
      value: '<name=variable>',
      multiple: true,
      description: 'send a header with the value of an environment variable',
    },
    'forward-ca': { value: '<file>', description: 'trust the certificates in this PEM file as well' },
    'forward-insecure': { description: "do not verify the target's certificate" },
    'forward-unmasked': { description: 'do not mask sensitive values before they are sent on' },
  },
  async run({ options }) {
    const stateDirectory = options['data-dir'] ?? defaultStateDirectory();
    if (stateDirectory === '') throw new CommandError('--data-dir must be a directory');
    const budgetBytes = bytes('budget', options.budget ?? `${defaultBudgetBytes}`, smallestBudget);
    const forward = await forwardOptions(options);
    const log = new ConsoleLog();
    surviveErrors(log);
    setEngineFlags();
    const starting = Engine.start({
      stateDirectory,
      control: controlOf(options),
      ports: portsOf(options),
      hosts: options.host,
      budgetBytes,
      journal: options['no-journal'] !== true,
      ownsProcess: true,
      ...(forward !== undefined && { forward }),
      log,
    });
    stopOnSignals(starting, log);
    const engine = await starting;
    const { address, receivers } = engine;
    await printJson({
      event: 'listening',
      pid: process.pid,
      control: address,
      endpoints: receivers.endpoints,
    });
    await engine.stopped;
    return 0;
  },
});

type Ports = { [name in BuiltReceiver]?: PortChoice };

function portsOf(options: { readonly [name in keyof typeof receiverOptions]?: string }): Ports {
  const ports: Ports = {};
  for (const option of Object.keys(receiverOptions) as (keyof typeof receiverOptions)[]) {
    const text = options[option];
    const wanted = text === undefined ? undefined : port(option, text);
    const receiver = builtReceivers.find(name => name === camelCase(option));
    if (receiver === undefined) continue;
    const { port: usual, isStandard } = receiverKinds[receiver];
    if (text === undefined && isStandard) ports[receiver] = { port: usual, movable: true };
    else if (wanted !== undefined) ports[receiver] = { port: wanted, movable: false };
  }
  return ports;
}

function camelCase(option: string): string {
  return option.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
