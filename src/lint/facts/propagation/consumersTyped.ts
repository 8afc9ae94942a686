import type { FileFacts } from '../fileFacts.ts';
import type { Expression, FunctionSyntax, Parameter } from '../syntax.ts';
import { statementsIn } from '../walk.ts';
import type { Consumer, HandlerPattern, LoopPattern } from './consumerPatterns.ts';

/** Calls that are given a handler. Written 2026-11. */
export const javaHandlers: readonly HandlerPattern[] = [
  {
    library: 'kafka-clients',
    callee: /^org\.apache\.kafka\.clients\.consumer\.(?:ConsumerRecords\(\)|\S*\.poll\(\))\.forEach$/,
    handler: 0,
  },
  {
    library: 'rabbitmq-java',
    callee: /^com\.rabbitmq\.client\.(?:Channel\(\)|\S*\.createChannel\(\))\.basicConsume$/,
    handler: 'function',
    message: 1,
  },
  {
    library: 'jms',
    callee: /^(?:javax|jakarta)\.jms\.\S*\.setMessageListener$/,
    handler: 0,
  },
];

export const javaLoops: readonly LoopPattern[] = [
  {
    library: 'kafka-clients',
    source:
      /^org\.apache\.kafka\.clients\.consumer\.(?:ConsumerRecords\(\)(?:\.records\(\))?|(?:Kafka)?Consumer\(\)\.poll\(\))$/,
  },
];

export const csharpLoops: readonly LoopPattern[] = [
  {
    library: 'confluent-kafka-dotnet',
    source: /^Confluent\.Kafka\.(?:IConsumer\(\)|ConsumerBuilder\(\)(?:\.\w+\(\))*)\.Consume$/,
  },
];

const annotations: { readonly [name: string]: string | undefined } = {
  KafkaListener: 'spring-kafka',
  RabbitListener: 'spring-amqp',
  JmsListener: 'jms',
  SqsListener: 'aws-java-sqs',
};

/** Methods that are handlers by an annotation, or by what their class implements. */
export function javaMethods({ syntax }: FileFacts): Consumer[] {
  return syntax.functions.flatMap(made => {
    const annotated = made.decorators.flatMap(each => annotations[nameOf(each)] ?? []).at(0);
    if (annotated !== undefined) return consumer(annotated, made, made.parameters[0]);
    // `new DefaultConsumer(channel) { … }`
    if (made.name === 'handleDelivery' && made.parameters.length === 4)
      return consumer('rabbitmq-java', made, made.parameters[2]);
    return [];
  });
}

function nameOf(decorator: Expression): string {
  if (decorator.type === 'call') return decorator.callee;
  return decorator.type === 'reference' ? decorator.path.replace(/^.*\./, '') : '';
}

/** `consumer.Received += (_, delivery) => …`, or a method of the class. */
export function csharpEvents(file: FileFacts): Consumer[] {
  const { syntax, service } = file;
  if (!file.says(/\.Received(?:Async)?\s*\+=/)) return [];
  const isRabbit =
    service.dependencies.has('RabbitMQ.Client') ||
    syntax.imports.some(({ module }) => module.startsWith('RabbitMQ.Client'));
  if (!isRabbit) return [];
  return [syntax.body, ...syntax.functions.map(({ body }) => body)].flatMap(body =>
    statementsIn(body).flatMap(statement => {
      if (statement.type !== 'bind' || statement.operator !== '+=') return [];
      const [{ path }] = statement.targets;
      const [value] = statement.values;
      if (value === undefined || !/\.Received(?:Async)?$/.test(path)) return [];
      const made =
        value.type === 'function'
          ? value.function
          : value.type === 'reference'
            ? syntax.functions.find(each => each.name === value.path && each.parameters.length === 2)
            : undefined;
      return made === undefined ? [] : consumer('rabbitmq-dotnet', made, made.parameters[1]);
    }),
  );
}

function consumer(library: string, made: FunctionSyntax, message: Parameter | undefined): Consumer[] {
  // `List<ConsumerRecord<…>>`
  const batch = /^(?:java\.util\.)?(?:List|Collection|Iterable|ConsumerRecords|IEnumerable)\b/.test(
    message?.typeName ?? '',
  );
  return [{ library, at: made.bodyAt, handler: made, batch, message: message?.name }];
}
