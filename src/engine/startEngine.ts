import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { EngineOptions } from './engineOptions.ts';
import { logFileName } from './log.ts';
import { makeStateDirectory } from './stateDirectory.ts';

/**
 * Starts `engineFile` (the bundled `engine.js`) as a process of its own that outlives this one. It is not ready when
 * this returns. The promise inside rejects if it ends with an error; that another engine was faster is none.
 */
export async function startEngine(
  engineFile: string,
  options: EngineOptions & { readonly stateDirectory: string },
): Promise<{ readonly failed: Promise<never> }> {
  await makeStateDirectory(options.stateDirectory);
  const child = spawn(process.execPath, [engineFile, JSON.stringify(options)], {
    detached: true,
    stdio: 'ignore',
    windowsHide: true,
    cwd: options.stateDirectory,
    env: engineEnvironment(process.env),
  });
  child.unref();
  const failed = Promise.race([
    once(child, 'error').then(([error]) => {
      throw new Error(`the engine cannot be started: ${(error as Error).message}`);
    }),
    once(child, 'exit').then(([code, signal]) => {
      if (code === 0) return new Promise<never>(() => {});
      const log = join(options.stateDirectory, logFileName);
      throw new Error(`the engine ended at once (${signal ?? `exit code ${code}`}); its log is ${log}`);
    }),
  ]);
  // Somebody may wait for it only later, or not at all.
  failed.catch(() => {});
  return { failed: failed as Promise<never> };
}

/**
 * Without what would instrument the engine or make it another process than a plain Node: `NODE_OPTIONS`, `OTEL_*`,
 * `VSCODE_*` (names are compared without case, as Windows does).
 */
export function engineEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(
    ([name]) => !/^(NODE_OPTIONS$|OTEL_|VSCODE_|ELECTRON_RUN_AS_NODE$)/i.test(name),
  );
  return { ...Object.fromEntries(kept), ELECTRON_RUN_AS_NODE: '1' };
}
