import assert from 'node:assert/strict';
import { QueryError } from '../../../src/query/traceql/errors.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { add, span, spanId, traceId } from '../store/testSpans.ts';
import { attributes, foundSpans, runQuery, shopStore } from './queryStore.ts';

describe('TraceQL, spansets', () => {
  const store = shopStore();
  const cases: [query: string, spans: number[]][] = [
    // Relations: the spans on the right.
    ['{ name = "GET /" } > { }', [1, 3]],
    ['{ name = "GET /" } >> { }', [1, 2, 3, 4, 5]],
    ['{ name = "SELECT" } < { }', [3]],
    ['{ name = "SELECT" } << { }', [0, 3]],
    ['{ name = "auth" } ~ { }', [3]],
    ['{ name = "SELECT" } ~ { }', [4, 5]],
    ['{ duration = 5ms } ~ { }', [5]],
    ['{ name = "nowhere" } >> { }', []],
    ['{ status = error } >> { name = "nowhere" }', []],
    // Negated: the spans on the right that stand in it to none on the left.
    ['{ name = "GET /" } !> { }', [0, 2, 4, 5]],
    ['{ status = error } !>> { }', [0, 1, 3, 4, 5]],
    ['{ } !< { }', [2, 4, 5]],
    ['{ status = error } !<< { }', [2, 3, 4, 5]],
    ['{ name = "auth" } !~ { }', [0, 1, 2, 4, 5]],
    ['{ name = "nowhere" } !>> { kind = client }', [1, 4, 5]],
    // Union: both sides of what is related.
    ['{ kind = server } &> { kind = client }', [0, 1]],
    ['{ kind = server } &>> { kind = client }', [0, 1, 4, 5]],
    ['{ name = "SELECT" } &< { }', [3, 4, 5]],
    ['{ status = error } &<< { kind = server }', [0, 1, 2]],
    ['{ name = "auth" } &~ { name = "render" }', [1, 3]],
    ['{ name = "nowhere" } &>> { }', []],
    // Relations group to the left, and bind more tightly than && and ||.
    ['{ name = "GET /" } > { } > { }', [2, 4, 5]],
    ['{ name = "GET /" } > ({ name = "render" } > { })', []],
    ['{ name = "auth" } && { name = "GET /" } > { name = "render" }', [1, 3]],
    // Both, either.
    ['{ name = "auth" } && { name = "SELECT" }', [1, 4, 5]],
    ['{ name = "auth" } && { name = "nowhere" }', []],
    ['{ name = "auth" } || { name = "nowhere" }', [1]],
    ['{ name = "auth" } && { .n = 1 }', [1]],
    // Pipelines.
    ['{ kind = client } | { name = "SELECT" }', [4, 5]],
    ['{ kind = client } | { name = "check" }', []],
    ['{ } | { } >> { name = "check" }', [2]],
    ['{ kind = client } | { } >> { }', []],
    // Aggregates.
    ['{ kind = client } | count() = 3', [1, 4, 5]],
    ['{ kind = client } | count() > 3', []],
    ['count() >= 6', [0, 1, 2, 3, 4, 5]],
    ['{ name = "SELECT" } | avg(duration) = 27500us', [4, 5]],
    ['{ name = "SELECT" } | sum(duration) = 55ms', [4, 5]],
    ['{ name = "SELECT" } | min(duration) < 6ms | max(duration) = 50ms', [4, 5]],
    ['{ } | max(span.n) = 5', [0, 1, 2, 3, 4, 5]],
    ['{ } | sum(span.n * 2) = 30', [0, 1, 2, 3, 4, 5]],
    ['{ } | max(span.missing) > 0', []],
    ['{ } | avg(span.n) > 1 + 1', [0, 1, 2, 3, 4, 5]],
    ['{ } | count() != 6', []],
    // Groups.
    ['{ } | by(name) | count() > 1', [4, 5]],
    ['{ } | by(resource.service.name) | count() = 3', [0, 1, 3]],
    ['{ } | by(kind) | max(duration) < 60ms', [1, 4, 5]],
    ['{ } | by(span.missing) | count() = 6', [0, 1, 2, 3, 4, 5]],
    ['{ } | by(name) | count() > 1 | coalesce() | count() = 2', [4, 5]],
    ['{ } | by(name) | coalesce() | count() = 6', [0, 1, 2, 3, 4, 5]],
    ['{ } | by(name) | { } > { }', []],
    ['{ } | by(span.n > 2) | count() = 3 | { span.n = 0 }', [0]],
    ['by(name) | count() = 2', [4, 5]],
    // Pipelines as operands.
    ['({ kind = client } | count() > 2) && ({ status = error } | count() = 2)', [1, 2, 4, 5]],
    ['({ kind = client } | count() > 3) && ({ status = error } | count() = 2)', []],
    ['({ kind = client } | count() > 3) || ({ status = error } | count() = 2)', [1, 2]],
    ['({ kind = server } | count() = 2) > ({ kind = client } | count() > 2)', [1]],
    ['({ } | by(name) | coalesce()) > ({ status = error } | count() > 1)', [1, 2]],
    // The shape of the trace.
    ['{ span:childCount = 2 }', [0, 3]],
    ['{ span:childCount = 0 && kind = client }', [4, 5]],
    ['{ nestedSetParent = -1 }', [0]],
    ['{ nestedSetLeft = 1 && nestedSetRight = 12 }', [0]],
    ['{ nestedSetParent = 2 }', [2]],
    ['{ nestedSetLeft > 6 }', [4, 5]],
    ['{ !(span:childCount > 0) }', [2, 4, 5]],
    ['{ } | by(span:childCount) | count() = 3', [2, 4, 5]],
    // Hints change nothing here.
    ['{ name = "auth" } with(most_recent=true)', [1]],
  ];
  for (const [query, spans] of cases)
    it(query, async () => {
      assert.deepEqual(await foundSpans(store, query), spans);
    });

  it('shows what is selected, and the attributes that are named', async () => {
    const query =
      '{ name = "check" && span.n = 2 } | select(resource.service.name, kind, status, duration, nestedSetLeft, span.missing)';
    const [{ matchedSpans }] = await runQuery(store, query);
    assert.deepEqual(matchedSpans[0].attributes, {
      n: '2',
      'service.name': 'auth',
      kind: 'server',
      status: 'error',
      duration: '10000000',
      nestedSetLeft: '3',
    });
  });

  it('keeps fields of one name apart by their scopes', async () => {
    const own = new TraceStore({ budgetBytes: 4 << 20 });
    add(own, [span(0, { attributes: attributes({ 'service.name': 'mine' }) })], 'theirs');
    const [{ matchedSpans }] = await runQuery(own, '{ } | select(span.service.name, resource.service.name)');
    assert.deepEqual(matchedSpans[0].attributes, {
      'service.name': 'mine',
      'resource.service.name': 'theirs',
    });
  });

  it('relates no spansets of several groups', async () => {
    await assert.rejects(runQuery(store, '({ } | by(name)) >> ({ } | by(name))'), (error: unknown) => {
      assert.ok(error instanceof QueryError);
      assert.match(error.message, /coalesce\(\) \(line 1, column 18\)/);
      return true;
    });
  });
});

describe('TraceQL, traces that are no trees', () => {
  it('takes a span whose parent is missing for the head of a tree, cuts circles, and gives children to the first of an id', async () => {
    const store = new TraceStore({ budgetBytes: 4 << 20 });
    add(store, [
      // A circle of 0 and 1, cut at 0; 2 is below it.
      span(0, { start: 0, parentSpanId: spanId(1), name: 'a' }),
      span(1, { start: 10, parentSpanId: spanId(0), name: 'b' }),
      span(2, { start: 20, parentSpanId: spanId(1), name: 'c' }),
      // Its parent is not here.
      span(3, { start: 30, parentSpanId: spanId(99), name: 'orphan' }),
      span(4, { start: 40, parentSpanId: spanId(3), name: 'below orphan' }),
      // Its own parent.
      span(5, { start: 50, parentSpanId: spanId(5), name: 'self' }),
    ]);
    assert.deepEqual(await foundSpans(store, '{ name = "a" } >> { }'), [1, 2]);
    assert.deepEqual(await foundSpans(store, '{ name = "orphan" } > { }'), [4]);
    assert.deepEqual(await foundSpans(store, '{ name = "self" } >> { }'), []);
    assert.deepEqual(await foundSpans(store, '{ nestedSetParent = -1 }'), [0, 3, 5]);
    assert.deepEqual(await foundSpans(store, '{ name = "orphan" } ~ { }'), [0, 5]);
  });

  it('walks a chain of 50,000 spans', async () => {
    const store = new TraceStore({ budgetBytes: 64 << 20 });
    const deep = Array.from({ length: 50_000 }, (_, i) =>
      span(i, { start: i, name: i === 0 ? 'top' : 'link', ...(i > 0 && { parentSpanId: spanId(i - 1) }) }),
    );
    add(store, deep);
    const [{ matchedCount }] = await runQuery(store, '{ name = "top" } >> { }', { spansPerTrace: 0 });
    assert.equal(matchedCount, 49_999);
    const [{ matchedCount: above }] = await runQuery(store, '{ } &<< { }', { spansPerTrace: 0 });
    assert.equal(above, 50_000);
    assert.deepEqual(await foundSpans(store, '{ nestedSetLeft = 50000 }'), [49_999]);
  });

  it('finds what few of many traces have, and what comes in while it searches', async () => {
    const store = new TraceStore({ budgetBytes: 64 << 20 });
    for (let trace = 0; trace < 3000; trace++)
      add(store, [
        span(0, { traceId: traceId(trace), start: trace, name: trace === 7 ? 'rare' : 'usual' }),
        span(1, {
          traceId: traceId(trace),
          start: trace,
          parentSpanId: spanId(0),
          attributes: attributes({ n: trace }),
        }),
      ]);
    const ids = async (query: string) => (await runQuery(store, query)).map(trace => trace.traceId);
    assert.deepEqual(await ids('{ name = "rare" } > { }'), [traceId(7)]);
    assert.deepEqual(await ids('{ span.n < 3 }'), [traceId(2), traceId(1), traceId(0)]);
    assert.deepEqual(await ids('{ span.n = 8 } || { name = "rare" }'), [traceId(8), traceId(7)]);
    assert.deepEqual(await ids('{ span.n = 7 } && { name = "rare" }'), [traceId(7)]);
    assert.deepEqual(await ids('{ span.n = nil } !> { span.n = 7 }'), []);
    add(store, [span(2, { traceId: traceId(5), start: 5 })]);
    assert.deepEqual(await ids('{ } | count() > 2'), [traceId(5)]);
    assert.deepEqual(await ids('{ name = "rare" } | count() > 1'), []);
  });

  it('finds words that few of many spans have, wherever those lie', async () => {
    const store = new TraceStore({ budgetBytes: 64 << 20 });
    const padding = 'x'.repeat(200);
    const spanOf = (n: number) =>
      span(n, {
        traceId: traceId(n),
        start: n,
        name: n === 7 ? 'the Rare one' : 'usual',
        attributes: attributes({ padding, value: n === 8 ? 'seldom' : 'often' }),
      });
    for (let n = 0; n < 60_000; n += 1000)
      add(
        store,
        Array.from({ length: 1000 }, (_, i) => spanOf(n + i)),
      );
    add(store, [spanOf(60_000)], 'scarce');
    store.sealNow();
    assert.ok(store.segments().filter(({ sealed }) => sealed !== undefined).length >= 2);
    const ids = async (query: string) => (await runQuery(store, query)).map(trace => trace.traceId);
    assert.deepEqual(await ids('rare'), [traceId(7)]);
    assert.deepEqual(await ids('seldom'), [traceId(8)]);
    assert.deepEqual(await ids('scarce'), [traceId(60_000)]);
    assert.deepEqual(await ids('seldom rare'), []);
    assert.deepEqual(await ids('shop rare'), [traceId(7)]);
    assert.deepEqual(await ids(spanId(10)), [traceId(10)]);
    assert.deepEqual(await ids('nobody'), []);
  });
});
