import type { ClientLibrary, HeaderPlace } from './clientLibrary.ts';

const verbs = '(?:get|post|put|patch|delete|del|head|options|request)';

/** Client libraries of JavaScript. Written 2026-11. */
export const scriptClients: readonly ClientLibrary[] = [
  http('fetch', /^global#(?:(?:window|globalThis|self|global)\.)?fetch$/, { options: 1 }),
  // What sends with the global fetch, unless it is given another.
  {
    ...http(
      'fetch',
      /^@apollo\/client(?:\/[\w/.]+)?#(?:ApolloClient|(?:Batch)?HttpLink|createHttpLink)$|^@connectrpc\/connect-web#create(?:Connect|GrpcWeb)Transport$|^@modelcontextprotocol\/(?:sdk\/client\/(?:streamableHttp|sse)(?:\.js)?|client)#(?:StreamableHTTP|SSE)ClientTransport$/,
      { from: 0 },
    ),
    toOthers: true,
  },
  // A gateway sends to its subgraphs with `http`.
  { ...http('node-fetch', /^@apollo\/gateway#ApolloGateway$/, { from: 0 }), toOthers: true },
  {
    ...http(
      'http',
      /^http-proxy-middleware#(?:legacyC|c)reateProxyMiddleware$|^http-proxy(?:-3)?#(?:createProxy(?:Server)?|createServer)$|^express-http-proxy#$/,
      { from: 0 },
    ),
    toOthers: true,
    sendsOn: true,
  },
  // A plug-in that is registered: `app.register(httpProxy, { upstream })`.
  {
    ...http('undici', /^(?:@fastify\/|fastify-)(?:http-proxy|reply-from)#$/, { from: 1 }),
    toOthers: true,
    sendsOn: true,
  },
  {
    // What is set on the request afterwards has the headers.
    id: 'xmlhttprequest',
    transport: 'http',
    sends: /^global#(?:(?:window|globalThis|self)\.)?XMLHttpRequest\(\)\.open$/,
    inPages: true,
  },
  {
    ...http(
      'angular-http',
      /^@angular\/common\/http#HttpClient\(\)\.(?:get|delete|head|options|post|put|patch)$/,
      {
        options: 1,
        optionsAfterBody: 2,
      },
    ),
    inPages: true,
  },
  http('undici', /^undici#(?:fetch|request|stream)$/, { options: 1 }),
  http('undici', /^undici#(?:Client|Pool|Agent|ProxyAgent)\(\)\.(?:request|stream)$/, { options: 0 }),
  http(
    'axios',
    /^(?:axios#(?:(?:create\(\)|AxiosInstance\(\)|Axios\(\)|default|axios)(?:\.axiosRef)?\.)?|@nestjs\/axios#HttpService\(\)\.(?:axiosRef\.)?)(?:get|delete|head|options|post|put|patch|postForm|putForm|patchForm)$/,
    { options: 1, optionsAfterBody: 2 },
  ),
  http(
    'axios',
    /^axios#(?:(?:create\(\)|AxiosInstance\(\)|default|axios)(?:\.request)?|request)?$|^@nestjs\/axios#HttpService\(\)\.request$/,
    { options: 0 },
  ),
  http(
    'got',
    new RegExp(
      `^got#(?:(?:got|default|extend\\(\\)|got\\.extend\\(\\))(?:\\.(?:${verbs}|stream))?|${verbs}|stream)?$`,
    ),
    { options: 1 },
  ),
  http('ky', new RegExp(`^ky#(?:(?:create|extend)\\(\\)(?:\\.${verbs})?|${verbs})?$`), { options: 1 }),
  http('ofetch', /^ofetch#(?:ofetch|\$fetch)(?:\.raw)?$/, { options: 1 }),
  http('superagent', new RegExp(`^superagent#(?:agent\\(\\)\\.)?(?:${verbs})$`), { chain: true }),
  http('request', new RegExp(`^request(?:-promise(?:-native)?)?#(?:defaults\\(\\)\\.)?(?:${verbs})?$`), {
    from: 0,
  }),
  http('needle', /^needle#(?:get|head)?$/, { options: 1 }),
  http('needle', /^needle#(?:post|put|patch|delete)$/, { options: 2 }),
  http('node-fetch', /^node-fetch#(?:fetch)?$/, { options: 1 }),
  http('cross-fetch', /^cross-fetch#(?:fetch)?$/, { options: 1 }),
  http('isomorphic-fetch', /^isomorphic-fetch#$/, { options: 1 }),
  http('http', /^http#(?:request|get)$/, { from: 0 }),
  http('https', /^https#(?:request|get)$/, { from: 0 }),
  http('http2', /^http2#(?:connect\(\)|ClientHttp2Session\(\))\.request$/, { from: 0 }),
  message('kafkajs', /^kafkajs#(?:Kafka\(\)\.producer\(\)|Producer\(\))\.(?:send|sendBatch)$/, 0),
  message('kafkajs', /^@nestjs\/microservices(?:\/[\w/-]+)?#ClientKafka(?:Proxy)?\(\)\.(?:emit|send)$/, 1),
  message('node-rdkafka', /^node-rdkafka#(?:Producer|HighLevelProducer)\(\)\.produce$/, 6),
  message('amqplib', new RegExp(`${amqpChannel()}\\.publish$`), 3),
  message('amqplib', new RegExp(`${amqpChannel()}\\.sendToQueue$`), 2),
  message(
    'amqp-connection-manager',
    /^amqp-connection-manager#(?:connect\(\)\.createChannel\(\)|ChannelWrapper\(\))\.publish$/,
    3,
  ),
  message(
    'amqp-connection-manager',
    /^amqp-connection-manager#(?:connect\(\)\.createChannel\(\)|ChannelWrapper\(\))\.sendToQueue$/,
    2,
  ),
  message('amqplib', /^@golevelup\/nestjs-rabbitmq#AmqpConnection\(\)\.publish$/, 3),
  message('amqplib', /^@golevelup\/nestjs-rabbitmq#AmqpConnection\(\)\.request$/, 0),
  message(
    'amqp-connection-manager',
    /^@nestjs\/microservices(?:\/[\w/-]+)?#ClientRMQ\(\)\.(?:emit|send)$/,
    1,
  ),
  message(
    'aws-sdk-sqs',
    /^@aws-sdk\/client-sqs#(?:SendMessage(?:Batch)?Command|SQS\(\)\.sendMessage(?:Batch)?)$|^aws-sdk#SQS\(\)\.sendMessage(?:Batch)?$/,
    0,
  ),
  message(
    'aws-sdk-sns',
    /^@aws-sdk\/client-sns#(?:Publish(?:Batch)?Command|SNS\(\)\.publish(?:Batch)?)$|^aws-sdk#SNS\(\)\.publish(?:Batch)?$/,
    0,
  ),
  message('aws-sdk-lambda', /^@aws-sdk\/client-lambda#InvokeCommand$/, 0),
  message('google-pubsub', /^@google-cloud\/pubsub#(?:PubSub\(\)\.topic|Topic)\(\)\.publishMessage$/, 0),
  message(
    'azure-service-bus',
    /^@azure\/service-bus#(?:ServiceBusClient\(\)\.createSender|ServiceBusSender)\(\)\.(?:sendMessages|scheduleMessages)$/,
    0,
  ),
  message(
    'nats-js',
    /^(?:nats|@nats-io\/transport-node)#(?:connect|NatsConnection)\(\)\.(?:(?:jetstream\(\)\.)?publish|request)$/,
    2,
  ),
  message('mqtt', /^mqtt#(?:connect|MqttClient)\(\)\.publish(?:Async)?$/, 2),
  // The job is all that travels; its options have a `telemetry` of their own.
  headerless('bullmq', /^bullmq#Queue\(\)\.(?:add|addBulk)$/),
  headerless('bull', /^bull#(?:Queue\(\)|\(\))\.(?:add|addBulk)$/),
  headerless('redis', /^(?:ioredis#(?:Redis\(\)|\(\))|redis#createClient\(\))\.publish$/),
];

function amqpChannel(): string {
  return String.raw`^amqplib(?:\/callback_api)?#(?:(?:connect\(\)|ChannelModel\(\)|Connection\(\))\.create(?:Confirm)?Channel\(\)|(?:Confirm)?Channel\(\))`;
}

function http(id: string, sends: RegExp, headers: HeaderPlace): ClientLibrary {
  return { id, transport: 'http', sends, headers };
}

function message(id: string, sends: RegExp, from: number): ClientLibrary {
  return { id, transport: 'messaging', sends, headers: { from } };
}

function headerless(id: string, sends: RegExp): ClientLibrary {
  return { id, transport: 'messaging', sends, headerless: true };
}
