import assert from 'node:assert/strict';
import { decodeTraces } from '../../../src/decode/otlp/requests.ts';
import { writeTraces } from '../../../src/decode/otlp/writeProtobuf.ts';
import type { Span, TracesData } from '../../../src/model/span.ts';
import { SpanBatch } from '../../../src/model/spanBatch.ts';
import { analyzeTrace } from '../../../src/query/analyzeTrace.ts';
import { BackLinks } from '../../../src/query/backLinks.ts';
import { exportTraces } from '../../../src/query/exportTraces.ts';
import { SpanDetailsReader } from '../../../src/query/spanDetails.ts';
import { spanIdOf } from '../../../src/query/spanFields.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { add, resourceOf, span, spanId, traceId } from '../store/testSpans.ts';

function newStore(): TraceStore {
  return new TraceStore({ budgetBytes: 16 << 20 });
}

describe('exportTraces', () => {
  it('gives back what came in, grouped by resource and scope', () => {
    const store = newStore();
    const data: TracesData = {
      resourceSpans: [
        {
          resource: resourceOf('shop'),
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
    const analysis = analyzeTrace(store, traceId(0), []);
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
    assert.equal(analyzeTrace(store, traceId(1), []), undefined);
  });

  it('keeps calls on the critical path that overlap by their rounded starts, of services with such a clock alone', () => {
    const pathOf = (offset: number) => {
      const store = newStore();
      add(store, [
        span(0, { start: offset, duration: 7_000_000 }),
        span(1, { parentSpanId: spanId(0), start: offset, duration: 3_400_000 }),
        span(2, { parentSpanId: spanId(0), start: offset + 3_000_000, duration: 4_000_000 }),
      ]);
      return analyzeTrace(store, traceId(0), [])?.criticalPath.map(section => section.spanId);
    };
    assert.deepEqual(pathOf(0), [spanId(1), spanId(2)]);
    assert.deepEqual(pathOf(1), [spanId(0), spanId(2)]);
  });
});
