import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeDirectory } from './makeDirectory.ts';

/** A file system of another machine that is gone may never answer. */
const waitMs = 5000;

/**
 * Where the user's engine keeps its discovery file and log: one place for all editors and the command line.
 * `$XDG_STATE_HOME/spanline`, or the platform's place for such files.
 */
export function defaultStateDirectory(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const { XDG_STATE_HOME, LOCALAPPDATA } = environment;
  // The XDG specification has relative paths ignored.
  if (XDG_STATE_HOME !== undefined && isAbsolute(XDG_STATE_HOME)) return join(XDG_STATE_HOME, 'spanline');
  if (platform === 'win32') return join(LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'spanline');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'spanline');
  return join(homedir(), '.local', 'state', 'spanline');
}

/** Makes the directory, readable by the user only, if it is missing. Throws an error that names it if that fails or takes too long. */
export async function makeStateDirectory(directory: string, longestMs = waitMs): Promise<void> {
  const given = new AbortController();
  try {
    await Promise.race([
      makeOnce(directory),
      sleep(longestMs, undefined, given).then(() => {
        throw new Error(`its file system has not answered for ${longestMs / 1000} s`);
      }),
    ]);
  } catch (error) {
    throw new Error(`the state directory ${directory} cannot be used: ${(error as Error).message}`);
  } finally {
    given.abort();
  }
}

const beingMade = new Map<string, Promise<void>>();

/** Whoever tries again waits for the try that hangs: each of them holds one of the few threads for files. */
function makeOnce(directory: string): Promise<void> {
  let making = beingMade.get(directory);
  if (making === undefined) {
    making = makeDirectory(directory).finally(() => beingMade.delete(directory));
    beingMade.set(directory, making);
  }
  return making;
}
