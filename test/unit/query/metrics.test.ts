import assert from 'node:assert/strict';
import { nanos } from '../../../src/model/time.ts';
import { type MetricsOptions, querySeries } from '../../../src/query/metricsQuery.ts';
import { QueryError } from '../../../src/query/traceql/errors.ts';
import { powerOf, quantileOf } from '../../../src/query/traceql/metrics/quantile.ts';
import { TraceSummaries } from '../../../src/query/traceSummary.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { add, epoch, span, spanId, traceId } from '../store/testSpans.ts';
import { attributes } from './queryStore.ts';

const second = 1_000_000_000;
const ms = 1_000_000;

/**
 * Spans at 1 s, 2 s, … 8 s after a multiple of ten seconds; each a trace of its own, but the last three, which are a chain. Routes
 * take turns: `/a` has 1 3 5 7, `/b` 2 4 6 8.
 */
function spansOverTime(): TraceStore {
  const store = new TraceStore({ budgetBytes: 16 << 20 });
  for (let i = 1; i <= 8; i++)
    add(
      store,
      [
        span(i, {
          traceId: traceId(Math.min(i, 6)),
          ...(i > 6 && { parentSpanId: spanId(i - 1) }),
          start: i * second,
          duration: i * 100 * ms,
          name: i % 2 === 1 ? 'odd' : 'even',
          attributes: attributes({ route: i % 2 === 1 ? '/a' : '/b', size: 2 ** i, ratio: i / 2, number: i }),
          ...(i === 4 && { status: { code: 2 } }),
        }),
      ],
      i <= 4 ? 'early' : 'late',
    );
  return store;
}

const at = (seconds: number) => nanos(epoch + BigInt(seconds * second));
const range = { start: at(0), end: at(8), step: BigInt(2 * second) };

async function query(store: TraceStore, text: string, more: Partial<MetricsOptions> = range) {
  return querySeries(store, new TraceSummaries(store), { query: text, ...more });
}

/** Labels as text → seconds after `epoch` → value. */
async function series(store: TraceStore, text: string, more: Partial<MetricsOptions> = range) {
  const found = await query(store, text, more);
  return Object.fromEntries(
    found.map(({ labels, samples }) => [
      Object.entries(labels)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(' '),
      Object.fromEntries(
        samples.map(({ timeUnixNano, value }) => [
          Number(BigInt(timeUnixNano) - epoch) / second,
          Math.round(value * 1e9) / 1e9,
        ]),
      ),
    ]),
  );
}

describe('TraceQL, metrics', () => {
  const store = spansOverTime();
  const cases: [query: string, series: { [labels: string]: { [seconds: number]: number } }][] = [
    // An interval has its end, but not its start.
    ['{ } | count_over_time()', { '__name__="count_over_time"': { 0: 0, 2: 2, 4: 2, 6: 2, 8: 2 } }],
    ['{ } | rate()', { '__name__="rate"': { 0: 0, 2: 1, 4: 1, 6: 1, 8: 1 } }],
    ['{ name = "x" } | rate()', { '__name__="rate"': { 0: 0, 2: 0, 4: 0, 6: 0, 8: 0 } }],
    [
      '{ } | count_over_time() by (resource.service.name)',
      {
        'resource.service.name="early"': { 0: 0, 2: 2, 4: 2, 6: 0, 8: 0 },
        'resource.service.name="late"': { 0: 0, 2: 0, 4: 0, 6: 2, 8: 2 },
      },
    ],
    ['{ name = "x" } | count_over_time() by (name)', {}],
    [
      '{ } | count_over_time() by (span:name, span.missing)',
      { 'name="even"': { 0: 0, 2: 1, 4: 1, 6: 1, 8: 1 }, 'name="odd"': { 0: 0, 2: 1, 4: 1, 6: 1, 8: 1 } },
    ],
    [
      '{ span.number < 3 } | count_over_time() by (span.missing)',
      { 'span.missing="nil"': { 0: 0, 2: 2, 4: 0, 6: 0, 8: 0 } },
    ],
    [
      '{ status = error } | count_over_time() by (status, .number)',
      { 'status="error" .number="4"': { 0: 0, 2: 0, 4: 1, 6: 0, 8: 0 } },
    ],
    // Durations are seconds; what has no value has no sample.
    ['{ } | min_over_time(duration)', { '__name__="min_over_time"': { 2: 0.1, 4: 0.3, 6: 0.5, 8: 0.7 } }],
    ['{ } | max_over_time(duration)', { '__name__="max_over_time"': { 2: 0.2, 4: 0.4, 6: 0.6, 8: 0.8 } }],
    ['{ } | sum_over_time(span.number)', { '__name__="sum_over_time"': { 2: 3, 4: 7, 6: 11, 8: 15 } }],
    [
      '{ } | avg_over_time(span.ratio)',
      { '__name__="avg_over_time"': { 2: 0.75, 4: 1.75, 6: 2.75, 8: 3.75 } },
    ],
    [
      '{ } | avg_over_time(span.number) by (span.route)',
      {
        'span.route="/a"': { 2: 1, 4: 3, 6: 5, 8: 7 },
        'span.route="/b"': { 2: 2, 4: 4, 6: 6, 8: 8 },
      },
    ],
    ['{ } | sum_over_time(span.route)', {}],
    // Buckets are powers of two, of nanoseconds for durations.
    [
      '{ span.number < 3 } | histogram_over_time(span.size)',
      { '__bucket=2': { 0: 0, 2: 1, 4: 0, 6: 0, 8: 0 }, '__bucket=4': { 0: 0, 2: 1, 4: 0, 6: 0, 8: 0 } },
    ],
    [
      '{ span.number = 1 } | histogram_over_time(duration) by (name)',
      { 'name="odd" __bucket=0.134217728': { 0: 0, 2: 1, 4: 0, 6: 0, 8: 0 } },
    ],
    [
      '{ } | quantile_over_time(span.size, 0.5, 1)',
      { 'p=0.5': { 0: 0, 2: 2, 4: 8, 6: 32, 8: 128 }, 'p=1': { 0: 0, 2: 4, 4: 16, 6: 64, 8: 256 } },
    ],
    // Second stages, from left to right.
    [
      '{ } | sum_over_time(span.number) by (span.route) | topk(1)',
      { 'span.route="/b"': { 2: 2, 4: 4, 6: 6, 8: 8 } },
    ],
    [
      '{ } | sum_over_time(span.number) by (span.route) | bottomk(1)',
      { 'span.route="/a"': { 2: 1, 4: 3, 6: 5, 8: 7 } },
    ],
    [
      '{ } | count_over_time() by (resource.service.name) | topk(1) > 0',
      { 'resource.service.name="early"': { 2: 2, 4: 2 }, 'resource.service.name="late"': { 6: 2, 8: 2 } },
    ],
    ['{ } | sum_over_time(span.number) > 10', { '__name__="sum_over_time"': { 6: 11, 8: 15 } }],
    ['{ } | sum_over_time(span.number) > 100', {}],
    ['{ } | max_over_time(duration) >= 600ms', { '__name__="max_over_time"': { 6: 0.6, 8: 0.8 } }],
    ['{ } | sum_over_time(span.number) != 7 < 12', { '__name__="sum_over_time"': { 2: 3, 6: 11 } }],
    // Arithmetic.
    [
      '({ status = error } | count_over_time()) / ({ } | count_over_time())',
      { '__name__="(count_over_time / count_over_time)"': { 2: 0, 4: 0.5, 6: 0, 8: 0 } },
    ],
    [
      '100 * ({ name = "odd" } | rate()) / ({ } | rate()) > 40',
      { '__name__="(rate / rate)"': { 2: 50, 4: 50, 6: 50, 8: 50 } },
    ],
    ['({ } | sum_over_time(span.number)) - 1', { '__name__="sum_over_time"': { 2: 2, 4: 6, 6: 10, 8: 14 } }],
    [
      '({ } | count_over_time() by (resource.service.name)) / ({ } | count_over_time())',
      {
        'resource.service.name="early"': { 2: 1, 4: 1, 6: 0, 8: 0 },
        'resource.service.name="late"': { 2: 0, 4: 0, 6: 1, 8: 1 },
      },
    ],
    [
      '({ name = "odd" } | sum_over_time(span.number) by (name)) + ({ } | sum_over_time(span.number) by (name))',
      { 'name="odd"': { 2: 2, 4: 6, 6: 10, 8: 14 } },
    ],
    ['({ } | count_over_time() > 100) + ({ } | count_over_time())', {}],
    // Spansets of whole traces.
    [
      '{ span.number = 6 } >> { } | count_over_time()',
      { '__name__="count_over_time"': { 0: 0, 2: 0, 4: 0, 6: 0, 8: 2 } },
    ],
    [
      '{ } | count() > 2 | count_over_time()',
      { '__name__="count_over_time"': { 0: 0, 2: 0, 4: 0, 6: 1, 8: 2 } },
    ],
    [
      '{ nestedSetParent < 0 } | { span.number > 4 } | count_over_time()',
      { '__name__="count_over_time"': { 0: 0, 2: 0, 4: 0, 6: 2, 8: 0 } },
    ],
  ];
  for (const [text, expected] of cases)
    it(text, async () => {
      assert.deepEqual(await series(store, text), expected);
    });

  it('looks at the time that is asked for, both ends included', async () => {
    const counts = async (more: Partial<MetricsOptions>) => {
      const [{ samples }] = await query(store, '{ } | count_over_time()', more);
      return samples.map(({ timeUnixNano, value }) => [Number(BigInt(timeUnixNano) - epoch) / second, value]);
    };
    const step = BigInt(5 * second);
    assert.deepEqual(await counts({ start: at(2), end: at(6), step }), [
      [5, 4],
      [10, 1],
    ]);
    assert.deepEqual(await counts({ start: at(5), end: at(5), step }), [[5, 1]]);
    assert.deepEqual(await counts({ start: at(100), end: at(101), step }), [
      [100, 0],
      [105, 0],
    ]);
  });

  it('takes all that is stored in 60 steps, if nothing is said', async () => {
    const [{ samples }] = await query(store, '{ } | count_over_time()', {});
    assert.ok(samples.length >= 60 && samples.length <= 62, `${samples.length}`);
    assert.equal(
      samples.reduce((sum, { value }) => sum + value, 0),
      8,
    );
  });

  it('has nothing to say of an empty store', async () => {
    assert.deepEqual(await query(new TraceStore({ budgetBytes: 1 << 20 }), '{ } | rate()', {}), []);
  });

  it('compares what is selected with the rest', async () => {
    const found = await query(store, '{ } | compare({ status = error }, 2)', {
      ...range,
      step: 100n * BigInt(second),
    });
    const of = (field: string) =>
      found
        .filter(({ labels }) => Object.hasOwn(labels, field))
        .map(({ labels, samples }) => [
          labels['__meta_type'] ?? labels['__meta_error'],
          labels[field],
          samples.reduce((sum, { value }) => sum + value, 0),
        ]);
    assert.deepEqual(of('span.route'), [
      ['baseline', '/a', 4],
      ['baseline', '/b', 3],
      ['baseline_total', 'nil', 7],
      ['selection', '/b', 1],
      ['selection_total', 'nil', 1],
    ]);
    assert.deepEqual(of('span.number'), [
      ['__too_many_values__', 'nil', 0],
      ['baseline', '1', 1],
      ['baseline', '2', 1],
      ['baseline_total', 'nil', 7],
      ['selection', '4', 1],
      ['selection_total', 'nil', 1],
    ]);
    assert.deepEqual(of('duration'), []);
  });

  it('compares only what lies in the time that is selected', async () => {
    const during = `{ } | compare({ }, 5, ${at(2)}, ${at(5)})`;
    const found = await query(store, during, { ...range, step: 100n * BigInt(second) });
    const [total] = found.filter(
      ({ labels }) => labels['__meta_type'] === 'selection_total' && Object.hasOwn(labels, 'name'),
    );
    assert.equal(
      total.samples.reduce((sum, { value }) => sum + value, 0),
      3,
    );
  });

  it('compares resources as they were, though others have their ids after a pause', async () => {
    const changing = new TraceStore({ budgetBytes: 16 << 20 });
    add(changing, [span(1, { start: second })], 'gone');
    const signal = {
      /** Asked between two turns: here it takes so long that there is a pause. */
      get aborted() {
        if (changing.resources.get(0).serviceName !== 'gone') return false;
        changing.clear();
        add(changing, [span(2, { start: 2 * second })], 'new');
        const until = performance.now() + 20;
        while (performance.now() < until);
        return false;
      },
    };
    const step = 100n * BigInt(second);
    const found = await query(changing, '{ } | compare({ status = error })', { ...range, step, signal });
    assert.equal(changing.resources.get(0).serviceName, 'new');
    const services = found.map(({ labels }) => labels['resource.service.name']);
    assert.ok(services.includes('gone') && !services.includes('new'), JSON.stringify(services));
  });

  const refused: [query: string, more: Partial<MetricsOptions>, message: RegExp][] = [
    ['{ }', {}, /finds traces, and makes no metrics/],
    ['{ } | rate()', { start: at(0), end: at(100_000), step: 1n }, /more than 11000 intervals/],
    ['{ } | rate()', { start: at(1), end: at(0) }, /end of the time lies before its start/],
  ];
  for (const [text, more, message] of refused)
    it(`refuses ${text} because of ${message.source}`, async () => {
      await assert.rejects(query(store, text, more), (error: unknown) => {
        assert.ok(error instanceof QueryError, String(error));
        assert.match(error.message, message);
        return true;
      });
    });

  it('refuses to make thousands of series, unless the largest of them are asked for', async () => {
    const many = new TraceStore({ budgetBytes: 16 << 20 });
    add(
      many,
      Array.from({ length: 1500 }, (_, i) => span(i, { attributes: attributes({ n: i }) })),
    );
    await assert.rejects(query(many, '{ } | rate() by (span.n)', {}), /1500 series, more than 1000/);
    const all = await query(many, '{ } | sum_over_time(span.n) by (span.n) | topk(2)', {});
    assert.deepEqual(
      all.map(({ labels }) => labels),
      [{ 'span.n': '1498' }, { 'span.n': '1499' }],
    );
  });
});

describe('metrics of sealed segments', () => {
  it('are those of the same spans as they arrived', async () => {
    const stores = [true, false].map(sealing => new TraceStore({ budgetBytes: 4 << 20, sealing }));
    for (let n = 0; stores[0].segments().length < 3; n += 50) {
      const spans = Array.from({ length: 50 }, (_, i) => {
        const status = { code: i % 9 === 0 ? (2 as const) : (0 as const), message: i % 9 === 0 ? 'no' : '' };
        const own = attributes({ 'app.size': (n + i) % 5, 'app.padding': `${'x'.repeat(300)} ${i % 2}` });
        const route = attributes({ route: `/${i % 3}` });
        return span(n + i, {
          traceId: traceId(n + (i >> 3)),
          start: (n + i) * ms,
          duration: (1 + (i % 7)) * ms,
          name: `span ${i % 4}`,
          // Written in the order of their fields: the dictionary does not take in every message.
          ...(i % 11 === 0
            ? { droppedAttributesCount: 1, status, attributes: own }
            : { attributes: i % 5 === 0 ? own : [...own, ...route], status }),
        });
      });
      for (const store of stores) add(store, spans, n % 100 === 0 ? 'shop' : 'cart');
    }
    for (const store of stores) store.sealNow();
    const [sealed, raw] = stores;
    assert.ok(sealed.segments()[0].sealed !== undefined && raw.segments()[0].sealed === undefined);
    for (const text of [
      '{ } | rate() by (span.route)',
      '{ } | rate() by (.service.name, .route, name)',
      '{ span.route != "/1" } | sum_over_time(span.app.size) by (rootName, status)',
      '{ } | quantile_over_time(duration, .1, .5, .9) by (statusMessage, resource.service.name)',
      '{ } | histogram_over_time(span.app.size) by (kind)',
      '{ } | avg_over_time(duration) by (span:id) | topk(3)',
      '{ } | compare({ status = error })',
    ]) {
      const found = await query(sealed, text, {});
      assert.ok(found.length > 0, text);
      assert.deepEqual(found, await query(raw, text, {}), text);
    }
  });
});

describe('quantiles of powers of two', () => {
  it('puts a value into the smallest power that is not below it', () => {
    for (let power = 1; power <= 53; power++) {
      assert.equal(powerOf(2 ** power), power);
      if (power > 1) assert.equal(powerOf(2 ** power - 1), power, `2^${power} - 1`);
      if (power < 53) assert.equal(powerOf(2 ** power + 1), power + 1, `2^${power} + 1`);
    }
    assert.deepEqual([1, 0, -4, Number.NaN].map(powerOf), [undefined, undefined, undefined, undefined]);
  });

  it('goes from one power to the next by the share of the values between them', () => {
    const counts = new Map([
      [4, 2],
      [8, 4],
    ]);
    assert.equal(quantileOf(0, new Map()), 0);
    // Two of six values are at most 4, and all at most 8.
    assert.equal(quantileOf(2 / 6, counts), 4);
    assert.equal(quantileOf(1, counts), 8);
    // Four of six: half of the way from 2² to 2³.
    assert.equal(quantileOf(4 / 6, counts), 2 ** 2.5);
    // One of six: half of the way to the first bucket.
    assert.equal(quantileOf(0, counts), 2 ** 1.5);
  });
});
