import type { Runtime } from './launchers.ts';
import type { Coverage, Side } from './types.ts';

/** What a service has that can inject context into what it sends. */
export interface CoverageEvidence {
  /** Names of instrumentations that are active. */
  readonly instrumentations: ReadonlyMap<string, unknown>;
  readonly automatic: ReadonlyMap<Runtime, Coverage>;
  /** What sets up its SDK, by name. */
  readonly providers: readonly string[];
  readonly dependencies: ReadonlyMap<string, string>;
  readonly reliesOnVendor: boolean;
  /** Its code makes the SDK of the process. */
  readonly setsUpItself: boolean;
  /** How its program is started is written down, and no launcher is in it. */
  readonly startsPlainly: boolean;
  /** Packages of instrumentations that are switched off where all others are active. */
  readonly without: ReadonlyMap<Runtime, readonly string[]>;
}

interface Instrumentation {
  readonly runtime: Runtime;
  /** Ids of the client libraries that it injects context for (facts/clients.ts). */
  readonly libraries: RegExp;
  /** As code activates it; absent for what only agents do, and for what needs nothing. */
  readonly name?: RegExp;
  /** That brings it. */
  readonly package?: RegExp;
  /** It works by being there: plugins of version 0.x, which the provider of that time looks for. */
  readonly installed?: RegExp;
  /** It only helps beside that dependency. */
  readonly beside?: RegExp;
  /** What instruments everything does not have it. */
  readonly notAutomatic?: true;
  /** The library propagates by itself. */
  readonly always?: true;
}

/**
 * Instrumentations that inject context, as their sources show. Written 2026-11. Go has few that are in force for a whole
 * service: its wrappers are found at the calls.
 */
const instrumentations: readonly Instrumentation[] = [
  {
    runtime: 'node',
    libraries:
      /^(?:https?|axios|got|superagent|request|needle|node-fetch|cross-fetch|isomorphic-fetch|follow-redirects)$/,
    name: /^HttpInstrumentation$/,
    package: /^@opentelemetry\/instrumentation-http$/,
    installed: /^@opentelemetry\/plugin-https?$/,
  },
  {
    // An interceptor of the program's own that injects.
    runtime: 'node',
    libraries: /^axios$/,
    name: /^axios\.interceptors$/,
    notAutomatic: true,
  },
  {
    runtime: 'node',
    libraries: /^(?:fetch|undici|ky|ofetch)$/,
    name: /^(?:UndiciInstrumentation|registerOTel)$/,
    package: /^(?:@opentelemetry\/instrumentation-undici|@vercel\/otel)$/,
  },
  {
    // The predecessor of UndiciInstrumentation.
    runtime: 'node',
    libraries: /^(?:fetch|ky|ofetch)$/,
    name: /^FetchInstrumentation$/,
    package: /^opentelemetry-instrumentation-fetch-node$/,
    notAutomatic: true,
  },
  {
    runtime: 'node',
    libraries: /^(?:@grpc\/)?grpc-js$/,
    name: /^GrpcInstrumentation$/,
    package: /^@opentelemetry\/instrumentation-grpc$/,
    installed: /^@opentelemetry\/plugin-grpc(?:-js)?$/,
  },
  {
    runtime: 'node',
    libraries: /^kafkajs$/,
    name: /^KafkaJsInstrumentation$/,
    package: /^@opentelemetry\/instrumentation-kafkajs$/,
  },
  {
    runtime: 'node',
    libraries: /^(?:amqplib|amqp-connection-manager)$/,
    name: /^AmqplibInstrumentation$/,
    package: /^@opentelemetry\/instrumentation-amqplib$/,
  },
  {
    runtime: 'node',
    libraries: /^@?aws-sdk(?:\/|-|$)/,
    name: /^Aws(?:Sdk)?Instrumentation$/,
    package: /^@opentelemetry\/instrumentation-aws-sdk$/,
  },
  {
    runtime: 'node',
    libraries: /^bull(?:mq)?$/,
    name: /^(?:BullMQInstrumentation|BullMQOtel)$/,
    package: /^(?:bullmq-otel|(?:@(?:appsignal|jenniferplusplus)\/)?opentelemetry-instrumentation-bullmq)$/,
    notAutomatic: true,
  },
  {
    runtime: 'node',
    libraries: /^azure-service-bus$/,
    name: /^(?:create)?AzureSdkInstrumentation$/,
    package: /^@azure\/opentelemetry-instrumentation-azure-sdk$/,
    notAutomatic: true,
  },
  {
    runtime: 'browser',
    libraries: /^(?:fetch|ky|ofetch)$/,
    name: /^FetchInstrumentation$/,
    package: /^@opentelemetry\/instrumentation-fetch$/,
    installed: /^@opentelemetry\/plugin-fetch$/,
  },
  {
    runtime: 'browser',
    libraries: /^(?:axios|xhr|xmlhttprequest|superagent)$/i,
    name: /^XMLHttpRequestInstrumentation$/,
    package: /^@opentelemetry\/instrumentation-xml-http-request$/,
    installed: /^@opentelemetry\/plugin-xml-http-request$/,
  },
  python('requests', 'Requests', 'requests'),
  // requests sends with urllib3.
  python('requests|urllib3', 'URLLib3', 'urllib3'),
  python('urllib', 'URLLib', 'urllib'),
  python('httpx', 'HTTPXClient', 'httpx'),
  python('aiohttp(?:-client)?', 'AioHttpClient', 'aiohttp-client'),
  python('tornado(?:-client)?', 'Tornado', 'tornado'),
  python('grpc|grpcio|grpc-python', 'GrpcInstrumentorClient|Grpc', 'grpc'),
  python('grpc\\.aio', 'GrpcAioInstrumentorClient|Grpc', 'grpc'),
  python('pika', 'Pika', 'pika'),
  python('aio-pika', 'AioPika', 'aio-pika'),
  python('kafka|kafka-python', 'Kafka', 'kafka-python'),
  python('confluent-kafka', 'ConfluentKafka', 'confluent-kafka'),
  python('aiokafka', 'AIOKafka', 'aiokafka'),
  python('celery', 'Celery', 'celery'),
  {
    // A plug-in of the Azure SDK, which works by being there.
    runtime: 'python',
    libraries: /^azure-service-bus$/,
    package: /^azure-core-tracing-opentelemetry$/,
    notAutomatic: true,
  },
  python('remoulade', 'Remoulade', 'remoulade'),
  python('boto3?(?:core)?(?:-\\w+)?', 'Boto3SQS|Botocore', 'boto(?:3sqs|core)'),
  { runtime: 'python', libraries: /^aiohttp/, name: /^(?:instrument_aiohttp_client|create_trace_config)$/ },
  { runtime: 'python', libraries: /^requests$/, name: /^instrument_requests$/ },
  { runtime: 'python', libraries: /^httpx$/, name: /^instrument_httpx$/ },
  { runtime: 'python', libraries: /^celery$/, name: /^instrument_celery$/ },
  {
    // SQS and SNS take the header of X-Ray from the request.
    runtime: 'go',
    libraries: /^aws-sdk-/,
    name: /^otelaws\b/,
    beside: /^go\.opentelemetry\.io\/contrib\/propagators\/aws$/,
  },
  {
    // What it wraps has the type that it had before.
    runtime: 'go',
    libraries: /^sarama$/,
    name: /^otelsarama\.Wrap(?:Sync|Async)Producer$/,
    notAutomatic: true,
  },
  { runtime: 'go', libraries: /^franz-go$/, name: /^kotel\.NewTracer$/, notAutomatic: true },
  { runtime: 'go', libraries: /^watermill$/, name: /\.New\w*PublisherDecorator$/, notAutomatic: true },
  {
    // The clients of Go and of Node have tracing of their own, if they are told so.
    runtime: 'go',
    libraries: /^google-pubsub$/,
    name: /^pubsub\.EnableOpenTelemetryTracing$/,
    notAutomatic: true,
  },
  // Only agents instrument Go without the code's help.
  {
    runtime: 'go',
    libraries:
      /^(?:net\/http|resty|retryablehttp|connect-go|twirp|grpc-go|sarama|kafka-go|confluent-kafka-go|franz-go|amqp091(?:-go)?)$/,
  },
  java('java-http-client', 'JavaHttpClient', 'java-http-client'),
  java('okhttp', 'OkHttp', 'okhttp-'),
  java('apache-httpclient', 'ApacheHttpClient\\d*', 'apache-httpclient-'),
  java('httpurlconnection', 'HttpUrlConnection'),
  java('resttemplate|restclient', 'SpringWeb', 'spring-web-'),
  java('webclient', 'SpringWebflux(?:Client)?', 'spring-webflux-'),
  java('kafka-clients|spring-kafka', 'Kafka', 'kafka-clients-'),
  java('spring-kafka', 'SpringKafka', 'spring-kafka-'),
  java('nats-java', 'Nats', 'nats-'),
  java('rabbitmq-java|spring-amqp|jms|jersey-client|pulsar-java'),
  java('grpc-java', 'GrpcClient', 'grpc-'),
  java('aws-java-\\w+', 'AwsSdk', 'aws-sdk-'),
  {
    runtime: 'dotnet',
    libraries: /^aws-dotnet-/,
    name: /^AddAWSInstrumentation$/,
    package: /^OpenTelemetry\.(?:Contrib\.)?Instrumentation\.AWS$/,
  },
  // .NET's handler propagates the current activity, whoever made it.
  {
    runtime: 'dotnet',
    libraries:
      /^(?:System\.Net\.Http|HttpClient|httpclient|grpc-dotnet|Grpc\.Net\.Client|Azure\.|MassTransit|NServiceBus)/,
    always: true,
  },
  {
    runtime: 'dotnet',
    libraries: /^(?:Confluent\.Kafka|confluent-kafka-dotnet)$/,
    name: /^AddKafka(?:Producer|Consumer)?Instrumentation$/,
    package:
      /^(?:OpenTelemetry\.Instrumentation\.ConfluentKafka|Confluent\.Kafka\.Extensions\.OpenTelemetry)$/,
  },
  {
    runtime: 'dotnet',
    libraries: /^(?:RabbitMQ\.Client|rabbitmq-dotnet)$/,
    name: /^AddRabbitMQInstrumentation$/,
    package: /^RabbitMQ\.Client\.OpenTelemetry$/,
  },
];

/** What all of Node's are that one package brings, and what it has only since a version 0.x; npm's manifests, 2026-11. */
export const automaticOfNode = '@opentelemetry/auto-instrumentations-node';
const since: readonly { readonly package: string; readonly minor: number }[] = [
  { package: '@opentelemetry/instrumentation-amqplib', minor: 28 },
  { package: '@opentelemetry/instrumentation-undici', minor: 46 },
  { package: '@opentelemetry/instrumentation-kafkajs', minor: 49 },
];

/** Packages of instrumentations that a version of it, as manifests write it, does not have yet. */
export function missingIn(version: string | undefined): readonly string[] {
  const minor = /^[\^~=v]*0\.(\d+)/.exec(version ?? '')?.[1];
  return minor === undefined
    ? []
    : since.filter(each => each.minor > Number(minor)).map(each => each.package);
}

/** End of the names of instrumentations that only workers have. */
export const inWorkers = ' in workers';

/** Name of the evidence that Angular is told to send with fetch. */
export const angularFetch = 'angular.withFetch';

/** An instrumentor of Python's contrib repository. */
function python(libraries: string, name: string, packageName: string): Instrumentation {
  return {
    runtime: 'python',
    libraries: new RegExp(`^(?:${libraries})$`),
    name: new RegExp(`^(?:${name})(?:Instrumentor)?$`),
    package: new RegExp(`^opentelemetry-instrumentation-${packageName}$`),
  };
}

/** A library instrumentation of Java, which wraps a client or gives it an interceptor; agents and starters have them all. */
function java(libraries: string, name?: string, artifact?: string): Instrumentation {
  return {
    runtime: 'java',
    libraries: new RegExp(`^(?:${libraries})$`),
    ...(name === undefined ? {} : { name: new RegExp(`^${name}Telemetry$`) }),
    ...(artifact === undefined
      ? {}
      : { package: new RegExp(`^io\\.opentelemetry\\.instrumentation:opentelemetry-${artifact}`) }),
  };
}

/**
 * Whether the library's calls carry the context. What is only among the dependencies counts where the SDK is set up out of
 * sight; code that sets it up would name it.
 */
export function coverageOf(client: string, side: Side, evidence: CoverageEvidence): Coverage {
  const library = client === 'angular-http' ? sentByAngular(evidence) : client;
  const { automatic, providers, reliesOnVendor, setsUpItself, startsPlainly } = evidence;
  const known = instrumentations.filter(
    ({ runtime, libraries }) => libraries.test(library) && (side === 'browser') === (runtime === 'browser'),
  );
  const named = [...evidence.instrumentations.keys(), ...providers];
  const names = side === 'sender' ? named : named.map(name => name.replace(inWorkers, ''));
  const dependsOn = (name: RegExp) => [...evidence.dependencies.keys()].some(each => name.test(each));
  const isOff = ({ runtime, package: brings }: Instrumentation) =>
    brings !== undefined && evidence.without.get(runtime)?.some(each => brings.test(each)) === true;
  const isActive = (each: Instrumentation) => isNamed(each) || (isAutomatic(each) && !isOff(each));
  const isAutomatic = ({ runtime, notAutomatic }: Instrumentation) =>
    notAutomatic !== true && automatic.get(runtime) === 'active';
  const isNamed = ({ name, installed, beside, always }: Instrumentation) =>
    always === true ||
    (installed !== undefined && dependsOn(installed) && !dependsOn(sdk)) ||
    (name !== undefined &&
      names.some(each => name.test(each)) &&
      (beside === undefined || dependsOn(beside)));
  if (known.some(isActive)) return 'active';
  if (reliesOnVendor) return 'vendor';
  const packages = setsUpItself ? [] : [...evidence.dependencies.keys()];
  const isListed = ({ runtime, package: brings, notAutomatic }: Instrumentation) =>
    (brings !== undefined && packages.some(name => brings.test(name))) ||
    // Python's launcher is seldom written down, and takes what code has set up.
    (notAutomatic !== true &&
      automatic.get(runtime) === 'listed' &&
      (!setsUpItself || (runtime === 'python' && !startsPlainly)));
  return known.some(isListed) ? 'listed' : 'no';
}

/** Of Node and browsers since 1.0; they load no plugins. */
const sdk = /^@opentelemetry\/sdk-(?:node|trace-(?:node|web|base))$/;

/** What Angular's HttpClient sends with: XMLHttpRequest, unless the program asks for fetch. */
function sentByAngular({ instrumentations: known }: CoverageEvidence): string {
  return known.has(angularFetch) ? 'fetch' : 'xmlhttprequest';
}
