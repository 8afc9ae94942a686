import type { Runtime } from './launchers.ts';
import type { Coverage } from './types.ts';

/** What a service has that can inject context into what it sends. */
export interface CoverageEvidence {
  /** Names of instrumentations that are active. */
  readonly instrumentations: ReadonlyMap<string, unknown>;
  readonly automatic: ReadonlyMap<Runtime, Coverage>;
  /** What sets up its SDK, by name. */
  readonly providers: readonly string[];
  readonly dependencies: ReadonlyMap<string, string>;
  readonly reliesOnVendor: boolean;
}

interface Instrumentation {
  readonly runtime: Runtime;
  /** As code activates it. */
  readonly name: RegExp;
  /** That brings it. */
  readonly package: RegExp;
  /** Ids of the client libraries that it injects context for. */
  readonly libraries: readonly string[];
  /** Agents and packages that instrument everything do not have it. */
  readonly notAutomatic?: true;
}

/** Instrumentations that inject context, as their sources show. Written 2026-11. */
const instrumentations: readonly Instrumentation[] = [
  {
    runtime: 'node',
    name: /^HttpInstrumentation$/,
    package: /^@opentelemetry\/instrumentation-http$/,
    libraries:
      'http https axios got superagent request needle node-fetch cross-fetch isomorphic-fetch follow-redirects'.split(
        ' ',
      ),
  },
  {
    runtime: 'node',
    name: /^UndiciInstrumentation$|^registerOTel$/,
    package: /^@opentelemetry\/instrumentation-undici$|^@vercel\/otel$/,
    libraries: 'fetch undici ky ofetch'.split(' '),
  },
  {
    runtime: 'node',
    // The predecessor of UndiciInstrumentation.
    name: /^FetchInstrumentation$/,
    package: /^opentelemetry-instrumentation-fetch-node$/,
    libraries: ['fetch', 'ky', 'ofetch'],
    notAutomatic: true,
  },
  {
    runtime: 'node',
    name: /^GrpcInstrumentation$/,
    package: /^@opentelemetry\/instrumentation-grpc$/,
    libraries: ['grpc-js'],
  },
  {
    runtime: 'node',
    name: /^KafkaJsInstrumentation$/,
    package: /^@opentelemetry\/instrumentation-kafkajs$/,
    libraries: ['kafkajs'],
  },
  {
    runtime: 'node',
    name: /^AmqplibInstrumentation$/,
    package: /^@opentelemetry\/instrumentation-amqplib$/,
    libraries: ['amqplib', 'amqp-connection-manager'],
  },
  {
    runtime: 'node',
    name: /^AwsInstrumentation$/,
    package: /^@opentelemetry\/instrumentation-aws-sdk$/,
    libraries: ['aws-sqs', 'aws-sns', 'aws-lambda', 'aws-sdk'],
  },
];

export function coverageOf(
  library: string,
  side: 'server' | 'browser',
  { instrumentations: active, automatic, providers, dependencies, reliesOnVendor }: CoverageEvidence,
): Coverage {
  const known = instrumentations.filter(each => each.libraries.includes(library));
  const has = (name: RegExp) =>
    [...active.keys()].some(each => name.test(each)) || providers.some(each => name.test(each));
  if (side === 'server' && known.some(({ name }) => has(name))) return 'active';
  const runtimes = known.filter(each => each.notAutomatic !== true).map(each => automatic.get(each.runtime));
  if (runtimes.includes('active')) return 'active';
  if (reliesOnVendor) return 'vendor';
  const listed = known.some(each => [...dependencies.keys()].some(name => each.package.test(name)));
  return listed || runtimes.includes('listed') ? 'listed' : 'no';
}
