import { createHash, randomBytes } from 'node:crypto';
import { lstat, mkdir } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { defaultStateDirectory } from './stateDirectory.ts';

/** `sun_path` has 104 bytes on macOS and 108 on Linux, its closing zero included. */
const longestAddress = 100;

export function isPipe(address: string): boolean {
  return /^[\\/]{2}[.?][\\/]pipe[\\/]/i.test(address);
}

/**
 * The control address of the user's engine. On Unix always the same for one state directory, in a directory that only
 * the user can enter (made if missing; throws if it is not safe to use); on Windows a new random name.
 */
export async function defaultControlAddress(stateDirectory: string): Promise<string> {
  if (process.platform === 'win32') return `\\\\.\\pipe\\spanline-${randomBytes(16).toString('hex')}`;
  const name = `engine-${createHash('sha256').update(resolve(stateDirectory)).digest('hex').slice(0, 12)}.sock`;
  const directories = controlDirectories(process.env);
  const problems: string[] = [];
  for (const directory of directories) {
    const address = join(directory, name);
    if (Buffer.byteLength(address) > longestAddress) {
      problems.push(`${directory} makes too long a path`);
      continue;
    }
    try {
      await makePrivateDirectory(directory);
      return address;
    } catch (error) {
      // Without a login session, `XDG_RUNTIME_DIR` may name what is not there.
      if (!isUnusable(error)) throw error;
      problems.push(error.message);
    }
  }
  throw new Error(`no directory for the control socket: ${problems.join('; ')}`);
}

function isUnusable(error: unknown): error is NodeJS.ErrnoException {
  return ['ENOENT', 'ENOTDIR', 'EACCES', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** In the order in which they are tried; the last has a short name on every system. */
function controlDirectories({ XDG_RUNTIME_DIR }: NodeJS.ProcessEnv): string[] {
  const own = `spanline-${userInfo().uid}`;
  const directories = [join(tmpdir(), own), join('/tmp', own)];
  if (XDG_RUNTIME_DIR !== undefined && isAbsolute(XDG_RUNTIME_DIR))
    directories.unshift(join(XDG_RUNTIME_DIR, 'spanline'));
  return directories;
}

/** Makes a directory that only the user can enter, or checks that the one that is there is such: others may have made it first. */
export async function makePrivateDirectory(directory: string): Promise<void> {
  await mkdir(directory, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const found = await lstat(directory);
  if (!found.isDirectory())
    throw new Error(`${directory} is not a directory (a symbolic link is not followed)`);
  if (process.platform === 'win32') return;
  if (found.uid !== userInfo().uid) throw new Error(`${directory} belongs to another user`);
  if ((found.mode & 0o077) !== 0)
    throw new Error(
      `${directory} can be entered by others (mode ${(found.mode & 0o777).toString(8)}, must be 700)`,
    );
}

/** An address given by the user: a path made absolute, or a Windows pipe as it is. Throws if it cannot be one. */
export function givenControlAddress(address: string): string {
  if (isPipe(address)) return address;
  if (process.platform === 'win32')
    throw new Error(`the control address must be a pipe (\\\\.\\pipe\\name), not ${address}`);
  const path = resolve(address);
  if (Buffer.byteLength(path) > longestAddress)
    throw new Error(`the control address is longer than ${longestAddress} bytes: ${path}`);
  return path;
}

/**
 * The file beside an address that holds its token: whoever may read it needs to know no more than the address. Pipes
 * have no place beside them: theirs are in the user's state directory.
 */
export function tokenFileOf(address: string): string {
  return `${fileFor(address)}.token`;
}

/** The lock under which somebody starts to listen at a given address. */
export function lockFileOf(address: string): string {
  return `${fileFor(address)}.lock`;
}

function fileFor(address: string): string {
  if (!isPipe(address)) return address;
  const name = createHash('sha256').update(address.toLowerCase()).digest('hex').slice(0, 32);
  return join(defaultStateDirectory(), 'control', name);
}
