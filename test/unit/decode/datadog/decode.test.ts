import assert from 'node:assert/strict';
import { Random } from '../../../../bench/support/random.ts';
import { DatadogDecoder, type DatadogVersion } from '../../../../src/decode/datadog/datadogDecoder.ts';
import {
  arrays,
  type ReadSpan,
  Streaming,
  spansIn,
  type TracerSpan,
  tracerSpan,
  v04,
  v05,
  v07,
  v10,
} from './wire.ts';

const tid = 'aabbccdd00000000';

function decode(version: DatadogVersion, body: Uint8Array, decoder = new DatadogDecoder()): ReadSpan[] {
  return spansIn(decoder.decode(version, 'msgpack', body, { language: 'nodejs', version: '6.21.0' }));
}

function one(span: Partial<TracerSpan>): ReadSpan {
  return decode('v0.4', v04([[tracerSpan(span)]]))[0];
}

describe('Datadog decoding', () => {
  it('makes a span of a span', () => {
    const span = one({
      span_id: 0xfedcba9876543210n,
      parent_id: 0x8000000000000001n,
      meta: {
        ...{ '_dd.p.tid': tid, env: 'dev', version: '1.2.3', language: 'javascript', 'runtime-id': 'r-1' },
        ...{ 'span.kind': 'server', 'http.method': 'GET', '_dd.hostname': 'laptop' },
      },
      metrics: { _sampling_priority_v1: 1, 'http.ratio': 0.5, process_id: 4242 },
    });
    assert.deepEqual(span, {
      traceId: `${tid}1122334455667788`,
      spanId: 'fedcba9876543210',
      parentSpanId: '8000000000000001',
      name: 'GET /users/:id',
      kind: 2,
      startTimeUnixNano: '1790000000000000123',
      endTimeUnixNano: '1790000000002000123',
      attributes: {
        'dd.span.name': 'express.request',
        'dd.span.type': 'web',
        'http.method': 'GET',
        _sampling_priority_v1: '1',
        'http.ratio': 0.5,
        process_id: '4242',
      },
      resource: {
        'service.name': 'shop',
        'deployment.environment.name': 'dev',
        'service.version': '1.2.3',
        'service.instance.id': 'r-1',
        'telemetry.sdk.name': 'datadog',
        'telemetry.sdk.language': 'javascript',
        'telemetry.sdk.version': '6.21.0',
        'host.name': 'laptop',
      },
      scope: { name: 'datadog', version: '6.21.0' },
    });
  });

  it('tells kinds by the type where the tags do not', () => {
    const kind = (type: string, meta = {}) => one({ type, meta }).kind;
    assert.deepEqual(
      ['web', 'http', 'db', 'sql', 'cache', 'redis', 'worker', '', 'web-of-a-type-nobody-has'].map(type =>
        kind(type),
      ),
      [2, 3, 3, 3, 3, 3, 1, 1, 1],
    );
    assert.deepEqual(
      ['internal', 'server', 'client', 'producer', 'consumer', 'CLIENT'].map(each =>
        kind('web', { 'span.kind': each }),
      ),
      [1, 2, 3, 4, 5, 3],
    );
    const odd = one({ type: 'db', meta: { 'span.kind': 'broker' } });
    assert.deepEqual([odd.kind, odd.attributes['span.kind']], [3, 'broker']);
  });

  it('makes a status and an exception of an error', () => {
    const meta = {
      'error.type': 'TypeError',
      'error.message': 'no such user',
      'error.stack': 'TypeError: …\n  at f',
    };
    const span = one({ error: 502, meta });
    assert.deepEqual(span.status, { message: 'no such user', code: 2 });
    assert.equal(span.attributes['error.type'], 'TypeError');
    assert.equal(span.attributes['error.stack'], undefined);
    assert.deepEqual(
      span.events?.map(({ name, timeUnixNano, attributes }) => [
        name,
        timeUnixNano,
        attributes?.map(({ key }) => key),
      ]),
      [['exception', span.endTimeUnixNano, ['exception.type', 'exception.message', 'exception.stacktrace']]],
    );
    const handled = one({ error: 0, meta });
    assert.deepEqual([handled.status, handled.events], [undefined, undefined]);
    assert.equal(handled.attributes['error.message'], 'no such user');
    assert.equal(one({ error: 1, meta: { 'error.msg': 'old' } }).status?.message, 'old');
    const already = one({ error: 1, meta, span_events: [{ name: 'exception', time_unix_nano: 7n }] });
    assert.equal(already.events?.length, 1);
  });

  it('reads links and events, native and as JSON', () => {
    const link = { trace_id: 0x11n, trace_id_high: 0x22n, span_id: 0x33n, tracestate: 'dd=s:1', flags: 1 };
    const native = one({
      span_links: [{ ...link, attributes: { why: 'fan-in' } }, { trace_id: 'x' }, 7],
      span_events: [
        {
          name: 'retry',
          time_unix_nano: 1_790_000_000_000_000_456n,
          attributes: {
            text: { type: 0, string_value: 'a' },
            yes: { type: 1, bool_value: true },
            many: { type: 2, int_value: 7n },
            half: { type: 3, double_value: 0.5 },
            list: { type: 4, array_value: { values: [{ type: 2, int_value: 1 }] } },
          },
        },
      ],
    });
    assert.deepEqual(native.links, [
      {
        traceId: '00000000000000220000000000000011',
        spanId: '0000000000000033',
        traceState: 'dd=s:1',
        attributes: [{ key: 'why', value: { stringValue: 'fan-in' } }],
        flags: 1,
      },
    ]);
    assert.deepEqual(native.events, [
      {
        timeUnixNano: '1790000000000000456',
        name: 'retry',
        attributes: [
          { key: 'text', value: { stringValue: 'a' } },
          { key: 'yes', value: { boolValue: true } },
          { key: 'many', value: { intValue: '7' } },
          { key: 'half', value: { doubleValue: 0.5 } },
          { key: 'list', value: { arrayValue: { values: [{ intValue: '1' }] } } },
        ],
      },
    ]);
    const json = one({
      meta: {
        '_dd.span_links': JSON.stringify([
          { trace_id: 'ab'.repeat(16), span_id: 'cd'.repeat(8), flags: 2147483649 },
        ]),
        events: JSON.stringify([
          { name: 'hit', time_unix_nano: 1_790_000_000_000_000_000, attributes: { n: 1.5 } },
        ]),
      },
    });
    assert.deepEqual(json.links, [{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), flags: 2147483649 }]);
    assert.deepEqual(json.events, [
      {
        timeUnixNano: '1790000000000000000',
        name: 'hit',
        attributes: [{ key: 'n', value: { doubleValue: 1.5 } }],
      },
    ]);
    const broken = one({ meta: { '_dd.span_links': '[{', events: 'kept' } });
    assert.deepEqual([broken.attributes['_dd.span_links'], broken.attributes['events']], ['[{', 'kept']);
  });

  it('takes what one span of a chunk tells for all, and versions for their own service', () => {
    const spans = decode(
      'v0.4',
      v04([
        [
          tracerSpan({ meta: { env: 'dev', 'runtime-id': 'r-1', version: '2', '_dd.p.tid': tid } }),
          tracerSpan({ span_id: 2n, parent_id: 0x99n }),
          tracerSpan({ span_id: 3n, parent_id: 0x99n, service: 'shop-postgres' }),
        ],
      ]),
    );
    assert.deepEqual(
      spans.map(({ resource, traceId }) => [
        resource['service.name'],
        resource['deployment.environment.name'],
        resource['service.version'],
        resource['service.instance.id'],
        traceId,
      ]),
      [
        ['shop', 'dev', '2', 'r-1', `${tid}1122334455667788`],
        ['shop', 'dev', '2', 'r-1', `${tid}1122334455667788`],
        ['shop-postgres', 'dev', undefined, 'r-1', `${tid}1122334455667788`],
      ],
    );
  });

  it('cuts a root that is its own parent, and durations beyond all numbers', () => {
    const root = one({ trace_id: 5n, span_id: 5n, parent_id: 5n });
    assert.equal(root.parentSpanId, undefined);
    assert.equal(one({ span_id: 5n, parent_id: 5n }).parentSpanId, '0000000000000005');
    assert.equal(one({ duration: -5n, start: 10n }).endTimeUnixNano, '5');
    const endless = one({ start: 2n ** 64n - 2n, duration: 100n });
    assert.deepEqual(
      [endless.startTimeUnixNano, endless.endTimeUnixNano],
      [`${2n ** 64n - 2n}`, `${2n ** 64n - 2n}`],
    );
    assert.equal(one({ resource: '' }).name, 'express.request');
  });

  it('reads v0.7 with what its payload and chunks tell', () => {
    const [span] = decode(
      'v0.7',
      v07(
        [[tracerSpan({ meta: { _mine: 'x' } })]],
        {
          ...{ container_id: 'c-1', language_name: 'go', tracer_version: '2.1.0', runtime_id: 'r-7' },
          ...{
            env: 'stage',
            app_version: '9',
            hostname: 'box',
            tags: { '_dd.tags.process': 'entrypoint.name:shop' },
          },
        },
        { priority: 2, origin: 'rum', tags: { '_dd.p.dm': '-4' } },
      ),
    );
    assert.deepEqual(span.resource, {
      'service.name': 'shop',
      'deployment.environment.name': 'stage',
      'service.version': '9',
      'service.instance.id': 'r-7',
      'telemetry.sdk.name': 'datadog',
      'telemetry.sdk.language': 'go',
      'telemetry.sdk.version': '2.1.0',
      'host.name': 'box',
      'container.id': 'c-1',
      '_dd.tags.process': 'entrypoint.name:shop',
    });
    const {
      _mine,
      '_dd.p.dm': maker,
      '_dd.origin': origin,
      _sampling_priority_v1: priority,
    } = span.attributes;
    assert.deepEqual([_mine, maker, origin, priority], ['x', '-4', 'rum', '2']);
  });

  it('reads v1.0: streamed strings, typed attributes, links and events', () => {
    const streaming = new Streaming();
    const text = (value: string) => streaming.text(value);
    const body = arrays(
      new Map<number, unknown>([
        [7, text('dev')],
        [10, streaming.attributes([['_dd.tags.process', 1, () => text('svc:shop')]])],
        [
          11,
          [
            new Map<number, unknown>([
              [6, Buffer.from(`${tid}1122334455667788`, 'hex')],
              [2, text('rum')],
              [3, streaming.attributes([['_dd.p.dm', 1, () => text('-1')]])],
              [
                4,
                [
                  new Map<number, unknown>([
                    [16, 3],
                    [1, text('shop')],
                    [2, text('pg.query')],
                    [4, 9n],
                    [6, 100n],
                    [7, 11n],
                    [8, true],
                    [
                      9,
                      streaming.attributes([
                        ['again', 1, () => text('dev')],
                        ['flag', 2, () => true],
                        ['ratio', 3, () => 1],
                        ['count', 4, () => -7],
                        ['raw', 5, () => Buffer.from('hi')],
                        ['list', 6, () => [1, text('x'), 4, 5, 6, [2, false]]],
                        ['map', 7, () => streaming.attributes([['inner', 3, () => 0.25]])],
                      ]),
                    ],
                    [10, text('db')],
                    [
                      11,
                      [
                        new Map<number, unknown>([
                          [1, Buffer.alloc(16, 0xab)],
                          [2, 0xcdn],
                          [3, streaming.attributes([['why', 4, () => 3]])],
                          [4, text('dd=s:1')],
                          [5, 1],
                        ]),
                      ],
                    ],
                    [
                      12,
                      [
                        new Map<number, unknown>([
                          [1, 105n],
                          [2, text('exception')],
                          [3, streaming.attributes([['n', 3, () => 2]])],
                        ]),
                      ],
                    ],
                    [15, text('pg')],
                    [99, ['of', 'the', 'future']],
                  ]),
                ],
              ],
              [7, 4],
            ]),
          ],
        ],
      ]),
    );
    const [span] = decode('v1.0', body);
    assert.equal(span.traceId, `${tid}1122334455667788`);
    assert.equal(span.kind, 3);
    assert.deepEqual(span.attributes, {
      'dd.span.type': 'db',
      component: 'pg',
      again: 'dev',
      flag: true,
      ratio: 1,
      count: '-7',
      raw: Buffer.from('hi').toString('base64'),
      list: ['x', '5', [false]],
      map: { inner: 0.25 },
      '_dd.p.dm': '-1',
      '_dd.origin': 'rum',
    });
    assert.equal(span.resource['deployment.environment.name'], 'dev');
    assert.deepEqual(span.links, [
      {
        traceId: 'ab'.repeat(16),
        spanId: '00000000000000cd',
        traceState: 'dd=s:1',
        attributes: [{ key: 'why', value: { intValue: '3' } }],
        flags: 1,
      },
    ]);
    assert.deepEqual(span.events, [
      { timeUnixNano: '105', name: 'exception', attributes: [{ key: 'n', value: { doubleValue: 2 } }] },
    ]);
  });

  it('reads JSON with ids beyond what JSON keeps', () => {
    const id = 0xfedcba9876543211n;
    const json = JSON.stringify([
      [{ ...tracerSpan(), trace_id: 0, span_id: 0, start: 0, parent_id: null, duration: 5 }],
    ])
      .replace('"trace_id":0', `"trace_id" : ${id}`)
      .replace('"span_id":0', `"span_id":${id}`)
      .replace('"start":0', '"start":1790000000000000123')
      .replace('"meta":{}', '"meta":{"odd":"a\\"trace_id\\":12345678901234567890,"}');
    const [span] = spansIn(new DatadogDecoder().decode('v0.4', 'json', Buffer.from(json), {}));
    assert.deepEqual(
      [span.traceId, span.spanId, span.startTimeUnixNano, span.endTimeUnixNano, span.attributes['odd']],
      [
        `0000000000000000${id.toString(16)}`,
        id.toString(16),
        '1790000000000000123',
        '1790000000000000128',
        'a"trace_id":12345678901234567890,',
      ],
    );
    assert.throws(() => new DatadogDecoder().decode('v0.4', 'json', Buffer.from('[['), {}), /not valid JSON/);
  });

  it('says what is wrong with a body, and takes an empty one', () => {
    const refused = (version: DatadogVersion, body: Uint8Array, reason: RegExp) =>
      assert.throws(() => decode(version, body), reason);
    const table = (traces: unknown) => arrays([['', 'a'], traces]);
    refused('v0.4', Buffer.from('hello'), /an array expected instead of MessagePack type 0x68 at byte 0/);
    refused('v0.5', arrays([[]]), /a v0.5 payload has 2 elements/);
    refused('v0.5', table([[[0, 1, 1]]]), /a v0.5 span has 12 elements, not 3/);
    refused(
      'v0.5',
      table([[[0, 1, 2, 1, 1, 1, 1, 1, 0, new Map(), new Map(), 0]]]),
      /string 2 of a table of 2/,
    );
    refused('v1.0', arrays(new Map([[7, 1]])), /string 1 is referred to, 1 have come/);
    refused('v1.0', arrays(new Map([[10, ['a', 1]]])), /attributes of 2 elements/);
    refused('v1.0', arrays(new Map([[10, ['a', 9, 1]]])), /attribute type 9 is unknown/);
    refused('v1.0', arrays(new Map([[11, [new Map([[6, Buffer.alloc(8)]])]]])), /8 bytes instead of 16/);
    for (const version of ['v0.4', 'v0.5', 'v0.7', 'v1.0'] as const)
      assert.deepEqual(decode(version, new Uint8Array()), []);
  });

  it('lets a string that is meant often not become gigabytes', () => {
    const span = [0, 1, 1, 1, 1, 1, 1, 1, 0, new Map([[1, 1]]), new Map(), 0];
    const body = arrays([['', 'x'.repeat(1 << 20)], [Array(100).fill(span)]]);
    assert.throws(() => decode('v0.5', body), /take more than 67108864 bytes/);
    const empties = Buffer.concat([Buffer.from('91dd00040001', 'hex'), Buffer.alloc((1 << 18) + 1, 0x80)]);
    assert.throws(() => decode('v0.4', empties), /more than 262144 spans/);
  });

  it('reads 10,000 random payloads alike in all versions', () => {
    for (let seed = 1; seed <= 2_500; seed++) {
      const chunks = randomChunks(new Random(seed));
      const expected = chunks.flatMap(spans => spans.map(expectedSpan)).sort(bySpanId);
      const bodies = { 'v0.4': v04(chunks), 'v0.5': v05(chunks), 'v0.7': v07(chunks), 'v1.0': v10(chunks) };
      for (const [version, body] of Object.entries(bodies)) {
        const spans = decode(version as DatadogVersion, body).map(({ resource, scope: _, ...span }) => ({
          ...span,
          service: resource['service.name'],
        }));
        assert.deepEqual(spans.sort(bySpanId), expected, `${version}, seed ${seed}`);
      }
    }
  });
});

function bySpanId(a: { spanId: string }, b: { spanId: string }): number {
  return a.spanId < b.spanId ? -1 : 1;
}

function randomChunks(random: Random): TracerSpan[][] {
  const texts = ['a', 'é漢😀', '', 'GET /x', 'x'.repeat(200), 'shop', '7'];
  const word = () => random.pick(texts) || 'w';
  let id = 0n;
  return Array.from({ length: random.between(1, 2) }, () => {
    const traceId = BigInt(`0x${random.hex(16)}`) | 1n;
    return Array.from({ length: random.between(1, 3) }, (_, index) =>
      tracerSpan({
        service: word(),
        name: word(),
        resource: random.pick(texts),
        type: random.pick(['web', 'db', 'custom']),
        trace_id: traceId,
        span_id: ++id | (BigInt(random.between(0, 2 ** 31)) << 32n),
        parent_id: BigInt(random.between(0, 5)),
        start: 1_700_000_000_000_000_000n + BigInt(random.between(0, 2 ** 40)),
        duration: BigInt(random.between(0, 2 ** 45)),
        error: random.pick([0, 0, 1]),
        meta: {
          ...(index === 0 && { '_dd.p.tid': `${random.hex(8)}00000001` }),
          ...Object.fromEntries(
            Array.from({ length: random.between(0, 8) }, (_, i) => [`${word()}.${i}`, random.pick(texts)]),
          ),
        },
        metrics: Object.fromEntries(
          Array.from({ length: random.between(0, 5) }, (_, i) => [
            `m.${i}`,
            random.pick([0, 1, -5, 2 ** 32 - 1, 0.5, -1e-9, 2 ** 31]),
          ]),
        ),
      }),
    );
  });
}

function expectedSpan(span: TracerSpan, _: number, chunk: readonly TracerSpan[]) {
  const name = span.resource || span.name;
  const numbers = Object.entries(span.metrics).map(([key, value]) => [
    key,
    Number.isInteger(value) ? `${value}` : value,
  ]);
  const { '_dd.p.tid': __, ...meta } = span.meta;
  return {
    service: span.service,
    traceId: chunk[0].meta['_dd.p.tid'] + span.trace_id.toString(16).padStart(16, '0'),
    spanId: span.span_id.toString(16).padStart(16, '0'),
    ...(span.parent_id !== 0n && { parentSpanId: span.parent_id.toString(16).padStart(16, '0') }),
    name,
    kind: span.type === 'web' ? 2 : span.type === 'db' ? 3 : 1,
    startTimeUnixNano: `${span.start}`,
    endTimeUnixNano: `${span.start + span.duration}`,
    attributes: {
      ...(span.name !== name && { 'dd.span.name': span.name }),
      'dd.span.type': span.type,
      ...meta,
      ...Object.fromEntries(numbers),
    },
    ...(span.error > 0 && { status: { code: 2 } }),
  };
}
