import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

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

/** Makes the directory, readable by the user only, if it is missing. */
export async function makeStateDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
}
