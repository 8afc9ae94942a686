import assert from 'node:assert/strict';
import { DatadogIntake } from '../../../src/engine/datadogIntake.ts';
import { Ingest } from '../../../src/engine/ingest.ts';
import { dropJoinedTraces } from '../../../src/engine/joinTraces.ts';
import { exportTraces } from '../../../src/query/exportTraces.ts';
import { Services } from '../../../src/query/services.ts';
import { SpanMetrics } from '../../../src/query/spanMetrics.ts';
import { atOnce } from '../../../src/query/turns.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { type TracerSpan, tracerSpan, v04 } from '../decode/datadog/wire.ts';

const low = '1122334455667788';
const padded = '0'.repeat(16) + low;
const tid = 'aabbccdd00000000';
const whole = tid + low;

describe('Datadog intake', () => {
  const setUp = () => {
    const store = new TraceStore({ budgetBytes: 16_000_000 });
    const ingest = new Ingest(store, { write: assert.fail });
    const intake = new DatadogIntake(ingest, store);
    const receive = (...chunks: TracerSpan[][]) =>
      intake.receive({ version: 'v0.4', encoding: 'msgpack', body: v04(chunks), tracer: {} });
    const idsOf = (traceId: string) =>
      exportTraces(store, [traceId])
        .resourceSpans.flatMap(({ scopeSpans }) =>
          scopeSpans.flatMap(({ spans }) => spans.map(each => each.spanId)),
        )
        .sort();
    return { store, ingest, receive, idsOf };
  };
  const root = tracerSpan({ span_id: 1n, meta: { '_dd.p.tid': tid } });
  const children = [2n, 3n, 4n].map(span_id =>
    tracerSpan({ span_id, parent_id: 1n, error: 1, meta: { 'error.message': 'x' } }),
  );
  const all = [1, 2, 3, 4].map(id => `${id}`.padStart(16, '0'));

  it('stores what a tracer sends, and refuses what it cannot read', () => {
    const { store, receive } = setUp();
    assert.deepEqual(receive([root, ...children]), { kind: 'accepted', rejected: 0, message: '' });
    assert.equal(store.counters.spansStored, 4);
    const { intake } = { intake: new DatadogIntake(new Ingest(store, { write: assert.fail }), store) };
    const outcome = intake.receive({
      version: 'v0.5',
      encoding: 'msgpack',
      body: Buffer.from('x'),
      tracer: {},
    });
    assert.ok('kind' in outcome && outcome.kind === 'malformed' && /array expected/.test(outcome.message));
    const zero = receive([tracerSpan({ span_id: 0n }), tracerSpan({ span_id: 9n })]);
    assert.deepEqual(zero, { kind: 'accepted', rejected: 1, message: 'span id is all zeros' });
  });

  it('has one trace, in whatever order the parts of its id come', () => {
    const orders = [
      [[root], ...children.map(span => [span])],
      [[children[0]], [root], [children[1]], [children[2]]],
      [[children[0]], [children[1]], [children[2]], [root]],
      [
        [children[0], children[1]],
        [children[2], root],
      ],
    ];
    for (const [number, order] of orders.entries()) {
      const { store, receive, idsOf } = setUp();
      for (const chunk of order) receive(chunk);
      assert.equal(store.counters.tracesStored, 1, `order ${number}`);
      assert.deepEqual(idsOf(whole), all, `order ${number}`);
      assert.equal(store.traces.rowOf(padded), -1);
      assert.equal(store.counters.spansStored, 4);
      assert.equal(store.traces.errorCount[store.traces.rowOf(whole)], 3);
      assert.equal(store.counters.spansEvicted, 0);
    }
  });

  it('has one trace, in whatever order its chunks stand in a request', () => {
    const { store, receive, idsOf } = setUp();
    receive([children[0]], [root], [children[1]], [children[2]]);
    assert.equal(store.counters.tracesStored, 1);
    assert.deepEqual(idsOf(whole), all);
  });

  it('counts a span once, also if the upper half of its id comes late', () => {
    const { store, receive } = setUp();
    const metrics = new SpanMetrics(store);
    receive([children[0], children[1]]);
    receive([root]);
    receive([children[2]]);
    const calls = [...metrics.series].reduce((sum, series) => sum + series.calls, 0);
    assert.deepEqual([calls, store.counters.spansReceived, store.counters.spansStored], [4, 4, 4]);
    assert.deepEqual(
      atOnce(new Services(store).list({ kind: 'all' })).map(({ spanCount, errorCount }) => [
        spanCount,
        errorCount,
      ]),
      [[4, 3]],
    );
    metrics.dispose();
  });

  it('keeps a pin', () => {
    const { store, receive } = setUp();
    receive([children[0]]);
    store.pin(store.traces.rowOf(padded), true);
    receive([root]);
    assert.equal(store.traces.pinned[store.traces.rowOf(whole)], 1);
  });

  it('forgets what a journal brings back under both ids, and nothing else', () => {
    const { store, receive, idsOf } = setUp();
    receive([children[0]], [root]);
    // As a replay does: the same spans, whose id nobody knows now.
    const replayed = new DatadogIntake(new Ingest(store, { write: assert.fail }), store);
    const again = (...spans: TracerSpan[]) =>
      replayed.receive({ version: 'v0.4', encoding: 'msgpack', body: v04([spans]), tracer: {} });
    again(children[0]);
    again(tracerSpan({ trace_id: 0x77n, span_id: 5n }));
    assert.equal(store.counters.tracesStored, 3);
    dropJoinedTraces(store);
    assert.equal(store.counters.tracesStored, 2);
    assert.deepEqual(idsOf(whole), all.slice(0, 2));
    again(children[0], children[1]);
    dropJoinedTraces(store);
    assert.equal(store.counters.tracesStored, 3, 'a span of it is nowhere else');
  });
});
