import assert from 'node:assert/strict';
import type { KeyValue } from '../../../src/model/anyValue.ts';
import { nanos } from '../../../src/model/time.ts';
import { search } from '../../../src/query/search.ts';
import { QueryError, UnsupportedQueryError } from '../../../src/query/traceql/errors.ts';
import { parseQuery } from '../../../src/query/traceql/parser.ts';
import { TraceSummaries } from '../../../src/query/traceSummary.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { add, epoch, span, spanId, traceId } from '../store/testSpans.ts';

const attributes: KeyValue[] = [
  { key: 'http.response.status_code', value: { intValue: '500' } },
  { key: 'http.route', value: { stringValue: '/cart/:id' } },
  { key: 'ratio', value: { doubleValue: 0.5 } },
  { key: 'retry', value: { boolValue: true } },
  { key: 'tags', value: { arrayValue: { values: [{ stringValue: 'red' }, { stringValue: 'blue' }] } } },
  { key: 'a-b', value: { stringValue: 'dash' } },
  { key: 'odd key', value: { stringValue: 'quoted' } },
  { key: 'big', value: { intValue: '9007199254740993' } },
];

const store = new TraceStore({ budgetBytes: 16 << 20 });
add(store, [
  span(0, {
    name: 'checkout',
    kind: 2,
    duration: 5_000_000,
    status: { code: 2, message: 'card declined' },
    attributes,
  }),
  span(1, {
    name: 'SELECT items',
    kind: 3,
    parentSpanId: spanId(0),
    start: 1000,
    duration: 2_000_000,
    events: [
      {
        timeUnixNano: String(epoch + 501_000n),
        name: 'retry',
        attributes: [{ key: 'attempt', value: { intValue: '1' } }],
      },
      {
        timeUnixNano: String(epoch + 901_000n),
        name: 'retry',
        attributes: [{ key: 'attempt', value: { intValue: '2' } }],
      },
    ],
    links: [
      {
        traceId: traceId(7),
        spanId: spanId(7),
        attributes: [{ key: 'why', value: { stringValue: 'queue' } }],
      },
    ],
  }),
]);
add(
  store,
  [span(2, { traceId: traceId(1), name: 'GET /health', kind: 2, start: 9_000_000_000, duration: 100 })],
  'gateway',
);

async function run(query: string, more: Partial<Parameters<typeof search>[2]> = {}) {
  return search(store, new TraceSummaries(store), { query, limit: 20, spansPerTrace: 3, ...more });
}

/** Numbers of the spans that a query finds. */
async function found(query: string): Promise<number[]> {
  const traces = await run(query);
  return traces
    .flatMap(({ matchedSpans }) => matchedSpans.map(({ spanId: id }) => Number.parseInt(id, 16) - 1))
    .sort();
}

describe('TraceQL, one spanset filter', () => {
  const cases: [query: string, spans: number[]][] = [
    ['{ }', [0, 1, 2]],
    ['{ name = "checkout" }', [0]],
    ['{ span:name = `checkout` }', [0]],
    ['{ name != "checkout" }', [1, 2]],
    ['{ name =~ "SELECT.*" }', [1]],
    ['{ name =~ "SELECT" }', []],
    ['{ name =~ "(?i)select.*" }', [1]],
    ['{ name !~ "SELECT.*|GET.*" }', [0]],
    ['{ duration > 1ms }', [0, 1]],
    ['{ duration >= 2ms && duration < 5ms }', [1]],
    ['{ duration > 1.5ms && kind = server }', [0]],
    ['{ duration = 0.1us }', [2]],
    ['{ status = error }', [0]],
    ['{ status != error }', [1, 2]],
    ['{ statusMessage = "card declined" }', [0]],
    ['{ kind = client || kind = producer }', [1]],
    ['{ resource.service.name = "gateway" }', [2]],
    ['{ .service.name = "gateway" }', [2]],
    ['{ span.service.name = "gateway" }', []],
    ['{ rootServiceName = "shop" && kind = client }', [1]],
    ['{ rootName = "checkout" }', [0, 1]],
    ['{ traceDuration > 4ms }', [0, 1]],
    [`{ trace:id = "${traceId(1)}" }`, [2]],
    [`{ span:id = "${spanId(1)}" }`, [1]],
    [`{ span:parentID = "${spanId(0)}" }`, [1]],
    ['{ span:childCount > 0 }', [0]],
    ['{ instrumentation:name = "test" && name = "checkout" }', [0]],
    ['{ span.http.response.status_code = 500 }', [0]],
    ['{ span.http.response.status_code >= 400 }', [0]],
    ['{ span.http.response.status_code = "500" }', []],
    ['{ .http.route = "/cart/:id" }', [0]],
    ['{ span.ratio = 0.5 }', [0]],
    ['{ span.ratio * 2 = 1 }', [0]],
    ['{ span.big = 9007199254740993 }', [0]],
    ['{ span.big = 9007199254740992 }', []],
    ['{ span.retry }', [0]],
    ['{ span.retry = true }', [0]],
    ['{ !span.retry }', [1, 2]],
    ['{ span.tags = "blue" }', [0]],
    ['{ span.tags != "blue" }', []],
    ['{ span.tags != "green" }', [0]],
    ['{ span.tags =~ "b.*" }', [0]],
    ['{ span.a-b = "dash" }', [0]],
    ['{ span."odd key" = "quoted" }', [0]],
    ['{ span.missing = nil }', [0, 1, 2]],
    ['{ span.retry != nil }', [0]],
    ['{ span.missing != "x" }', []],
    ['{ event:name = "retry" }', [1]],
    ['{ event.attempt = 2 }', [1]],
    ['{ event.attempt != 2 }', [1]],
    ['{ event:timeSinceStart > 800us }', [1]],
    ['{ link.why = "queue" }', [1]],
    [`{ link:traceID = "${traceId(7)}" }`, [1]],
    // && and || are of one level and group to the left.
    ['{ name = "checkout" || name = "SELECT items" && kind = client }', [1]],
    ['{ name = "checkout" || (name = "SELECT items" && kind = client) }', [0, 1]],
    ['{ 1 + 2 * 3 ^ 2 = 19 && name = "checkout" }', [0]],
    ['{ 7 / 2 = 3 && 7 / 2.0 = 3.5 && 7 % 4 = 3 && kind = client }', [1]],
    ['{ 1 / (span.http.response.status_code - 500) = 0 }', []],
    ['{ -span.ratio < 0 }', [0]],
    ['{ name > "GET" && name < "H" }', [2]],
    ['{ /* comment */ name = "checkout" // and another\n }', [0]],
  ];
  for (const [query, spans] of cases)
    it(query, async () => {
      assert.deepEqual(await found(query), spans);
    });

  it('finds plain words in names, services and values', async () => {
    assert.deepEqual(await found('checkout'), [0]);
    assert.deepEqual(await found('CART/'), [0]);
    assert.deepEqual(await found('gateway health'), [2]);
  });

  it('gives newest traces first, with counts of the whole trace and the attributes that are named', async () => {
    const [gateway, shop] = await run('{ kind = server && .http.route != "x" || kind = server }');
    assert.deepEqual([gateway.traceId, shop.traceId], [traceId(1), traceId(0)]);
    assert.deepEqual(shop, {
      traceId: traceId(0),
      rootServiceName: 'shop',
      rootSpanName: 'checkout',
      startTimeUnixNano: String(epoch),
      durationNano: '5000000',
      spanCount: 2,
      errorCount: 1,
      serviceNames: ['shop'],
      matchedCount: 1,
      matchedSpans: [
        {
          spanId: spanId(0),
          name: 'checkout',
          serviceName: 'shop',
          startTimeUnixNano: String(epoch),
          durationNano: '5000000',
          attributes: { 'http.route': '/cart/:id' },
        },
      ],
    });
  });

  it('keeps to the limits, and counts what it does not show', async () => {
    assert.deepEqual(
      (await run('{ }', { limit: 1 })).map(trace => trace.traceId),
      [traceId(1)],
    );
    const [, shop] = await run('{ }', { spansPerTrace: 1 });
    assert.deepEqual([shop.matchedCount, shop.matchedSpans.length], [2, 1]);
    assert.deepEqual((await run('{ }', { spansPerTrace: 0 }))[0].matchedSpans, []);
  });

  it('looks only at spans of a time', async () => {
    const late = await run('{ }', { start: nanos(epoch + 8_000_000_000n) });
    assert.deepEqual(
      late.map(trace => trace.traceId),
      [traceId(1)],
    );
    const early = await run('{ }', { end: nanos(epoch + 500n) });
    assert.deepEqual(
      early.map(({ traceId: id, matchedCount }) => [id, matchedCount]),
      [[traceId(0), 1]],
    );
  });

  it('holds conditions of a span, and not of its trace', async () => {
    assert.deepEqual(await found('{ name = "checkout" && kind = client }'), []);
  });
});

describe('TraceQL errors', () => {
  const bad: [query: string, line: number, column: number, message: RegExp][] = [
    ['', 1, 1, /empty/],
    ['name = "x"', 1, 1, /begins with \{/],
    ['{ name = }', 1, 10, /expected a value.*'}'/],
    ['{ name "x" }', 1, 8, /expected } or an operator/],
    ['{ name = "x', 1, 10, /not closed/],
    ['{ name == "x" }', 1, 9, /expected a value/],
    ['{\n  foo = 1 }', 2, 3, /'foo' is not known/],
    ['{ name = 5 }', 1, 8, /text does not compare with a number/],
    ['{ duration > "x" }', 1, 12, /a number does not compare with text/],
    ['{ status > error }', 1, 10, /status goes with = and !=/],
    ['{ kind = error }', 1, 8, /a kind does not compare with a status/],
    ['{ 1 + 1 }', 1, 5, /must be true or false/],
    ['{ name =~ "(" }', 1, 11, /not a regular expression/],
    ['{ name =~ "(?=x)y" }', 1, 11, /look-around/],
    ['{ name =~ "(a)\\\\1" }', 1, 11, /back-references/],
    ['{ name =~ kind }', 1, 8, /text does not compare with a kind/],
    ['{ name =~ .a }', 1, 8, /pattern in quotes/],
    ['{ duration = nil }', 1, 12, /never nil/],
    ['{ span. = 1 }', 1, 8, /attribute name is missing/],
    ['{ name = "x" } }', 1, 16, /expected the end/],
    ['{ § }', 1, 3, /unexpected character/],
    [`{ ${'('.repeat(500)}`, 1, 202, /nested too deeply/],
    [`{ ${'.a && '.repeat(3000)}.a }`, 1, 6000, /too long/],
  ];
  for (const [query, line, column, message] of bad)
    it(query.length > 60 ? `${query.slice(0, 60)}…` : query, () => {
      assert.throws(
        () => parseQuery(query),
        (error: unknown) => {
          assert.ok(error instanceof QueryError, String(error));
          assert.match(error.message, message);
          assert.deepEqual([error.line, error.column], [line, column], error.message);
          return true;
        },
      );
    });

  for (const query of ['{ parent.a = 1 }', '{ parent = 1 }', '{ } | min(.a) < max(duration)'])
    it(`says that nobody answers ${query}`, () => {
      assert.throws(() => parseQuery(query), UnsupportedQueryError);
    });
});

describe('search beside receiving', () => {
  it('tells of all mistakes at once', () => {
    const query = '{ name = } >> { kind = 3 } | count() > 2 | { span.a = } && { status = "x" } | rate(';
    const places = ['column 10', 'column 22', 'column 55', 'column 69'];
    assert.throws(
      () => parseQuery(query.replace(' | rate(', '')),
      (error: unknown) => {
        assert.ok(error instanceof QueryError);
        assert.deepEqual(error.message.match(/column \d+/g), places);
        assert.equal(error.column, 10);
        return true;
      },
    );
    assert.throws(
      () => parseQuery(query),
      (error: Error) =>
        error.message.match(/column \d+/g)?.length === 3 && /found the end of the query/.test(error.message),
    );
    for (const open of ['{ name = ', '{ name = { } }', '({ name = ) && { kind = }'])
      assert.throws(() => parseQuery(open), QueryError);
  });

  it('gives whole and true answers while traces come and go', async () => {
    const busy = new TraceStore({ budgetBytes: 4 << 20 });
    const summaries = new TraceSummaries(busy);
    let next = 0;
    const receive = (count: number): void => {
      for (const last = next + count; next < last; next++)
        add(
          busy,
          Array.from({ length: 4 }, (_, i) =>
            span(i, {
              traceId: traceId(next),
              name: `trace ${next}`,
              start: 1000 * next + i,
              attributes: [{ key: 'number', value: { intValue: String(next) } }],
            }),
          ),
        );
    };
    receive(4000);
    const first = next;
    let receiving = true;
    const receiver = (async () => {
      while (receiving) {
        receive(20);
        await new Promise(resolve => setImmediate(resolve));
      }
    })();
    const traces = await search(busy, summaries, {
      query: '{ span.number >= 0 && name =~ "trace [0-9]*" }',
      limit: 100_000,
      spansPerTrace: 1,
    });
    receiving = false;
    await receiver;
    assert.ok(next > first, 'nothing was received meanwhile');
    assert.ok(traces.length > 256);
    const numbers = traces.map(({ rootSpanName }) => Number(rootSpanName.slice('trace '.length)));
    assert.equal(new Set(numbers).size, traces.length, 'a trace came twice');
    traces.forEach(({ traceId: id, matchedCount, matchedSpans: [shown] }, i) => {
      assert.equal(id, traceId(numbers[i]));
      assert.equal(matchedCount, 4);
      assert.deepEqual(shown.attributes, { number: String(numbers[i]) });
      assert.equal(shown.name, `trace ${numbers[i]}`);
    });
    assert.deepEqual(numbers.slice(0, 256), numbers.toSorted((a, b) => b - a).slice(0, 256));
  });

  it('ends when nobody waits for the answer any more', async () => {
    assert.deepEqual(await run('{ }', { signal: { aborted: true } }), []);
  });
});
