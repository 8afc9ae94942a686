import assert from 'node:assert/strict';
import type { KeyValue } from '../../../src/model/anyValue.ts';
import { Services } from '../../../src/query/services.ts';
import { Shapes } from '../../../src/query/shapes.ts';
import { atOnce } from '../../../src/query/turns.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { add, span, spanId, traceId } from '../store/testSpans.ts';

const all = { kind: 'all' } as const;

function newStore(): TraceStore {
  return new TraceStore({ budgetBytes: 16 << 20 });
}

function text(key: string, value: string): KeyValue {
  return { key, value: { stringValue: value } };
}

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
      new Map(atOnce(shapes.list(all)).map(({ name, count }) => [name, count])),
      new Map(Array.from({ length: 50 }, (_, i) => [`span ${i}`, 600])),
    );
    add(store, [
      span(40_000, { name: 'span 0', kind: 3, traceId: traceId(40_000), duration: 3000, attributes: code }),
      span(40_001, { name: 'span 0', kind: 3, traceId: traceId(40_000), duration: 1000 }),
    ]);
    const [again, other] = atOnce(shapes.list(all)).filter(({ name }) => name === 'span 0');
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

  it('tell the same of segments that are sealed', () => {
    const store = newStore();
    const pairs: KeyValue[][] = [
      [text('code.function.name', 'load'), text('user', 'a'), text('code.file.path', '/app/a.ts')],
      [text('user', 'b'), text('code.file.path', '/app/a.ts'), text('code.function.name', 'load')],
      [text('http.route', '/cart'), text('http.route', '/cart')],
      [text('user', 'c')],
      [],
    ];
    while (store.segments().length < 3) {
      const { spansReceived: first } = store.counters;
      const spans = Array.from({ length: 500 }, (_, i) =>
        span(first + i, {
          traceId: traceId(first),
          name: `span ${i % 3}`,
          attributes: [...pairs[i % pairs.length], text('padding', 'x'.repeat(200))],
        }),
      );
      add(store, spans);
    }
    const shapes = new Shapes(store);
    const raw = atOnce(shapes.list(all));
    const half = new Shapes(store);
    const ahead = half.list(all);
    for (let step = 0; step < 3; step++) ahead.next();
    store.sealNow();
    assert.ok(store.segments().filter(({ sealed }) => sealed !== undefined).length >= 2);
    assert.deepEqual(new Set(raw.map(({ attributes }) => attributes.length)), new Set([0, 2]));
    assert.equal(raw.length, 12);
    for (const each of [shapes, half, new Shapes(store)]) assert.deepEqual(atOnce(each.list(all)), raw);
  });

  it('take out what was dropped, and count what came while they were not asked', () => {
    const store = new TraceStore({ budgetBytes: 1 << 20 });
    const services = new Services(store);
    const shapes = new Shapes(store);
    for (let n = 0; n < 400; n++) {
      add(
        store,
        Array.from({ length: 50 }, (_, i) =>
          span(i, {
            traceId: traceId(n),
            name: `${n >> 6} ${i % 5}`,
            kind: i % 2 === 0 ? 1 : 2,
            duration: 10 * n,
          }),
        ),
        n % 3 === 0 ? 'third' : 'shop',
      );
      const ahead = services.readNew();
      for (let step = 0; step < n % 11 && ahead.next().done !== true; step++);
      if (n % 7 !== 0) continue;
      // What was read ahead, all of it or not, must not count twice.
      if (n % 2 === 0) {
        const ahead = services.list(all);
        for (let step = 0; step < n % 5; step++) ahead.next();
      }
      const { spansStored } = store.counters;
      const listed = atOnce(services.list(all));
      assert.deepEqual(listed, atOnce(new Services(store).list(all)));
      assert.deepEqual(atOnce(shapes.list(all)), atOnce(new Shapes(store).list(all)));
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

  it('mix nothing up while spans come and go between any two steps', () => {
    const store = new TraceStore({ budgetBytes: 1 << 20 });
    let [n, round] = [0, 0];
    /** Names and ids of spans tell of their services; after a while nobody has them any more, and others get their ids. */
    const serviceOf = (number: number) => `service ${Math.floor(number / 1000)}`;
    const come = (most: number): void => {
      const count = Math.min(most, 1000 - (n % 1000));
      const spans = Array.from({ length: count }, (_, i) =>
        span(n + i, {
          traceId: traceId((n + i) & ~7),
          name: `${serviceOf(n)} ${round % 2 === 0 ? i % 7 : n + i}`,
          attributes: [text('code.file.path', serviceOf(n)), text('padding', 'x'.repeat(100))],
        }),
      );
      add(store, spans, serviceOf(n));
      n += count;
    };
    const cameLast = (id: string): number => Number.parseInt(id, 16) - 1;
    const { idGeneration } = store;
    const known = new Services(store);
    for (; round < 40; round++) {
      for (let i = 0; i < 10; i++) come(100);
      const [services, shapes] = [new Services(store).list(all), new Shapes(store).list(all)];
      let ahead = known.readNew();
      let [listed, found] = [services.next(), shapes.next()];
      for (let step = 0; listed.done !== true || found.done !== true; step++) {
        if (step < 60) come(100);
        else if (step % 16 === 0) come(10);
        if (step === round) store.sealNow();
        if (listed.done !== true) listed = services.next();
        if (found.done !== true) found = shapes.next();
        if (ahead.next().done === true) ahead = known.readNew();
      }
      assert.deepEqual(atOnce(known.list(all)), atOnce(new Services(store).list(all)));
      for (const { serviceName, spanCount, operations } of listed.value) {
        const counted = operations.reduce((sum, { count }) => sum + count, 0);
        assert.ok(spanCount <= 1000 && counted === spanCount, `${serviceName}: ${counted} of ${spanCount}`);
        for (const { name } of operations)
          assert.ok(name.startsWith(`${serviceName} `), `${serviceName}: ${name}`);
      }
      for (const { serviceName, name, attributes, latest } of found.value) {
        assert.ok(name.startsWith(`${serviceName} `), `${serviceName}: ${name}`);
        assert.deepEqual(attributes, [text('code.file.path', serviceName)]);
        for (const { traceId: trace, spanId: id } of latest) {
          assert.equal(serviceOf(cameLast(id)), serviceName);
          assert.equal(cameLast(trace), cameLast(id) & ~7);
        }
      }
    }
    const { spansEvicted } = store.counters;
    assert.ok(
      spansEvicted > 20_000 && store.idGeneration > idGeneration + 3,
      `${spansEvicted} ${store.idGeneration}`,
    );
  });

  it('do not grow without end where every span has a name of its own', () => {
    const store = newStore();
    for (let n = 0; n < 20_000; n += 1000)
      add(
        store,
        Array.from({ length: 1000 }, (_, i) => span(n + i, { traceId: traceId(n) })),
      );
    const [service] = atOnce(new Services(store).list(all));
    assert.equal(service.spanCount, 20_000);
    assert.equal(service.operations.length, 1000);
    const shapes = atOnce(new Shapes(store).list(all));
    assert.ok(shapes.length > 1000 && shapes.length <= 10_000);
    const named = shapes.map(({ latest }) => latest.length);
    assert.ok(Math.min(...named) === 1 && named.reduce((sum, length) => sum + length, 0) <= 10_000);
  });

  it('leave spans that have not ended out of the durations', () => {
    const store = newStore();
    add(store, [
      span(0, { name: 'work', duration: 500 }),
      span(1, { name: 'work', endTimeUnixNano: '0' }),
      span(2, { name: 'wait', endTimeUnixNano: '0' }),
    ]);
    const [{ operations }] = atOnce(new Services(store).list(all));
    assert.deepEqual(
      operations.map(({ name, count, p50Nano }) => [name, count, p50Nano]),
      [
        ['work', 2, '500'],
        ['wait', 1, '0'],
      ],
    );
    const wait = atOnce(new Shapes(store).list(all)).find(({ name }) => name === 'wait');
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
    const [service] = atOnce(new Services(store).list(all));
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
    assert.deepEqual(atOnce(new Services(store).list({ kind: 'workspace', uri: 'file:///other' })), []);
  });
});
