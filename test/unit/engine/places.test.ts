import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { chmod, lstat, mkdir, open, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  defaultControlAddress,
  givenControlAddress,
  makePrivateDirectory,
  tokenFileOf,
} from '../../../src/engine/controlAddress.ts';
import { findEngine, readDiscovery, writeDiscovery } from '../../../src/engine/discovery.ts';
import { FileLog } from '../../../src/engine/log.ts';
import { readPrivateFile, writePrivateFile } from '../../../src/engine/privateFile.ts';
import { withStartLock } from '../../../src/engine/startLock.ts';
import { defaultStateDirectory, makeStateDirectory } from '../../../src/engine/stateDirectory.ts';
import { TemporaryDirectories } from './temporary.ts';

const temporary = new TemporaryDirectories();
const mode = async (path: string) => (await stat(path)).mode & 0o777;

describe('where an engine keeps its things', () => {
  const saved = process.env.XDG_RUNTIME_DIR;
  beforeEach(async () => {
    process.env.XDG_RUNTIME_DIR = await temporary.make();
  });
  afterEach(async () => {
    if (saved === undefined) delete process.env.XDG_RUNTIME_DIR;
    else process.env.XDG_RUNTIME_DIR = saved;
    await temporary.remove();
  });

  it('has one state directory a user', () => {
    assert.equal(
      defaultStateDirectory({ XDG_STATE_HOME: '/x/state' }, 'linux'),
      join('/x/state', 'spanline'),
    );
    assert.match(defaultStateDirectory({}, 'linux'), /[\\/]\.local[\\/]state[\\/]spanline$/);
    assert.match(defaultStateDirectory({ XDG_STATE_HOME: 'relative' }, 'linux'), /\.local/);
    assert.match(defaultStateDirectory({}, 'darwin'), /Application Support[\\/]spanline$/);
    assert.equal(defaultStateDirectory({ LOCALAPPDATA: 'C:\\L' }, 'win32'), join('C:\\L', 'spanline'));
  });

  it('has a control address of its own for every state directory, in a private directory', async () => {
    const runtime = process.env.XDG_RUNTIME_DIR!;
    const address = await defaultControlAddress('/state/one');
    assert.equal(await defaultControlAddress('/state/one'), address);
    assert.notEqual(await defaultControlAddress('/state/two'), address);
    assert.ok(address.startsWith(join(runtime, 'spanline')), address);
    assert.equal(await mode(join(runtime, 'spanline')), 0o700);
  });

  it('leaves a runtime directory whose path is too long for a socket', async () => {
    process.env.XDG_RUNTIME_DIR = join(process.env.XDG_RUNTIME_DIR!, 'x'.repeat(100));
    const address = await defaultControlAddress('/state/one');
    assert.ok(Buffer.byteLength(address) <= 100, address);
    assert.ok(!address.startsWith(process.env.XDG_RUNTIME_DIR));
  });

  it('leaves a runtime directory that is not there, as it is without a login session', async () => {
    const missing = join(process.env.XDG_RUNTIME_DIR!, 'missing');
    process.env.XDG_RUNTIME_DIR = missing;
    const address = await defaultControlAddress('/state/one');
    assert.ok(!address.startsWith(missing), address);
    await assert.rejects(stat(missing), { code: 'ENOENT' });
  });

  it('makes a state directory with those above it, for the user alone', async () => {
    const parent = await temporary.make();
    const directory = join(parent, 'a', 'b', 'c');
    await Promise.all([makeStateDirectory(directory), makeStateDirectory(`${directory}/../d`)]);
    assert.deepEqual(await readdir(join(parent, 'a', 'b')), ['c', 'd']);
    assert.equal(await mode(join(parent, 'a')), 0o700);
    assert.equal(await mode(directory), 0o700);
    await makeStateDirectory(directory);
  });

  it('says of a state directory that cannot be made which it is, and why', async () => {
    const parent = await temporary.make();
    await writeFile(join(parent, 'file'), '');
    await symlink(join(parent, 'nowhere'), join(parent, 'dangling'));
    await symlink(join(parent, 'circle'), join(parent, 'circle'));
    const refused: [string, RegExp][] = [
      [join(parent, 'file'), /is not a directory/],
      [join(parent, 'file', 'a', 'b'), /is not a directory/],
      [join(parent, 'dangling', 'a'), /EEXIST/],
      [join(parent, 'circle', 'a'), /ELOOP/],
    ];
    // Nothing can be made there, even by root, and Node's own recursion does not end.
    if (process.platform === 'linux') refused.push(['/proc/spanline/a', /ENOENT/]);
    for (const [directory, reason] of refused)
      await assert.rejects(makeStateDirectory(directory), ({ message }: Error) => {
        assert.ok(message.startsWith(`the state directory ${directory} cannot be used: `), message);
        return reason.test(message);
      });
  });

  it('does not wait for ever for a file system that does not answer', async function () {
    if (process.platform === 'win32') this.skip();
    const parent = await temporary.make();
    const fifo = join(parent, 'fifo');
    execFileSync('mkfifo', [fifo]);
    // Opening a pipe that nobody writes to holds a thread; with all of them held, no file system answers.
    const threads = Number(process.env.UV_THREADPOOL_SIZE ?? 4);
    const readers = Array.from({ length: threads }, () => open(fifo, 'r'));
    const directory = join(parent, 'state');
    await assert.rejects(makeStateDirectory(directory, 50), /has not answered for 0.05 s/);
    const again = makeStateDirectory(directory);
    const writer = openSync(fifo, 'r+');
    for (const reader of readers) await (await reader).close();
    closeSync(writer);
    await again;
    assert.equal(await mode(directory), 0o700);
  });

  it('refuses a directory that is a link, or that others can enter', async () => {
    const parent = await temporary.make();
    await mkdir(join(parent, 'real'), { mode: 0o700 });
    await symlink(join(parent, 'real'), join(parent, 'link'));
    await assert.rejects(makePrivateDirectory(join(parent, 'link')), /symbolic link/);
    await chmod(join(parent, 'real'), 0o755);
    await assert.rejects(makePrivateDirectory(join(parent, 'real')), /mode 755/);
    await writeFile(join(parent, 'file'), '');
    await assert.rejects(makePrivateDirectory(join(parent, 'file')), /not a directory/);
    await chmod(join(parent, 'real'), 0o700);
    await makePrivateDirectory(join(parent, 'real'));
  });

  it('refuses a directory of another user', async () => {
    // Only root has a directory of another user at hand without making one: `/` for everybody else.
    if (process.getuid?.() === 0) {
      const directory = await temporary.make();
      const { chown } = await import('node:fs/promises');
      await chmod(directory, 0o700);
      await chown(directory, 65534, 65534);
      await assert.rejects(makePrivateDirectory(directory), /another user/);
    } else {
      await assert.rejects(makePrivateDirectory('/'), /another user/);
    }
  });

  it('says that a given address is too long', () => {
    assert.throws(() => givenControlAddress(`/tmp/${'x'.repeat(100)}`), /longer than 100 bytes/);
    assert.equal(givenControlAddress('/tmp/a/../b'), '/tmp/b');
    assert.equal(tokenFileOf('/tmp/b'), '/tmp/b.token');
  });

  it('writes the discovery file for the user alone, at once', async () => {
    const directory = join(await temporary.make(), 'new');
    const discovery = {
      pid: 1,
      address: '/tmp/s',
      token: 'secret',
      version: '1',
      startedAt: '2026-01-01T00:00:00Z',
      endpoints: {},
    };
    assert.equal(await readDiscovery(directory), undefined);
    await writeDiscovery(directory, discovery);
    assert.deepEqual(await readDiscovery(directory), discovery);
    assert.equal(await mode(join(directory, 'engine.json')), 0o600);
    assert.deepEqual(await readdir(directory), ['engine.json'], 'no draft left');
    assert.deepEqual(await findEngine(undefined, directory), discovery);
  });

  it('takes no discovery file for one that is broken, and none that is a link', async () => {
    const directory = await temporary.make();
    for (const broken of ['', '{', 'null', '[]', '{"address":"/tmp/s"}']) {
      await writePrivateFile(join(directory, 'engine.json'), broken);
      assert.equal(await readDiscovery(directory), undefined, broken);
    }
    const other = await temporary.make();
    await symlink(join(directory, 'engine.json'), join(other, 'engine.json'));
    await assert.rejects(readDiscovery(other), /symbolic link/);
  });

  it('finds the token beside a given address', async () => {
    const directory = await temporary.make();
    const address = join(directory, 's');
    assert.equal(await findEngine(address, directory), undefined);
    await writePrivateFile(`${address}.token`, 'secret\n');
    assert.deepEqual(await findEngine(address, directory), { address, token: 'secret' });
    assert.equal((await lstat(`${address}.token`)).mode & 0o777, 0o600);
    assert.equal(await readPrivateFile(`${address}.other`), undefined);
  });

  it('keeps its log small', async () => {
    const directory = await temporary.make();
    const log = new FileLog(directory);
    for (let i = 0; i < 1500; i++) log.write(`${i} ${'x'.repeat(1900)}`);
    assert.deepEqual((await readdir(directory)).sort(), ['engine.log', 'engine.log.1']);
    for (const name of ['engine.log', 'engine.log.1'])
      assert.ok((await stat(join(directory, name))).size < 1_010_000, name);
    log.write('two\nlines\u001b[31m');
    const text = await readFile(join(directory, 'engine.log'), 'utf8');
    assert.match(text.trimEnd().split('\n').at(-1)!, /two lines \[31m$/);
  });
});

describe('start lock', () => {
  afterEach(() => temporary.remove());

  it('lets one in at a time', async () => {
    const path = join(await temporary.make(), 'lock');
    let inside = 0;
    let most = 0;
    const enter = () =>
      withStartLock(path, async () => {
        most = Math.max(most, ++inside);
        await new Promise(resolve => setImmediate(resolve));
        inside--;
      });
    await Promise.all(Array.from({ length: 8 }, enter));
    assert.equal(most, 1);
    await assert.rejects(stat(path), { code: 'ENOENT' });
  });

  it('is given back after an error', async () => {
    const path = join(await temporary.make(), 'lock');
    const failing = withStartLock(path, async () => {
      throw new Error('no');
    });
    await assert.rejects(failing, /no/);
    assert.equal(await withStartLock(path, async () => 'in'), 'in');
  });

  it('is taken over from a dead process', async () => {
    const path = join(await temporary.make(), 'lock');
    // The largest process id that Linux gives is 4,194,304.
    await writeFile(path, '99999999 left');
    assert.equal(await withStartLock(path, async () => 'in'), 'in');
    assert.deepEqual(await readdir(join(path, '..')), []);
  });
});
