import { cpus, loadavg } from 'node:os';

/** A line of `npm run bench -- --json`. `name` is an id of the table of numbers, or its id with a suffix. */
export interface BenchLine {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline?: number;
  readonly ratio?: number;
  /** What was measured, for people. */
  readonly note?: string;
}

/** CI asks for a short run: fewer rounds, the same payload. */
export const short = process.env['SPANLINE_BENCH'] === 'short';

export function report(line: BenchLine): void {
  console.log(JSON.stringify(line));
}

/** Of the machine: absolute numbers mean little without it. */
export function reportMachine(): void {
  const machine = `${cpus()[0]?.model ?? 'unknown'} × ${cpus().length}, Node ${process.versions.node}, load ${loadavg()[0].toFixed(1)}`;
  console.error(machine);
}

export interface Contender {
  /** One pass over the whole payload; a promise is waited for. */
  run(): unknown;
}

/**
 * Times contenders in interleaved rounds, forward and backward in turn, with a collection before each pass unless they leave
 * no garbage. Returns for each the minima of groups of five rounds, milliseconds: ratios of such minima vary by a few percent
 * where single rounds vary by ten. By the clock or by the processor, whichever is less: neither what else the machine has to
 * do counts, nor what is compiled and collected beside.
 */
export async function interleave(
  contenders: readonly Contender[],
  groups = short ? 3 : 5,
  collecting = true,
): Promise<number[][]> {
  const rounds = groups * 5;
  const times: number[][] = contenders.map(() => []);
  for (let warmup = 0; warmup < 6; warmup++) for (const contender of contenders) await contender.run();
  for (let round = 0; round < rounds; round++) {
    const order = contenders.map((_, index) => index);
    if (round % 2 === 1) order.reverse();
    for (const index of order) {
      if (collecting) globalThis.gc?.();
      const from = performance.now();
      const used = process.cpuUsage();
      await contenders[index].run();
      const { user, system } = process.cpuUsage(used);
      times[index].push(Math.min(performance.now() - from, (user + system) / 1000));
    }
  }
  return times.map(list =>
    Array.from({ length: groups }, (_, group) => Math.min(...list.slice(group * 5, group * 5 + 5))),
  );
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)];
}

/** Median over the groups of baseline ÷ ours. */
export function ratioOfMinima(ours: readonly number[], baseline: readonly number[]): number {
  return median(ours.map((own, group) => baseline[group] / own));
}
