import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { median, report, short } from '../harness.ts';
import { Flood, type Load, payloadsOf } from './ingestLoad.ts';
import type { ServerKind, Usage } from './ingestServers.ts';

const windows = short ? 16 : 40;
const windowMs = 500;
/** Compiling goes on beside the first requests, for seconds, and counts as the server's time. */
export const warmupMs = short ? 4_000 : 6_000;
/** Until the store is at its budget, the journal uses its files again, and what runs only then is compiled too. */
export const untilSteadyMs = short ? 9_000 : 12_000;

export interface Race {
  readonly name: string;
  /** What is compared, for people. */
  readonly note: string;
  /** Runs `serve(kind)` if it is started with an argument. */
  readonly file: string;
  /** Ours, and what it is measured against. */
  readonly kinds: readonly [ServerKind, ServerKind];
  readonly load: (port: number) => Load;
  readonly spansPerRequest: number;
  readonly warmupMs: number;
}

/**
 * Reports spans per second of a server's processor time: the median over windows in which the servers run in turn, half a second
 * each, under a flood that never ends. A busy machine slows whole seconds down, and so both of a pair. The one whose turn it is
 * not is stopped by a signal: with requests waiting it does not see a pause, in which it might do what it owes.
 */
export async function race(row: Race): Promise<void> {
  const runners: Runner[] = [];
  try {
    for (const kind of row.kinds) {
      const runner = await Runner.start(row, kind);
      runners.push(runner);
      await sleep(row.warmupMs);
      runner.pause();
    }
    const [ours, theirs]: [number[], number[]] = [[], []];
    for (let window = 0; window < windows; window++)
      for (const which of window % 2 === 0 ? [0, 1] : [1, 0])
        (which === 0 ? ours : theirs).push(await runners[which].run(windowMs));
    const ratios = ours.map((own, window) => own / theirs[window]).sort((a, b) => a - b);
    report({
      name: row.name,
      value: Math.round(median(ours)),
      unit: 'spans/CPU-s',
      baseline: Math.round(median(theirs)),
      ratio: hundredths(median(ratios)),
      note: `${row.note}; half of the windows within ${hundredths(ratios[windows >> 2])}–${hundredths(ratios[(3 * windows) >> 2])}`,
    });
  } finally {
    await Promise.all(runners.map(runner => runner.end()));
  }
}

/** A server in a process of its own, and the flood it is under. */
class Runner {
  readonly #child: ChildProcess;
  readonly #flood: Flood;

  private constructor(child: ChildProcess, flood: Flood) {
    this.#child = child;
    this.#flood = flood;
  }

  static async start({ file, load, spansPerRequest }: Race, kind: ServerKind): Promise<Runner> {
    const child = fork(file, [kind], { execArgv: [] });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new Runner(child, new Flood(load(port), payloadsOf(spansPerRequest)));
  }

  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  /** Lets it run; returns the spans accepted per second of processor time. */
  async run(ms: number): Promise<number> {
    this.#child.kill('SIGCONT');
    const [cpu, accepted] = [await this.#cpuSeconds(), this.#flood.accepted];
    await sleep(ms);
    const result = (this.#flood.accepted - accepted) / ((await this.#cpuSeconds()) - cpu);
    this.pause();
    return result;
  }

  async end(): Promise<void> {
    this.#child.kill('SIGCONT');
    try {
      await this.#flood.stop();
    } finally {
      this.#child.disconnect();
    }
  }

  async #cpuSeconds(): Promise<number> {
    this.#child.send('usage');
    const [{ microseconds }] = (await once(this.#child, 'message')) as [Usage];
    return microseconds / 1e6;
  }
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
