import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeTraces } from '../../../src/decode/otlp/writeProtobuf.ts';
import { connectToEngine } from '../../../src/engine/client.ts';
import type { EngineStatus } from '../../../src/protocol/control.ts';
import { ownProcesses } from '../engine/ownProcesses.ts';
import {
  type Processes,
  type Served,
  type ServeOptions,
  type StartOptions,
  until,
} from '../engine/processes.ts';
import { span, traceId } from '../store/testSpans.ts';

/** Whoever is nobody may write nowhere. */
const nobody = 65534;

describe('faults: the disk', function () {
  this.timeout(60_000);
  let directory: string;
  let state: string;
  let processes: Processes;

  before(function () {
    if (process.platform === 'win32') this.skip();
  });
  ownProcesses((ownDirectory, own) => {
    directory = ownDirectory;
    state = join(directory, 'state');
    processes = own;
  });

  function serve(options: ServeOptions = {}, ...flags: string[]): Promise<Served> {
    const addresses = ['--control', join(directory, 'control'), '--otlp-http', '0', '--otlp-grpc', 'off'];
    return processes.serve([...addresses, '--data-dir', state, ...flags], options);
  }

  /** Sends ten spans of about 2 kB each, which must be taken. */
  async function send(engine: Served, number: number): Promise<void> {
    const attributes = [{ key: 'padding', value: { stringValue: 'x'.repeat(2000) } }];
    const spans = Array.from({ length: 10 }, (_, i) => span(i, { traceId: traceId(number), attributes }));
    const body = writeTraces({ resourceSpans: [{ resource: {}, scopeSpans: [{ scope: {}, spans }] }] });
    const headers = { 'content-type': 'application/x-protobuf' };
    const response = await fetch(`${engine.endpoints.otlpHttp}/v1/traces`, {
      method: 'POST',
      headers,
      body: Buffer.from(body),
    });
    assert.equal(response.status, 200);
  }

  async function status({ control }: Served, user: StartOptions = {}): Promise<EngineStatus> {
    const { stdout } = await processes.spanline(['status', '--json', '--control', control], user);
    return JSON.parse(stdout);
  }

  /** Sends 100 spans, all of which must be there afterwards, and gives the status. */
  async function overfill(engine: Served, user?: StartOptions): Promise<EngineStatus> {
    for (let i = 0; i < 10; i++) await send(engine, i);
    const after = await status(engine, user);
    assert.equal(after.spansStored, 100);
    return after;
  }

  it('may refuse files of a size: spans are taken, and the status says why they are in memory only', async () => {
    const engine = await serve({ through: ['sh', '-c', 'ulimit -f 200; exec "$@"', 'sh'] });
    const { journal } = await overfill(engine);
    assert.equal(journal.state, 'degraded');
    assert.match(journal.reason ?? '', /EFBIG/);
    assert.match(engine.stderr(), /kept in memory only: EFBIG/);
    engine.child.kill('SIGTERM');
    await until(() => engine.child.exitCode === 0);
  });

  it('may be full for a while: the journal catches up when there is room', async function () {
    const isolated = ['unshare', '--mount', '--propagation', 'private'];
    await mkdir(state);
    const mount =
      'mount -t tmpfs -o size=1200k,mode=700 none "$0" && head -c 1100000 /dev/zero > "$0/filler"';
    if (spawnSync(isolated[0], [...isolated.slice(1), 'sh', '-c', mount, state]).status !== 0) {
      console.log('      (skipped: a small disk cannot be mounted here)');
      this.skip();
    }
    const engine = await serve({ through: [...isolated, 'sh', '-c', `${mount} && exec "$@"`, state] });
    const full = await overfill(engine);
    assert.equal(full.journal.state, 'degraded');
    assert.match(full.journal.reason ?? '', /ENOSPC/);
    const inside = `/proc/${engine.pid}/root${state}`;
    await assert.rejects(writeFile(join(inside, 'more'), Buffer.alloc(1_000_000)), /ENOSPC/);
    // Now there is room for the name of a file alone: the journal tries that every two seconds.
    await sleep(5_000);
    for (const filler of ['filler', 'more']) await rm(join(inside, filler));
    await until(async () => (await status(engine)).journal.state === 'on');
    assert.ok((await status(engine)).journal.bytes > 200_000);
    assert.match(engine.stderr(), /is written again, with all that is stored/);
  });

  it('may be read-only, or no directory at all', async () => {
    await mkdir(state);
    await chmod(state, 0o555);
    await chmod(directory, 0o777);
    // Nothing is read-only for root.
    const user = process.getuid?.() === 0 ? { uid: nobody } : {};
    const { journal } = await overfill(await serve(user), user);
    assert.equal(journal.state, 'degraded');
    assert.match(journal.reason ?? '', /EACCES/);
    await chmod(state, 0o755);
    await processes.end();
    await rm(join(directory, 'control'), { force: true });
    await rm(state, { recursive: true });

    await writeFile(state, '');
    const inFile = await overfill(await serve());
    assert.equal(inFile.journal.state, 'degraded');
    assert.match(inFile.journal.reason ?? '', /is not a directory/);
  });

  it('is not used with --no-journal', async () => {
    const engine = await serve({}, '--no-journal');
    assert.deepEqual((await overfill(engine)).journal, { state: 'off', bytes: 0 });
    await assert.rejects(access(join(state, 'journal')), /ENOENT/);
  });

  it('is cleared of what an earlier engine left, also by one without a journal', async () => {
    const first = await serve();
    await overfill(first);
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    const second = await serve({}, '--no-journal');
    assert.equal((await status(second)).spansStored, 0);
    const client = await connectToEngine({ control: second.control });
    await client.request('store/clear', {});
    client.dispose();
    await assert.rejects(access(join(state, 'journal')), /ENOENT/);
  });
});
