import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Makes a directory and those above it that are missing, for the user only. Rejects with the errors of the file system.
 * Node's `recursive` does not end where a directory is there but nothing can be made in it (`/proc`).
 */
export async function makeDirectory(directory: string): Promise<void> {
  const missing: string[] = [];
  for (let at = resolve(directory); !(await isDirectory(at)); at = dirname(at)) {
    missing.push(at);
    if (at === dirname(at)) break;
  }
  for (const each of missing.reverse())
    await mkdir(each, { mode: 0o700 }).catch(async (error: NodeJS.ErrnoException) => {
      // Somebody else was faster.
      if (error.code !== 'EEXIST' || !(await isDirectory(each))) throw error;
    });
}

/** `false` if there is nothing. */
async function isDirectory(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
    return undefined;
  });
  if (found !== undefined && !found.isDirectory()) throw new Error(`${path} is not a directory`);
  return found !== undefined;
}
