// E4: what the journal costs: OTLP/HTTP with it against without, spans per second of the server's processor time, the store
// at its budget and sealing in both. E4-replay: reading the journal at a start, against decoding, storing and sealing the same requests.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scanTraces } from '../src/decode/otlp/scanTraces.ts';
import { Ingest } from '../src/engine/ingest.ts';
import { setEngineFlags } from '../src/engine/v8Flags.ts';
import { SpanBatch } from '../src/model/spanBatch.ts';
import { Journal } from '../src/store/journal/journal.ts';
import { TraceStore } from '../src/store/traceStore.ts';
import { median, report, reportMachine, short } from './harness.ts';
import { httpLoad } from './support/ingestLoad.ts';
import { type ServerKind, serve } from './support/ingestServers.ts';
import { Payload } from './support/payloads.ts';
import { race, untilSteadyMs } from './support/serverRace.ts';

const kind = process.argv[2] as ServerKind | undefined;
if (kind !== undefined) await serve(kind);
else {
  setEngineFlags();
  reportMachine();
  for (const [name, spansPerRequest] of [
    ['E4', 512],
    ['E4-small', 32],
  ] as const)
    await race({
      name,
      note: `journal on ÷ off, ${spansPerRequest} spans a request`,
      file: fileURLToPath(import.meta.url),
      kinds: ['http-sustained', 'http-sealing'],
      load: httpLoad,
      spansPerRequest,
      warmupMs: untilSteadyMs,
    });
  await compareReplay();
}

async function compareReplay(): Promise<void> {
  const budgetBytes = 256 << 20;
  const payloads = Payload.make(48, 512);
  const bodies = Array.from({ length: short ? 240 : 720 }, (_, index) => {
    const payload = payloads[index % payloads.length];
    payload.renew(index);
    return Uint8Array.from(payload.body);
  });
  const spans = bodies.length * 512;
  const directory = await mkdtemp(join(tmpdir(), 'spanline-bench-'));
  const claim = async () => async () => {};
  const open = (store: TraceStore) =>
    Journal.open({ directory, store, budgetBytes, claim, report: event => console.error(event) });
  const times: [number[], number[]] = [[], []];
  try {
    const store = new TraceStore({ budgetBytes });
    const journal = await open(store);
    const ingest = new Ingest(store, { write: line => assert.fail(line) }, journal);
    for (const body of bodies) await ingest.receive('traces', 'protobuf', body);
    await journal.close();
    for (let round = 0; round < (short ? 4 : 7); round++) {
      const replayed = new TraceStore({ budgetBytes });
      times[0].push(
        await millisecondsOf(async () => {
          await (await open(replayed)).close();
          replayed.sealNow();
        }),
      );
      assert.equal(replayed.counters.spansStored, spans);
      const direct = new TraceStore({ budgetBytes });
      times[1].push(await millisecondsOf(async () => storeAll(direct, bodies)));
      assert.equal(direct.counters.spansStored, spans);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  // The first round warms up.
  const [ours, baseline] = times.map(each => median(each.slice(1)));
  report({
    name: 'E4-replay',
    value: Math.round((spans / ours) * 1000),
    unit: 'spans/s',
    baseline: Math.round((spans / baseline) * 1000),
    ratio: hundredths(baseline / ours),
    note: 'replay ÷ decoding, storing and sealing',
  });
}

function storeAll(store: TraceStore, bodies: readonly Uint8Array[]): void {
  const batch = new SpanBatch();
  for (const body of bodies) {
    scanTraces(body, batch);
    store.append(batch);
  }
  store.sealNow();
}

async function millisecondsOf(work: () => Promise<void>): Promise<number> {
  globalThis.gc?.();
  const from = performance.now();
  await work();
  return performance.now() - from;
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
