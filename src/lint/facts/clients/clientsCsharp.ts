import type { ClientLibrary } from './clientLibrary.ts';

/** Client libraries of .NET that do not propagate by themselves; its HTTP handler and gRPC do. Written 2026-11. */
export const csharpClients: readonly ClientLibrary[] = [
  oneMessage(
    'confluent-kafka-dotnet',
    /^Confluent\.Kafka\.(?:IProducer\(\)|ProducerBuilder\(\)(?:\.\w+\(\))*)\.Produce(?:Async)?$/,
    1,
    'message',
  ),
  // Of version 6 and older.
  oneMessage(
    'rabbitmq-dotnet',
    /^RabbitMQ\.Client\.(?:IModel\(\)|\S*\.CreateModel\(\))\.BasicPublish$/,
    -2,
    'basicProperties',
  ),
  // Of version 7, whose source must be listened to.
  oneMessage(
    'rabbitmq-dotnet',
    /^RabbitMQ\.Client\.(?:IChannel\(\)|\S*\.CreateChannelAsync\(\))\.BasicPublishAsync$/,
    3,
    'basicProperties',
  ),
  oneMessage(
    'aws-dotnet-sqs',
    /^Amazon\.SQS\.(?:IAmazonSQS|AmazonSQSClient)\(\)\.SendMessage(?:Batch)?Async$/,
    0,
  ),
  oneMessage(
    'aws-dotnet-sns',
    /^Amazon\.SimpleNotificationService\.(?:IAmazonSimpleNotificationService|AmazonSimpleNotificationServiceClient)\(\)\.Publish(?:Batch)?Async$/,
    0,
  ),
];

function oneMessage(id: string, sends: RegExp, from: number, keyword?: string): ClientLibrary {
  return { id, transport: 'messaging', sends, headers: { from, only: true, keyword } };
}
