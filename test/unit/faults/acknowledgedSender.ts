/**
 * A program that sends spans as fast as they are taken, and notes what was acknowledged. Run by the tests as a process of
 * its own: it is told an OTLP/HTTP endpoint, sends until that is gone, then tells what it knows; and again. What it has no
 * answer for is sent again to the next endpoint, as exporters do.
 */
import { Agent, request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { writeTraces } from '../../../src/decode/otlp/writeProtobuf.ts';
import type { TracesData } from '../../../src/model/span.ts';
import { spanId, traceId } from '../store/testSpans.ts';

/** What the sender tells when its endpoint is gone. */
export interface SenderReport {
  /** Numbers of the traces that were acknowledged at this endpoint. */
  readonly acknowledged: readonly number[];
  /** Numbers of those that were sent without an answer. */
  readonly unanswered: readonly number[];
}

/** Spans of each trace; a request carries one trace. */
export const spansPerTrace = 16;
const connections = 4;

const agent = new Agent({ keepAlive: true, maxSockets: connections });
let next = 0;
let again: number[] = [];

process.on('message', (endpoint: string) => void run(endpoint));
process.on('disconnect', () => process.exit());

async function run(endpoint: string): Promise<void> {
  const acknowledged: number[] = [];
  const unanswered: number[] = [];
  const first = again;
  again = [];
  await Promise.all(
    Array.from({ length: connections }, async () => {
      for (;;) {
        const number = first.shift() ?? next++;
        if (!(await send(endpoint, number))) return void unanswered.push(number);
        acknowledged.push(number);
        if (acknowledged.length === 1) process.send?.('flowing');
      }
    }),
  );
  again = [...first, ...unanswered];
  process.send?.({ acknowledged, unanswered } satisfies SenderReport);
}

/** False if there was no answer. An answer other than 200 is a fault. */
function send(endpoint: string, number: number): Promise<boolean> {
  const [contentType, body] = bodyOf(number);
  const packed = number % 3 === 0;
  const headers = { 'content-type': contentType, ...(packed && { 'content-encoding': 'gzip' }) };
  return new Promise(resolve => {
    const sending = request(`${endpoint}/v1/traces`, { method: 'POST', agent, headers }, response => {
      if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode}`);
      // The status is the acknowledgement, be the rest of the answer cut off or not.
      resolve(true);
      response.on('error', () => {}).resume();
    });
    sending.on('error', () => resolve(false));
    sending.end(packed ? gzipSync(body) : body);
  });
}

function bodyOf(number: number): [contentType: string, body: Uint8Array] {
  const spans = Array.from({ length: spansPerTrace }, (_, index) => ({
    traceId: traceId(number),
    spanId: spanId(index),
    name: `request ${index}`,
    startTimeUnixNano: `${1_700_000_000_000_000_000n + BigInt(number)}`,
    endTimeUnixNano: `${1_700_000_000_000_500_000n + BigInt(number)}`,
    attributes: [{ key: 'http.request.method', value: { stringValue: 'GET' } }],
  }));
  const traces: TracesData = { resourceSpans: [{ resource: {}, scopeSpans: [{ scope: {}, spans }] }] };
  return number % 2 === 0
    ? ['application/x-protobuf', writeTraces(traces)]
    : ['application/json', Buffer.from(JSON.stringify(traces))];
}
