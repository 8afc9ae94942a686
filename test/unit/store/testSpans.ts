import { decodeTraces } from '../../../src/decode/otlp/requests.ts';
import { writeTraces } from '../../../src/decode/otlp/writeProtobuf.ts';
import { idWords } from '../../../src/model/ids.ts';
import type { Resource, Span } from '../../../src/model/span.ts';
import { SpanBatch } from '../../../src/model/spanBatch.ts';
import type { SpanRef } from '../../../src/store/spanRef.ts';
import type { TraceStore } from '../../../src/store/traceStore.ts';

export const epoch = 1_700_000_000_000_000_000n;

export function traceId(number: number): string {
  return (number + 1).toString(16).padStart(32, '0');
}

export function spanId(number: number): string {
  return (number + 1).toString(16).padStart(16, '0');
}

/** A span of trace 0 that starts `start` ns after `epoch` and lasts `duration` ns. */
export function span(number: number, more: Partial<Span> & { start?: number; duration?: number } = {}): Span {
  const { start = 0, duration = 100, ...rest } = more;
  return {
    traceId: traceId(0),
    spanId: spanId(number),
    name: `span ${number}`,
    startTimeUnixNano: String(epoch + BigInt(start)),
    endTimeUnixNano: String(epoch + BigInt(start + duration)),
    ...rest,
  };
}

export function resourceOf(serviceName: string): Resource {
  return { attributes: [{ key: 'service.name', value: { stringValue: serviceName } }] };
}

/** Puts spans through the same decoder as a request and into the store. */
export function add(store: TraceStore, spans: readonly Span[], serviceName = 'shop') {
  const batch = new SpanBatch();
  const body = writeTraces({
    resourceSpans: [{ resource: resourceOf(serviceName), scopeSpans: [{ scope: { name: 'test' }, spans }] }],
  });
  decodeTraces(body, 'protobuf', batch);
  return store.append(batch);
}

export function findSpan(store: TraceStore, trace: string, span: string): SpanRef {
  const [low, high] = idWords(span);
  return store.findSpan(store.traces.rowOf(trace), low, high);
}
