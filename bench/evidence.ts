// Evidence over 100,000 spans: processor time in all, and the longest time for which nothing else can run.
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeTraces } from '../src/decode/otlp/requests.ts';
import { writeTraces } from '../src/decode/otlp/writeProtobuf.ts';
import { EvidenceReader } from '../src/insight/evidence/evidenceReader.ts';
import { findingsOf } from '../src/insight/findings/findings.ts';
import { SpanBatch } from '../src/model/spanBatch.ts';
import { TraceStore } from '../src/store/traceStore.ts';
import { report, reportMachine } from './harness.ts';
import { traceRequests } from './support/spans.ts';

const spans = 100_000;
const spansPerRequest = 500;

reportMachine();
const store = new TraceStore({ budgetBytes: 1 << 30 });
const batch = new SpanBatch();
const [more, ...bodies] = traceRequests(spans / spansPerRequest + 1, spansPerRequest).map(writeTraces);
const append = (body: Uint8Array) => {
  decodeTraces(body, 'protobuf', batch);
  store.append(batch);
};
for (const body of bodies.splice(0)) append(body);

const reader = new EvidenceReader(store);
await measure('evidence of 100,000 spans');
append(more);
await measure('evidence after 500 more');

async function measure(note: string): Promise<void> {
  globalThis.gc?.();
  let longest = 0;
  let last = performance.now();
  let running = true;
  const tick = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (running) setImmediate(tick);
  };
  setImmediate(tick);
  await sleep(20);
  longest = 0;
  const before = process.cpuUsage();
  const { evidence } = await reader.read();
  const { user, system } = process.cpuUsage(before);
  running = false;
  const findings = findingsOf(evidence).length;
  const about = `${note}: ${evidence.spans} spans of ${evidence.traces} traces, ${findings} findings`;
  report({ name: 'evidence', value: Math.round((user + system) / 1000), unit: 'ms', note: about });
  report({ name: 'evidence.longest', value: Math.round(longest * 10) / 10, unit: 'ms', note: about });
}
