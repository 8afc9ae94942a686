// `npm run bench -- --against <binary>…`: the engine beside Jaeger, the OpenTelemetry Collector, Tempo and otel-desktop-viewer, with the
// same load in one run. A1: spans per second of processor time; A2: resident bytes a span; A3: milliseconds to find twenty
// traces of a service. The ratio says how many times better the engine is.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { connectToEngine } from '../src/engine/client.ts';
import type { ControlClient } from '../src/engine/controlClient.ts';
import { median, report, reportMachine, short } from './harness.ts';
import { Payload } from './support/payloads.ts';
import {
  cpuSecondsOf,
  isMeasurable,
  type Peer,
  residentBytesOf,
  startPeer,
  stopPeer,
} from './support/peers.ts';

const binaries = JSON.parse(process.env['SPANLINE_PEERS'] ?? '[]') as string[];
const connections = 8;
const spansPerRequest = 512;
const warmupMs = short ? 500 : 2_000;
const measuredMs = short ? 1_500 : 6_000;
/** Spans that are held when memory and searches are measured. */
const heldSpans = short ? 50_000 : 300_000;
const searches = 15;
const untilFoundMs = 60_000;
const service = 'checkout';

interface Figures {
  readonly spansPerCpuSecond: number;
  readonly bytesPerSpan: number;
  /** Milliseconds. */
  readonly searchMs: number | undefined;
}

/** Of the last minute: some search no further back, if they are not told to. */
const begin = BigInt(Date.now() - 60_000) * 1_000_000n;
const payloads = Payload.make(connections * 6, spansPerRequest, begin);
let generation = 0;

reportMachine();
if (!isMeasurable())
  throw new Error('processor time of other processes is read from /proc: this needs Linux');
if (binaries.length === 0) throw new Error('name the programs to compare with: --against <path>…');
const folder = await mkdtemp(join(tmpdir(), 'spanline-against-'));
try {
  let turn = 0;
  const measured = (start: (folder: string) => Promise<Peer>) =>
    measure(() => start(join(folder, String(turn++))));
  const ours = await measured(startSpanline);
  for (const path of binaries) {
    const theirs = await measured(own => startPeer(path, own));
    const name = path.replace(/^.*\//, '');
    compare(`A1.${name}`, 'spans/CPU-s', ours.spansPerCpuSecond, theirs.spansPerCpuSecond, (a, b) => a / b);
    compare(`A2.${name}`, 'bytes/span', ours.bytesPerSpan, theirs.bytesPerSpan, (a, b) => b / a);
    if (ours.searchMs !== undefined && theirs.searchMs !== undefined)
      compare(`A3.${name}`, 'ms', ours.searchMs, theirs.searchMs, (a, b) => b / a);
  }
} finally {
  await rm(folder, { recursive: true });
}

function compare(
  name: string,
  unit: string,
  ours: number,
  theirs: number,
  ratio: (ours: number, theirs: number) => number,
): void {
  const rounded = (value: number) => Number(value.toPrecision(3));
  report({
    name,
    value: rounded(ours),
    unit,
    baseline: rounded(theirs),
    ratio: rounded(ratio(ours, theirs)),
  });
}

/** Memory in a process that has seen nothing else; then a flood in the same one. */
async function measure(start: () => Promise<Peer>): Promise<Figures> {
  const peer = await start();
  const pool = new Pool(peer.otlpHttp, { connections, pipelining: 1 });
  try {
    await sleep(500);
    const before = residentBytesOf(peer.process);
    const held = await send(pool, spans => spans >= heldSpans);
    await sleep(3_000);
    const bytesPerSpan = (residentBytesOf(peer.process) - before) / held;
    const searchMs = peer.search === undefined ? undefined : await timeSearches(peer.search);
    const flood = sustained(pool, peer);
    return { spansPerCpuSecond: await flood, bytesPerSpan, searchMs };
  } finally {
    await pool.close();
    await stopPeer(peer);
  }
}

/** Some find spans only when they have written them down: what they answer before would be quick, and no answer. */
async function timeSearches(search: (service: string) => Promise<boolean>): Promise<number> {
  const deadline = performance.now() + untilFoundMs;
  while (!(await search(service))) {
    if (performance.now() > deadline) throw new Error('nothing was found');
    await sleep(500);
  }
  const times: number[] = [];
  for (let n = 0; n < searches; n++) {
    const from = performance.now();
    await search(service);
    times.push(performance.now() - from);
  }
  return median(times);
}

async function sustained(pool: Pool, { process: child }: Peer): Promise<number> {
  const end = performance.now() + warmupMs + measuredMs;
  let accepted = 0;
  const sending = send(
    pool,
    () => performance.now() > end,
    spans => {
      accepted = spans;
    },
  );
  await sleep(warmupMs);
  const [spansBefore, cpuBefore] = [accepted, cpuSecondsOf(child)];
  await sleep(measuredMs);
  const figure = (accepted - spansBefore) / (cpuSecondsOf(child) - cpuBefore);
  await sending;
  return figure;
}

/** Sends spans that nobody has seen until there are enough. Returns how many were accepted. */
async function send(
  pool: Pool,
  isEnough: (spans: number) => boolean,
  onProgress: (spans: number) => void = () => {},
): Promise<number> {
  let spans = 0;
  const headers = { 'content-type': 'application/x-protobuf' };
  const clients = Array.from({ length: connections }, async (_, connection) => {
    const own = payloads.filter((_payload, index) => index % connections === connection);
    for (let turn = 0; !isEnough(spans); turn++) {
      const payload = own[turn % own.length];
      payload.renew(++generation);
      const answer = await pool.request({ path: '/v1/traces', method: 'POST', headers, body: payload.body });
      await answer.body.dump();
      if (answer.statusCode !== 200) throw new Error(`HTTP ${answer.statusCode}`);
      spans += payload.spans;
      onProgress(spans);
    }
  });
  await Promise.all(clients);
  return spans;
}

async function startSpanline(own: string): Promise<Peer> {
  const cli = join(process.cwd(), 'dist/cli.js');
  const control = join(own, 'control');
  const args = [
    'serve',
    '--otlp-http',
    '0',
    '--otlp-grpc',
    'off',
    '--control',
    control,
    '--data-dir',
    own,
    '--no-journal',
  ];
  const child = spawn(process.execPath, [cli, ...args, '--budget', '2000000000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { endpoints } = JSON.parse(line) as { endpoints: { otlpHttp: string } };
  let engine: ControlClient | undefined;
  child.once('exit', () => engine?.dispose());
  return {
    name: 'spanline',
    otlpHttp: endpoints.otlpHttp,
    process: child,
    search: async name => {
      // As the editor does: connected once.
      engine ??= await connectToEngine({ control });
      const { traces } = await engine.request('traces/query', {
        query: `{ resource.service.name = "${name}" }`,
        limit: 20,
        spansPerTrace: 3,
      });
      return traces.length > 0;
    },
  };
}
