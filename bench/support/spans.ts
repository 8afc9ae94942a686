import type { KeyValue } from '../../src/model/anyValue.ts';
import type { Resource, Scope, Span, TracesData } from '../../src/model/span.ts';
import { Random } from './random.ts';

/** When the first trace begins, nanoseconds since 1970: always the same, for the same bytes. */
const usualBegin = 1_760_000_000_000_000_000n;

/**
 * Requests like those that SDKs and collectors send from a shop of eight services: server, client, database,
 * messaging and internal spans with the attributes of the semantic conventions, some events, few errors and links.
 * About 450 bytes and nine attributes a span.
 */
export function traceRequests(count: number, spansPerRequest: number, begin = usualBegin): TracesData[] {
  const random = new Random(42);
  const traces = new TraceGenerator(random, begin);
  const requests: TracesData[] = [];
  while (requests.length < count) {
    const service = random.between(0, services.length - 1);
    const spans = Array.from({ length: spansPerRequest }, () => traces.next());
    // Three of four requests come from one process, as SDKs send them; the others are mixed by a collector.
    const mixed = requests.length % 4 === 3;
    const perService = mixed
      ? services.map((_, index) => spans.filter((_span, i) => i % services.length === index))
      : services.map((_, index) => (index === service ? spans : []));
    requests.push({
      resourceSpans: perService.flatMap((own, index) =>
        own.length === 0 ? [] : [{ resource: resources[index], scopeSpans: byScope(own) }],
      ),
    });
  }
  return requests;
}

const services = [
  'frontend',
  'checkout',
  'payment',
  'cart',
  'catalog',
  'shipping',
  'recommendation',
  'email',
];
const scopes: readonly Scope[] = [
  { name: '@opentelemetry/instrumentation-http', version: '0.57.2' },
  { name: '@opentelemetry/instrumentation-pg', version: '0.50.0' },
  { name: 'app', version: '1.0.0' },
];
const resources: readonly Resource[] = services.map((name, i) => ({
  attributes: [
    text('service.name', name),
    text('service.version', `1.${i}.3`),
    text('service.namespace', 'shop'),
    text('service.instance.id', `b7f1c2d${i}-1f2e-4a77-9a0e-2f8d6a1c0b3${i}`),
    text('telemetry.sdk.name', 'opentelemetry'),
    text('telemetry.sdk.language', 'nodejs'),
    text('telemetry.sdk.version', '2.1.0'),
    text('host.name', 'dev-laptop.local'),
    text('os.type', 'linux'),
    integer('process.pid', 4000 + i),
    text('deployment.environment.name', 'development'),
  ],
}));
const routes = ['/api/cart/:user', '/api/products/:id', '/api/checkout', '/api/quote', '/healthz'];
const tables = ['orders', 'users', 'cart_items', 'inventory', 'payments', 'shipments'];
const functions = ['computeTotals', 'validateCart', 'renderTemplate', 'applyDiscounts', 'loadSession'];
const agents = [
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'grpc-node-js/1.14.0',
  'python-requests/2.32.3',
];

function text(key: string, stringValue: string): KeyValue {
  return { key, value: { stringValue } };
}

function integer(key: string, value: number): KeyValue {
  return { key, value: { intValue: String(value) } };
}

type ScopedSpan = readonly [scope: number, span: Span];

function byScope(spans: readonly ScopedSpan[]) {
  return scopes.flatMap((scope, index) => {
    const own = spans.filter(([of]) => of === index).map(([, span]) => span);
    return own.length === 0 ? [] : [{ scope, spans: own }];
  });
}

/** Traces of 8 to 60 spans, one after the other. */
class TraceGenerator {
  readonly #random: Random;
  #traceId = '';
  #left = 0;
  #open: { spanId: string; start: bigint; duration: number }[] = [];
  #now: bigint;

  constructor(random: Random, begin: bigint) {
    this.#random = random;
    this.#now = begin;
  }

  next(): ScopedSpan {
    const random = this.#random;
    if (this.#left === 0) {
      this.#left = random.between(8, 60);
      this.#traceId = random.hex(32);
      this.#open = [];
      this.#now += BigInt(random.between(1, 4_000_000));
    }
    this.#left--;
    const parent = this.#open.length === 0 ? undefined : random.pick(this.#open);
    const limit = parent?.duration ?? random.between(2_000_000, 900_000_000);
    const start = (parent?.start ?? this.#now) + BigInt(Math.floor(limit * random.next() * 0.5));
    const duration = Math.max(1000, Math.floor(limit * random.next() * 0.5));
    const spanId = random.hex(16);
    this.#open.push({ spanId, start, duration });
    return this.#span(spanId, parent?.spanId, start, duration);
  }

  #span(spanId: string, parentSpanId: string | undefined, start: bigint, duration: number): ScopedSpan {
    const random = this.#random;
    const [scope, kind, name, attributes] = this.#work(parentSpanId === undefined);
    const failed = random.next() < 0.02;
    const events = [
      ...(failed ? [this.#exception(start + BigInt(duration >> 1))] : []),
      ...(random.next() < 0.2
        ? [
            {
              timeUnixNano: String(start + BigInt(Math.floor(duration / 3))),
              name: 'cache.lookup',
              attributes: [text('cache.key', `k:${random.hex(12)}`)],
            },
          ]
        : []),
    ];
    const span: Span = {
      traceId: this.#traceId,
      spanId,
      ...(parentSpanId === undefined ? {} : { parentSpanId }),
      flags: 0x101,
      name,
      kind,
      startTimeUnixNano: String(start),
      endTimeUnixNano: String(start + BigInt(duration)),
      attributes,
      ...(events.length === 0 ? {} : { events }),
      ...(random.next() < 0.01 ? { links: [{ traceId: random.hex(32), spanId: random.hex(16) }] } : {}),
      status: failed ? { code: 2, message: 'cart is locked' } : {},
    };
    return [scope, span];
  }

  #exception(at: bigint) {
    const frames = Array.from(
      { length: 8 },
      (_, i) => `    at Cart.step${i} (/srv/app/cart.js:${100 + i}:7)`,
    );
    return {
      timeUnixNano: String(at),
      name: 'exception',
      attributes: [
        text('exception.type', 'IllegalStateError'),
        text('exception.message', `cart ${this.#random.hex(16)} is locked`),
        text('exception.stacktrace', frames.join('\n')),
      ],
    };
  }

  #work(root: boolean): [scope: number, kind: 1 | 2 | 3 | 4, name: string, attributes: KeyValue[]] {
    const random = this.#random;
    const choice = root ? 0 : random.next();
    const route = random.pick(routes);
    if (choice < 0.25) {
      const method = random.pick(['GET', 'GET', 'POST', 'PUT']);
      return [
        0,
        2,
        `${method} ${route}`,
        [
          text('http.request.method', method),
          text('url.path', route.replace(/:.*/, random.hex(16))),
          text('url.scheme', 'http'),
          text('http.route', route),
          integer('http.response.status_code', random.pick([200, 200, 200, 201, 404, 500])),
          text('server.address', 'localhost'),
          integer('server.port', 8080),
          text('network.protocol.version', '1.1'),
          text('user_agent.original', random.pick(agents)),
          text('client.address', `10.0.${random.between(0, 255)}.${random.between(0, 255)}`),
          integer('http.response.body.size', random.between(100, 90_000)),
        ],
      ];
    }
    if (choice < 0.45) {
      return [
        0,
        3,
        'GET',
        [
          text('http.request.method', 'GET'),
          text('url.full', `http://${random.pick(services)}:8080${route}?session=${random.hex(24)}`),
          integer('http.response.status_code', random.pick([200, 200, 200, 503])),
          text('server.address', random.pick(services)),
          integer('server.port', 8080),
          text('network.peer.address', `10.1.2.${random.between(1, 250)}`),
          integer('network.peer.port', 8080),
          text('network.protocol.version', '1.1'),
        ],
      ];
    }
    if (choice < 0.72) {
      const table = random.pick(tables);
      const statement = `SELECT id, created_at, status, total_cents FROM ${table} WHERE user_id = $1 AND status = $2 LIMIT 50`;
      return [
        1,
        3,
        `SELECT shop.${table}`,
        [
          text('db.system.name', 'postgresql'),
          text('db.namespace', 'shop'),
          text('db.operation.name', 'SELECT'),
          text('db.collection.name', table),
          text('db.query.text', statement),
          text('server.address', 'postgres'),
          integer('server.port', 5432),
          integer('db.response.returned_rows', random.between(0, 50)),
          integer('thread.id', random.between(1, 64)),
        ],
      ];
    }
    if (choice < 0.85) {
      return [
        2,
        4,
        'publish orders',
        [
          text('messaging.system', 'kafka'),
          text('messaging.destination.name', 'orders'),
          text('messaging.operation.type', 'send'),
          integer('messaging.kafka.offset', random.between(1, 1_000_000_000)),
          text('messaging.destination.partition.id', String(random.between(0, 11))),
          text('messaging.message.id', random.hex(32)),
          text('messaging.client.id', 'producer-1'),
          text('server.address', 'kafka'),
        ],
      ];
    }
    const name = random.pick(functions);
    return [
      2,
      1,
      name,
      [
        text('code.function.name', `Shop.${name}`),
        text('code.file.path', `/srv/app/src/shop/${name}.ts`),
        integer('code.line.number', random.between(10, 900)),
        integer('app.items', random.between(1, 40)),
        { key: 'app.cache_hit', value: { boolValue: random.next() < 0.5 } },
        { key: 'app.ratio', value: { doubleValue: random.next() } },
        text('app.tenant', `tenant-${random.between(1, 400)}`),
        integer('thread.id', random.between(1, 64)),
      ],
    ];
  }
}
