import assert from 'node:assert/strict';
import { decodeTraces } from '../../../src/decode/otlp/requests.ts';
import { writeTraces } from '../../../src/decode/otlp/writeProtobuf.ts';
import type { KeyValue } from '../../../src/model/anyValue.ts';
import type { Span, TracesData } from '../../../src/model/span.ts';
import { SpanBatch } from '../../../src/model/spanBatch.ts';
import type { TraceFilter } from '../../../src/protocol/control.ts';
import { analyzeTrace } from '../../../src/query/analyzeTrace.ts';
import { BackLinks } from '../../../src/query/backLinks.ts';
import { exportTraces } from '../../../src/query/exportTraces.ts';
import { Services } from '../../../src/query/services.ts';
import { Shapes } from '../../../src/query/shapes.ts';
import { SpanDetailsReader } from '../../../src/query/spanDetails.ts';
import { spanIdOf } from '../../../src/query/spanFields.ts';
import { groupTraces, listTraces } from '../../../src/query/traceList.ts';
import { TraceSummaries } from '../../../src/query/traceSummary.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { add, span, spanId, traceId } from '../store/testSpans.ts';

const all = { kind: 'all' } as const;

function newStore(): TraceStore {
  return new TraceStore({ budgetBytes: 16 << 20 });
}

function addOf(store: TraceStore, resource: KeyValue[], spans: Span[]): void {
  const batch = new SpanBatch();
  decodeTraces(
    writeTraces({ resourceSpans: [{ resource: { attributes: resource }, scopeSpans: [{ spans }] }] }),
    'protobuf',
    batch,
  );
  store.append(batch);
}

function text(key: string, value: string): KeyValue {
  return { key, value: { stringValue: value } };
}

function ids(store: TraceStore, filter: Partial<TraceFilter>, limit = 10): string[] {
  const { traces } = listTraces(store, new TraceSummaries(store), { attribution: all, ...filter }, limit);
  return traces.map(trace => trace.traceId);
}

describe('listTraces', () => {
  it('summarises traces, newest first', () => {
    const store = newStore();
    add(store, [span(0, { name: 'GET /cart', start: 5, duration: 50 })]);
    add(
      store,
      [span(1, { name: 'charge', parentSpanId: spanId(0), start: 10, duration: 100, status: { code: 2 } })],
      'payments',
    );
    add(store, [span(2, { traceId: traceId(1), start: 900 })]);
    const { total, traces } = listTraces(store, new TraceSummaries(store), { attribution: all }, 10);
    assert.equal(total, 2);
    assert.deepEqual(
      traces.map(trace => trace.traceId),
      [traceId(1), traceId(0)],
    );
    assert.deepEqual(traces[1], {
      traceId: traceId(0),
      startTimeUnixNano: '1700000000000000005',
      durationNano: '105',
      spanCount: 2,
      errorCount: 1,
      rootMissing: false,
      pinned: false,
      rootServiceName: 'shop',
      rootSpanName: 'GET /cart',
      serviceNames: ['shop', 'payments'],
      workspaces: [],
    });
  });

  it('stands in the earliest orphan for a root that is missing', () => {
    const store = newStore();
    add(store, [
      span(3, { parentSpanId: spanId(2), start: 1, name: 'child of the later' }),
      span(2, { parentSpanId: spanId(90), start: 50, name: 'later orphan' }),
      span(1, { parentSpanId: spanId(91), start: 20, name: 'earlier orphan' }),
    ]);
    const [trace] = listTraces(store, new TraceSummaries(store), { attribution: all }, 1).traces;
    assert.deepEqual([trace.rootMissing, trace.rootSpanName], [true, 'earlier orphan']);
  });

  it('filters by words in names, services and ids, by errors and by root', () => {
    const store = newStore();
    add(store, [span(0, { name: 'GET /cart' }), span(1, { name: 'SELECT items', parentSpanId: spanId(0) })]);
    add(store, [span(2, { traceId: traceId(1), name: 'GET /history', status: { code: 2 } })], 'orders');
    assert.deepEqual(ids(store, { text: 'select' }), [traceId(0)]);
    assert.deepEqual(ids(store, { text: 'get HIST' }), [traceId(1)]);
    assert.deepEqual(ids(store, { text: 'ORDERS' }), [traceId(1)]);
    assert.deepEqual(ids(store, { text: traceId(0).slice(-10) }), [traceId(0)]);
    assert.deepEqual(ids(store, { text: 'get select orders' }), []);
    assert.deepEqual(ids(store, { errorsOnly: true }), [traceId(1)]);
    assert.deepEqual(ids(store, { rootServiceName: 'shop', rootSpanName: 'GET /cart' }), [traceId(0)]);
    assert.equal(ids(store, {}, 1).length, 1);
  });

  it('tells whose traces they are', () => {
    const store = newStore();
    addOf(store, [text('service.name', 'a'), text('spanline.workspace', 'file:///one')], [span(0)]);
    addOf(store, [text('service.name', 'b')], [span(1, { traceId: traceId(1) })]);
    assert.deepEqual(ids(store, { attribution: { kind: 'workspace', uri: 'file:///one' } }), [traceId(0)]);
    assert.deepEqual(ids(store, { attribution: { kind: 'workspace', uri: 'file:///two' } }), []);
    assert.deepEqual(ids(store, { attribution: { kind: 'unattributed' } }), [traceId(1)]);
  });

  it('groups by root operation, the newest group first', () => {
    const store = newStore();
    for (let n = 0; n < 10; n++)
      add(store, [
        span(n, {
          traceId: traceId(n),
          name: n % 2 ? 'odd' : 'even',
          start: n,
          duration: 100 * (n + 1),
          status: { code: n === 4 ? 2 : 0 },
        }),
      ]);
    const { total, groups } = groupTraces(store, new TraceSummaries(store), { attribution: all }, 1);
    assert.equal(total, 2);
    assert.deepEqual(
      groups.map(({ rootSpanName, traceCount, errorTraceCount }) => [
        rootSpanName,
        traceCount,
        errorTraceCount,
      ]),
      [['odd', 5, 0]],
    );
    assert.ok(Math.abs(Number(groups[0].p50Nano) - 600) <= 6);
    assert.equal(groups[0].latestUnixNano, '1700000000000000009');
  });
});

describe('Shapes and services', () => {
  it('count spans that are alike, whatever segment they are in', () => {
    const store = newStore();
    const code: KeyValue[] = [
      text('code.filepath', '/app/shop.py'),
      { key: 'code.lineno', value: { intValue: '12' } },
      text('code.function', 'load'),
    ];
    for (let n = 0; n < 30_000; n += 1000)
      add(
        store,
        Array.from({ length: 1000 }, (_, i) =>
          span(n + i, {
            traceId: traceId(n),
            name: `span ${i % 50}`,
            kind: 3,
            duration: 1000,
            attributes: code,
            status: { code: i === 0 ? 2 : 0 },
          }),
        ),
      );
    assert.ok(store.segments().length > 1);
    const shapes = new Shapes(store);
    assert.deepEqual(
      new Map(shapes.list(all).map(({ name, count }) => [name, count])),
      new Map(Array.from({ length: 50 }, (_, i) => [`span ${i}`, 600])),
    );
    add(store, [
      span(40_000, { name: 'span 0', kind: 3, traceId: traceId(40_000), duration: 3000, attributes: code }),
      span(40_001, { name: 'span 0', kind: 3, traceId: traceId(40_000), duration: 1000 }),
    ]);
    const [again, other] = shapes.list(all).filter(({ name }) => name === 'span 0');
    assert.deepEqual([other.count, other.attributes], [1, []]);
    assert.deepEqual(
      { ...again, p50Nano: '', p95Nano: '', latest: again.latest.slice(0, 3) },
      {
        serviceName: 'shop',
        scopeName: 'test',
        name: 'span 0',
        kind: 3,
        attributes: code,
        count: 601,
        errors: 30,
        p50Nano: '',
        p95Nano: '',
        minNano: '1000',
        maxNano: '3000',
        latest: [
          { traceId: traceId(40_000), spanId: spanId(40_000) },
          { traceId: traceId(29_000), spanId: spanId(29_950) },
          { traceId: traceId(29_000), spanId: spanId(29_900) },
        ],
      },
    );
    assert.equal(again.latest.length, 20);
  });

  it('take out what was dropped, and count what came while they were not asked', () => {
    const store = new TraceStore({ budgetBytes: 1 << 20 });
    const services = new Services(store);
    const shapes = new Shapes(store);
    for (let n = 0; n < 400; n++) {
      add(
        store,
        Array.from({ length: 50 }, (_, i) =>
          span(i, { traceId: traceId(n), name: `${n >> 6} ${i % 5}`, kind: 1 + (i % 2), duration: 10 * n }),
        ),
        n % 3 === 0 ? 'third' : 'shop',
      );
      if (n % 7 !== 0) continue;
      const { spansStored } = store.counters;
      const listed = services.list(all);
      assert.deepEqual(listed, new Services(store).list(all));
      assert.deepEqual(shapes.list(all), new Shapes(store).list(all));
      assert.equal(
        listed.reduce((sum, { spanCount }) => sum + spanCount, 0),
        spansStored,
      );
      const counted = listed.flatMap(({ operations }) => operations.map(({ count }) => count));
      assert.equal(
        counted.reduce((sum, count) => sum + count, 0),
        spansStored,
      );
    }
    assert.ok(store.counters.spansEvicted > 10_000);
  });

  it('do not grow without end where every span has a name of its own', () => {
    const store = newStore();
    for (let n = 0; n < 20_000; n += 1000)
      add(
        store,
        Array.from({ length: 1000 }, (_, i) => span(n + i, { traceId: traceId(n) })),
      );
    const [service] = new Services(store).list(all);
    assert.equal(service.spanCount, 20_000);
    assert.equal(service.operations.length, 1000);
    assert.ok(new Shapes(store).list(all).length <= 10_000);
  });

  it('leave spans that have not ended out of the durations', () => {
    const store = newStore();
    add(store, [
      span(0, { name: 'work', duration: 500 }),
      span(1, { name: 'work', endTimeUnixNano: '0' }),
      span(2, { name: 'wait', endTimeUnixNano: '0' }),
    ]);
    const [{ operations }] = new Services(store).list(all);
    assert.deepEqual(
      operations.map(({ name, count, p50Nano }) => [name, count, p50Nano]),
      [
        ['work', 2, '500'],
        ['wait', 1, '0'],
      ],
    );
    const wait = new Shapes(store).list(all).find(({ name }) => name === 'wait');
    assert.deepEqual([wait?.minNano, wait?.p95Nano, wait?.maxNano], ['0', '0', '0']);
  });

  it('sum up operations by service, name and kind', () => {
    const store = newStore();
    for (let n = 0; n < 100; n++)
      add(store, [
        span(n, {
          name: 'GET /',
          kind: 2,
          start: n * 100_000_000,
          duration: (n + 1) * 1e6,
          status: { code: n < 5 ? 2 : 0 },
        }),
      ]);
    add(store, [span(200, { name: 'GET /', kind: 3 })]);
    const [service] = new Services(store).list(all);
    assert.deepEqual([service.serviceName, service.spanCount, service.errorCount], ['shop', 101, 5]);
    const [server, client] = service.operations;
    assert.deepEqual(
      [server.name, server.kind, server.count, server.errors, client.kind],
      ['GET /', 2, 100, 5, 3],
    );
    assert.ok(Math.abs(server.ratePerSecond - 10.1) < 0.02);
    for (const [quantile, expected] of [
      [server.p50Nano, 50e6],
      [server.p95Nano, 95e6],
      [server.p99Nano, 99e6],
    ] as const)
      assert.ok(Math.abs(Number(quantile) - expected) <= expected * 0.011, `${quantile} for ${expected}`);
    assert.deepEqual(new Services(store).list({ kind: 'workspace', uri: 'file:///other' }), []);
  });
});

describe('exportTraces', () => {
  it('gives back what came in, grouped by resource and scope', () => {
    const store = newStore();
    const data: TracesData = {
      resourceSpans: [
        {
          resource: { attributes: [text('service.name', 'shop')] },
          schemaUrl: 'https://opentelemetry.io/schemas/1.37.0',
          scopeSpans: [
            {
              scope: { name: 'http', version: '1' },
              schemaUrl: 'urn:scope',
              spans: [span(0), span(1, { parentSpanId: spanId(0) })],
            },
            { scope: { name: 'db' }, spans: [span(2, { parentSpanId: spanId(1) })] },
          ],
        },
      ],
    };
    const batch = new SpanBatch();
    decodeTraces(writeTraces(data), 'protobuf', batch);
    store.append(batch);
    assert.deepEqual(exportTraces(store, [traceId(0), traceId(9)]), data);
  });
});

describe('SpanDetailsReader', () => {
  it('tells of a span what its record and its trace say', () => {
    const store = newStore();
    add(store, [
      span(0, { duration: 1000 }),
      span(1, { parentSpanId: spanId(0), start: 100, duration: 300 }),
    ]);
    add(
      store,
      [
        span(7, {
          traceId: traceId(1),
          name: 'retry',
          parentSpanId: spanId(99),
          links: [{ traceId: traceId(0), spanId: spanId(0) }],
        }),
      ],
      'worker',
    );
    const reader = new SpanDetailsReader(store);
    const details = reader.read(traceId(0), spanId(0));
    assert.ok(details);
    assert.deepEqual(details.span, span(0, { duration: 1000 }));
    assert.deepEqual(
      [details.serviceName, details.scope.name, details.selfTimeNano, details.onCriticalPath, details.notes],
      ['shop', 'test', '700', true, []],
    );
    assert.deepEqual(details.linkedFrom, [
      { traceId: traceId(1), spanId: spanId(7), name: 'retry', serviceName: 'worker' },
    ]);
    assert.deepEqual(reader.read(traceId(1), spanId(7))?.notes, ['parent not received']);
    assert.equal(reader.read(traceId(0), spanId(50)), undefined);
    assert.equal(reader.read(traceId(50), spanId(0)), undefined);
  });
});

describe('BackLinks', () => {
  const linking = (number: number, to: number, more: Partial<Span> = {}): Span =>
    span(number, { links: [{ traceId: traceId(0), spanId: spanId(to) }], ...more });

  function numbers(store: TraceStore, links: BackLinks, to: number, limit = 10): number[] {
    return links
      .to(traceId(0), spanId(to), limit)
      .map(ref => Number.parseInt(spanIdOf(store.segmentOf(ref), store.rowOf(ref)), 16) - 1);
  }

  it('finds who links to a span, also among what came since it was asked last', () => {
    const store = newStore();
    const links = new BackLinks(store);
    add(store, [span(0), linking(1, 0), linking(2, 1), span(3)]);
    assert.deepEqual(numbers(store, links, 0), [1]);
    assert.deepEqual(numbers(store, links, 2), []);
    add(store, [linking(4, 0), linking(5, 0, { traceId: traceId(1) })]);
    assert.deepEqual(numbers(store, links, 0), [5, 4, 1]);
    assert.deepEqual(numbers(store, links, 0, 2), [5, 4]);
  });

  it('counts a span that links twice once, and no other trace with the same span id', () => {
    const store = newStore();
    const target = { traceId: traceId(0), spanId: spanId(0) };
    add(store, [
      span(1, { links: [target, { traceId: traceId(3), spanId: spanId(0) }, target] }),
      span(2, { links: [{ traceId: traceId(3), spanId: spanId(0) }] }),
    ]);
    assert.deepEqual(numbers(store, new BackLinks(store), 0), [1]);
  });

  it('forgets what was dropped', () => {
    const store = new TraceStore({ budgetBytes: 1 << 20 });
    const links = new BackLinks(store);
    add(store, [linking(1, 0)]);
    assert.deepEqual(numbers(store, links, 0), [1]);
    for (let n = 1; store.traces.rowOf(traceId(0)) >= 0; n++)
      add(
        store,
        Array.from({ length: 100 }, (_, i) => span(i, { traceId: traceId(n) })),
      );
    assert.deepEqual(numbers(store, links, 0), []);
  });

  it('reads the rest of a large store with the next questions', () => {
    const store = new TraceStore({ budgetBytes: 200 << 20 });
    const links = new BackLinks(store);
    add(store, [linking(1, 0)]);
    for (let n = 1; n <= 25; n++)
      add(
        store,
        Array.from({ length: 10_000 }, (_, i) => span(i, { traceId: traceId(n) })),
      );
    assert.deepEqual(numbers(store, links, 0), []);
    numbers(store, links, 5);
    assert.deepEqual(numbers(store, links, 0), [1]);
  });
});

describe('analyzeTrace', () => {
  it('gives roots, critical path, self times and statistics', () => {
    const store = newStore();
    add(store, [
      span(0, { name: 'checkout', duration: 1000 }),
      span(1, { name: 'query', parentSpanId: spanId(0), start: 100, duration: 300 }),
      span(2, { name: 'query', parentSpanId: spanId(0), start: 500, duration: 300, status: { code: 2 } }),
    ]);
    const analysis = analyzeTrace(store, traceId(0));
    assert.ok(analysis);
    assert.deepEqual(analysis.rootSpanIds, [spanId(0)]);
    assert.deepEqual(analysis.selfTimeNano, { [spanId(0)]: '400', [spanId(1)]: '300', [spanId(2)]: '300' });
    assert.deepEqual(
      analysis.criticalPath.map(({ spanId: id, startTimeUnixNano, endTimeUnixNano }) => [
        id,
        startTimeUnixNano.slice(-4),
        endTimeUnixNano.slice(-4),
      ]),
      [
        [spanId(0), '0000', '0100'],
        [spanId(1), '0100', '0400'],
        [spanId(0), '0400', '0500'],
        [spanId(2), '0500', '0800'],
        [spanId(0), '0800', '1000'],
      ],
    );
    const [first, second] = analysis.statistics;
    assert.deepEqual(
      [first.name, first.totalNano, first.selfNano, first.count],
      ['checkout', '1000', '400', 1],
    );
    assert.deepEqual(
      [second.name, second.totalNano, second.selfNano, second.count, second.errors],
      ['query', '600', '600', 2, 1],
    );
    assert.equal(analyzeTrace(store, traceId(1)), undefined);
  });
});
