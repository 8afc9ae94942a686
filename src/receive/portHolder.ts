import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** How long the search may take. A name for the message is nice to have; a receiver that does not start is not. */
const searchMs = 1_500;

/** Who listens on a TCP port of this machine, as `name (pid 123)`; undefined if the system does not tell in time. */
export async function findPortHolder(port: number): Promise<string | undefined> {
  const ended = AbortSignal.timeout(searchMs);
  try {
    if (process.platform === 'linux') return await holderFromProc(port, ended);
    if (process.platform === 'win32') return await holderFromNetstat(port, ended);
    return await holderFromLsof(port, ended);
  } catch {
    // Tools that are missing, processes that end meanwhile and foreign processes all mean the same: not known.
    return undefined;
  }
}

/** Listening sockets have state 0A; their inode is the link target `socket:[inode]` of a descriptor of the holder. */
async function holderFromProc(port: number, ended: AbortSignal): Promise<string | undefined> {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const sockets = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const text = await readFile(table, 'utf8').catch(() => '');
    for (const line of text.split('\n')) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === '0A' && local?.endsWith(`:${hexPort}`)) sockets.add(`socket:[${inode}]`);
    }
  }
  if (sockets.size === 0) return undefined;
  for (const pid of await readdir('/proc')) {
    if (ended.aborted) return undefined;
    if (!/^\d+$/.test(pid)) continue;
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    const targets = await Promise.all(
      descriptors.map(fd => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')),
    );
    if (!targets.some(target => sockets.has(target))) continue;
    const name = (await readFile(`/proc/${pid}/comm`, 'utf8')).trim();
    return `${name} (pid ${pid})`;
  }
  return undefined;
}

/** `-F pc` prints a field a line: `p123`, `cname`. */
async function holderFromLsof(port: number, signal: AbortSignal): Promise<string | undefined> {
  const { stdout } = await run('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-F', 'pc'], { signal });
  const pid = /^p(\d+)$/m.exec(stdout)?.[1];
  const name = /^c(.+)$/m.exec(stdout)?.[1];
  return pid && name ? `${name} (pid ${pid})` : undefined;
}

/** The word LISTENING is translated on some systems; the foreign address of a listening socket is always port 0. */
async function holderFromNetstat(port: number, signal: AbortSignal): Promise<string | undefined> {
  const options = { signal, windowsHide: true };
  const { stdout } = await run('netstat', ['-ano', '-p', 'TCP'], options);
  const line = stdout.split(/\r?\n/).find(row => {
    const [, local, foreign] = row.trim().split(/\s+/);
    return local?.endsWith(`:${port}`) && foreign?.endsWith(':0');
  });
  const pid = line?.trim().split(/\s+/).at(-1);
  if (!pid) return undefined;
  const tasks = await run('tasklist', ['/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH'], options);
  const name = /^"([^"]+)"/m.exec(tasks.stdout)?.[1];
  return name ? `${name} (pid ${pid})` : `pid ${pid}`;
}
