import { readTraceFile } from '../../../src/decode/files/readTraceFile.ts';
import { tracesToJaeger } from '../../../src/decode/jaeger/fromTraces.ts';
import { scanTraces } from '../../../src/decode/otlp/scanTraces.ts';
import { writeTraces } from '../../../src/decode/otlp/writeProtobuf.ts';
import { DecodeError } from '../../../src/decode/protobuf/decodeError.ts';
import { tracesToZipkin } from '../../../src/decode/zipkin/fromTraces.ts';
import { SpanBatch } from '../../../src/model/spanBatch.ts';
import { span, traceId } from '../store/testSpans.ts';
import { withstandsMutation } from './mutation.ts';

const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');
const error = {
  status: { code: 2 as const, message: 'no' },
  attributes: [{ key: 'a', value: { intValue: '7' } }],
};
const spans = [span(0, { traceId: traceId(1), ...error }), span(1, { traceId: traceId(1) })];
const traces = { resourceSpans: [{ resource: {}, scopeSpans: [{ scope: { name: 'test' }, spans }] }] };
const ofTempo = spans.map(each => ({
  ...each,
  traceId: base64(each.traceId),
  spanId: base64(each.spanId),
}));

/** The same trace as each program saves it. */
const documents: { readonly [format: string]: object } = {
  'OTLP JSON': traces,
  'Jaeger API v3 JSON': { result: traces },
  'Tempo JSON': { batches: [{ resource: {}, scopeSpans: [{ scope: {}, spans: ofTempo }] }] },
  'Jaeger JSON': tracesToJaeger(traces),
  'Zipkin JSON': tracesToZipkin(traces),
};

describe('faults: saved traces', () => {
  for (const [format, document] of Object.entries(documents)) {
    const text = JSON.stringify(document);
    file(format, [Buffer.from(text), Buffer.from(`${text}\n${text}\n`)]);
  }
  file('OTLP protobuf', [writeTraces(traces)]);
});

function file(format: string, seeds: readonly Uint8Array[]): void {
  const batch = new SpanBatch();
  withstandsMutation({
    name: format,
    seeds,
    isRefusal: reason => reason instanceof DecodeError,
    decode(bytes) {
      const { requests, rejected, warnings } = readTraceFile('traces', bytes);
      for (const request of requests) scanTraces(request, batch);
      return [requests.map(request => Buffer.from(request).toString('base64')), rejected, warnings];
    },
  });
}
