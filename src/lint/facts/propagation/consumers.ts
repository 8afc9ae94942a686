import type { FileFacts } from '../fileFacts.ts';
import { functionGiven } from '../functionGiven.ts';
import { withPackages } from '../packages.ts';
import {
  type CallExpression,
  type Expression,
  type FunctionSyntax,
  field,
  type LanguageId,
  type LoopStatement,
} from '../syntax.ts';
import { contains, statementsIn } from '../walk.ts';
import type { Consumer, HandlerPattern, LoopPattern } from './consumerPatterns.ts';
import { csharpEvents, csharpLoops, javaHandlers, javaLoops, javaMethods } from './consumersTyped.ts';

/** Written 2026-11. */
const handlers: { readonly [language in LanguageId]?: readonly HandlerPattern[] } = {
  typescript: [
    {
      library: 'kafkajs',
      callee: /^kafkajs#(?:Kafka\(\)\.consumer|Consumer)\(\)\.run$/,
      handler: 'eachMessage',
    },
    {
      library: 'kafkajs',
      callee: /^kafkajs#(?:Kafka\(\)\.consumer|Consumer)\(\)\.run$/,
      handler: 'eachBatch',
      batch: true,
    },
    {
      library: 'amqplib',
      callee:
        /^(?:amqplib|amqp-connection-manager)(?:\/callback_api)?#.*(?:[cC]hannel|ChannelWrapper)\(\)\.consume$/,
      handler: 1,
    },
    { library: 'bullmq', callee: /^bullmq#Worker$/, handler: 1 },
    { library: 'bull', callee: /^bull#(?:Queue|default)?\(\)\.process$/, handler: 0 },
    {
      library: 'nats-js',
      callee: /^(?:nats|@nats-io\/[\w-]+)#.*\.subscribe$/,
      handler: 'callback',
      message: 1,
    },
    { library: 'aws-sdk-sqs', callee: /^sqs-consumer#Consumer\.create$/, handler: 'handleMessage' },
  ],
  python: [
    {
      library: 'pika',
      callee: /^pika\..*channel\(\)\.basic_consume$/,
      handler: 'on_message_callback',
      message: 2,
    },
    { library: 'pika', callee: /^pika\..*channel\(\)\.basic_consume$/, handler: 1, message: 2 },
    { library: 'nats-py', callee: /^nats\..*\.subscribe$/, handler: 'cb' },
  ],
  go: [
    {
      library: 'nats.go',
      callee: /^github\.com\/nats-io\/nats\.go#(?:Connect|Conn)\(\)\.(?:Queue)?Subscribe$/,
      handler: -1,
    },
  ],
  java: javaHandlers,
};

const loops: { readonly [language in LanguageId]?: readonly LoopPattern[] } = {
  python: [
    { library: 'kafka-python', source: /^kafka\.(?:consumer\.)?KafkaConsumer\(\)$/ },
    {
      library: 'confluent-kafka',
      source: /^confluent_kafka\.(?:\w+\.)?(?:Deserializing)?Consumer\(\)\.poll$/,
    },
    { library: 'aiokafka', source: /^aiokafka\.AIOKafkaConsumer\(\)(?:\.getone)?$/ },
  ],
  go: [
    {
      library: 'kafka-go',
      source: /^github\.com\/segmentio\/kafka-go#(?:NewReader|Reader)\(\)\.(?:ReadMessage|FetchMessage)$/,
    },
    {
      library: 'sarama',
      source:
        /^github\.com\/(?:IBM|Shopify)\/sarama#(?:ConsumerGroupClaim|PartitionConsumer|.*ConsumePartition)\(\)\.Messages(?:\(\))?$/,
    },
    {
      library: 'confluent-kafka-go',
      source:
        /^github\.com\/confluentinc\/confluent-kafka-go(?:\/v2)?\/kafka#(?:NewConsumer|Consumer)\(\)\.(?:ReadMessage|Poll)$/,
    },
    {
      library: 'amqp091',
      source:
        /^github\.com\/rabbitmq\/amqp091-go#(?:Channel|Dial\(\)\.Channel)\(\)\.Consume(?:WithContext)?(?:\(\))?$/,
    },
  ],
  java: javaLoops,
  csharp: csharpLoops,
};

/** The code of a file that handles messages, in source order. */
export function consumers(file: FileFacts): readonly Consumer[] {
  const language = file.language === 'javascript' || file.language === 'tsx' ? 'typescript' : file.language;
  return [
    ...handlersIn(file, handlers[language] ?? []),
    ...loopsIn(file, loops[language] ?? []),
    ...(language === 'java' ? javaMethods(file) : language === 'csharp' ? csharpEvents(file) : []),
  ].sort((a, b) => a.at.start - b.at.start);
}

function handlersIn(file: FileFacts, patterns: readonly HandlerPattern[]): Consumer[] {
  if (patterns.length === 0) return [];
  return file.syntax.calls.flatMap(call => {
    if (
      !/^(?:run|consume|Worker|process|subscribe|create|basic_consume|(?:Queue)?Subscribe|forEach|basicConsume|setMessageListener)$/.test(
        call.callee,
      )
    )
      return [];
    const name = file.names.callee(call);
    if (name === undefined) return [];
    const names = withPackages(file, name);
    return patterns.flatMap(({ library, callee, handler, message = 0, batch = false }) => {
      const given = names.some(each => callee.test(each)) ? argumentOf(file, call, handler) : undefined;
      const made = given === undefined ? undefined : functionOf(file, given, call.inFunction);
      if (made === undefined) return [];
      const parameter = made.parameters[message];
      return [
        {
          library,
          at: made.bodyAt,
          handler: made,
          batch,
          // `({ message }) => …`
          message: parameter?.name || parameter?.fields.get('message'),
        },
      ];
    });
  });
}

function argumentOf(file: FileFacts, call: CallExpression, place: number | string): Expression | undefined {
  if (place === 'function')
    return call.arguments.find(each => file.names.resolve(each, call.inFunction).type === 'function');
  if (typeof place === 'number') return call.arguments.at(place);
  return (
    call.named.get(place) ?? call.arguments.map(each => field(each, place)).find(each => each !== undefined)
  );
}

function functionOf(
  file: FileFacts,
  given: Expression,
  from: FunctionSyntax | undefined,
): FunctionSyntax | undefined {
  const own = functionGiven(file, given, from);
  if (own !== undefined) return own;
  const value = file.names.resolve(given, from);
  if (value.type !== 'reference') return undefined;
  // `self._on_message`
  const method = /^(?:this|self|\w+)\.(\w+)$/.exec(value.path)?.[1];
  const className = from?.className;
  return method === undefined || className === undefined
    ? undefined
    : file.syntax.functions.find(each => each.className === className && each.name === method);
}

function loopsIn(file: FileFacts, patterns: readonly LoopPattern[]): Consumer[] {
  if (patterns.length === 0) return [];
  const bodies = [
    { body: file.syntax.body, inFunction: undefined },
    ...file.syntax.functions.map(made => ({ body: made.body, inFunction: made })),
  ];
  return bodies.flatMap(({ body, inFunction }) =>
    [...statementsIn(body)].flatMap(statement =>
      statement.type === 'loop' ? (loopOf(file, statement, inFunction, patterns) ?? []) : [],
    ),
  );
}

function loopOf(
  file: FileFacts,
  loop: LoopStatement,
  inFunction: FunctionSyntax | undefined,
  patterns: readonly LoopPattern[],
): Consumer | undefined {
  const base = { at: loop.at, handler: undefined, batch: false };
  if (loop.over !== undefined) {
    const names = withPackages(file, file.names.qualified(loop.over, inFunction) ?? '');
    const pattern = patterns.find(({ source }) => names.some(name => source.test(name)));
    return pattern && { ...base, library: pattern.library, message: loop.variables[0]?.path };
  }
  for (const call of file.syntax.calls) {
    if (call.inFunction !== inFunction || !contains(loop.at, call.at)) continue;
    const names = withPackages(file, file.names.callee(call) ?? '');
    const pattern = patterns.find(({ source }) => names.some(name => source.test(name)));
    if (pattern !== undefined) return { ...base, library: pattern.library, message: undefined };
  }
  return undefined;
}
