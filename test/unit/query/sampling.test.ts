import assert from 'node:assert/strict';
import type { KeyValue } from '../../../src/model/anyValue.ts';
import { previewSampling } from '../../../src/query/sampling/preview.ts';
import { readSampler } from '../../../src/query/sampling/readSampler.ts';
import { keepsByHash, keepsByRandomness } from '../../../src/query/sampling/traceIdHash.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { readYaml } from '../../../src/workspace/readYaml.ts';
import { add, span, spanId, traceId } from '../store/testSpans.ts';

const second = 1_000_000_000;
const text = (key: string, value: string): KeyValue => ({ key, value: { stringValue: value } });
const whole = (key: string, value: number): KeyValue => ({ key, value: { intValue: `${value}` } });

/**
 * Trace 0: fast and good, 1: fast, with an error, 2: slow (5 s, two services), 3: slow and with an error, 4: a health check.
 */
function shop(): TraceStore {
  const store = new TraceStore({ budgetBytes: 16 << 20 });
  const root = (trace: number, more: Parameters<typeof span>[1]) =>
    span(10 * trace, { traceId: traceId(trace), start: trace * second, kind: 2, ...more });
  add(store, [
    root(0, { name: 'GET /', attributes: [whole('http.response.status_code', 200)], traceState: 'a=1,b=2' }),
    root(1, {
      name: 'GET /cart',
      status: { code: 2 },
      attributes: [text('user.tier', 'gold')],
      flags: 0x101,
    }),
    root(2, {
      name: 'GET /slow',
      duration: 5 * second,
      attributes: [whole('http.response.status_code', 204)],
    }),
    root(3, {
      name: 'GET /slow',
      duration: 6 * second,
      status: { code: 2 },
      attributes: [whole('http.response.status_code', 503), { key: 'retried', value: { boolValue: true } }],
    }),
    root(4, { name: 'GET /health', attributes: [text('url.path', '/health')] }),
  ]);
  add(
    store,
    [
      span(21, {
        traceId: traceId(2),
        parentSpanId: spanId(20),
        start: 2 * second,
        name: 'SELECT',
        duration: 20,
      }),
    ],
    'database',
  );
  return store;
}

async function preview(config: string, store = shop()) {
  return previewSampling(store, readSampler(readYaml(config)));
}

/** Numbers of the traces that are kept by these policies. */
async function keptBy(policies: string, store = shop()): Promise<number[]> {
  const sampler = readSampler(readYaml(`policies:\n${policies}`));
  const kept: number[] = [];
  await previewSampling(store, {
    policies: sampler.policies,
    decide: trace => {
      const decision = sampler.decide(trace);
      if (decision.kept) kept.push(Number.parseInt(trace.traceId, 16) - 1);
      return decision;
    },
  });
  return kept;
}

const policy = (type: string, settings = '{}', name = type) =>
  `  - { name: ${name}, type: ${type}, ${type}: ${settings} }\n`;

describe('sampling preview', () => {
  it('counts what a collector would keep and lose, and names the errors that are lost', async () => {
    const answer = await preview(`
receivers: { otlp: { protocols: { grpc: {} } } }
processors:
  batch: {}
  tail_sampling/shop:
    decision_wait: 10s
    policies:
      - { name: slow, type: latency, latency: { threshold_ms: 5000 } }
      - { name: cart, type: string_attribute, string_attribute: { key: url.path, values: [/cart] } }
service:
  pipelines:
    metrics: { receivers: [otlp], processors: [batch] }
    traces: { receivers: [otlp], processors: [tail_sampling/shop, batch] }
`);
    assert.deepEqual(answer, {
      kept: 2,
      dropped: 3,
      byPolicy: [
        { name: 'slow', kept: 2 },
        { name: 'cart', kept: 0 },
      ],
      withErrors: 2,
      droppedWithErrors: [traceId(1)],
    });
  });

  it('knows the policies that look at one trace', async () => {
    const cases: [string, number[]][] = [
      [policy('always_sample'), [0, 1, 2, 3, 4]],
      [policy('latency', '{ threshold_ms: 5000 }'), [2, 3]],
      [policy('latency', '{ threshold_ms: 5000, upper_threshold_ms: 6000 }'), [3]],
      [policy('status_code', '{ status_codes: [ERROR] }'), [1, 3]],
      [policy('status_code', '{ status_codes: [OK, UNSET] }'), [0, 2, 4]],
      [
        policy('numeric_attribute', '{ key: http.response.status_code, min_value: 204, max_value: 503 }'),
        [2, 3],
      ],
      [policy('numeric_attribute', '{ key: http.response.status_code, max_value: 299 }'), [0, 2]],
      [policy('string_attribute', '{ key: user.tier, values: [gold] }'), [1]],
      [policy('string_attribute', '{ key: service.name, values: [database] }'), [2]],
      [policy('string_attribute', '{ key: user.tier, values: [gol] }'), []],
      [policy('string_attribute', '{ key: user.tier, values: ["^go"], enabled_regex_matching: true }'), [1]],
      [policy('string_attribute', '{ key: user.tier, values: ["^ol"], enabled_regex_matching: true }'), []],
      [policy('string_attribute', '{ key: user.tier, values: [old], enabled_regex_matching: true }'), [1]],
      [policy('boolean_attribute', '{ key: retried, value: true }'), [3]],
      [policy('span_count', '{ min_spans: 2 }'), [2]],
      [policy('span_count', '{ min_spans: 1, max_spans: 1 }'), [0, 1, 3, 4]],
      [policy('trace_state', '{ key: b, values: ["2"] }'), [0]],
      [policy('trace_flags'), [1]],
    ];
    for (const [policies, kept] of cases) assert.deepEqual(await keptBy(policies), kept, policies);
  });

  it('combines them: and, not, drop', async () => {
    const slow = '{ name: s, type: latency, latency: { threshold_ms: 5000 } }';
    const bad = '{ name: e, type: status_code, status_code: { status_codes: [ERROR] } }';
    const all = policy('always_sample');
    assert.deepEqual(await keptBy(policy('and', `{ and_sub_policy: [${slow}, ${bad}] }`)), [3]);
    assert.deepEqual(await keptBy(policy('not', `{ not_sub_policy: ${slow} }`)), [0, 1, 4]);
    assert.deepEqual(
      await keptBy(all + policy('drop', `{ drop_sub_policy: [${slow}, ${bad}] }`)),
      [0, 1, 2, 4],
    );
  });

  it('inverts what a policy looks for, and its decision is one among others', async () => {
    const settings = '{ key: user.tier, values: [gold], invert_match: true }';
    const notGold = policy('string_attribute', settings);
    assert.deepEqual(await keptBy(notGold), [0, 2, 3, 4]);
    assert.deepEqual(await keptBy(policy('always_sample') + notGold), [0, 1, 2, 3, 4]);
    assert.deepEqual(
      await keptBy(policy('status_code', '{ status_codes: [ERROR] }') + notGold),
      [0, 1, 2, 3, 4],
    );
    const sub = `[{ name: n, type: string_attribute, string_attribute: ${settings} }]`;
    assert.deepEqual(await keptBy(policy('and', `{ and_sub_policy: ${sub} }`)), [0, 2, 3, 4]);
    // As the processor's README advises where nothing else may keep such a trace.
    const drop = policy('drop', `{ drop_sub_policy: ${sub} }`);
    assert.deepEqual(await keptBy(policy('always_sample') + drop), [1]);
  });

  it('counts a kept trace for each policy that is for it, or for the first only', async () => {
    const policies = `policies:\n${policy('status_code', '{ status_codes: [ERROR] }')}${policy('always_sample')}`;
    assert.deepEqual((await preview(policies)).byPolicy, [
      { name: 'status_code', kept: 2 },
      { name: 'always_sample', kept: 5 },
    ]);
    assert.deepEqual((await preview(`sample_on_first_match: true\n${policies}`)).byPolicy, [
      { name: 'status_code', kept: 2 },
      { name: 'always_sample', kept: 3 },
    ]);
  });

  it('limits spans and bytes in each second', async () => {
    const store = new TraceStore({ budgetBytes: 16 << 20 });
    // Two seconds of ten traces of one span each.
    const spans = Array.from({ length: 20 }, (_, at) =>
      span(at, { traceId: traceId(at), start: Math.floor(at / 10) * second + (at % 10) * 1000 }),
    );
    add(store, spans.toReversed());
    // At first twice the rate, then what has come in since.
    const rate = (settings: string) => keptBy(policy('rate_limiting', `{ ${settings} }`), store);
    assert.deepEqual(await rate('spans_per_second: 2'), [0, 1, 2, 3, 10, 11]);
    assert.deepEqual(await rate('spans_per_second: 2, burst_capacity: 1'), [0, 10]);
    assert.deepEqual(await rate('spans_per_second: 1_0'), [...Array(20).keys()]);
    const sub = '[{ name: a, type: always_sample }, { name: b, type: always_sample }]';
    const shares = '[{ policy: a, percent: 20 }, { policy: b, percent: 80 }]';
    const composite = (order: string) =>
      policy(
        'composite',
        `{ max_total_spans_per_second: 10, policy_order: ${order}, composite_sub_policy: ${sub}, rate_allocation: ${shares} }`,
      );
    assert.equal((await keptBy(composite('[a, b]'), store)).length, 4);
    assert.equal((await keptBy(composite('[b, a]'), store)).length, 16);
    const bytes =
      spans.length === 20
        ? await preview(
            'policies: [{name: x, type: bytes_limiting, bytes_limiting: {bytes_per_second: 1}}]',
            store,
          )
        : undefined;
    assert.equal(bytes?.kept, 0);
    assert.equal(
      (
        await preview(
          'policies: [{name: x, type: bytes_limiting, bytes_limiting: {bytes_per_second: 1000000}}]',
          store,
        )
      ).kept,
      20,
    );
  });

  it('hashes trace ids as the collector does', () => {
    // Shares of 2^64 under and above FNV-1a of 'salt' and the id, by an implementation written from the definition.
    const id = '0102030405060708090a0b0c0d0e0f10';
    let hash = 14695981039346656037n;
    for (const byte of [...Buffer.from('salt'), ...Buffer.from(id, 'hex')])
      hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 1099511628211n);
    const share = (Number(hash) / 2 ** 64) * 100;
    assert.equal(keepsByHash(share + 1e-6, 'salt')(id), true);
    assert.equal(keepsByHash(share - 1e-6, 'salt')(id), false);
    assert.equal(keepsByHash(100, 'other')(id), true);
    assert.equal(keepsByRandomness(1)('0'.repeat(32)), true);
    assert.equal(keepsByRandomness(0)('f'.repeat(32)), false);
    assert.equal(keepsByRandomness(0.5)(`${'0'.repeat(18)}80000000000000`), true);
    assert.equal(keepsByRandomness(0.5)(`${'0'.repeat(18)}7fffffffffffff`), false);
  });

  it('keeps about the share that is asked for', async () => {
    const store = new TraceStore({ budgetBytes: 64 << 20 });
    const ids = Array.from({ length: 4000 }, (_, at) =>
      Buffer.from(`${at * 7919}-trace-id-of-test`.padEnd(16).slice(0, 16)).toString('hex'),
    );
    add(
      store,
      ids.map((id, at) => span(at, { traceId: id, start: at })),
    );
    for (const config of [
      'policies: [{name: p, type: probabilistic, probabilistic: {sampling_percentage: 25}}]',
      'sampling_percentage: 25',
    ]) {
      const { kept } = await preview(config, store);
      assert.ok(Math.abs(kept - 1000) < 150, `${config}: ${kept}`);
    }
  });

  it('reads samplers of SDKs and strategies of Jaeger', async () => {
    const store = shop();
    // Its parent was elsewhere, and had been sampled.
    add(store, [span(50, { traceId: traceId(5), parentSpanId: spanId(99), start: 9 * second })]);
    const kept = async (config: string) => (await preview(config, store)).kept;
    assert.equal(await kept('tracer_provider: { sampler: { parent_based: { root: { always_off: } } } }'), 1);
    assert.equal(await kept('sampler: { always_on: {} }'), 6);
    assert.equal(await kept('trace_id_ratio_based: { ratio: 0 }'), 0);
    const strategies = JSON.stringify({
      service_strategies: [
        {
          service: 'shop',
          type: 'probabilistic',
          param: 0,
          operation_strategies: [{ operation: 'GET /slow', type: 'probabilistic', param: 1 }],
        },
      ],
      default_strategy: { type: 'ratelimiting', param: 1 },
    });
    assert.deepEqual((await preview(strategies, store)).byPolicy, [
      { name: 'shop', kept: 2 },
      { name: 'default_strategy', kept: 0 },
    ]);
  });

  it('passes on only what an earlier processor keeps', async () => {
    const answer = await preview(`
processors:
  probabilistic_sampler: { sampling_percentage: 0 }
  tail_sampling: { policies: [{ name: all, type: always_sample }] }
service: { pipelines: { traces: { processors: [probabilistic_sampler, tail_sampling] } } }
`);
    assert.equal(answer.kept, 0);
    assert.deepEqual(
      answer.byPolicy.map(({ kept }) => kept),
      [0, 0],
    );
  });

  it('reads YAML within bounds', () => {
    assert.throws(() => readYaml('a: ['), /^Error: not YAML: /);
    assert.throws(() => readYaml('['.repeat(5000)), /nested more than 100 levels deep/);
    assert.throws(() => readYaml(`${'- '.repeat(5000)}a`), /nested more than 100 levels deep/);
    assert.throws(() => readYaml(' '.repeat(2 ** 20 + 1)), /more than 1 MiB/);
    const bomb = `a: &a [1,1,1,1,1,1,1,1,1]\n${[...'bcdefghij'].map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[at]}`).join()}]`).join('\n')}`;
    assert.throws(() => readYaml(bomb), /not YAML: Excessive alias count/);
  });

  it('says what it cannot follow, and where', () => {
    const cases: [string, RegExp][] = [
      ['', /no sampling configuration/],
      ['exporters: {}\nreceivers: {}', /nothing here samples/],
      ['processors: { batch: {} }', /processors: no processor/],
      ['policies: []', /policies: at least one/],
      [
        'policies: [{ name: a, type: ottl_condition, ottl_condition: { span: [] } }]',
        /policies\[0\]: conditions in OTTL/,
      ],
      ['policies: [{ name: a, type: magic }]', /policies\[0\]\.type: 'magic' is no policy/],
      [
        'policies: [{ name: a, type: latency, latency: { treshold_ms: 1 } }]',
        /latency\.treshold_ms is not a setting/,
      ],
      [
        'policies: [{ name: a, type: latency, latency: { threshold_ms: 5s } }]',
        /threshold_ms: a number of at least 0 is expected, which is "5s"/,
      ],
      [
        'policies: [{ name: a, type: status_code, status_code: { status_codes: [BAD] } }]',
        /status_codes\[0\]: a status code/,
      ],
      [
        'policies: [{ name: a, type: string_attribute, string_attribute: { key: k, values: ["("], enabled_regex_matching: true } }]',
        /values\[0\]: not a regular expression/,
      ],
      ['tracer_provider: {}', /there is no sampler/],
      ['sampler: { jaeger_remote: {} }', /sampler: the sampler 'jaeger_remote' cannot/],
      [
        'sampler: { parent_based: { local_parent_sampled: { always_off: {} } } }',
        /local_parent_sampled: only its default/,
      ],
      ['sampling_percentage: 10\nmode: fair', /mode: a mode is hash_seed, proportional or equalizing/],
    ];
    for (const [config, message] of cases)
      assert.throws(() => readSampler(readYaml(config)), { name: 'SamplingConfigError', message }, config);
  });

  describe('of a whole collector', () => {
    const collector = (pipelines: string) => `
x-common: &common
  decision_wait: 10s
  num_traces: 100_000
  decision_cache: { sampled_cache_size: 100_000 }
receivers: { otlp: {} }
processors:
  batch: {}
  tail_sampling/errors:
    <<: *common
    policies: [{ name: bad, type: status_code, status_code: { status_codes: [ERROR] } }]
  tail_sampling/slow:
    <<: *common
    tail_storage: file_storage
    policies: [{ name: slow, type: latency, latency: { threshold_ms: 5000 } }]
  probabilistic_sampler: { sampling_percentage: 100, mode: equalizing }
  tail_sampling/unused: { policies: [] }
service:
  pipelines:
    metrics: { processors: [batch] }
${pipelines}`;
    const answer = async (config: string, pipeline?: string) => {
      const { byPolicy, kept } = await previewSampling(shop(), readSampler(readYaml(config), pipeline));
      return { kept, policies: byPolicy.map(({ name }) => name) };
    };

    it('follows several processors of one pipeline, in its order', async () => {
      const one = collector(
        '    traces: { processors: [tail_sampling/slow, batch, probabilistic_sampler, tail_sampling/errors] }',
      );
      const policies = ['slow', 'probabilistic_sampler', 'bad'];
      assert.deepEqual(await answer(one), { kept: 1, policies });
    });

    it('wants to know which of several pipelines is meant, unless they sample alike', async () => {
      const two = collector(`    traces/errors: { processors: [tail_sampling/errors, batch] }
    traces/slow: { processors: [tail_sampling/slow] }
    traces/all: { processors: [batch] }`);
      assert.throws(() => readSampler(readYaml(two)), {
        name: 'SamplingConfigError',
        message: 'several pipelines sample, each in its own way: choose one of traces/errors, traces/slow',
        pipelines: ['traces/errors', 'traces/slow'],
      });
      assert.deepEqual(await answer(two, 'traces/errors'), { kept: 2, policies: ['bad'] });
      assert.deepEqual(await answer(two, 'traces/slow'), { kept: 2, policies: ['slow'] });
      assert.throws(
        () => readSampler(readYaml(two), 'traces/all'),
        /service\.pipelines: no pipeline 'traces\/all' samples traces \(traces\/errors, traces\/slow\)/,
      );
      assert.throws(
        () => readSampler(readYaml('sampling_percentage: 1'), 'traces'),
        /there are no pipelines in this configuration/,
      );
      const alike = collector(`    traces/a: { processors: [tail_sampling/slow] }
    traces/b: { processors: [tail_sampling/slow, batch] }`);
      assert.deepEqual(await answer(alike), { kept: 2, policies: ['slow'] });
    });
  });
});
