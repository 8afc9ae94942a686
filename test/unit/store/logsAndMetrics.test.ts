import assert from 'node:assert/strict';
import { normalizeLogs, normalizeMetrics } from '../../../src/decode/otlp/requests.ts';
import { DecodeError } from '../../../src/decode/protobuf/decodeError.ts';
import { idHex } from '../../../src/model/ids.ts';
import type { LogRecord } from '../../../src/model/span.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { add, resourceOf, span, spanId, traceId } from './testSpans.ts';

const megabyte = 1 << 20;

function addLogs(store: TraceStore, logRecords: readonly LogRecord[]) {
  const request = {
    resourceLogs: [{ resource: resourceOf('shop'), scopeLogs: [{ scope: {}, logRecords }] }],
  };
  return store.appendLogs(normalizeLogs(Buffer.from(JSON.stringify(request)), 'json').body);
}

function addMetrics(store: TraceStore, metrics: readonly object[], service = 'shop') {
  const request = { resourceMetrics: [{ resource: resourceOf(service), scopeMetrics: [{ metrics }] }] };
  return store.appendMetrics(normalizeMetrics(Buffer.from(JSON.stringify(request)), 'json').body);
}

function log(number: number, more: Partial<LogRecord> = {}): LogRecord {
  return {
    timeUnixNano: String(1000 + number),
    severityNumber: 9,
    body: { stringValue: `message ${number}` },
    traceId: traceId(0),
    spanId: spanId(0),
    ...more,
  };
}

describe('LogStore', function () {
  this.timeout(60_000);

  it('gives the records of a span in the order of time', () => {
    const store = new TraceStore({ budgetBytes: megabyte });
    const { timeUnixNano: _, ...untimed } = log(0, { observedTimeUnixNano: '1500' });
    addLogs(store, [
      log(900),
      log(2, { spanId: spanId(1) }),
      untimed,
      log(3, { traceId: traceId(1) }),
      log(1),
    ]);
    assert.deepEqual(store.logs.forSpan(traceId(0), spanId(0)), [log(1), untimed, log(900)]);
    assert.deepEqual(store.logs.forSpan(traceId(5), spanId(0)), []);
    assert.equal(store.logs.count, 5);
  });

  it('marks the records of a trace with span, time and severity', () => {
    const store = new TraceStore({ budgetBytes: megabyte });
    addLogs(store, [
      log(1, { severityNumber: 17 }),
      log(2, { traceId: traceId(1) }),
      log(3, { spanId: spanId(7) }),
    ]);
    const marks = store.logs.marks(traceId(0));
    assert.deepEqual(
      marks.map(mark => [
        idHex(Uint32Array.of(mark.spanIdLow, mark.spanIdHigh), 0, 2),
        mark.timeLow,
        mark.severity,
      ]),
      [
        [spanId(0), 1001, 17],
        [spanId(7), 1003, 9],
      ],
    );
  });

  it('keeps to its share of the budget, the newest records staying, and leaves spans alone', () => {
    const store = new TraceStore({ budgetBytes: megabyte });
    add(store, [span(0)]);
    for (let i = 0; i < 4000; i++) addLogs(store, [log(i, { severityText: 'x'.repeat(i % 300) })]);
    addLogs(store, [log(4000, { severityText: 'y'.repeat(200_000) })]);
    assert.ok(store.logs.heldBytes <= megabyte / 8, `${store.logs.heldBytes} bytes of logs`);
    assert.ok(store.logs.count > 100 && store.logs.count < 2000);
    assert.equal(store.logs.forSpan(traceId(0), spanId(0)).at(-1)?.timeUnixNano, '4999');
    assert.equal(store.counters.spansEvicted, 0);
    store.clear();
    assert.equal(store.logs.count, 0);
  });

  it('adds nothing of a malformed request', () => {
    const store = new TraceStore({ budgetBytes: megabyte });
    const request = { resourceLogs: [{ scopeLogs: [{ logRecords: [log(1), log(2)] }] }] };
    const { body } = normalizeLogs(Buffer.from(JSON.stringify(request)), 'json');
    assert.throws(() => store.appendLogs(Buffer.concat([body, Buffer.from([0x0a, 0x7f])])), DecodeError);
    assert.equal(store.logs.count, 0);
  });
});

describe('MetricStore', function () {
  this.timeout(60_000);

  const gauge = (value: number, time: number, key = 'a') => ({
    name: 'load',
    unit: '1',
    gauge: {
      dataPoints: [
        {
          asDouble: value,
          timeUnixNano: String(time),
          attributes: [{ key: 'cpu', value: { stringValue: key } }],
        },
      ],
    },
  });

  it('keeps the newest point of each series', () => {
    const store = new TraceStore({ budgetBytes: megabyte });
    addMetrics(store, [gauge(1, 10), gauge(2, 20, 'b')]);
    addMetrics(store, [gauge(3, 30), gauge(9, 5, 'b')]);
    addMetrics(store, [gauge(4, 40)], 'other');
    assert.equal(store.metrics.pointsReceived, 5);
    assert.deepEqual(
      store.metrics
        .latest()
        .map(({ serviceName, name, unit, type, latest, latestUnixNano }) => [
          serviceName,
          name,
          unit,
          type,
          latest,
          latestUnixNano,
        ]),
      [
        ['other', 'load', '1', 'gauge', { doubleValue: 4 }, '40'],
        ['shop', 'load', '1', 'gauge', { doubleValue: 3 }, '30'],
        ['shop', 'load', '1', 'gauge', { doubleValue: 2 }, '20'],
      ],
    );
    assert.deepEqual(store.metrics.latest()[0].attributes, [{ key: 'cpu', value: { stringValue: 'a' } }]);
  });

  it('gives histograms and integers as they came', () => {
    const store = new TraceStore({ budgetBytes: megabyte });
    const point = { count: '3', sum: 4.5, bucketCounts: ['1', '2'], explicitBounds: [1.5] };
    addMetrics(store, [
      { name: 'h', histogram: { dataPoints: [{ ...point, timeUnixNano: '1' }], aggregationTemporality: 2 } },
      { name: 's', sum: { dataPoints: [{ asInt: '-5', timeUnixNano: '2' }] } },
    ]);
    assert.deepEqual(
      store.metrics.latest().map(({ type, latest }) => [type, latest]),
      [
        ['sum', { intValue: '-5' }],
        ['histogram', point],
      ],
    );
  });

  it('forgets the series that were silent longest when there are too many', () => {
    const store = new TraceStore({ budgetBytes: megabyte });
    for (let i = 0; i < 2000; i++) addMetrics(store, [gauge(1, i, `cpu ${i}`), gauge(2, i, 'busy')]);
    const series = store.metrics.latest();
    assert.ok(series.length < 1000 && store.metrics.heldBytes <= megabyte / 16);
    assert.equal(
      series[0].attributes[0].value && JSON.stringify(series[0].attributes[0].value),
      '{"stringValue":"busy"}',
    );
    assert.ok(store.counters.bytesStored <= megabyte);
  });
});
