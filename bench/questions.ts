// What the views ask over a million spans at rest: milliseconds the first time, as in an engine that nobody has asked yet, and after
// that. The first one is of a process that has compiled what it takes for smaller stores.
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { queryAnswers } from '../src/engine/answers/queryAnswers.ts';
import { Readers } from '../src/engine/answers/readers.ts';
import { statisticsAnswers } from '../src/engine/answers/statisticsAnswers.ts';
import { traceAnswers } from '../src/engine/answers/traceAnswers.ts';
import { setEngineFlags } from '../src/engine/v8Flags.ts';
import { TraceStore } from '../src/store/traceStore.ts';
import { median, report, reportMachine, short } from './harness.ts';
import { Feeder } from './support/feeder.ts';
import { questions, sums } from './support/questions.ts';

const million = 1 << 20;
const rounds = short ? 3 : 7;

const all = { ...questions, ...sums };

function storeOf(spans: number): TraceStore {
  const store = new TraceStore({ budgetBytes: 1 << 30 });
  new Feeder().fill(store, spans);
  store.sealNow();
  return store;
}

/** Asks as a client does, without the socket. */
function asking(store: TraceStore) {
  const parts = { store, readers: new Readers(store) };
  const answers = { ...queryAnswers(parts), ...statisticsAnswers(parts), ...traceAnswers(parts) };
  const { token } = new CancellationTokenSource();
  return (method: string, params: unknown) => answers[method as keyof typeof answers](params as never, token);
}

async function timeOf(question: (typeof all)[string], store: TraceStore | ReturnType<typeof asking>) {
  const ask = typeof store === 'function' ? store : asking(store);
  globalThis.gc?.();
  const from = performance.now();
  const used = process.cpuUsage();
  await question(ask as Parameters<typeof question>[0]);
  const { user, system } = process.cpuUsage(used);
  // As in `interleave`: what else the machine has to do does not count.
  return Math.min(performance.now() - from, (user + system) / 1000);
}

setEngineFlags();
reportMachine();
const small = storeOf(million >> 4);
for (let round = 0; round < 3; round++)
  for (const question of Object.values(all)) await timeOf(question, small);

const store = storeOf(million);
for (const [name, question] of Object.entries(all)) {
  const first = await timeOf(question, store);
  const ask = asking(store);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push(await timeOf(question, ask));
  const note = `then ${times.length} times, median ${tenths(median(times))}`;
  report({ name: `questions.${name}`, value: tenths(first), unit: 'ms', note });
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
