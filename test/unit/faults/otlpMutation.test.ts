import { normalizeLogs, normalizeMetrics } from '../../../src/decode/otlp/requests.ts';
import { writeTraces } from '../../../src/decode/otlp/writeProtobuf.ts';
import { Ingest } from '../../../src/engine/ingest.ts';
import { exportTraces } from '../../../src/query/exportTraces.ts';
import type { Encoding, Outcome, Signal } from '../../../src/receive/signal.ts';
import { smallestBudget, TraceStore } from '../../../src/store/traceStore.ts';
import { RandomTraces } from '../decode/randomTraces.ts';
import { resourceOf, spanId, traceId } from '../store/testSpans.ts';
import { type Decoder, withstandsMutation } from './mutation.ts';

class Refusal extends Error {}

/** OTLP requests on their whole way: decoded, stored, evicted, and read as somebody would who looks at them. */
function otlp(signal: Signal, encoding: Encoding, seeds: readonly Uint8Array[]): Decoder {
  let fault: string | undefined;
  const log = { write: (line: string) => void (fault = line) };
  const store = new TraceStore({ budgetBytes: smallestBudget });
  const ingest = new Ingest(store, log);
  const full = new Ingest(new TraceStore({ budgetBytes: smallestBudget }), log);
  return {
    name: `OTLP ${signal} in ${encoding}`,
    seeds,
    isRefusal: error => error instanceof Refusal,
    decode(body) {
      store.clear();
      full.receive(signal, encoding, body);
      const outcome = ingest.receive(signal, encoding, body) as Outcome;
      if (fault !== undefined) throw new Error(fault);
      if (outcome.kind !== 'accepted') throw new Refusal(outcome.kind);
      return JSON.stringify([outcome, contents(store)]);
    },
  };
}

function contents(store: TraceStore): unknown {
  const traceIds: string[] = [];
  for (let row = 0; row < store.traces.rows; row++)
    if (store.traces.isLive(row)) traceIds.push(store.traces.idOf(row));
  return [
    exportTraces(store, traceIds),
    traceIds.map(id => store.logs.marks(id)),
    store.logs.forSpan(traceId(0), spanId(0)),
    store.metrics.latest(),
  ];
}

const attributes = [
  { key: 'text', value: { stringValue: 'ö "quoted" \n' } },
  { key: 'number', value: { intValue: '-9007199254740993' } },
  {
    key: 'nested',
    value: { arrayValue: { values: [{ kvlistValue: { values: [{ key: 'a', value: {} }] } }] } },
  },
  { key: 'bytes', value: { bytesValue: 'AAEC' } },
  { key: 'double', value: { doubleValue: 0.1 } },
];
const context = { traceId: traceId(0), spanId: spanId(0) };
const times = { startTimeUnixNano: '1', timeUnixNano: '2' };
const logs = {
  resourceLogs: [
    {
      resource: resourceOf('shop'),
      schemaUrl: 'https://example.test/1',
      scopeLogs: [
        {
          scope: { name: 'test', version: '1', attributes },
          logRecords: [
            {
              ...context,
              timeUnixNano: '5',
              severityNumber: 9,
              severityText: 'INFO',
              body: { stringValue: 'hello' },
            },
            {
              ...context,
              observedTimeUnixNano: '6',
              body: attributes[2].value,
              attributes,
              eventName: 'event',
              flags: 1,
            },
          ],
        },
      ],
    },
  ],
};
const metrics = {
  resourceMetrics: [
    {
      resource: resourceOf('shop'),
      scopeMetrics: [
        {
          metrics: [
            { name: 'a', unit: 's', gauge: { dataPoints: [{ ...times, asDouble: 0.5, attributes }] } },
            {
              name: 'b',
              sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ ...times, asInt: '7' }] },
            },
            {
              name: 'c',
              histogram: {
                aggregationTemporality: 2,
                dataPoints: [
                  {
                    ...times,
                    count: '3',
                    sum: 6,
                    bucketCounts: ['1', '2'],
                    explicitBounds: [1],
                    min: 0,
                    max: 5,
                  },
                ],
              },
            },
            {
              name: 'd',
              exponentialHistogram: {
                aggregationTemporality: 1,
                dataPoints: [
                  {
                    ...{ ...times, count: '3', sum: 6, scale: 2, zeroCount: '1' },
                    positive: { offset: -1, bucketCounts: ['1', '1'] },
                    negative: { offset: 1, bucketCounts: ['1'] },
                  },
                ],
              },
            },
            {
              name: 'e',
              summary: {
                dataPoints: [{ ...times, count: '1', sum: 2, quantileValues: [{ quantile: 0.5, value: 2 }] }],
              },
            },
          ],
        },
      ],
    },
  ],
};

const random = new RandomTraces(11);
const traces = Array.from({ length: 20 }, () => random.next()).filter(
  ({ resourceSpans }) => JSON.stringify(resourceSpans).length < 6000,
);
const json = (request: unknown) => Buffer.from(JSON.stringify(request));

describe('faults: OTLP', () => {
  withstandsMutation(otlp('traces', 'protobuf', traces.map(writeTraces)));
  withstandsMutation(otlp('traces', 'json', traces.map(json)));
  withstandsMutation(otlp('logs', 'protobuf', [normalizeLogs(json(logs), 'json').body]));
  withstandsMutation(otlp('logs', 'json', [json(logs)]));
  withstandsMutation(otlp('metrics', 'protobuf', [normalizeMetrics(json(metrics), 'json').body]));
  withstandsMutation(otlp('metrics', 'json', [json(metrics)]));
});
