import assert from 'node:assert/strict';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeTraces } from '../../../src/decode/otlp/writeProtobuf.ts';
import { EngineClient, type EngineClientOptions, findOrStartEngine } from '../../../src/engine/client.ts';
import { readDiscovery } from '../../../src/engine/discovery.ts';
import type { EngineOptions } from '../../../src/engine/engineOptions.ts';
import { startEngine } from '../../../src/engine/startEngine.ts';
import { introduction, isOlder } from '../../../src/engine/version.ts';
import { span, traceId } from '../store/testSpans.ts';
import { engineFile, isRunning, Processes, type Served, until } from './processes.ts';
import { TemporaryDirectories } from './temporary.ts';

const temporary = new TemporaryDirectories();

describe('one engine for all', function () {
  this.timeout(60_000);
  let directory: string;
  let stateDirectory: string;
  let processes: Processes;
  const saved = process.env.XDG_RUNTIME_DIR;
  const clients: { dispose(): void }[] = [];

  beforeEach(async () => {
    directory = await temporary.make();
    process.env.XDG_RUNTIME_DIR = directory;
    stateDirectory = join(directory, 'spanline');
    processes = new Processes(directory);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.dispose();
    const running = await readDiscovery(stateDirectory);
    if (running !== undefined) processes.adopt(running.pid);
    await processes.end();
    if (saved === undefined) delete process.env.XDG_RUNTIME_DIR;
    else process.env.XDG_RUNTIME_DIR = saved;
    await temporary.remove();
  });

  const engine: EngineOptions = { otlpHttpPort: 0, otlpGrpcPort: 0 };
  const options = (): EngineClientOptions => ({ engineFile, stateDirectory, engine });
  const log = () => readFile(join(stateDirectory, 'engine.log'), 'utf8');

  function window(): EngineClient {
    const client = new EngineClient(options());
    clients.push(client);
    return client;
  }

  /** Sends a trace of ten spans; whether it was acknowledged. */
  async function send(number: number, to?: string): Promise<boolean> {
    const endpoint = to ?? (await readDiscovery(stateDirectory))?.endpoints.otlpHttp;
    const spans = Array.from({ length: 10 }, (_, i) => span(i, { traceId: traceId(number) }));
    const body = writeTraces({ resourceSpans: [{ resource: {}, scopeSpans: [{ scope: {}, spans }] }] });
    const headers = { 'content-type': 'application/x-protobuf' };
    try {
      const response = await fetch(`${endpoint}/v1/traces`, {
        method: 'POST',
        headers,
        body: Buffer.from(body),
      });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      // Nobody is listening at the moment, or it ended before it answered.
      return false;
    }
  }

  /** Sends one trace after the other until `stop`, which gives the numbers of those that were acknowledged. */
  function sending(): { stop(): Promise<number[]> } {
    const acknowledged: number[] = [];
    let running = true;
    const done = (async () => {
      for (let number = 0; running; number++) if (await send(number)) acknowledged.push(number);
    })();
    return {
      stop: async () => {
        running = false;
        await done;
        return acknowledged;
      },
    };
  }

  async function storedTraces(client: EngineClient): Promise<Map<string, number>> {
    const params = { query: '{}', limit: 1e9, spansPerTrace: 0 };
    const { traces } = await client.request('traces/query', params);
    return new Map(traces.map(trace => [trace.traceId, trace.spanCount]));
  }

  async function assertStored(client: EngineClient, acknowledged: readonly number[]): Promise<void> {
    assert.ok(acknowledged.length > 0);
    const stored = await storedTraces(client);
    for (const number of acknowledged) assert.equal(stored.get(traceId(number)), 10, `trace ${number}`);
  }

  /** An engine that says it is another version. */
  async function engineOf(version: string): Promise<string> {
    const bundle = await readFile(engineFile, 'utf8');
    assert.ok(bundle.includes(introduction.version));
    const file = join(directory, 'engine.js');
    await writeFile(file, bundle.replaceAll(introduction.version, version));
    await writeFile(join(directory, 'package.json'), '{"type":"module"}');
    return file;
  }

  async function runs(version: string): Promise<boolean> {
    return (await readDiscovery(stateDirectory).catch(() => undefined))?.version === version;
  }

  it('serves two windows, command lines and a reload at the same time', async () => {
    const windows = [window(), window()];
    const [first, second] = await Promise.all(windows.map(each => each.connect()));
    assert.equal(first.pid, second.pid);
    const sender = sending();
    const commands = Array.from({ length: 3 }, () => processes.spanline(['status', '--json']));
    windows[0].dispose();
    const reloaded = window();
    assert.equal((await reloaded.connect()).pid, first.pid);
    for (const { code, stdout } of await Promise.all(commands)) {
      assert.equal(code, 0);
      assert.equal(JSON.parse(stdout).pid, first.pid);
    }
    // Everybody loses it at once, and everybody finds the same one again, with what it held.
    const all = [windows[1], reloaded, window()];
    const restarted = Promise.all(
      [reloaded, windows[1]].map(each => new Promise(resolve => each.onDidConnect(resolve))),
    );
    process.kill(first.pid, 'SIGKILL');
    await restarted;
    const pids = await Promise.all(all.map(async each => (await each.connect()).pid));
    assert.equal(new Set(pids).size, 1);
    assert.notEqual(pids[0], first.pid);
    await until(() => send(100_000));
    await assertStored(reloaded, await sender.stop());
    const { code, stdout } = await processes.spanline(['status', '--json']);
    assert.equal(code, 0);
    const status = JSON.parse(stdout);
    assert.equal(status.journal.state, 'on');
    assert.equal(status.pid, pids[0]);
  });

  it('comes back with what it held when it stopped because nobody was there', async () => {
    const client = await findOrStartEngine({ ...options(), engine: { ...engine, idleSeconds: 0.3 } });
    const { pid } = client.engine;
    processes.adopt(pid);
    assert.ok(await send(0));
    const journal = join(stateDirectory, 'journal');
    assert.equal((await stat(journal)).mode & 0o777, 0o700);
    for (const name of await readdir(journal))
      assert.equal((await stat(join(journal, name))).mode & 0o777, 0o600, name);
    client.dispose();
    await until(() => !isRunning(pid));
    const next = window();
    assert.notEqual((await next.connect()).pid, pid);
    await assertStored(next, [0]);
    const { spansReceived, spansStored } = await next.request('status', {});
    assert.deepEqual({ spansReceived, spansStored }, { spansReceived: 0, spansStored: 10 });
    await next.request('store/clear', {});
    process.kill(next.engine!.pid, 'SIGKILL');
    assert.equal((await storedTraces(window())).size, 0, 'what was cleared is gone for good');
  });

  it('keeps a journal for one of two that have a state directory in common, then for the other', async () => {
    const serve = (name: string) => {
      const addresses = ['--control', join(directory, name), '--otlp-http', '0', '--otlp-grpc', 'off'];
      return processes.serve([...addresses, '--data-dir', stateDirectory]);
    };
    const first = await serve('first');
    const second = await serve('second');
    const status = async ({ control }: Served) =>
      JSON.parse((await processes.spanline(['status', '--json', '--control', control])).stdout);
    assert.ok(await send(1, first.endpoints.otlpHttp));
    assert.ok(await send(2, second.endpoints.otlpHttp));
    const { journal } = await status(second);
    assert.equal(journal.state, 'degraded');
    assert.match(journal.reason, /the engine at .*first keeps its journal in/);
    first.child.kill('SIGKILL');
    await until(async () => (await status(second)).journal.state === 'on');
    assert.equal((await status(second)).spansStored, 20, 'with what the other left');
    second.child.kill('SIGKILL');
    assert.equal((await status(await serve('third'))).spansStored, 20);
  });

  it('is the newer one: an older one makes room and loses nothing', async () => {
    const older = await engineOf('0.0.9');
    await startEngine(older, { ...engine, stateDirectory });
    await until(() => runs('0.0.9'));
    const { pid } = (await readDiscovery(stateDirectory))!;
    processes.adopt(pid);
    const oldWindow = new EngineClient({ stateDirectory });
    clients.push(oldWindow);
    assert.equal((await oldWindow.connect()).version, '0.0.9');
    const sender = sending();
    await until(async () => (await oldWindow.request('status', {})).spansStored > 100);

    // Windows of both versions that want an engine at this moment get the newer one.
    const newWindow = window();
    const starts = [newWindow.connect(), startEngine(older, { ...engine, stateDirectory })] as const;
    assert.equal((await starts[0]).version, introduction.version);
    await starts[1];
    await until(() => !isRunning(pid));
    await until(() => oldWindow.engine?.version === introduction.version);
    assert.ok(await send(100_000));
    await assertStored(newWindow, await sender.stop());
    assert.match(
      await log(),
      /asking the engine 0\.0\.9[\s\S]*making room[\s\S]*spans of \d+ files? replayed/,
    );
    assert.equal((await findOrStartEngine(options())).engine.version, introduction.version);
  });

  it('is used as it is by older windows', async () => {
    const newer = await engineOf('99.0.0');
    await startEngine(newer, { ...engine, stateDirectory });
    await until(() => runs('99.0.0'));
    processes.adopt((await readDiscovery(stateDirectory))!.pid);
    assert.equal((await window().connect()).version, '99.0.0');
  });

  it('does not end one that was started by hand', async () => {
    const served = await processes.serve(['--otlp-http', '0', '--otlp-grpc', 'off']);
    const client = window();
    await client.connect();
    assert.deepEqual(await client.request('engine/handOver', {}), { stopping: false });
    assert.equal((await client.request('status', {})).pid, served.pid);
  });
});

describe('versions', () => {
  it('are in order', () => {
    const ordered = [
      '0.0.9',
      '0.1.0-alpha',
      '0.1.0-beta.2',
      '0.1.0-beta.10',
      '0.1.0',
      '0.2.0',
      '0.10.0',
      '1.0.0',
    ];
    for (const [a, version] of ordered.entries())
      for (const [b, than] of ordered.entries())
        assert.equal(isOlder(version, than), a < b, `${version} ${than}`);
    assert.ok(!isOlder('unknown', '1.0.0') && !isOlder('1.0.0', 'unknown'));
  });
});
