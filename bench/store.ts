// D2: decode and seal against protobufjs. M1: resident memory of a million sealed spans. M2: its growth once the store is at its
// budget. M3: the longest pause of the collector then, against a store of plain objects. Each M in a process of its own.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { setEngineFlags } from '../src/engine/v8Flags.ts';
import { TraceStore } from '../src/store/traceStore.ts';
import { oracle } from '../test/fixtures/otlpOracle.ts';
import { interleave, median, ratioOfMinima, report, reportMachine, short } from './harness.ts';
import { Feeder } from './support/feeder.ts';
import { ObjectStore } from './support/objectStore.ts';

const million = 1 << 20;
const churnBudget = short ? 64 << 20 : 128 << 20;
/** Pauses of the collector grow with what it has to look at: as many spans as the baseline can hold. */
const pauseBudget = 256 << 20;
const megabyte = 1 << 20;

async function decodeAndSeal(): Promise<void> {
  setEngineFlags();
  const feeder = new Feeder();
  verifySealed(feeder);
  // Nothing is evicted: E5 measures that too.
  const store = new TraceStore({ budgetBytes: 1 << 30 });
  const { bodies } = feeder;
  const [ours, protobufjs] = await interleave([
    {
      run: () => {
        feeder.feed(store);
        store.sealNow();
      },
    },
    {
      run: () => {
        for (const body of bodies) oracle.traces.decode(body);
      },
    },
  ]);
  assert.equal(store.counters.spansEvicted, 0);
  const perSpan = (list: number[]) => Math.round((median(list) * 1e6) / feeder.spans);
  const ratios = ours.map((own, group) => protobufjs[group] / own).sort((a, b) => a - b);
  report({
    name: 'D2',
    value: perSpan(ours),
    unit: 'ns/span',
    baseline: perSpan(protobufjs),
    ratio: tenths(ratioOfMinima(ours, protobufjs)),
    note: `scan, append and seal; ratio ${tenths(ratios[0])} to ${tenths(ratios[ratios.length - 1])}`,
  });
}

/** What is timed must give back what came. */
function verifySealed(feeder: Feeder): void {
  const [raw, sealed] = [false, true].map(sealing => new TraceStore({ budgetBytes: 256 << 20, sealing }));
  for (const store of [raw, sealed]) new Feeder().feed(store);
  sealed.sealNow();
  assert.ok(sealed.segments()[0].sealed !== undefined);
  for (const [i, segment] of sealed.segments().entries())
    for (let row = 0; row < segment.count; row++)
      assert.equal(Buffer.compare(segment.bytes(row), raw.segments()[i].bytes(row)), 0);
  console.error(`${feeder.bytesPerSpan.toFixed(0)} bytes a span`);
}

async function residentBytes(): Promise<void> {
  const feeder = new Feeder();
  await warmUp(feeder);
  const before = residentNow();
  const store = new TraceStore({ budgetBytes: 1 << 30 });
  await feeder.feedSpans(store, million);
  store.sealNow();
  const { spansStored, bytesStored } = store.counters;
  assert.ok(spansStored >= million);
  const resident = residentNow() - before;
  report({
    name: 'M1',
    value: Math.round(resident / spansStored),
    unit: 'bytes/span',
    note: `${spansStored} sealed spans; ${Math.round(bytesStored / spansStored)} bytes a span by the store's own count`,
  });
}

async function residentGrowth(): Promise<void> {
  const feeder = new Feeder();
  const store = new TraceStore({ budgetBytes: churnBudget });
  const spansOf = (budgets: number) => (budgets * churnBudget) / feeder.bytesPerSpan;
  // The budget in bytes as they arrive: sealed, the store holds several of it, so it is at its budget well before.
  await feeder.feedSpans(store, spansOf(16));
  const before = residentNow();
  assert.ok(store.counters.spansEvicted > 0);
  await feeder.feedSpans(store, spansOf(16));
  const after = residentNow();
  report({
    name: 'M2',
    value: tenths(((after - before) / before) * 100),
    unit: '%',
    note: `${Math.round(before / megabyte)} → ${Math.round(after / megabyte)} MB resident, budget ${churnBudget / megabyte} MB`,
  });
}

async function collectorPauses(): Promise<void> {
  const feeder = new Feeder();
  const store = new TraceStore({ budgetBytes: pauseBudget });
  const spans = (6 * pauseBudget) / feeder.bytesPerSpan;
  await feeder.feedSpans(store, spans);
  const ours = await usualLongestPause(() => feeder.feedSpans(store, spans / 4));
  const { spansStored } = store.counters;
  store.clear();
  const objects = new ObjectStore(spansStored);
  const { bodies } = feeder;
  const feedObjects = async (count: number): Promise<void> => {
    for (let fed = 0; fed < count; fed += feeder.spans) {
      for (const body of bodies) objects.add(body);
      await nextTurn();
    }
  };
  await feedObjects(spansStored);
  const theirs = await longestPause(() => feedObjects(spansStored));
  report({
    name: 'M3',
    value: tenths(ours),
    unit: 'ms',
    baseline: tenths(theirs),
    ratio: Math.round((ours / theirs) * 10_000) / 10_000,
    note: `longest collection while ${spansStored} spans are held and replaced`,
  });
}

/** The median of three rounds, milliseconds: a few that the machine spends on something else would double it. */
async function usualLongestPause(work: () => Promise<void>): Promise<number> {
  return median([await longestPause(work), await longestPause(work), await longestPause(work)]);
}

/** Milliseconds. */
async function longestPause(work: () => Promise<void>): Promise<number> {
  let longest = 0;
  const observer = new PerformanceObserver(list => {
    for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
  });
  observer.observe({ entryTypes: ['gc'] });
  await work();
  await nextTurn();
  await nextTurn();
  observer.disconnect();
  return longest;
}

async function warmUp(feeder: Feeder): Promise<void> {
  const store = new TraceStore({ budgetBytes: 16 << 20 });
  for (let i = 0; i < 6; i++) feeder.feed(store);
  store.sealNow();
  await nextTurn();
}

function residentNow(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage.rss();
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

const measures: { readonly [name: string]: () => Promise<void> } = {
  D2: decodeAndSeal,
  M1: residentBytes,
  M2: residentGrowth,
  M3: collectorPauses,
};
const chosen = process.argv[2];
if (chosen !== undefined) await measures[chosen]();
else {
  reportMachine();
  for (const name of Object.keys(measures)) {
    const child = fork(fileURLToPath(import.meta.url), [name], {
      execArgv: ['--expose-gc', '--max-old-space-size=6000'],
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) process.exitCode = 1;
  }
}
