import assert from 'node:assert/strict';
import type { Backend, BackendSearch } from '../../../src/backends/backend.ts';
import { openBackend } from '../../../src/backends/openBackend.ts';
import { decodeTraces } from '../../../src/decode/otlp/requests.ts';
import { writeTraces } from '../../../src/decode/otlp/writeProtobuf.ts';
import { plainAttributes } from '../../../src/model/anyValue.ts';
import type { BackendKind } from '../../../src/model/backend.ts';
import type { ResourceSpans, TracesData } from '../../../src/model/span.ts';
import { SpanBatch } from '../../../src/model/spanBatch.ts';
import { nanos } from '../../../src/model/time.ts';
import { exportTraces } from '../../../src/query/exportTraces.ts';
import { remoteQuery } from '../../../src/query/remoteQuery.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { FakeBackend, json, never } from './fakeBackend.ts';

const traceId = '00a1b2c3d4e5f60718293a4b5c6d7e8f';
const second = 1_000_000_000n;
const startOfTrace = 1_700_000_000n * second;

/** Two spans in two services, the second with an error. */
const trace: TracesData = {
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'gateway' } }] },
      scopeSpans: [
        {
          spans: [
            {
              traceId,
              spanId: '00000000000000a1',
              name: 'GET /cart',
              kind: 2,
              startTimeUnixNano: `${startOfTrace}`,
              endTimeUnixNano: `${startOfTrace + 2n * second}`,
              attributes: [{ key: 'http.route', value: { stringValue: '/cart' } }],
            },
          ],
        },
      ],
    },
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'cart' } }] },
      scopeSpans: [
        {
          spans: [
            {
              traceId,
              spanId: '00000000000000b1',
              parentSpanId: '00000000000000a1',
              name: 'SELECT',
              kind: 3,
              startTimeUnixNano: `${startOfTrace + second}`,
              endTimeUnixNano: `${startOfTrace + second + 5n}`,
              status: { code: 2 },
            },
          ],
        },
      ],
    },
  ],
};

function searchFor(query: string, more: Partial<BackendSearch> = {}): BackendSearch {
  return {
    ...remoteQuery(query),
    limit: 20,
    spansPerTrace: 3,
    start: nanos(startOfTrace - 60n * second),
    end: nanos(startOfTrace + 60n * second),
    ...more,
  };
}

describe('backends', () => {
  let fake: FakeBackend;
  const open: Backend[] = [];

  before(async () => {
    fake = await FakeBackend.start();
  });
  beforeEach(() => fake.reset());
  afterEach(async () => {
    for (const backend of open.splice(0)) await backend.close();
  });
  after(() => fake.stop());

  async function backend(kind?: BackendKind): Promise<Backend> {
    const made = await openBackend({ url: fake.url, ...(kind !== undefined && { kind }) }, never, {
      backOffMs: 1,
    });
    open.push(made);
    return made;
  }

  /** What a fetched trace is when it is stored. */
  async function stored(kind: BackendKind): Promise<TracesData> {
    const fetched = await (await backend(kind)).trace(traceId, never);
    assert.ok(fetched !== undefined);
    const store = new TraceStore({ budgetBytes: 16 << 20 });
    const batch = new SpanBatch();
    for (const request of fetched.requests) {
      decodeTraces(request, 'protobuf', batch);
      store.append(batch);
    }
    const { resourceSpans } = exportTraces(store, [traceId]);
    const start = ({ scopeSpans }: ResourceSpans) => scopeSpans[0].spans[0].startTimeUnixNano;
    return {
      resourceSpans: resourceSpans
        .toSorted((a, b) => (start(a) < start(b) ? -1 : 1))
        .map(({ resource, scopeSpans }) => ({
          resource,
          scopeSpans: scopeSpans.map(({ spans }) => ({ spans })),
        })),
    };
  }

  const paths = () => fake.asked.map(({ path }) => path);
  const query = (at = 0) => Object.fromEntries(fake.asked[at].query);

  it('tells which one it speaks with', async () => {
    const signs: [BackendKind, string][] = [
      ['tempo', '/api/echo'],
      ['jaeger', '/api/v3/services'],
      ['jaeger', '/api/services'],
      ['zipkin', '/api/v2/services'],
    ];
    for (const [kind, path] of signs) {
      fake.reset();
      // Pages of a UI are no sign.
      fake.otherwise = (_, response) =>
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
      fake.answers[path] = json([]);
      assert.equal((await backend()).kind, kind);
    }
    fake.reset();
    await assert.rejects(backend(), /none of Jaeger, Tempo and Zipkin/);
  });

  describe('Tempo', () => {
    const found = {
      traces: [
        {
          // Leading zeros are left out.
          traceID: traceId.replace(/^0+/, ''),
          rootServiceName: 'gateway',
          rootTraceName: 'GET /cart',
          startTimeUnixNano: `${startOfTrace}`,
          durationMs: 2000,
          spanSets: [
            {
              spans: [
                {
                  spanID: 'b1',
                  name: 'SELECT',
                  startTimeUnixNano: `${startOfTrace + second}`,
                  durationNanos: '5',
                  attributes: [
                    { key: 'service.name', value: { stringValue: 'cart' } },
                    { key: 'http.route', value: { stringValue: 'nil' } },
                    { key: 'status', value: { stringValue: 'error' } },
                  ],
                },
              ],
              matched: 4,
            },
          ],
          serviceStats: { gateway: { spanCount: 1 }, cart: { spanCount: 5, errorCount: 1 } },
        },
        { traceID: 'no id' },
        'nonsense',
      ],
      metrics: {},
    };

    it('searches in TraceQL', async () => {
      fake.answers['/api/search'] = json(found);
      const traces = await (await backend('tempo')).search(searchFor('{ status = error }'), never);
      assert.deepEqual(query(), {
        q: '{ status = error } | select(name, resource.service.name)',
        limit: '20',
        spss: '3',
        start: '1699999940',
        end: '1700000061',
      });
      assert.deepEqual(traces, [
        {
          traceId,
          rootServiceName: 'gateway',
          rootSpanName: 'GET /cart',
          startTimeUnixNano: `${startOfTrace}`,
          durationNano: '2000000000',
          spanCount: 6,
          errorCount: 1,
          serviceNames: ['gateway', 'cart'],
          matchedCount: 4,
          matchedSpans: [
            {
              spanId: '00000000000000b1',
              name: 'SELECT',
              serviceName: 'cart',
              startTimeUnixNano: `${startOfTrace + second}`,
              durationNano: '5',
              attributes: { status: 'error' },
            },
          ],
        },
      ]);
    });

    it('selects nothing behind hints, where nothing may stand', async () => {
      fake.answers['/api/search'] = json({ traces: [] });
      const hinted = '{ } with (most_recent=true)';
      await (await backend('tempo')).search(searchFor(hinted), never);
      assert.equal(query()['q'], hinted);
    });

    it('looks for plain words in names', async () => {
      fake.answers['/api/search'] = json({ traces: [] });
      await (await backend('tempo')).search(searchFor('GET c*rt'), never);
      assert.equal(
        query()['q'],
        String.raw`{ (name =~ "(?i).*GET.*" || resource.service.name =~ "(?i).*GET.*") && (name =~ "(?i).*c\\*rt.*" || resource.service.name =~ "(?i).*c\\*rt.*") } | select(name, resource.service.name)`,
      );
    });

    it('reads a trace as protobuf, of the newer API and of the older', async () => {
      const protobuf = { 'content-type': 'application/protobuf' };
      const plain = writeTraces(trace);
      // TraceByIDResponse { trace = 1, status = 3: PARTIAL, message = 4 }
      const wrapped = Buffer.concat([
        varint(0x0a),
        varint(plain.length),
        plain,
        Buffer.from([0x18, 1, 0x22, 3]),
        Buffer.from('cut'),
      ]);
      fake.answers[`/api/v2/traces/${traceId}`] = (_, response) =>
        response.writeHead(200, protobuf).end(wrapped);
      const fetched = await (await backend('tempo')).trace(traceId, never);
      assert.deepEqual(fetched?.warnings, ['cut']);
      assert.deepEqual(await stored('tempo'), trace);
      assert.equal(fake.asked[0].headers['accept'], 'application/protobuf');
      fake.reset();
      fake.answers[`/api/traces/${traceId}`] = (_, response) => response.writeHead(200, protobuf).end(plain);
      assert.deepEqual(await stored('tempo'), trace);
      assert.deepEqual(paths(), [`/api/v2/traces/${traceId}`, `/api/traces/${traceId}`]);
    });

    it('knows a trace that is not there from one that is broken', async () => {
      assert.equal(await (await backend('tempo')).trace(traceId, never), undefined);
      // What Tempo 3 answers: an empty trace, and empty metrics; if it could not look everywhere, a status and a message.
      const answers = (hex: string) => {
        fake.answers[`/api/v2/traces/${traceId}`] = (_, response) =>
          response.writeHead(200, { 'content-type': 'application/protobuf' }).end(Buffer.from(hex, 'hex'));
      };
      answers('0a001200');
      assert.equal(await (await backend('tempo')).trace(traceId, never), undefined);
      answers('0a0018012203637574');
      await assert.rejects((await backend('tempo')).trace(traceId, never), /cannot be read: cut/);
      fake.answers[`/api/v2/traces/${traceId}`] = (_, response) =>
        response
          .writeHead(200, { 'content-type': 'application/protobuf' })
          .end(Buffer.from([0x0a, 0xff, 0x01]));
      await assert.rejects(stored('tempo'), /a trace from 127\.0\.0\.1:\d+ cannot be read/);
    });

    it('completes names and values', async () => {
      fake.answers['/api/v2/search/tags'] = json({
        scopes: [
          { name: 'resource', tags: ['service.name'] },
          { name: 'span', tags: ['http.route', 7] },
          { name: 'intrinsic', tags: ['duration'] },
        ],
      });
      fake.answers['/api/v2/search/tag/resource.service.name/values'] = json({
        tagValues: [{ type: 'string', value: 'gateway' }, { value: 3 }],
      });
      const tempo = await backend('tempo');
      assert.deepEqual(await tempo.attributeNames(never), [
        'resource.service.name',
        'span.http.route',
        'duration',
      ]);
      assert.deepEqual(await tempo.services(never), ['gateway']);
    });
  });

  describe('Jaeger', () => {
    const older = {
      data: [
        {
          traceID: 'a1b2c3d4e5f60718293a4b5c6d7e8f',
          processes: { p1: { serviceName: 'gateway' }, p2: { serviceName: 'cart' } },
          spans: [
            {
              traceID: 'a1b2c3d4e5f60718293a4b5c6d7e8f',
              spanID: 'a1',
              operationName: 'GET /cart',
              references: [],
              startTime: 1_700_000_000_000_000,
              duration: 2_000_000,
              tags: [],
              processID: 'p1',
            },
            {
              traceID: 'a1b2c3d4e5f60718293a4b5c6d7e8f',
              spanID: 'b1',
              operationName: 'SELECT',
              references: [{ refType: 'CHILD_OF', traceID: 'a1b2c3d4e5f60718293a4b5c6d7e8f', spanID: 'a1' }],
              startTime: 1_700_000_001_000_000,
              duration: 3,
              tags: [{ key: 'error', type: 'bool', value: true }],
              processID: 'p2',
            },
          ],
        },
      ],
    };
    const noMatch = json({ error: { httpCode: 404, message: 'No traces found' } }, 404);
    const asked =
      '{ resource.service.name = "cart" && name = "SELECT" && duration >= 1ms && duration < 2s && status = error && .db = "x" }';

    it('asks for summaries where there are some', async () => {
      fake.answers['/api/v3/trace-summaries'] = json({
        summaries: [
          {
            traceId,
            rootServiceName: 'gateway',
            rootOperationName: 'GET /cart',
            minStartTimeUnixNano: `${startOfTrace}`,
            maxEndTimeUnixNano: `${startOfTrace + 2n * second}`,
            spanCount: 2,
            errorSpanCount: 1,
            services: [
              { name: 'cart', spanCount: 1 },
              { name: 'gateway', spanCount: 1 },
            ],
          },
        ],
      });
      const jaeger = await backend('jaeger');
      const [found] = await jaeger.search(searchFor(asked), never);
      assert.deepEqual(found, {
        traceId,
        rootServiceName: 'gateway',
        rootSpanName: 'GET /cart',
        startTimeUnixNano: `${startOfTrace}`,
        durationNano: `${2n * second}`,
        spanCount: 2,
        errorCount: 1,
        serviceNames: ['cart', 'gateway'],
        matchedCount: 0,
        matchedSpans: [],
      });
      const parameters = query();
      assert.equal(parameters['query.serviceName'], 'cart');
      assert.equal(parameters['query.operationName'], 'SELECT');
      assert.equal(parameters['query.startTimeMin'], '2023-11-14T22:12:20.000000000Z');
      assert.equal(parameters['query.startTimeMax'], '2023-11-14T22:14:20.000000000Z');
      assert.equal(parameters['query.durationMin'], '1000000ns');
      assert.equal(parameters['query.durationMax'], '2000000000ns');
      assert.equal(parameters['query.searchDepth'], '20');
      assert.deepEqual(JSON.parse(parameters['query.attributes']), { db: 'x', error: 'true' });
      fake.answers['/api/v3/trace-summaries'] = noMatch;
      assert.deepEqual(await jaeger.search(searchFor(asked), never), []);
      assert.deepEqual(new Set(paths()), new Set(['/api/v3/trace-summaries']));
    });

    it('reads lists out of whole traces in OTLP, in one document or several', async () => {
      const chunks = trace.resourceSpans
        .map(each => JSON.stringify({ result: { resourceSpans: [each] } }))
        .join('\n');
      for (const body of [JSON.stringify({ result: trace }), chunks]) {
        fake.reset();
        fake.answers['/api/v3/traces'] = (_, response) =>
          response.writeHead(200, { 'content-type': 'application/json' }).end(body);
        const jaeger = await backend('jaeger');
        const found = await jaeger.search(searchFor('{ resource.service.name = "cart" }'), never);
        assert.equal(found.length, 1);
        const { matchedSpans, ...whole } = found[0];
        assert.deepEqual(whole, {
          traceId,
          rootServiceName: 'gateway',
          rootSpanName: 'GET /cart',
          startTimeUnixNano: `${startOfTrace}`,
          durationNano: `${2n * second}`,
          spanCount: 2,
          errorCount: 1,
          serviceNames: ['gateway', 'cart'],
          matchedCount: 1,
        });
        assert.deepEqual(
          matchedSpans.map(({ name }) => name),
          ['SELECT'],
        );
        assert.deepEqual(
          await jaeger.search(searchFor('{ resource.service.name = "cart" && .db = "x" }'), never),
          [],
        );
      }
    });

    it('falls back to the API of the older UI', async () => {
      // Paths that a version does not know are the page of its UI.
      fake.otherwise = (_, response) =>
        response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>');
      fake.answers['/api/traces'] = json(older);
      const jaeger = await backend('jaeger');
      const [found] = await jaeger.search(
        searchFor('{ resource.service.name = "cart" && status = error }'),
        never,
      );
      assert.deepEqual(paths(), ['/api/v3/trace-summaries', '/api/v3/traces', '/api/traces']);
      assert.deepEqual(query(2), {
        service: 'cart',
        start: '1699999940000000',
        end: '1700000060000000',
        limit: '20',
        tags: '{"error":"true"}',
      });
      assert.equal(found.traceId, traceId);
      assert.equal(found.rootSpanName, 'GET /cart');
      assert.equal(found.durationNano, `${2n * second}`);
      assert.deepEqual(found.matchedSpans, [
        {
          spanId: '00000000000000b1',
          name: 'SELECT',
          serviceName: 'cart',
          startTimeUnixNano: `${startOfTrace + second}`,
          durationNano: '3000',
          attributes: {},
        },
      ]);
      // What works is remembered.
      await jaeger.search(searchFor('{ resource.service.name = "cart" }'), never);
      assert.equal(fake.asked.length, 4);
    });

    it('reads a trace of the older API', async () => {
      fake.answers[`/api/traces/${traceId}`] = json(older);
      assert.deepEqual(outline(await stored('jaeger')), [
        ['gateway', 'GET /cart', 2, undefined],
        ['cart', 'SELECT', 2, '00000000000000a1'],
      ]);
    });

    it('needs a service, and says which there are', async () => {
      fake.answers['/api/v3/services'] = json({ services: ['gateway', 'cart'] });
      await assert.rejects(
        (await backend('jaeger')).search(searchFor('{ status = error }'), never),
        /one service at a time.*it knows cart, gateway$/,
      );
    });

    it('reads a trace', async () => {
      fake.answers[`/api/v3/traces/${traceId}`] = json({ result: trace });
      assert.deepEqual(await stored('jaeger'), trace);
      fake.answers[`/api/v3/traces/${traceId}`] = noMatch;
      assert.equal(await (await backend('jaeger')).trace(traceId, never), undefined);
    });
  });

  describe('Zipkin', () => {
    const spans = [
      {
        traceId: traceId.slice(2),
        id: 'a1',
        name: 'get /cart',
        kind: 'SERVER',
        timestamp: 1_700_000_000_000_000,
        duration: 2_000_000,
        localEndpoint: { serviceName: 'gateway' },
        tags: {},
      },
      {
        traceId: traceId.slice(2),
        id: 'b1',
        parentId: 'a1',
        name: 'select',
        timestamp: 1_700_000_001_000_000,
        duration: 3,
        localEndpoint: { serviceName: 'cart' },
        tags: { error: '' },
      },
    ];

    it('searches', async () => {
      fake.answers['/api/v2/traces'] = json([spans, [{ nonsense: 1 }], 7]);
      const zipkin = await backend('zipkin');
      const found = await zipkin.search(
        searchFor('{ resource.service.name = "Cart" && .db = "x" && status = error && duration < 1s }'),
        never,
      );
      assert.deepEqual(query(), {
        serviceName: 'Cart',
        annotationQuery: 'error and db=x',
        minDuration: '1',
        maxDuration: '1000000',
        endTs: '1700000060001',
        lookback: '120001',
        limit: '20',
      });
      assert.deepEqual(found, [
        {
          traceId,
          rootServiceName: 'gateway',
          rootSpanName: 'get /cart',
          startTimeUnixNano: `${startOfTrace}`,
          durationNano: `${2n * second}`,
          spanCount: 2,
          errorCount: 1,
          serviceNames: ['gateway', 'cart'],
          matchedCount: 1,
          matchedSpans: [
            {
              spanId: '00000000000000b1',
              name: 'select',
              serviceName: 'cart',
              startTimeUnixNano: `${startOfTrace + second}`,
              durationNano: '3000',
              attributes: {},
            },
          ],
        },
      ]);
    });

    it('reads a trace', async () => {
      fake.answers[`/api/v2/trace/${traceId}`] = json(spans.map(span => ({ ...span, traceId })));
      assert.deepEqual(outline(await stored('zipkin')), [
        ['gateway', 'get /cart', 2, undefined],
        ['cart', 'select', 2, '00000000000000a1'],
      ]);
    });

    it('knows no trace by 404', async () => {
      assert.equal(await (await backend('zipkin')).trace(traceId, never), undefined);
      await (await backend('zipkin')).trace('0000000000000000b1b2b3b4b5b6b7b8', never);
      assert.deepEqual(paths(), [`/api/v2/trace/${traceId}`, '/api/v2/trace/b1b2b3b4b5b6b7b8']);
    });
  });

  it('says what a search cannot express, and what came instead of an answer', async () => {
    const zipkin = await backend('zipkin');
    for (const text of [
      '{ name =~ "a.*" }',
      '{ name = "a" || name = "b" }',
      '{} >> {}',
      '{ } | count() > 2',
      'plain words',
      '{ traceDuration > 1s }',
    ])
      await assert.rejects(
        zipkin.search(searchFor(text), never),
        /only searches for .* \(line 1, column \d+\)/,
        text,
      );
    fake.otherwise = (_, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>');
    await assert.rejects(
      zipkin.search(searchFor('{ }'), never),
      /answers with text\/html that is no JSON: is this the address of its API/,
    );
    await assert.rejects(
      (await backend('jaeger')).search(searchFor('{ resource.service.name = "a" }'), never),
      /no way to search for traces/,
    );
    await assert.rejects((await backend('tempo')).search(searchFor('{ }'), never), /text\/html/);
  });
});

/** Service, name, seconds and parent of every span. */
function outline({ resourceSpans }: TracesData) {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(span => [
        plainAttributes(resource?.attributes ?? [])['service.name'],
        span.name,
        Math.ceil(Number(BigInt(span.endTimeUnixNano) - startOfTrace) / 1e9),
        span.parentSpanId,
      ]),
    ),
  );
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left >>>= 7) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left & 127) | 128);
  }
}
