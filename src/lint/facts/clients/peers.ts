import type { CodeEvidence } from '../../project/types.ts';
import { namesCalled } from '../background.ts';
import type { FileFacts } from '../fileFacts.ts';
import { carrierTypesUsed } from '../propagation/carrierTypes.ts';
import { sdkCalls } from '../sdk/sdk.ts';
import { isCommonSetting, settingName } from '../sdk/settingNames.ts';
import { spanStarts } from '../spans/spanStarts.ts';
import { endedStarts } from '../spans/spansGuessed.ts';
import { borrowingEvidence } from '../spans/spansLent.ts';
import type { FunctionSyntax } from '../syntax.ts';
import { enclosing } from '../walk.ts';
import { streamsOpened } from './grpcClients.ts';

/** Systems that messages go through, with what takes messages out of them as source writes it. Written 2026-11. */
const brokers: readonly {
  readonly name: string;
  /** Ids of the client libraries that send into it (facts/clients.ts). */
  readonly libraries: RegExp;
  readonly modules: RegExp;
  readonly takes: RegExp;
  readonly gives: RegExp;
}[] = [
  {
    name: 'kafka',
    libraries:
      /^(?:kafkajs|node-rdkafka|kafka-python|confluent-kafka(?:-\w+)?|aiokafka|sarama|kafka-go|franz-go|kafka-clients|spring-kafka)$/,
    modules: /kafka|sarama|franz-go|faust|@nestjs\/microservices|watermill/i,
    takes:
      /Consumer\b|ConsumerGroup|ConsumePartition|NewReader\(|ReaderConfig|eachMessage|eachBatch|KafkaListener|(?:Event|Message)Pattern\(|PollFetches|ConsumeTopics|\.subscriber\(/,
    gives:
      /Producer\b|NewWriter\(|kafka\.Writer\b|KafkaTemplate|Client(?:Kafka|Proxy)\b|\.Produce(?:Sync)?\(|\.publisher\(|\.publish\(/,
  },
  {
    name: 'amqp',
    libraries: /^(?:amqplib|amqp-connection-manager|pika|aio-pika|amqp091|rabbitmq-\w+|spring-amqp)$/,
    modules: /amqp|rabbit|pika|kombu|@nestjs\/microservices/i,
    takes:
      /\.consume\(|\.Consume(?:WithContext)?\(|basic_consume|[bB]asicConsume|RabbitListener|RabbitSubscribe|(?:Event|Message)Pattern\(|\.iterator\(|Received(?:Async)?\s*\+=/,
    gives:
      /\.publish\(|sendToQueue\(|\.Publish(?:WithContext|Async)?\(|[bB]asic_?[pP]ublish|RabbitTemplate|AmqpTemplate|ClientProxy\b/,
  },
  {
    name: 'sqs',
    libraries: /^(?:aws-sdk-s[qn]s|boto3-s[qn]s|aws-(?:java|dotnet)-s[qn]s)$/,
    modules: /sqs|aws|boto/i,
    takes: /[rR]eceive_?[mM]essage|SqsListener|sqs-consumer|SQSEvent|SQSHandler|['"]Records['"]|\.Records\b/,
    gives: /[sS]end_?[mM]essage|\.publish\(|\.Publish\(|PublishCommand|publish_batch/,
  },
  {
    name: 'nats',
    libraries: /^nats(?:\.go|-js|-py|-java)$/,
    modules: /nats/i,
    takes: /[sS]ubscribe\(|\.[cC]onsume\(|\.Messages\(|\.[fF]etch\(|createConsumer|CreateOrUpdateConsumer/,
    gives: /\.[pP]ublish(?:Async|Msg)?\(/,
  },
  {
    name: 'celery',
    libraries: /^celery$/,
    modules: /celery/i,
    takes: /@(?:\w+\.)?(?:shared_task|task)\b/,
    gives: /\.delay\(|apply_async\(|send_task\(/,
  },
  {
    name: 'pubsub',
    libraries: /^google-pubsub$/,
    modules: /pubsub/i,
    takes: /\.Receive\(|\.subscription\(|[sS]ubscriber(?:Client)?\b|createSubscription/,
    gives: /\.[pP]ublish(?:Message)?\(/,
  },
  {
    name: 'azure-service-bus',
    libraries: /^azure-service-bus$/,
    modules: /service-?bus/i,
    takes: /createReceiver|get_(?:queue|subscription)_receiver|ServiceBusProcessor|NewReceiver/,
    gives: /createSender|get_(?:queue|topic)_sender|ServiceBusSender|NewSender/,
  },
  {
    name: 'mqtt',
    libraries: /^mqtt$/,
    modules: /mqtt/i,
    takes: /\bsubscribe\(|on_message|Subscribe\(/,
    gives: /\b[pP]ublish(?:Async)?\(/,
  },
  {
    name: 'jms',
    libraries: /^jms$/,
    modules: /\bjms\b/i,
    takes: /JmsListener|setMessageListener|createConsumer|MessageListener/,
    gives: /JmsTemplate|createProducer|MessageProducer/,
  },
  {
    name: 'pulsar',
    libraries: /^pulsar/,
    modules: /pulsar/i,
    takes: /newConsumer|subscribe\(|Listener/,
    gives: /[nN]ewProducer|createProducer|create_producer/,
  },
];

/** The system that messages of a client library go through; undefined for a library that is in none of the groups. */
export function brokerOf(library: string): string | undefined {
  return brokers.find(({ libraries }) => libraries.test(library))?.name;
}

/**
 * What the program has to do with others, for the project: the brokers that it takes messages from and sends them to, the
 * gRPC services that it serves and asks, the addresses that its settings begin with, and where spans begin and end.
 */
export function peerEvidence(file: FileFacts): CodeEvidence[] {
  return [
    ...exchanged(file),
    ...services(file),
    ...addresses(file),
    ...beginnings(file),
    ...preloads(file),
    ...setUps(file),
    ...calledNames(file),
    ...endedStarts(file),
    ...borrowingEvidence(file),
    ...carrierTypesUsed(file),
    ...streams(file),
  ];
}

const speaksOfMessages =
  /kafka|sarama|franz|amqp|rabbit|pika|sqs|nats|celery|pub_?sub|service-?bus|mqtt|jms|pulsar|microservices|boto|aws/i;

function exchanged({ syntax: { imports, source } }: FileFacts): CodeEvidence[] {
  if (!imports.some(({ module }) => speaksOfMessages.test(module))) return [];
  return brokers.flatMap(({ name, modules, takes, gives }) => {
    if (!imports.some(({ module }) => modules.test(module))) return [];
    const [taken, given] = [takes.exec(source), gives.exec(source)];
    return [
      ...(taken === null ? [] : [evidence('consumes', name, taken)]),
      ...(given === null ? [] : [evidence('produces', name, given)]),
    ];
  });
}

/** Generated code has these names in every language: registration of a server, constructor of a client. */
const serving =
  /\bRegister(\w+?)Server\(|\badd_(\w+?)Servicer_to_server\(|\.addService\(\s*[\w.]*?(\w+)\.service\b|@GrpcMethod\(\s*['"](\w+)|\bextends\s+[\w.]*?(\w+)Grpc\.\w+ImplBase\b|\bMapGrpcService<(\w+)>/g;
const asking =
  /\.New(\w+?)Client\(|\.Register(\w+?)HandlerFromEndpoint\(|\b(\w+?)Stub\(|\bnew\s+(?:\w+\.)+(\w+)\(|\bnew\s+(\w+?)Client\(|\b(\w+)Grpc\.new\w*Stub\(|\.getService(?:<\w+>)?\(\s*['"](\w+)/g;

function services({ syntax: { source } }: FileFacts): CodeEvidence[] {
  if (!/grpc|pb\b|proto/i.test(source)) return [];
  const named = (kind: 'serves' | 'asks', pattern: RegExp) => {
    const found = new Map<string, CodeEvidence>();
    for (const match of source.matchAll(pattern)) {
      const name = match.slice(1).find(each => each !== undefined);
      if (name !== undefined && !/^(?:Health|Reflection|Channelz)$/.test(name))
        found.set(name, evidence(kind, name, match));
    }
    return found.values();
  };
  return [...named('serves', serving), ...named('asks', asking)];
}

/** The gRPC services that a file has clients of, if it does not only pass connections on. */
export function servicesAsked({ syntax: { source } }: FileFacts): string[] {
  return [...source.matchAll(asking)].flatMap(match => match.slice(1).find(each => each !== undefined) ?? []);
}

function streams(file: FileFacts): CodeEvidence[] {
  return [...streamsOpened(file)].map(name => ({ kind: 'streams', name, at: { start: 0, end: 0 } }));
}

/** The end of a host: what stands around it is looked at only there, as every word could begin one. */
const hostEnd = /:(?:\/\/\w|\d{2,5}[/"'`])/g;
const address = /(?:https?:\/\/[\w.-]+(?::\d{2,5})?|[\w.-]+:\d{2,5})(?=[/"'`])/y;
/** A longer name is no host. */
const mostHost = 80;
/** Names in front of an address that may be those of settings. */
const mostBefore = 120;
const named = /\b[A-Za-z_]\w{0,60}\b/g;
const namesAddress = /ur[il]|host|addr|endpoint|target|server|service|svc|api|base/i;

/** `getEnv("STOCK_URL", "http://stock:8080")`, `stock_url: str = "http://stock:8080"`: `STOCK_URL=http://stock:8080`. */
function addresses({ syntax: { source } }: FileFacts): CodeEvidence[] {
  const found = new Map<string, CodeEvidence>();
  for (const { index } of source.matchAll(hostEnd)) {
    const before = source.slice(Math.max(0, index - mostHost), index);
    const quote = Math.max(before.lastIndexOf('"'), before.lastIndexOf("'"), before.lastIndexOf('`'));
    const start = index - before.length + quote + 1;
    address.lastIndex = start;
    const match = quote < 0 ? null : address.exec(source);
    if (match === null) continue;
    const line = Math.max(source.lastIndexOf('\n', start) + 1, start - mostBefore);
    for (const [name] of source.slice(line, start).matchAll(named)) {
      const variable = settingName(name);
      if (!namesAddress.test(name) || (variable !== name && isCommonSetting(variable))) continue;
      const setting = `${variable}=${match[0]}`;
      found.set(setting, { kind: 'address', name: setting, at: { start, end: start + match[0].length } });
    }
  }
  return [...found.values()];
}

/** Handlers of requests, as the frameworks of each language know them. */
const handles =
  /\bhttp\.ResponseWriter\b|\*?(?:gin|echo|fiber|iris|chi|hertz)\.(?:Context|Ctx|RequestContext)\b|\bapp\.RequestContext\b|\bUnimplemented\w+Server\b|\bRegister\w+Server\(|@[\w.]+\.(?:get|post|put|patch|delete|route|api_route|websocket)\(|\bServicer(?:_to_server)?\b|\b(?:API|Web|Model|Generic)?View(?:Set)?\)|\bdef \w+\((?:self, )?request\b|\.(?:get|post|put|patch|delete|all|use)\(\s*['"`]\/|@(?:Get|Post|Put|Patch|Delete|All|MessagePattern|EventPattern|GrpcMethod|Query|Mutation|Resolver|Controller)\(|\bcreateServer\(|\.addService\(|\bexport (?:async )?function (?:GET|POST|PUT|PATCH|DELETE|loader|action|getServerSideProps)\b|\bexport const (?:GET|POST|PUT|PATCH|DELETE|handler|loader|action)\b|\bNextApiRe(?:quest|sponse)\b|\bNextRequest\b|['"]use server['"]|\bapp\.Map(?:Get|Post|Put|Delete)\(|@\w+Mapping\b|\[Http\w+|\bexports\.handler\b|['"](?:GET|POST|PUT|PATCH|DELETE) \/[^'"\n]*['"]\s*:/;

/** Where a span begins that what is called sees: a span of the file's own, or a request that comes in. */
function beginnings(file: FileFacts): CodeEvidence[] {
  const [start] = file.get(spanStarts);
  // The file that has the tracer may not have been read yet.
  const written = start === undefined ? startsSpan.exec(file.syntax.source) : null;
  const begun: CodeEvidence[] =
    start !== undefined
      ? [{ kind: 'begins', name: 'span', at: start.call.at }]
      : written === null
        ? []
        : [evidence('begins', 'span', written)];
  const found = handles.exec(file.syntax.source);
  return found === null ? begun : [...begun, evidence('begins', 'request', found)];
}

const startsSpan = /\btracer\w*(?:\(\))?\.(?:start_as_current_span|startActiveSpan)\(/i;

/** Programs begin where nothing is sent; only what may be a client elsewhere is looked for. */
function calledNames(file: FileFacts): CodeEvidence[] {
  if (!/\b(?:fetch|http|request|client|publish|produce|send|emit|call)/i.test(file.syntax.source)) return [];
  const { within, beside } = file.get(namesCalled);
  const at = { start: 0, end: 0 };
  return [
    ...[...within].map(name => ({ kind: 'within' as const, name, at })),
    ...[...beside].map(name => ({ kind: 'beside' as const, name, at })),
  ];
}

const preloading = /['"`](?:-r|--require|--import)(?:['"`],\s*|[ =])[^\n]{0,80}?([\w.-]+)\.[cm]?[jt]s\b/g;

/** Code that starts other programs of Node with a file that is loaded first. */
function preloads({ syntax: { source } }: FileFacts): CodeEvidence[] {
  return [...source.matchAll(preloading)].map(match => evidence('preloads', match[1], match));
}

/** Functions that set up the SDK, with those of the file that call them: a file that is only reached may not be called. */
function setUps(file: FileFacts): CodeEvidence[] {
  const found = new Map<string, CodeEvidence>();
  const open = sdkCalls(file, 'sdk', 'tracerProvider', 'register').map(({ call }) => call);
  for (const call of open) {
    const made = [...enclosing(call.inFunction)].at(-1);
    const names = made === undefined || isEntry(made) ? [''] : [made.name, made.className ?? made.name];
    for (const name of names) found.set(name, { kind: 'setsUp', name, at: call.at });
    if (made === undefined || open.length > maxSetUps) continue;
    for (const each of file.syntax.calls)
      if (!open.includes(each) && file.names.functionCalled(each) === made) open.push(each);
  }
  for (const { callee, calleeAt, at } of file.syntax.calls)
    if (starting.test(callee)) {
      const written = file.syntax.source.slice(Math.max(0, calleeAt.start - 40), calleeAt.end);
      if (telemetry.test(written)) found.set(`> ${callee}`, { kind: 'initiates', name: callee, at });
    }
  return [...found.values()];
}

/** More calls than this are a circle, or tests. */
const maxSetUps = 50;
const starting =
  /(?:init|set_?up|start|new|must|config|register|create|bootstrap|install|enable|instrument|trac|telemetry|otel|observ|provider)/i;
const telemetry = /trac|telemetry|otel|observ|instrument|monitor|apm|provider|sdk|logging/i;

function isEntry({ name, parent }: FunctionSyntax): boolean {
  return parent === undefined && /^(?:main|init|Main)$/.test(name);
}

function evidence(
  kind: CodeEvidence['kind'],
  name: string,
  match: RegExpExecArray | RegExpMatchArray,
): CodeEvidence {
  const start = match.index ?? 0;
  return { kind, name, at: { start, end: start + match[0].length } };
}
