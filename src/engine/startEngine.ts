import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { EngineOptions } from './engineOptions.ts';
import { logFileName } from './log.ts';
import { makeStateDirectory } from './stateDirectory.ts';

/** An engine that was started and may not be ready yet. */
export interface StartedEngine {
  /** It has ended, because another engine runs already. */
  readonly ended: boolean;
  /** Rejects if it ends with an error; never resolves. */
  readonly failed: Promise<never>;
}

/** Starts `engineFile` (the bundled `engine.js`) as a process of its own that outlives this one. */
export async function startEngine(
  engineFile: string,
  options: EngineOptions & { readonly stateDirectory: string },
): Promise<StartedEngine> {
  await makeStateDirectory(options.stateDirectory);
  const child = spawn(process.execPath, [engineFile, JSON.stringify(options)], {
    detached: true,
    stdio: 'ignore',
    windowsHide: true,
    cwd: options.stateDirectory,
    env: engineEnvironment(process.env),
  });
  child.unref();
  const failed = new Promise<never>((_, reject) => {
    child.once('error', error => reject(new Error(`the engine cannot be started: ${error.message}`)));
    child.once('exit', (code, signal) => {
      if (code === 0) return;
      const log = join(options.stateDirectory, logFileName);
      reject(new Error(`the engine ended at once (${signal ?? `exit code ${code}`}); its log is ${log}`));
    });
  });
  // Nobody may be waiting for it any more.
  failed.catch(() => {});
  return {
    failed,
    get ended() {
      return child.exitCode === 0;
    },
  };
}

/**
 * For glibc: memory of this size and more is given back when it is freed. Else the first large buffer that is freed teaches it to
 * keep all that are no larger, and the holes between those that live were 55 MB beside a store of 256 MB. Smaller ones come and go.
 */
const givenBackBytes = 1 << 20;
const keptFreeBytes = 8 << 20;
/** Also for glibc: V8's threads take memory from where all do. Else each keeps what it compiled in, 20 MB together. */
const arenas = 1;

/**
 * Without what would instrument the engine or make it another process than a plain Node: `NODE_OPTIONS`, `OTEL_*`,
 * `VSCODE_*` (names are compared without case, as Windows does).
 */
export function engineEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(
    ([name]) => !/^(NODE_OPTIONS$|OTEL_|VSCODE_|ELECTRON_RUN_AS_NODE$)/i.test(name),
  );
  return {
    MALLOC_MMAP_THRESHOLD_: String(givenBackBytes),
    MALLOC_TRIM_THRESHOLD_: String(keptFreeBytes),
    MALLOC_ARENA_MAX: String(arenas),
    ...Object.fromEntries(kept),
    ELECTRON_RUN_AS_NODE: '1',
  };
}
