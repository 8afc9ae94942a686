// Ten minutes (20 s in the short form) of 100,000 spans a second through an engine with a budget of 256 MB, journal on, and
// queries meanwhile: what its memory does, how late it is, what it refuses, how long the queries take. A process that does nothing
// tells how late anybody is on this machine.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connectToEngine } from '../src/engine/client.ts';
import { Engine } from '../src/engine/compose.ts';
import { engineEnvironment } from '../src/engine/startEngine.ts';
import { setEngineFlags } from '../src/engine/v8Flags.ts';
import type { EngineStatus } from '../src/protocol/control.ts';
import { median, percentile, report, reportMachine, short } from './harness.ts';
import { httpLoad } from './support/ingestLoad.ts';
import { Payload } from './support/payloads.ts';
import { questions, sums } from './support/questions.ts';

const spansPerSecond = 100_000;
const spansPerRequest = 512;
const budgetBytes = 256_000_000;
const seconds = short ? 20 : 600;
/** Until the store is at its budget and old enough for its memory to be flat. */
const warmupSeconds = short ? 10 : 60;
const queriesEverySeconds = short ? 0.1 : 0.5;
/** Of the timer that measures delay, milliseconds: what it takes at least. */
const resolution = 5;

interface Listening {
  readonly port: number;
}
interface Delay {
  readonly p99: number;
  readonly longest: number;
  readonly cpuSeconds: number;
}

if (process.argv[2] === 'engine') await runEngine(process.argv[3]);
else if (process.argv[2] === 'bystander') answerDelay();
else {
  const directory = await mkdtemp(join(tmpdir(), 'spanline-soak-'));
  try {
    await soak(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function runEngine(directory: string): Promise<void> {
  setEngineFlags();
  const engine = await Engine.start({
    stateDirectory: directory,
    control: join(directory, 'control'),
    ports: { otlpHttp: { port: 0, movable: false } },
    hosts: ['127.0.0.1'],
    budgetBytes,
    journal: true,
    ownsProcess: true,
    log: { write: line => console.error(line) },
  });
  answerDelay();
  const { otlpHttp = '' } = engine.receivers.endpoints;
  process.send?.({ port: Number(new URL(otlpHttp).port) } satisfies Listening);
}

/** Tells the parent, whenever it asks, how late this process was since it asked last. */
function answerDelay(): void {
  const histogram = monitorEventLoopDelay({ resolution });
  histogram.enable();
  process.on('disconnect', () => process.exit());
  process.on('message', () => {
    const late = (nanos: number) => Math.max(0, nanos / 1e6 - resolution);
    const { user, system } = process.cpuUsage();
    const [p99, longest] = [late(histogram.percentile(99)), late(histogram.max)];
    process.send?.({ p99, longest, cpuSeconds: (user + system) / 1e6 } satisfies Delay);
    histogram.reset();
  });
}

async function soak(directory: string): Promise<void> {
  reportMachine();
  const env = engineEnvironment(process.env);
  const child = fork(fileURLToPath(import.meta.url), ['engine', directory], { execArgv: [], env });
  const [{ port }] = (await once(child, 'message')) as [Listening];
  const client = await connectToEngine({ control: join(directory, 'control') });
  const status = () => client.request('status', {});
  const bystander = fork(fileURLToPath(import.meta.url), ['bystander'], { execArgv: [] });
  const delayOf = async (process: ChildProcess) => {
    process.send('delay');
    const [answer] = (await once(process, 'message')) as [Delay];
    return answer;
  };

  const sender = send(port);
  await sleep(warmupSeconds * 1000);
  const before = await status();
  const [cpuBefore] = await Promise.all([delayOf(child), delayOf(bystander)]);
  const statuses: EngineStatus[] = [];
  const latencies = new Map(Object.keys({ ...questions, ...sums }).map(kind => [kind, [] as number[]]));
  const end = performance.now() + (seconds - warmupSeconds) * 1000;
  for (let round = 0; performance.now() < end; round++) {
    // Every question, then one of the sums: those are what somebody waits for now and then.
    const sum = Object.entries(sums)[round % Object.keys(sums).length];
    for (const [kind, ask] of [...Object.entries(questions), sum]) {
      const from = performance.now();
      await ask((method, params) => client.request(method, params));
      latencies.get(kind)?.push(performance.now() - from);
      statuses.push(await status());
      await sleep(queriesEverySeconds * 1000);
    }
  }
  const after = await status();
  const [{ p99, longest, cpuSeconds }, machine] = await Promise.all([delayOf(child), delayOf(bystander)]);
  const elapsed = after.uptimeSeconds - before.uptimeSeconds;
  const { refused, error } = await sender.stop();
  if (error !== undefined) console.error(`not sent: ${error}`);
  client.dispose();
  bystander.disconnect();
  child.disconnect();
  await once(child, 'exit');

  const resident = statuses.map(({ rssBytes }) => rssBytes / 1e6);
  const half = resident.length >> 1;
  const growth = (median(resident.slice(half)) / median(resident.slice(0, half)) - 1) * 100;
  const rate = (after.spansReceived - before.spansReceived) / elapsed;
  const mostStored = Math.max(...statuses.map(({ bytesStored }) => bytesStored)) / 1e6;
  line('soak-rate', rate, 'spans/s', `${spansPerSecond} were to be sent, for ${Math.round(elapsed)} s`);
  line('soak-rejected', after.spansRejected + refused, 'spans', 'refused or not answered');
  line(
    'soak-resident',
    median(resident),
    'MB',
    `most ${Math.round(Math.max(...resident))}, budget ${budgetBytes / 1e6}`,
  );
  line('soak-growth', growth, '%', 'resident memory, second half against first');
  line('soak-stored', mostStored, 'MB', 'most bytes stored at a time');
  line('soak-journal', after.journal.bytes / 1e6, 'MB', `${after.journal.state}, on the disk`);
  line('soak-delay-p99', p99, 'ms', `of the engine's event loop, longest ${longest.toFixed(1)}`);
  line(
    'soak-machine-p99',
    machine.p99,
    'ms',
    `of a process that does nothing, longest ${machine.longest.toFixed(1)}`,
  );
  const share = ((cpuSeconds - cpuBefore.cpuSeconds) / elapsed) * 100;
  line('soak-processor', share, '%', 'of one, taken by the engine');
  const of = (kinds: object) => Object.keys(kinds).flatMap(kind => latencies.get(kind) ?? []);
  tell('soak-query-p99', of(questions));
  tell('soak-sum-p99', of(sums));
  for (const [kind, own] of latencies) tell(`soak-p99.${kind}`, own);
}

function tell(name: string, latencies: readonly number[]): void {
  if (latencies.length === 0) return;
  const note = `median ${median(latencies).toFixed(1)}, most ${Math.max(...latencies).toFixed(1)}, of ${latencies.length}`;
  line(name, percentile(latencies, 0.99), 'ms', note);
}

/** Sends requests evenly; those that are late are made up for. */
function send(port: number): { stop(): Promise<{ refused: number; error: unknown }> } {
  const load = httpLoad(port);
  const payloads = Payload.make(64, spansPerRequest);
  const free = [...payloads];
  const from = performance.now();
  let sent = 0;
  let refused = 0;
  let error: unknown;
  const timer = setInterval(() => {
    const due = ((performance.now() - from) / 1000) * (spansPerSecond / spansPerRequest);
    for (let payload = sent < due ? free.pop() : undefined; payload !== undefined; ) {
      const own = payload;
      own.renew(++sent);
      load
        .send(0, own.body)
        .catch(reason => {
          refused += own.spans;
          error = reason;
        })
        .finally(() => free.push(own));
      payload = sent < due ? free.pop() : undefined;
    }
  }, 5);
  return {
    async stop() {
      clearInterval(timer);
      while (free.length < payloads.length) await sleep(5);
      await load.close();
      return { refused, error };
    },
  };
}

function line(name: string, value: number, unit: string, note: string): void {
  report({ name, value: Math.round(value * 100) / 100, unit, note });
}
