import { cleanRequest } from '../../../src/backends/forward/redact.ts';
import { DatadogDecoder, type DatadogVersion } from '../../../src/decode/datadog/datadogDecoder.ts';
import { scanTraces } from '../../../src/decode/otlp/scanTraces.ts';
import { DecodeError } from '../../../src/decode/protobuf/decodeError.ts';
import { SpanBatch } from '../../../src/model/spanBatch.ts';
import { spansIn, type TracerSpan, tracerSpan, v04, v05, v07, v10 } from '../decode/datadog/wire.ts';
import { withstandsMutation } from './mutation.ts';

const meta = {
  '_dd.p.tid': 'aabbccdd00000000',
  env: 'dev',
  version: '1',
  'span.kind': 'client',
  'error.message': 'no',
};
const chunks: TracerSpan[][] = [
  [
    tracerSpan({
      ...{ meta: { ...meta, events: '[{"name":"e","time_unix_nano":1}]', note: 'x'.repeat(200) }, error: 1 },
      metrics: { _sampling_priority_v1: 1, ratio: 0.5 },
      span_links: [{ trace_id: 1n, trace_id_high: 2n, span_id: 3n, attributes: { a: 'b' } }],
      span_events: [{ name: 'e', time_unix_nano: 5n, attributes: { n: { type: 2, int_value: 7 } } }],
    }),
    tracerSpan({ span_id: 5n, parent_id: 0x99n, service: 'db', type: 'sql' }),
  ],
  [tracerSpan({ trace_id: 7n, span_id: 7n })],
];
const isRefusal = (error: unknown) => error instanceof DecodeError;

describe('faults: Datadog', () => {
  const bodies: { readonly [version in DatadogVersion]: Uint8Array } = {
    'v0.4': v04(chunks),
    'v0.5': v05(chunks),
    'v0.7': v07(chunks, { env: 'x', tags: { a: 'b' } }, { priority: 1, origin: 'rum' }),
    'v1.0': v10(chunks),
  };
  const batch = new SpanBatch();
  for (const [version, body] of Object.entries(bodies))
    withstandsMutation({
      name: `Datadog ${version}`,
      seeds: [body],
      isRefusal,
      decode(bytes) {
        const request = new DatadogDecoder().decode(version as DatadogVersion, 'msgpack', bytes, {});
        // What a decoder writes must be read again, whatever it was made of.
        scanTraces(request, batch);
        return request;
      },
    });

  withstandsMutation({
    name: 'redaction',
    seeds: [new DatadogDecoder().decode('v0.4', 'msgpack', bodies['v0.4'], {})],
    isRefusal,
    decode: bytes => cleanRequest('traces', bytes, { redact: true, dropInvalid: true }),
  });

  withstandsMutation({
    name: 'Datadog JSON',
    seeds: [
      Buffer.from('[[{"trace_id":12345678901234567890,"span_id":5,"name":"a","meta":{"b":"c"},"start":1}]]'),
    ],
    isRefusal,
    decode: bytes => spansIn(new DatadogDecoder().decode('v0.4', 'json', bytes, {})),
  });
});
