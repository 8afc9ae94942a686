import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { BenchLine } from '../../../bench/harness.ts';
import type { Load, LoadResult } from '../../../bench/support/load.ts';
import { print } from '../harness/page.ts';
import { extension } from '../support.ts';

/** A program that hangs is ended after this many milliseconds. */
const limit = 60_000;

/** Prints the line where the benches were started. */
export async function report(line: BenchLine): Promise<void> {
  await print(JSON.stringify(line));
}

/** Starts a program of bench/support. */
export function start(program: 'bystander' | 'load', ...args: string[]): ChildProcess {
  return fork(join(extension().extensionPath, `out/bench/support/${program}.js`), args, {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    timeout: limit,
  });
}

/** Sends spans from another process; resolves when all are acknowledged. */
export async function send(endpoint: string, load: Load): Promise<LoadResult> {
  const child = start('load', endpoint, JSON.stringify(load));
  let problem = '';
  child.stderr?.on('data', data => (problem += data));
  let result: LoadResult | undefined;
  child.once('message', message => (result = message as LoadResult));
  const [code] = await once(child, 'exit');
  if (code !== 0 || result === undefined) throw new Error(`the load ended with code ${code}: ${problem}`);
  return result;
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
