import { Forwarder } from '../../../../src/backends/forward/forwarder.ts';
import type { ForwardTimes } from '../../../../src/backends/forward/lane.ts';
import { type ForwardOptions, planForward } from '../../../../src/backends/forward/options.ts';
import { readMessage } from '../../../../src/decode/otlp/readMessage.ts';
import { tracesSchema } from '../../../../src/decode/otlp/schema.ts';
import { writeTraces } from '../../../../src/decode/otlp/writeProtobuf.ts';
import type { KeyValue } from '../../../../src/model/anyValue.ts';
import type { Span, TracesData } from '../../../../src/model/span.ts';

/** As fast as a test needs it. */
export const quick: ForwardTimes = {
  lingerMs: 1,
  firstRetryMs: 5,
  longestRetryMs: 20,
  giveUpMs: 60_000,
  longestPauseMs: 60_000,
};

export function forwarderTo(options: ForwardOptions, times = quick, queueBytes?: number): Forwarder {
  return new Forwarder(planForward(options, []), { times, ...(queueBytes !== undefined && { queueBytes }) });
}

/** A request with one span of that name. */
export function request(name: string, attributes: KeyValue[] = []): Uint8Array {
  const span: Span = {
    traceId: 'ab'.repeat(16),
    spanId: 'cd'.repeat(8),
    name,
    startTimeUnixNano: '1',
    endTimeUnixNano: '2',
    attributes,
  };
  return writeTraces({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
}

export function spansOf(body: Uint8Array): Span[] {
  const { resourceSpans = [] } = readMessage(tracesSchema, body, problem => {
    throw new Error(problem);
  }) as unknown as TracesData;
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

export function namesIn(bodies: readonly Uint8Array[]): string[] {
  return bodies.flatMap(body => spansOf(body).map(({ name }) => name));
}
