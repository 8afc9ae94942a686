import type { LanguageId } from './syntax.ts';

export type Transport = 'http' | 'grpc' | 'messaging';

/** A library whose calls leave the process, and where the context could travel in them. Looked up in November 2026. */
export interface ClientLibrary {
  /** As `Service.covers` and evidence know it. */
  readonly id: string;
  readonly languages: readonly LanguageId[];
  readonly transport: Transport;
  /** Qualified names (names.ts) of what is called to send. */
  readonly sends: RegExp;
  /** Arguments that carry headers: by position or by name; absent: the context is put on something else (a request, a transport). */
  readonly headers?: HeaderPlace;
  /** There is no place for headers. */
  readonly headerless?: true;
}

export interface HeaderPlace {
  /** Index of the options that have a field `headers`; the last object argument, if it is less than 0. */
  readonly options?: number;
  /** Index of the headers themselves. */
  readonly argument?: number;
  /** Keyword argument (Python). */
  readonly keyword?: string;
}

const scripts = ['javascript', 'typescript', 'tsx'] as const;
const verbs = '(?:get|post|put|patch|delete|del|head|options|request)';

export const clientLibraries: readonly ClientLibrary[] = [
  script('fetch', /^global#(?:(?:window|globalThis|self|global)\.)?fetch$/, { options: 1 }),
  script(
    'undici',
    /^undici#(?:fetch|request|stream|(?:Client|Pool|Agent|ProxyAgent)\(\)\.(?:request|stream))$/,
    {
      options: -1,
    },
  ),
  script(
    'axios',
    new RegExp(
      `^axios#(?:(?:(?:create\\(\\)|AxiosInstance\\(\\)|Axios\\(\\)|default)\\.)?(?:${verbs}|postForm|putForm|patchForm)|create\\(\\))?$`,
    ),
    { options: -1 },
  ),
  script(
    'got',
    new RegExp(
      `^got#(?:(?:got|extend\\(\\)|got\\.extend\\(\\))(?:\\.(?:${verbs}|stream))?|${verbs}|stream)?$`,
    ),
    { options: -1 },
  ),
  script('ky', new RegExp(`^ky#(?:(?:create|extend)\\(\\)(?:\\.${verbs})?|${verbs})?$`), { options: -1 }),
  script('ofetch', /^ofetch#(?:ofetch|\$fetch|ofetch\.raw)$/, { options: -1 }),
  script('superagent', new RegExp(`^superagent#(?:${verbs})$`)),
  script('request', new RegExp(`^request(?:-promise(?:-native)?)?#(?:${verbs})?$`), { options: -1 }),
  script('needle', new RegExp(`^needle#(?:${verbs})?$`), { options: -1 }),
  script('node-fetch', /^node-fetch#$/, { options: 1 }),
  script('cross-fetch', /^cross-fetch#(?:fetch)?$/, { options: 1 }),
  script('http', /^http#(?:request|get)$/, { options: -1 }),
  script('https', /^https#(?:request|get)$/, { options: -1 }),
  message(
    scripts,
    'kafkajs',
    /^kafkajs#Kafka\(\)\.producer\(\)\.(?:send|sendBatch)$|^kafkajs#Producer\(\)\.(?:send|sendBatch)$/,
  ),
  message(scripts, 'node-rdkafka', /^node-rdkafka#(?:Producer|HighLevelProducer)\(\)\.produce$/),
  message(
    scripts,
    'amqplib',
    /^amqplib(?:\/callback_api)?#(?:(?:connect\(\)|ChannelModel\(\)|Connection\(\))\.create(?:Confirm)?Channel\(\)|(?:Confirm)?Channel\(\))\.(?:publish|sendToQueue)$/,
  ),
  message(
    scripts,
    'amqp-connection-manager',
    /^amqp-connection-manager#connect\(\)\.createChannel\(\)\.(?:publish|sendToQueue)$/,
  ),
  message(scripts, '@aws-sdk/client-sqs', /^@aws-sdk\/client-sqs#SendMessage(?:Batch)?Command$/),
  message(scripts, '@aws-sdk/client-sns', /^@aws-sdk\/client-sns#Publish(?:Batch)?Command$/),
  {
    id: 'bullmq',
    languages: scripts,
    transport: 'messaging',
    sends: /^bullmq#Queue\(\)\.(?:add|addBulk)$/,
    headerless: true,
  },
  message(scripts, 'nats-js', /^(?:nats|@nats-io\/transport-node)#connect\(\)\.publish$/),
  {
    id: 'ioredis-pubsub',
    languages: scripts,
    transport: 'messaging',
    sends: /^(?:ioredis#(?:Redis\(\)|\(\))|redis#createClient\(\))\.publish$/,
    headerless: true,
  },
  python(
    'requests',
    new RegExp(`^requests\\.(?:(?:api|sessions)\\.)?(?:(?:Session|session)\\(\\)\\.)?${verbs}$`),
  ),
  python('httpx', new RegExp(`^httpx\\.(?:(?:Async)?Client\\(\\)\\.)?(?:${verbs}|stream)$`)),
  python(
    'aiohttp',
    new RegExp(`^aiohttp\\.(?:client\\.)?ClientSession\\(\\)\\.(?:${verbs}|ws_connect)$|^aiohttp\\.request$`),
  ),
  python('urllib', /^urllib\.request\.urlopen$/),
  python('urllib3', /^urllib3\.(?:request|PoolManager\(\)\.(?:request|urlopen))$/),
  message(['python'], 'kafka-python', /^kafka\.(?:producer\.)?KafkaProducer\(\)\.send$/, {
    keyword: 'headers',
  }),
  message(
    ['python'],
    'confluent-kafka',
    /^confluent_kafka\.(?:\w+\.)?(?:Serializing|Avro)?Producer\(\)\.produce$/,
    { keyword: 'headers' },
  ),
  message(['python'], 'aiokafka', /^aiokafka\.AIOKafkaProducer\(\)\.(?:send|send_and_wait)$/, {
    keyword: 'headers',
  }),
  message(
    ['python'],
    'pika',
    /^pika\.(?:\w+\.)*(?:Blocking|Select|URL)?Connection\(\)\.channel\(\)\.basic_publish$|^pika\.(?:\w+\.)*(?:Blocking)?Channel\(\)\.basic_publish$/,
    { keyword: 'properties', argument: 3 },
  ),
  {
    id: 'redis-py-pubsub',
    languages: ['python'],
    transport: 'messaging',
    sends: /^redis\.(?:asyncio\.)?(?:Strict)?Redis\(\)\.publish$/,
    headerless: true,
  },
  {
    id: 'net/http',
    languages: ['go'],
    transport: 'http',
    sends:
      /^net\/http#(?:(?:DefaultClient\.|Client\(\)\.)?(?:Get|Post|Head|PostForm)|(?:DefaultClient|Client\(\))\.Do)$/,
  },
  {
    id: 'grpc-go',
    languages: ['go'],
    transport: 'grpc',
    sends: /^google\.golang\.org\/grpc#(?:NewClient|Dial|DialContext)$/,
  },
  {
    id: 'grpc',
    languages: ['python'],
    transport: 'grpc',
    sends: /^grpc\.(?:aio\.)?(?:insecure_channel|secure_channel)$/,
  },
  message(
    ['go'],
    'sarama',
    /^github\.com\/(?:IBM|Shopify)\/sarama#(?:New(?:Sync|Async)Producer(?:FromClient)?\(\)|SyncProducer\(\)|AsyncProducer\(\))\.SendMessages?$/,
  ),
  message(
    ['go'],
    'kafka-go',
    /^github\.com\/segmentio\/kafka-go#(?:Writer\(\)|NewWriter\(\))\.WriteMessages$/,
  ),
  message(
    ['go'],
    'confluent-kafka-go',
    /^github\.com\/confluentinc\/confluent-kafka-go(?:\/v2)?\/kafka#(?:NewProducer\(\)|Producer\(\))\.Produce$/,
  ),
  message(
    ['go'],
    'franz-go',
    /^github\.com\/twmb\/franz-go\/pkg\/kgo#(?:NewClient\(\)|Client\(\))\.(?:Produce|ProduceSync|TryProduce)$/,
  ),
  message(
    ['go'],
    'amqp091-go',
    /^github\.com\/rabbitmq\/amqp091-go#(?:Channel\(\)|Dial\(\)\.Channel\(\))\.Publish(?:WithContext)?$/,
  ),
  {
    id: 'nats.go',
    languages: ['go'],
    transport: 'messaging',
    sends: /^github\.com\/nats-io\/nats\.go#(?:Connect\(\)|Conn\(\))\.Publish$/,
    headerless: true,
  },
];

function script(id: string, sends: RegExp, headers?: HeaderPlace): ClientLibrary {
  return { id, languages: scripts, transport: 'http', sends, headers };
}

function python(id: string, sends: RegExp): ClientLibrary {
  return { id, languages: ['python'], transport: 'http', sends, headers: { keyword: 'headers' } };
}

function message(
  languages: readonly LanguageId[],
  id: string,
  sends: RegExp,
  headers?: HeaderPlace,
): ClientLibrary {
  return { id, languages, transport: 'messaging', sends, headers };
}

/** Last names of all that sends: a call with another is none, and need not be resolved. */
export const sendingCallees =
  /^(?:fetch|get|post|put|patch|delete|del|head|options|request|stream|send|sendBatch|produce|publish|sendToQueue|add|addBulk|raw|ofetch|\$fetch|urlopen|ws_connect|basic_publish|send_and_wait|Get|Post|Head|PostForm|Do|NewClient|Dial|DialContext|insecure_channel|secure_channel|SendMessages?|WriteMessages|Produce|ProduceSync|TryProduce|Publish|PublishWithContext|SendMessage(?:Batch)?Command|Publish(?:Batch)?Command|postForm|putForm|patchForm)$/;
