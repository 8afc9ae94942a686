import assert from 'node:assert/strict';
import { readSpan } from '../../../src/decode/otlp/readSpan.ts';
import {
  decodeTraces,
  normalizeLogs,
  normalizeMetrics,
  sniffEncoding,
} from '../../../src/decode/otlp/requests.ts';
import { writeTraces } from '../../../src/decode/otlp/writeProtobuf.ts';
import { DecodeError } from '../../../src/decode/protobuf/decodeError.ts';
import type { AnyValue } from '../../../src/model/anyValue.ts';
import type { Span } from '../../../src/model/span.ts';
import { SpanBatch } from '../../../src/model/spanBatch.ts';
import { oracle, toOtlpJson } from '../../fixtures/otlpOracle.ts';
import { RandomTraces } from './randomTraces.ts';

const ids = { traceId: '0102030405060708090a0b0c0d0e0f10', spanId: '1112131415161718' };

function decode(text: string, declared: 'json' | 'protobuf' = 'json'): SpanBatch {
  const batch = new SpanBatch();
  decodeTraces(Buffer.from(text), declared, batch);
  return batch;
}

function request(...spans: object[]): string {
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

function spansIn(batch: SpanBatch): Span[] {
  return Array.from({ length: batch.count }, (_, i) =>
    readSpan(batch.bytes.subarray(batch.spanOffset[i], batch.spanOffset[i] + batch.spanLength[i])),
  );
}

function only(text: string): Span {
  const batch = decode(text);
  assert.deepEqual([batch.count, batch.rejected, batch.rejectedReason], [1, 0, '']);
  return spansIn(batch)[0];
}

/** The value of an attribute written as this JSON. */
function value(json: string): AnyValue | undefined {
  return only(request({ ...ids, attributes: [{ key: 'k', value: '@' }] }).replace('"@"', json))
    .attributes?.[0].value;
}

describe('OTLP in JSON', function () {
  this.timeout(60_000);

  it('comes to the same columns and details as protobuf: 200 random requests', () => {
    const random = new RandomTraces(11);
    for (let i = 0; i < 200; i++) {
      const traces = random.next();
      const fromJson = decode(JSON.stringify(traces));
      const fromProtobuf = new SpanBatch();
      decodeTraces(writeTraces(traces), 'protobuf', fromProtobuf);
      const sent = traces.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
      assert.deepEqual(spansIn(fromJson), sent);
      assert.deepEqual(spansIn(fromProtobuf), sent);
    }
  });

  it('reads ids as hex in any case, and as base64', () => {
    const upper = only(request({ traceId: ids.traceId.toUpperCase(), spanId: ids.spanId.toUpperCase() }));
    assert.deepEqual([upper.traceId, upper.spanId], [ids.traceId, ids.spanId]);
    const base64 = only(
      request({
        traceId: Buffer.from(ids.traceId, 'hex').toString('base64'),
        spanId: Buffer.from(ids.spanId, 'hex').toString('base64'),
      }),
    );
    assert.deepEqual([base64.traceId, base64.spanId], [ids.traceId, ids.spanId]);
  });

  it('takes an empty parent for none, and rejects spans without ids', () => {
    assert.equal(only(request({ ...ids, parentSpanId: '' })).parentSpanId, undefined);
    const batch = decode(request({ ...ids, traceId: '' }, ids, { ...ids, spanId: '0'.repeat(16) }));
    assert.deepEqual([batch.count, batch.rejected, batch.rejectedReason], [1, 2, 'trace id is missing']);
  });

  it('rejects a span that has no form in protobuf alone, with the reason', () => {
    const cases: object[] = [
      { ...ids, spanId: 'xyz' },
      { ...ids, name: 5 },
      { ...ids, startTimeUnixNano: '-1' },
      { ...ids, startTimeUnixNano: '18446744073709551616' },
      { ...ids, endTimeUnixNano: 'now' },
      { ...ids, attributes: {} },
      { ...ids, attributes: [5] },
      { ...ids, attributes: [{ key: 'k', value: { bytesValue: '***' } }] },
      { ...ids, attributes: [{ key: 'k', value: { boolValue: 'yes' } }] },
      { ...ids, droppedAttributesCount: -1 },
      { ...ids, events: [{ timeUnixNano: 1.5 }] },
    ];
    for (const bad of cases) {
      const batch = decode(request(ids, bad, { ...ids, spanId: '2122232425262728' }));
      assert.deepEqual([batch.count, batch.rejected], [2, 1], JSON.stringify(bad));
      assert.notEqual(batch.rejectedReason, '');
      assert.deepEqual(
        spansIn(batch).map(({ spanId }) => spanId),
        [ids.spanId, '2122232425262728'],
      );
    }
  });

  it('takes enums by number, numeric text or name', () => {
    for (const kind of [2, '2', 'SPAN_KIND_SERVER'])
      for (const code of [2, '2', 'STATUS_CODE_ERROR']) {
        const span = only(request({ ...ids, kind, status: { code } }));
        assert.deepEqual([span.kind, span.status?.code], [2, 2]);
      }
    assert.equal(only(request({ ...ids, kind: 'SPAN_KIND_OF_TOMORROW' })).kind, undefined);
  });

  it('keeps 64-bit numbers exact, in quotes or not', () => {
    const int = (json: string) => value(`{"intValue":${json}}`);
    assert.deepEqual(int('"9223372036854775807"'), { intValue: '9223372036854775807' });
    assert.deepEqual(int('"-9223372036854775808"'), { intValue: '-9223372036854775808' });
    assert.deepEqual(int('42'), { intValue: '42' });
    assert.deepEqual(int('-0'), { intValue: '0' });
    assert.deepEqual(int('1e3'), { intValue: '1000' });
    assert.deepEqual(int('9007199254740993'), { intValue: '9007199254740993' });
    assert.deepEqual(int('1e+300'), { doubleValue: 1e300 });
    assert.deepEqual(int('1.5'), { doubleValue: 1.5 });
    assert.deepEqual(int('"9223372036854775808"'), { stringValue: '9223372036854775808' });
    assert.deepEqual(int('"many"'), { stringValue: 'many' });
    const span = only(
      request({ ...ids, startTimeUnixNano: '1760000000123456789', endTimeUnixNano: 1760000000 }),
    );
    assert.deepEqual([span.startTimeUnixNano, span.endTimeUnixNano], ['1760000000123456789', '1760000000']);
  });

  it('reads doubles as numbers and as the names of what is none', () => {
    const double = (json: string) => value(`{"doubleValue":${json}}`);
    for (const name of ['NaN', 'Infinity', '-Infinity'])
      assert.deepEqual(double(`"${name}"`), { doubleValue: name });
    assert.deepEqual(double('-0.25'), { doubleValue: -0.25 });
    assert.deepEqual(double('"1.5"'), { doubleValue: 1.5 });
    assert.deepEqual(double('1'), { doubleValue: 1 });
  });

  it('keeps empty values and drops nulls and unknown fields', () => {
    assert.deepEqual(value('{}'), {});
    assert.deepEqual(value('null'), {});
    assert.deepEqual(value('{"stringValue":""}'), { stringValue: '' });
    assert.deepEqual(value('{"boolValue":false}'), { boolValue: false });
    assert.deepEqual(value('{"bytesValue":"_-8"}'), { bytesValue: '/+8=' });
    const span = only(
      request({ ...ids, name: null, kind: null, __proto__: null, strindex: 5, future: [{ a: {} }] }),
    );
    assert.deepEqual(span, { ...ids, name: '', startTimeUnixNano: '0', endTimeUnixNano: '0' });
  });

  it('knows snake_case and the names of before 1.0', () => {
    const snake = JSON.stringify({
      resource_spans: [
        {
          scope_spans: [
            { spans: [{ trace_id: ids.traceId, span_id: ids.spanId, start_time_unix_nano: '5' }] },
          ],
        },
      ],
    });
    assert.equal(only(snake).startTimeUnixNano, '5');
    const old = JSON.stringify({
      resourceSpans: [
        { instrumentationLibrarySpans: [{ instrumentationLibrary: { name: 'lib' }, spans: [{ ...ids }] }] },
      ],
    });
    const batch = decode(old);
    assert.equal(batch.count, 1);
    assert.equal(batch.scopes[1], 2 + 'lib'.length);
  });

  it('cuts values nested 100,000 deep', () => {
    const depth = 100_000;
    const deep = `${'{"arrayValue":{"values":['.repeat(depth)}{"boolValue":true}${']}}'.repeat(depth)}`;
    let inner: unknown = value(deep);
    let levels = 0;
    for (; ; levels++) {
      const array = (inner as { arrayValue?: { values: unknown[] } }).arrayValue;
      if (array === undefined) break;
      inner = array.values[0];
    }
    assert.equal(levels, 64);
    assert.deepEqual(inner, { stringValue: '[nested more than 64 levels deep]' });
  });

  it('refuses what is no request, in one piece', () => {
    const bodies = [
      '',
      '{',
      '[]',
      'null',
      '5',
      '{"resourceSpans":5}',
      '{"resourceSpans":[5]}',
      '[['.repeat(100_000),
    ];
    for (const body of bodies) assert.throws(() => decode(body), DecodeError, body.slice(0, 40));
    assert.throws(() => decode('{"resourceSpans":[{"resource":{"attributes":5}}]}'), DecodeError);
    const invalid = new SpanBatch();
    assert.throws(() => decodeTraces(Buffer.from([0x7b, 0xff, 0x7d]), 'json', invalid), DecodeError);
    assert.equal(decode('{}').count, 0);
    assert.equal(decode('', 'protobuf').count, 0);
  });

  it('refuses millions of empty values before they take time', () => {
    const million = 1 << 20;
    const list = (element: string, count: number) =>
      `{"resourceSpans":[{"scopeSpans":[{"spans":[${`${element},`.repeat(count - 1)}${element}]}]}]}`;
    const batch = decode(list('5', million));
    assert.deepEqual([batch.rejected, batch.rejectedReason], [million, 'Span is not an object']);
    assert.throws(() => decode(list('5', million + 1)), /more than 1048576 items/);
    assert.throws(
      () => decode(`{"resourceSpans":${'['.repeat(5 * million)}`),
      /more than 4194304 objects and lists/,
    );
  });

  it('believes the body rather than the content type', () => {
    const json = request(ids);
    assert.equal(decode(json, 'protobuf').count, 1);
    const batch = new SpanBatch();
    decodeTraces(writeTraces(JSON.parse(json)), 'json', batch);
    assert.equal(batch.count, 1);
    assert.equal(decode(`\n ${json}`, 'json').count, 1);
    // A request whose first message is 123 bytes long begins with 0a 7b: protobuf, not a line feed and a brace.
    assert.equal(sniffEncoding(Buffer.from([0x0a, 0x7b, 0x22]), 'protobuf'), 'protobuf');
    assert.equal(sniffEncoding(Buffer.from([0x0a, 0x7b, 0x22]), 'json'), 'json');
  });

  it('writes logs and metrics as protobufjs reads them', () => {
    const attributes = [{ key: 'k', value: { intValue: '5' } }];
    const point = { timeUnixNano: '7', startTimeUnixNano: '5', attributes };
    const logs = {
      resourceLogs: [
        {
          resource: { attributes },
          scopeLogs: [
            {
              scope: { name: 's' },
              logRecords: [
                {
                  timeUnixNano: '1760000000123456789',
                  observedTimeUnixNano: '1760000000123456790',
                  severityNumber: 17,
                  severityText: 'ERROR',
                  body: { stringValue: 'failed' },
                  attributes,
                  droppedAttributesCount: 3,
                  flags: 1,
                  ...ids,
                  eventName: 'e',
                },
              ],
              schemaUrl: 'u',
            },
          ],
        },
      ],
    };
    const metrics = {
      resourceMetrics: [
        {
          scopeMetrics: [
            {
              metrics: [
                {
                  name: 'g',
                  unit: 's',
                  description: 'd',
                  gauge: { dataPoints: [{ ...point, asDouble: 1.5 }] },
                },
                {
                  name: 's',
                  sum: {
                    dataPoints: [{ ...point, asInt: '-3' }],
                    aggregationTemporality: 2,
                    isMonotonic: true,
                  },
                },
                {
                  name: 'h',
                  histogram: {
                    dataPoints: [
                      {
                        ...point,
                        count: '3',
                        sum: 4.5,
                        bucketCounts: ['1', '2'],
                        explicitBounds: [1.5],
                        min: 1,
                        max: 2,
                      },
                    ],
                    aggregationTemporality: 1,
                  },
                },
                {
                  name: 'e',
                  exponentialHistogram: {
                    dataPoints: [
                      {
                        ...point,
                        count: '3',
                        sum: 4.5,
                        scale: -2,
                        zeroCount: '1',
                        positive: { offset: -5, bucketCounts: ['1', '300'] },
                        negative: { offset: 6, bucketCounts: ['2'] },
                        zeroThreshold: 0.5,
                      },
                    ],
                    aggregationTemporality: 2,
                  },
                },
                {
                  name: 'q',
                  summary: {
                    dataPoints: [
                      { ...point, count: '3', sum: 4.5, quantileValues: [{ quantile: 0.5, value: 2 }] },
                    ],
                  },
                },
              ],
            },
          ],
        },
      ],
    };
    const logsBody = normalizeLogs(Buffer.from(JSON.stringify(logs)), 'json').body;
    assert.deepEqual(toOtlpJson(oracle.logs, oracle.logs.decode(logsBody)), logs);
    const metricsBody = normalizeMetrics(Buffer.from(JSON.stringify(metrics)), 'json').body;
    assert.deepEqual(toOtlpJson(oracle.metrics, oracle.metrics.decode(metricsBody)), metrics);
  });

  it('takes names of severities, and counts records and points left out', () => {
    const logs = normalizeLogs(
      Buffer.from(
        JSON.stringify({
          resourceLogs: [
            {
              scopeLogs: [
                { logRecords: [{ severityNumber: 'SEVERITY_NUMBER_FATAL4' }, { severityText: 5 }] },
              ],
            },
          ],
        }),
      ),
      'json',
    );
    assert.deepEqual([logs.rejected, logs.reason], [1, 'severityText is not a text']);
    const decoded = toOtlpJson(oracle.logs, oracle.logs.decode(logs.body));
    assert.deepEqual(decoded, { resourceLogs: [{ scopeLogs: [{ logRecords: [{ severityNumber: 24 }] }] }] });
    const metrics = normalizeMetrics(
      Buffer.from(
        JSON.stringify({
          resourceMetrics: [
            { scopeMetrics: [{ metrics: [{ gauge: { dataPoints: [{ asInt: 'x' }, { asInt: 1 }] } }] }] },
          ],
        }),
      ),
      'json',
    );
    assert.equal(metrics.rejected, 1);
  });
});
