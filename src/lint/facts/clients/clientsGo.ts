import type { ClientLibrary } from './clientLibrary.ts';

/** Client libraries of Go. Written 2026-11. */
export const goClients: readonly ClientLibrary[] = [
  {
    id: 'net/http',
    transport: 'http',
    sends: /^net\/http#(?:(?:DefaultClient|Client\(\))\.)?(?:Get|Post|Head|PostForm)$/,
  },
  {
    id: 'net/http',
    transport: 'http',
    sends: /^net\/http#(?:DefaultClient|Client\(\))\.Do$/,
    headers: { from: 0 },
  },
  {
    id: 'net/http',
    transport: 'http',
    sends: /^net\/http#(?:DefaultTransport|Transport\(\))\.RoundTrip$/,
    headers: { from: 0 },
  },
  {
    id: 'net/http',
    transport: 'http',
    sends: /^net\/http\/httputil#(?:NewSingleHostReverseProxy|ReverseProxy)$/,
    sendsOn: true,
  },
  {
    id: 'resty',
    transport: 'http',
    sends:
      /^(?:github\.com\/go-resty\/resty\/v[23]|resty\.dev\/v3)#(?:New\w*|Client)\(\)\.(?:R|NewRequest)\(\)(?:\.\w+\(\))*\.(?:Get|Post|Put|Patch|Delete|Head|Options|Execute|Send)$/,
    headers: { chain: true },
  },
  {
    id: 'retryablehttp',
    transport: 'http',
    sends: /^github\.com\/hashicorp\/go-retryablehttp#(?:NewClient|Client)\(\)\.Do$/,
    headers: { from: 0 },
  },
  {
    id: 'retryablehttp',
    transport: 'http',
    sends: /^github\.com\/hashicorp\/go-retryablehttp#(?:NewClient|Client)\(\)\.(?:Get|Head|Post|PostForm)$/,
  },
  // Clients of generated code, told of where they are made, as connections of gRPC are.
  {
    id: 'connect-go',
    transport: 'http',
    sends: /\/\w+connect#New\w+Client$/,
    generated: { client: 0, address: 1 },
  },
  {
    id: 'twirp',
    transport: 'http',
    sends: /\/\w+#New\w+(?:Protobuf|JSON)Client$/,
    generated: { address: 0, client: 1 },
  },
  // Of goa.
  {
    id: 'net/http',
    transport: 'http',
    sends: /\/gen\/http\/\w+\/client#NewClient$/,
    generated: { address: 1, client: 2, options: 6 },
  },
  // Of oapi-codegen.
  {
    id: 'net/http',
    transport: 'http',
    sends: /#NewClientWithResponses$/,
    generated: { address: 0, client: 'option', options: 1 },
  },
  { id: 'grpc-go', transport: 'grpc', sends: /^google\.golang\.org\/grpc#(?:NewClient|Dial|DialContext)$/ },
  // Generated code of grpc-gateway.
  { id: 'grpc-go', transport: 'grpc', sends: /#Register\w+HandlerFromEndpoint$/ },
  oneMessage(
    'sarama',
    /^github\.com\/(?:IBM|Shopify)\/sarama#(?:New(?:Sync|Async)Producer(?:FromClient)?\(\)|SyncProducer\(\)|AsyncProducer\(\))\.SendMessages?$/,
    0,
  ),
  {
    id: 'sarama',
    transport: 'messaging',
    sends:
      /^github\.com\/(?:IBM|Shopify)\/sarama#(?:NewAsyncProducer(?:FromClient)?\(\)|AsyncProducer\(\))\.Input$/,
    headers: { channel: true },
  },
  message('kafka-go', /^github\.com\/segmentio\/kafka-go#(?:Writer\(\)|NewWriter\(\))\.WriteMessages$/, 1),
  oneMessage(
    'confluent-kafka-go',
    /^github\.com\/confluentinc\/confluent-kafka-go(?:\/v2)?\/kafka#(?:NewProducer\(\)|Producer\(\))\.Produce$/,
    0,
  ),
  message(
    'franz-go',
    /^github\.com\/twmb\/franz-go\/pkg\/kgo#(?:NewClient\(\)|Client\(\))\.(?:Produce|ProduceSync|TryProduce)$/,
    1,
  ),
  oneMessage(
    'amqp091',
    /^github\.com\/(?:rabbitmq\/amqp091-go|streadway\/amqp)#(?:Channel\(\)|(?:Dial\w*|Connection)\(\)\.Channel\(\))\.Publish$/,
    4,
  ),
  oneMessage(
    'amqp091',
    /^github\.com\/rabbitmq\/amqp091-go#(?:Channel\(\)|(?:Dial\w*|Connection)\(\)\.Channel\(\))\.Publish(?:WithContext|WithDeferredConfirm\w*)$/,
    5,
  ),
  oneMessage(
    'nats.go',
    /^github\.com\/nats-io\/nats\.go(?:\/jetstream#(?:New\w*|JetStream|Publisher)\(\)|#(?:Connect\(\)|Conn\(\)|(?:Connect\(\)\.|Conn\(\)\.)?JetStream(?:Context)?\(\)))\.(?:PublishMsg(?:Async)?|RequestMsg)$/,
    0,
  ),
  oneMessage(
    'nats.go',
    /^github\.com\/nats-io\/nats\.go#(?:Connect\(\)|Conn\(\))\.RequestMsgWithContext$/,
    1,
  ),
  oneMessage(
    'aws-sdk-sqs',
    /^github\.com\/aws\/aws-sdk-go-v2\/service\/sqs#(?:NewFromConfig|New|Client)\(\)\.SendMessage(?:Batch)?$/,
    1,
  ),
  oneMessage(
    'aws-sdk-sns',
    /^github\.com\/aws\/aws-sdk-go-v2\/service\/sns#(?:NewFromConfig|New|Client)\(\)\.Publish(?:Batch)?$/,
    1,
  ),
  oneMessage(
    'google-pubsub',
    /^cloud\.google\.com\/go\/pubsub(?:\/v2)?#(?:(?:NewClient\w*|Client)\(\)\.(?:Topic\w*|CreateTopic\w*|Publisher)|Topic|Publisher)\(\)\.Publish$/,
    1,
  ),
  {
    ...message(
      'watermill',
      /^github\.com\/ThreeDotsLabs\/watermill(?:\/message#Publisher|-[\w-]+(?:\/[\w-]+)*#(?:New)?Publisher)\(\)\.Publish$/,
      1,
    ),
    wrappable: true,
  },
  {
    id: 'nats.go',
    transport: 'messaging',
    sends: /^github\.com\/nats-io\/nats\.go#(?:Connect\(\)|Conn\(\))\.Publish$/,
    headerless: true,
  },
];

/** One message, or several. */
function message(id: string, sends: RegExp, from: number): ClientLibrary {
  return { id, transport: 'messaging', sends, headers: { from } };
}

function oneMessage(id: string, sends: RegExp, from: number): ClientLibrary {
  return { id, transport: 'messaging', sends, headers: { from, only: true } };
}
