import type { ClientLibrary } from './clientLibrary.ts';

const jdkClient = String.raw`^java\.net\.http\.HttpClient`;
const httpClient = String.raw`^org\.apache\.(?:http\.(?:client|impl\.(?:client|nio\.client)|nio\.client)|hc\.client5\.http\.(?:classic|async|impl\.(?:classic|async)))`;
const web = String.raw`^org\.springframework\.web`;

/** Client libraries of Java. Written 2026-11. */
export const javaClients: readonly ClientLibrary[] = [
  {
    id: 'java-http-client',
    transport: 'http',
    sends: new RegExp(`${jdkClient}(?:\\(\\)|\\.new\\w+\\(\\)(?:\\.\\w+\\(\\))*)\\.send(?:Async)?$`),
    headers: { from: 0, only: true },
  },
  {
    id: 'okhttp',
    transport: 'http',
    sends: /^okhttp3\.OkHttpClient(?:\.Builder)?\(\)(?:\.\w+\(\))*\.newCall$/,
    headers: { from: 0, only: true },
  },
  {
    id: 'httpurlconnection',
    transport: 'http',
    sends: /^java\.net\.UR[LI](?:\.create)?\(\)(?:\.toURL\(\))?\.openConnection$/,
    headers: { bound: true },
  },
  {
    id: 'apache-httpclient',
    transport: 'http',
    sends: new RegExp(
      `${httpClient}\\.(?:\\w*HttpClients?|HttpClientBuilder)(?:\\.\\w+)?\\(\\)(?:\\.\\w+\\(\\))*\\.execute$`,
    ),
    headers: { from: 0 },
  },
  {
    id: 'resttemplate',
    transport: 'http',
    sends: new RegExp(`${web}\\.client\\.RestTemplate\\(\\)\\.(?:getFor|headFor|optionsFor|delete)\\w*$`),
  },
  {
    id: 'resttemplate',
    transport: 'http',
    sends: new RegExp(`${web}\\.client\\.RestTemplate\\(\\)\\.(?:postFor|patchFor|put)\\w*$`),
    headers: { from: 1, only: true },
  },
  {
    id: 'resttemplate',
    transport: 'http',
    sends: new RegExp(`${web}\\.client\\.RestTemplate\\(\\)\\.(?:exchange|execute)$`),
    headers: { from: 0 },
  },
  {
    id: 'restclient',
    transport: 'http',
    sends: new RegExp(
      `${web}\\.client\\.RestClient(?:\\.\\w+)?\\(\\)(?:\\.\\w+\\(\\))*\\.(?:retrieve|exchange)$`,
    ),
    headers: { chain: true },
  },
  {
    id: 'webclient',
    transport: 'http',
    sends: new RegExp(
      `${web}\\.reactive\\.function\\.client\\.WebClient(?:\\.\\w+)?\\(\\)(?:\\.\\w+\\(\\))*\\.(?:retrieve|exchange(?:ToMono|ToFlux)?)$`,
    ),
    headers: { chain: true },
  },
  {
    id: 'grpc-java',
    transport: 'grpc',
    sends:
      /^io\.grpc\.(?:(?:\w+\.)*(?:Managed|Netty|OkHttp)ChannelBuilder\.for(?:Address|Target)|Grpc\.newChannelBuilder(?:ForAddress)?)$/,
  },
  oneMessage('kafka-clients', /^org\.apache\.kafka\.clients\.producer\.(?:Kafka)?Producer\(\)\.send$/, 0),
  oneMessage(
    'spring-kafka',
    /^org\.springframework\.kafka\.core\.Kafka(?:Template|Operations)\(\)\.send(?:Default)?$/,
    0,
  ),
  // The properties stand before the body.
  oneMessage(
    'rabbitmq-java',
    /^com\.rabbitmq\.client\.(?:Channel\(\)|\S*\.createChannel\(\))\.basicPublish$/,
    -2,
  ),
  {
    id: 'spring-amqp',
    transport: 'messaging',
    sends:
      /^org\.springframework\.amqp\.(?:rabbit\.core\.Rabbit(?:Template|Operations)|core\.AmqpTemplate)\(\)\.(?:convertAndSend|send)$/,
    headers: { from: 0 },
  },
  {
    id: 'jms',
    transport: 'messaging',
    sends:
      /^(?:javax|jakarta)\.jms\.(?:(?:Message|JMS)Producer\(\)|\S*\.createProducer\(\)|QueueSender\(\)|TopicPublisher\(\))\.(?:send|publish)$/,
    headers: { from: 0 },
  },
  {
    id: 'jms',
    transport: 'messaging',
    sends: /^org\.springframework\.jms\.core\.Jms(?:Template|Operations)\(\)\.(?:convertAndSend|send)$/,
    headers: { from: 0 },
  },
  {
    id: 'nats-java',
    transport: 'messaging',
    sends:
      /^io\.nats\.client\.(?:Connection|JetStream|Nats\.connect)\(\)(?:\.jetStream\(\))?\.publish(?:Async)?$/,
    headers: { from: 0 },
  },
  oneMessage(
    'aws-java-sqs',
    /^(?:software\.amazon\.awssdk\.services\.sqs\.Sqs(?:Async)?Client|com\.amazonaws\.services\.sqs\.AmazonSQS(?:Async)?(?:Client)?)\(\)\.sendMessage(?:Batch|Async)?$/,
    0,
  ),
  oneMessage(
    'aws-java-sns',
    /^(?:software\.amazon\.awssdk\.services\.sns\.Sns(?:Async)?Client|com\.amazonaws\.services\.sns\.AmazonSNS(?:Async)?(?:Client)?)\(\)\.publish(?:Batch|Async)?$/,
    0,
  ),
];

function oneMessage(id: string, sends: RegExp, from: number): ClientLibrary {
  return { id, transport: 'messaging', sends, headers: { from, only: true } };
}
