import type { ClientLibrary, HeaderPlace } from './clientLibrary.ts';

const verbs = '(?:get|post|put|patch|delete|head|options|request)';

/** Client libraries of Python. Written 2026-11. */
export const pythonClients: readonly ClientLibrary[] = [
  http('requests', `requests\\.(?:(?:api|sessions)\\.)?(?:(?:Session|session)\\(\\)\\.)?${verbs}`),
  // Its sessions are sessions of requests.
  http('requests', `requests_cache\\.(?:session\\.)?CachedSession\\(\\)\\.${verbs}`),
  http('httpx', `httpx\\.(?:(?:Async)?Client\\(\\)\\.)?(?:${verbs}|stream)`),
  http('aiohttp', `aiohttp\\.(?:client\\.)?(?:ClientSession\\(\\)\\.(?:${verbs}|ws_connect)|request)`),
  http(
    'urllib3',
    'urllib3\\.(?:request|(?:poolmanager\\.)?(?:PoolManager|ProxyManager|HTTPConnectionPool|HTTPSConnectionPool)\\(\\)\\.(?:request|urlopen))',
  ),
  // A `Request` has them.
  { id: 'urllib', transport: 'http', sends: /^urllib\.request\.urlopen$/, headers: { from: 0 } },
  {
    id: 'http.client',
    transport: 'http',
    sends: /^http\.client\.HTTPS?Connection\(\)\.request$/,
    headers: { keyword: 'headers', from: 3 },
  },
  {
    id: 'tornado',
    transport: 'http',
    sends: /^tornado\.(?:\w+\.)*(?:AsyncHTTPClient|HTTPClient)\(\)\.fetch$/,
    headers: { keyword: 'headers', from: 0 },
  },
  // Clients of MCP send with httpx.
  {
    id: 'httpx',
    transport: 'http',
    sends:
      /^(?:mcp\.client\.(?:streamable_http\.streamable_?http_client|sse\.sse_client)|langchain_mcp_adapters\.client\.MultiServerMCPClient|fastmcp\.(?:client\.(?:client\.)?)?Client)$/,
    headers: { keyword: 'headers', from: 0 },
    toOthers: true,
  },
  { id: 'grpc', transport: 'grpc', sends: /^grpc\.(?:insecure_channel|secure_channel)$/ },
  { id: 'grpc.aio', transport: 'grpc', sends: /^grpc\.aio\.(?:insecure_channel|secure_channel)$/ },
  message('kafka-python', /^kafka\.(?:producer\.)?KafkaProducer\(\)\.send$/, { keyword: 'headers', from: 3 }),
  message('confluent-kafka', /^confluent_kafka\.(?:\w+\.)*(?:Serializing|Avro|AIO)?Producer\(\)\.produce$/, {
    keyword: 'headers',
  }),
  message('aiokafka', /^aiokafka\.AIOKafkaProducer\(\)\.(?:send|send_and_wait)$/, { keyword: 'headers' }),
  message(
    'pika',
    /^pika\.(?:\w+\.)*(?:(?:Blocking|Select|URL)?Connection\(\)\.channel\(\)|(?:Blocking)?Channel\(\))\.basic_publish$/,
    { keyword: 'properties', from: 3 },
  ),
  message('aio-pika', /^aio_pika\.(?:\w+\(?\)?\.)*(?:default_exchange|\w*[eE]xchange(?:\(\))?)\.publish$/, {
    from: 0,
  }),
  message('stomp.py', /^stomp\.(?:connect\.)?(?:Stomp)?Connection(?:1[012])?\(\)\.send$/, {
    keyword: 'headers',
    from: 3,
  }),
  // A `Message` has them.
  message('fedora-messaging', /^fedora_messaging\.api\.(?:twisted_)?publish$/, { from: 0 }),
  message('boto3-sns', /^boto3\.(?:session\.Session\(\)\.|Session\(\)\.)?client\(\)\.publish(?:_batch)?$/, {
    keyword: 'MessageAttributes',
  }),
  message(
    'boto3-sqs',
    /^boto3\.(?:session\.Session\(\)\.|Session\(\)\.)?client\(\)\.send_message(?:_batch)?$/,
    {
      keyword: 'MessageAttributes',
    },
  ),
  message(
    'boto3-sqs',
    /^boto3\.(?:\w+\(\)\.)?resource\(\)\.(?:get_queue_by_name|create_queue|Queue)\(\)\.send_messages?$/,
    {
      keyword: 'MessageAttributes',
    },
  ),
  message('boto3-lambda', /^boto3\.(?:session\.Session\(\)\.|Session\(\)\.)?client\(\)\.invoke$/, {
    keyword: 'ClientContext',
  }),
  message(
    'azure-service-bus',
    /^azure\.servicebus\.(?:aio\.)?(?:ServiceBusSender\(\)|ServiceBusClient(?:\(\)|\.from_connection_string\(\))\.get_(?:queue|topic)_sender\(\))\.send_messages$/,
    { from: 0 },
  ),
  message(
    'nats-py',
    /^nats\.(?:connect|NATS|aio\.client\.Client)\(\)\.(?:(?:jetstream\(\)\.)?publish|request)$/,
    { keyword: 'headers' },
  ),
  {
    id: 'redis',
    transport: 'messaging',
    sends: /^redis\.(?:asyncio\.)?(?:(?:Strict)?Redis|from_url|Redis\.from_url)\(\)\.publish$/,
    headerless: true,
  },
];

/** What a task of Celery is called by, wherever that is made. */
export const celery: ClientLibrary = message(
  'celery',
  /^celery\.(?:\w+\.)*(?:Celery\(\)|current_app)\.send_task$/,
  { keyword: 'headers' },
);

function http(id: string, sends: string): ClientLibrary {
  return { id, transport: 'http', sends: new RegExp(`^${sends}$`), headers: { keyword: 'headers' } };
}

function message(id: string, sends: RegExp, headers: HeaderPlace): ClientLibrary {
  return { id, transport: 'messaging', sends, headers };
}
