import assert from 'node:assert/strict';
import { DatadogDecoder } from '../../../../src/decode/datadog/datadogDecoder.ts';
import { spansIn, tracerSpan, v04 } from './wire.ts';

const low = '1122334455667788';
const padded = '0'.repeat(16) + low;
const tid = (meta: string) => tracerSpan({ meta: { '_dd.p.tid': meta } });
const one = 'aaaaaaaa00000000';
const other = 'bbbbbbbb00000000';

function idsOf(decoder: DatadogDecoder, ...spans: ReturnType<typeof tracerSpan>[]): string[] {
  const request = decoder.decode('v0.4', 'msgpack', v04([spans]), {});
  return spansIn(request).map(({ traceId }) => traceId);
}

describe('Trace ids of Datadog tracers', () => {
  it('join what came first and what comes later', () => {
    const decoder = new DatadogDecoder();
    assert.deepEqual(idsOf(decoder, tracerSpan({ span_id: 1n })), [padded]);
    assert.deepEqual(decoder.takeLateJoins(), []);
    assert.deepEqual(idsOf(decoder, tracerSpan({ span_id: 2n }), tid(one)), [one + low, one + low]);
    assert.deepEqual(decoder.takeLateJoins(), [{ from: padded, to: one + low }]);
    assert.deepEqual(decoder.takeLateJoins(), []);
    assert.deepEqual(idsOf(decoder, tracerSpan({ span_id: 3n })), [one + low]);
  });

  it('tell nothing where two traces have one lower half', () => {
    const decoder = new DatadogDecoder();
    assert.deepEqual(idsOf(decoder, tid(one)), [one + low]);
    assert.deepEqual(idsOf(decoder, tid(other)), [other + low]);
    assert.deepEqual(idsOf(decoder, tracerSpan()), [padded]);
    assert.deepEqual(idsOf(decoder, tid(one)), [one + low]);
    assert.deepEqual(decoder.takeLateJoins(), []);
  });

  it('are of the span alone where a chunk holds several', () => {
    const decoder = new DatadogDecoder();
    const ids = idsOf(decoder, tid(one), tracerSpan({ trace_id: 0x99n }), tracerSpan({ span_id: 4n }));
    assert.deepEqual(ids, [one + low, '99'.padStart(32, '0'), one + low]);
  });

  it('stay as they are where the tag is none', () => {
    const decoder = new DatadogDecoder();
    const request = decoder.decode('v0.4', 'msgpack', v04([[tid('not hex')]]), {});
    const [{ traceId, attributes }] = spansIn(request);
    assert.deepEqual([traceId, attributes['_dd.p.tid']], [padded, 'not hex']);
  });

  it('are remembered for the newest traces only', () => {
    const decoder = new DatadogDecoder();
    idsOf(decoder, tid(one));
    const chunks = Array.from({ length: 1 << 15 }, (_, i) => [tracerSpan({ trace_id: BigInt(i + 1) })]);
    decoder.decode('v0.4', 'msgpack', v04(chunks), {});
    assert.deepEqual(idsOf(decoder, tracerSpan()), [padded]);
  });
});
