import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Endpoints } from '../../../src/protocol/control.ts';

/** The bundles that are tested: what `npm run build` has made. */
export const engineFile = resolve('dist/engine.js');
const cliFile = resolve('dist/cli.js');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Served {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly control: string;
  readonly endpoints: Endpoints;
  /** Everything on standard output so far. */
  stdout(): string;
  stderr(): string;
}

export interface StartOptions {
  readonly cwd?: string;
  /** Variables on top of those of everything that is started. */
  readonly env?: NodeJS.ProcessEnv;
  /** Another user to run as; only root may. */
  readonly uid?: number;
}

export interface ServeOptions extends StartOptions {
  /** A command that runs the one that follows it. */
  readonly through?: readonly string[];
}

/** Starts processes for a test and ends them after it. */
export class Processes {
  readonly #children = new Set<ChildProcess>();
  readonly #pids = new Set<number>();
  /** State and runtime directory of everything that is started. */
  readonly environment: NodeJS.ProcessEnv;

  constructor(directory: string) {
    const { SPANLINE_CONTROL: _, ...inherited } = process.env;
    this.environment = { ...inherited, XDG_STATE_HOME: directory, XDG_RUNTIME_DIR: directory };
  }

  start(command: string, args: readonly string[], options: StartOptions = {}): ChildProcess {
    const child = spawn(command, args, { ...options, env: { ...this.environment, ...options.env } });
    this.#children.add(child);
    return child;
  }

  /** Runs `spanline …` to its end. */
  async spanline(
    args: readonly string[],
    options: StartOptions & { input?: string } = {},
  ): Promise<Finished> {
    const child = this.start(process.execPath, [cliFile, ...args], options);
    const output = collect(child);
    child.stdin!.end(options.input ?? '');
    const [code] = await once(child, 'close');
    return { code, stdout: output.stdout(), stderr: output.stderr() };
  }

  /** Runs `spanline serve` until it says that it listens. Throws what it says if it ends instead. */
  async serve(args: readonly string[] = [], options: ServeOptions = {}): Promise<Served> {
    const { through = [], ...others } = options;
    const [command, ...rest] = [...through, process.execPath, cliFile, 'serve', ...args];
    const child = this.start(command, rest, others);
    const output = collect(child);
    const ended = once(child, 'close').then(([code]) => {
      throw new Error(`serve ended with ${code}: ${output.stderr()}`);
    });
    ended.catch(() => {});
    while (!output.stdout().includes('\n')) await Promise.race([once(child.stdout!, 'data'), ended]);
    const line = JSON.parse(output.stdout().split('\n')[0]);
    return { child, ...line, ...output };
  }

  /** Ends a process that something else started, when the test is over. */
  adopt(pid: number): void {
    this.#pids.add(pid);
  }

  async end(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
    for (const pid of this.#pids) {
      if (!isRunning(pid)) continue;
      process.kill(pid, 'SIGKILL');
      await until(() => !isRunning(pid));
    }
    this.#children.clear();
    this.#pids.clear();
  }
}

function collect(child: ChildProcess): { stdout(): string; stderr(): string } {
  let stdout = '';
  let stderr = '';
  child.stdout!.setEncoding('utf8').on('data', text => {
    stdout += text;
  });
  child.stderr!.setEncoding('utf8').on('data', text => {
    stderr += text;
  });
  return { stdout: () => stdout, stderr: () => stderr };
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits until something is so; the test's own time limit ends the wait otherwise. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}
