import assert from 'node:assert/strict';
import { Random } from '../../../bench/support/random.ts';
import { decodeTraces } from '../../../src/decode/otlp/requests.ts';
import { writeTraces } from '../../../src/decode/otlp/writeProtobuf.ts';
import type { KeyValue } from '../../../src/model/anyValue.ts';
import type { Span } from '../../../src/model/span.ts';
import { SpanBatch } from '../../../src/model/spanBatch.ts';
import type { Attribution, TraceFilter, TraceSummary } from '../../../src/protocol/control.ts';
import { groupTraces, listTraces } from '../../../src/query/traceList.ts';
import { TraceSummaries } from '../../../src/query/traceSummary.ts';
import { atOnce } from '../../../src/query/turns.ts';
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
  const list = listTraces(store, new TraceSummaries(store), { attribution: all, ...filter }, limit);
  const { traces } = atOnce(list);
  return traces.map(trace => trace.traceId);
}

describe('listTraces', () => {
  it('knows what many traces have in common, and each that is different', () => {
    const store = newStore();
    const summaries = new TraceSummaries(store);
    const more = 5000;
    for (let i = 0; i < more; i++) add(store, [span(i, { traceId: traceId(i), name: `job ${i >> 1}` })]);
    const names = () =>
      Array.from({ length: more }, (_, row) => [
        summaries.summary(row).rootSpanName,
        ...summaries.facts(row).serviceNames,
      ]);
    const expected = Array.from({ length: more }, (_, i) => [`job ${i >> 1}`, 'shop']);
    assert.deepEqual(names(), expected);
    assert.equal(summaries.facts(0), summaries.facts(1));
    // Found again when others were in between, and read again when a trace has grown.
    add(store, [span(more, { traceId: traceId(0), parentSpanId: spanId(0) })], 'stock');
    expected[0].push('stock');
    assert.deepEqual(names(), expected);
    assert.notEqual(summaries.facts(0), summaries.facts(1));
  });

  it('summarises traces, newest first', () => {
    const store = newStore();
    add(store, [span(0, { name: 'GET /cart', start: 5, duration: 50 })]);
    add(
      store,
      [span(1, { name: 'charge', parentSpanId: spanId(0), start: 10, duration: 100, status: { code: 2 } })],
      'payments',
    );
    add(store, [span(2, { traceId: traceId(1), start: 900 })]);
    const { total, traces } = atOnce(listTraces(store, new TraceSummaries(store), { attribution: all }, 10));
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
    const [trace] = atOnce(listTraces(store, new TraceSummaries(store), { attribution: all }, 1)).traces;
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
    const { total, groups } = atOnce(groupTraces(store, new TraceSummaries(store), { attribution: all }, 1));
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

  it('accepts what the summaries of traces and the names in them say, whatever was dropped', () => {
    const random = new Random(5);
    const store = new TraceStore({ budgetBytes: 1 << 20 });
    const names = ['GET /cart', 'SELECT items', 'charge card', 'send mail'];
    const namesOf = new Map<string, Set<string>>();
    for (let n = 0; n < 3000; n++) {
      const id = traceId(random.between(0, 2000));
      const workspace = random.pick(['', 'file:///one', 'file:///two']);
      const resource = [text('service.name', random.pick(['shop', 'orders', 'mailer']))];
      if (workspace !== '') resource.push(text('spanline.workspace', workspace));
      const name = random.pick(names);
      const known = store.traces.rowOf(id) >= 0 ? (namesOf.get(id) ?? new Set<string>()) : new Set<string>();
      namesOf.set(id, known.add(name));
      addOf(store, resource, [
        span(n, {
          traceId: id,
          name,
          start: n,
          ...(random.next() < 0.5 && { parentSpanId: spanId(random.between(0, 2 * n)) }),
          status: { code: random.next() < 0.2 ? 2 : 0 },
          attributes: [text('padding', `${n} ${'x'.repeat(600)}`)],
        }),
      ]);
    }
    assert.ok(store.counters.spansEvicted > 1000);
    const summaries = new TraceSummaries(store);
    const everything = atOnce(listTraces(store, summaries, { attribution: all }, 10_000)).traces;
    assert.equal(everything.length, store.counters.tracesStored);
    const passes = (trace: TraceSummary, { attribution, ...filter }: TraceFilter): boolean => {
      const { workspaces } = trace;
      if (attribution.kind === 'unattributed' && workspaces.length > 0) return false;
      if (attribution.kind === 'workspace' && !workspaces.includes(attribution.uri)) return false;
      if (filter.errorsOnly && trace.errorCount === 0) return false;
      if (filter.rootSpanName !== undefined && filter.rootSpanName !== trace.rootSpanName) return false;
      if (filter.rootServiceName !== undefined && filter.rootServiceName !== trace.rootServiceName)
        return false;
      const texts = [trace.traceId, ...trace.serviceNames, ...namesOf.get(trace.traceId)!].map(each =>
        each.toLowerCase(),
      );
      const words = (filter.text ?? '').toLowerCase().split(' ');
      return words.every(word => texts.some(each => each.includes(word)));
    };
    const attributions: Attribution[] = [
      all,
      { kind: 'unattributed' },
      { kind: 'workspace', uri: 'file:///one' },
    ];
    let found = 0;
    for (let round = 0; round < 200; round++) {
      const filter: TraceFilter = {
        attribution: random.pick(attributions),
        ...(random.next() < 0.5 && { text: random.pick(['cart', 'MAIL', 'c orders', '7f', 'shop 3e', 'e']) }),
        ...(random.next() < 0.3 && { errorsOnly: true }),
        ...(random.next() < 0.3 && { rootSpanName: random.pick(names) }),
        ...(random.next() < 0.3 && { rootServiceName: 'shop' }),
      };
      const expected = everything.filter(trace => passes(trace, filter)).map(trace => trace.traceId);
      assert.deepEqual(ids(store, filter, 10_000), expected, JSON.stringify(filter));
      found += expected.length;
    }
    assert.ok(found > 1000, `only ${found} traces passed`);
  });

  it('names only traces that are stored in the end, as they are then, whatever comes and goes between two steps', () => {
    const store = new TraceStore({ budgetBytes: 1 << 20 });
    const summaries = new TraceSummaries(store);
    const random = new Random(11);
    const own = 'file:///one';
    let n = 0;
    const come = (count: number): void => {
      for (let i = 0; i < count; i++, n++) {
        // Every other trace grows later on, and may then be one that is looked for.
        const trace = n % 2 === 0 ? n : random.between(Math.max(0, n - 3000), n);
        const resource = [text('service.name', `service ${n >> 9}`)];
        if (n % 5 === 0) resource.push(text('spanline.workspace', own));
        const name = `${n % 3 === 0 ? 'GET' : 'PUT'} /${n >> 9}${n % 4 === 1 ? `/${n}` : ''}`;
        addOf(store, resource, [span(n, { traceId: traceId(trace), name, start: n })]);
      }
    };
    const filters: Partial<TraceFilter>[] = [
      {},
      { text: 'get' },
      { attribution: { kind: 'workspace', uri: own } },
      { attribution: { kind: 'unattributed' }, text: 'put service' },
      { rootSpanName: 'GET /9' },
    ];
    for (let round = 0; round < 60; round++) {
      come(round === 0 ? 6000 : 200);
      const filter = {
        attribution: all,
        ...filters[round % filters.length],
        ...(round % 5 === 4 && { rootSpanName: `GET /${n >> 9}` }),
      };
      const listing = listTraces(store, summaries, filter, 50);
      const grouping = groupTraces(store, summaries, filter, 50);
      let listed = listing.next();
      let grouped = grouping.next();
      while (listed.done !== true) {
        come(20);
        listed = listing.next();
      }
      assert.deepEqual(
        listed.value,
        atOnce(listTraces(store, summaries, filter, 50)),
        JSON.stringify(filter),
      );
      while (grouped.done !== true) {
        come(20);
        grouped = grouping.next();
      }
      for (const { rootServiceName, rootSpanName } of grouped.value.groups)
        assert.equal(rootSpanName.split('/')[1], rootServiceName.split(' ')[1]);
    }
    const { spansEvicted } = store.counters;
    assert.ok(spansEvicted > 6000 && store.idGeneration > 2, `${spansEvicted} ${store.idGeneration}`);
  });
});
