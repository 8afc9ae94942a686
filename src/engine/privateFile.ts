import { randomBytes } from 'node:crypto';
import { lstat, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { makeDirectory } from './makeDirectory.ts';

/** Writes a file that only the user can read, at once: a reader sees the old content or the new. */
export async function writePrivateFile(path: string, content: string): Promise<void> {
  await makeDirectory(dirname(path));
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(draft, content, { mode: 0o600, flag: 'wx' });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** `undefined` if there is no such file; throws if it is a link or another user's: what it says must not be trusted. */
export async function readPrivateFile(path: string): Promise<string | undefined> {
  try {
    const found = await lstat(path);
    if (!found.isFile()) throw new Error(`${path} is not a file (a symbolic link is not followed)`);
    if (process.platform !== 'win32' && found.uid !== userInfo().uid)
      throw new Error(`${path} belongs to another user`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
