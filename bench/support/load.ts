// Sends spans to an engine over OTLP/HTTP from a process of its own, and ends. What to send is the argument, as JSON; what
// was sent is told to the parent.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { writeTraces } from '../../src/decode/otlp/writeProtobuf.ts';
import type { TracesData } from '../../src/model/span.ts';
import { asTracesData, generateSpans } from '../../test/dom/support/generatedTrace.ts';
import { Payload } from './payloads.ts';

export type Load =
  /** As much as the engine takes, for a time. */
  | { readonly kind: 'flood'; readonly seconds: number; readonly connections: number }
  /** A trace a request, evenly in time; the root of the n-th is named `load <n>`. */
  | {
      readonly kind: 'paced';
      readonly seconds: number;
      readonly tracesPerSecond: number;
      readonly spansPerTrace: number;
    }
  /** One large trace. */
  | { readonly kind: 'trace'; readonly spans: number };

export interface LoadResult {
  readonly spans: number;
  /** Milliseconds since 1970 at which a request began; of a paced load only. */
  readonly sent: readonly number[];
}

const [endpoint, argument] = process.argv.slice(2);
const load = JSON.parse(argument) as Load;
const pool = new Pool(endpoint, { connections: load.kind === 'flood' ? load.connections : 1, pipelining: 1 });
const result = await run(load);
await pool.close();
process.send?.(result);
process.disconnect?.();

function run(what: Load): Promise<LoadResult> {
  switch (what.kind) {
    case 'flood':
      return flood(what.seconds, what.connections);
    case 'paced':
      return paced(what.seconds, what.tracesPerSecond, what.spansPerTrace);
    case 'trace':
      return largeTrace(what.spans);
  }
}

async function flood(seconds: number, connections: number): Promise<LoadResult> {
  const perConnection = 6;
  const payloads = Payload.make(connections * perConnection, 512);
  const end = performance.now() + seconds * 1000;
  let generation = 0;
  let spans = 0;
  const clients = Array.from({ length: connections }, async (_, connection) => {
    for (let turn = 0; performance.now() < end; turn++) {
      const payload = payloads[connection * perConnection + (turn % perConnection)];
      payload.renew(++generation);
      await post(payload.body);
      spans += payload.spans;
    }
  });
  await Promise.all(clients);
  return { spans, sent: [] };
}

async function paced(seconds: number, tracesPerSecond: number, spansPerTrace: number): Promise<LoadResult> {
  const start = performance.now();
  const sent: number[] = [];
  const answers: Promise<void>[] = [];
  for (let n = 0; n < seconds * tracesPerSecond; n++) {
    await sleep(Math.max(0, start + (n * 1000) / tracesPerSecond - performance.now()));
    const body = writeTraces(smallTrace(`load ${n}`, spansPerTrace));
    sent.push(Date.now());
    answers.push(post(body));
  }
  await Promise.all(answers);
  return { spans: sent.length * spansPerTrace, sent };
}

function smallTrace(name: string, count: number): TracesData {
  const traceId = randomBytes(16).toString('hex');
  const spanIds = Array.from({ length: count }, () => randomBytes(8).toString('hex'));
  const start = BigInt(Date.now()) * 1_000_000n;
  const spans = spanIds.map((spanId, index) => ({
    traceId,
    spanId,
    ...(index > 0 && { parentSpanId: spanIds[index >> 1] }),
    name: index === 0 ? name : 'work',
    kind: 2 as const,
    startTimeUnixNano: String(start + BigInt(index) * 1000n),
    endTimeUnixNano: String(start + 20_000_000n),
    attributes: [{ key: 'http.request.method', value: { stringValue: 'GET' } }],
  }));
  const attributes = [{ key: 'service.name', value: { stringValue: 'load' } }];
  return { resourceSpans: [{ resource: { attributes }, scopeSpans: [{ scope: { name: 'load' }, spans }] }] };
}

/** In requests of 10,000 spans: a body may have 64 MiB. */
async function largeTrace(count: number): Promise<LoadResult> {
  const spans = generateSpans(count);
  for (let first = 0; first < count; first += 10_000)
    await post(writeTraces(asTracesData(spans.slice(first, first + 10_000))));
  return { spans: count, sent: [] };
}

async function post(body: Uint8Array): Promise<void> {
  const headers = { 'content-type': 'application/x-protobuf' };
  const answer = await pool.request({ path: '/v1/traces', method: 'POST', headers, body });
  await answer.body.dump();
  if (answer.statusCode !== 200) throw new Error(`HTTP ${answer.statusCode}`);
}
