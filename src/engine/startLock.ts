import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeDirectory } from './makeDirectory.ts';

const pollMs = 25;
/** Longest wait for others that are starting; one with a large journal takes seconds. */
const waitMs = 60_000;
/** Who holds a lock shows this often that it is alive. */
const signMs = 2_000;
/** A lock without a sign for so long was left behind, even if its process id is in use again. */
const staleMs = 10_000;

/**
 * Runs `action` while no other process runs one under the same lock file. The file is made exclusively and names its
 * process; one that was left behind by a dead process is taken over. Throws if others hold it for too long.
 */
export async function withStartLock<T>(path: string, action: () => Promise<T>): Promise<T> {
  await makeDirectory(dirname(path));
  const mark = `${process.pid} ${randomBytes(8).toString('hex')}`;
  const deadline = Date.now() + waitMs;
  while (!(await take(path, mark))) {
    await removeStale(path);
    if (Date.now() > deadline)
      throw new Error(`another engine is starting and does not finish; its lock is ${path}`);
    await sleep(pollMs);
  }
  const sign = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, signMs).unref();
  try {
    return await action();
  } finally {
    clearInterval(sign);
    if ((await contentOf(path)) === mark) await rm(path, { force: true });
  }
}

async function take(path: string, mark: string): Promise<boolean> {
  try {
    await writeFile(path, mark, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function removeStale(path: string): Promise<void> {
  const content = await contentOf(path);
  if (content === undefined) return;
  const age = await stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );
  const pid = Number.parseInt(content, 10);
  // Just made and not yet written: wait.
  if (age < staleMs && (Number.isNaN(pid) || isAlive(pid))) return;
  // Of several that want to remove it one wins the renaming; what it then holds may already be another's new lock.
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const moved = await contentOf(aside);
  if (moved !== content && moved !== undefined) await putBack(path, moved);
  await rm(aside, { force: true });
}

async function putBack(path: string, content: string): Promise<void> {
  const file = await open(path, 'wx', 0o600).catch(() => undefined);
  await file?.writeFile(content);
  await file?.close();
}

async function contentOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

/** Whether a process with this id exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
