import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineClient, type EngineClientOptions, findOrStartEngine } from '../../../src/engine/client.ts';
import { readDiscovery } from '../../../src/engine/discovery.ts';
import type { EngineOptions } from '../../../src/engine/engineOptions.ts';
import { engineEnvironment } from '../../../src/engine/startEngine.ts';
import { engineFile, isRunning, Processes, until } from './processes.ts';
import { TemporaryDirectories } from './temporary.ts';

const temporary = new TemporaryDirectories();

describe('engine process', function () {
  this.timeout(30_000);
  let stateDirectory: string;
  let processes: Processes;
  const saved = process.env.XDG_RUNTIME_DIR;
  const clients: { dispose(): void }[] = [];

  beforeEach(async () => {
    const directory = await temporary.make();
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

  function options(engine: EngineOptions = {}): EngineClientOptions {
    return { engineFile, stateDirectory, engine: { otlpHttpPort: 0, otlpGrpcPort: 0, ...engine } };
  }

  async function connect(engine?: EngineOptions) {
    const client = await findOrStartEngine(options(engine));
    clients.push(client);
    processes.adopt(client.engine.pid);
    return client;
  }

  it('is started by the first client and shared by the others', async () => {
    const first = await connect();
    const second = await connect();
    assert.notEqual(first.engine.pid, process.pid);
    assert.equal(second.engine.pid, first.engine.pid);
    const { endpoints } = await first.request('status', {});
    assert.deepEqual(Object.keys(endpoints), ['otlpHttp', 'otlpGrpc']);
    assert.deepEqual((await readDiscovery(stateDirectory))?.endpoints, endpoints);
    assert.equal((await stat(join(stateDirectory, 'engine.json'))).mode & 0o777, 0o600);
  });

  it('is one, however many start it at once', async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => connect()));
    assert.equal(new Set(all.map(client => client.engine.pid)).size, 1);
    const log = () => readFile(join(stateDirectory, 'engine.log'), 'utf8');
    await until(async () => (await log()).match(/runs already/g)?.length === 3);
    assert.equal((await log()).match(/ listening: /g)?.length, 1);
  });

  it('stops when its last client has left for a while', async () => {
    const first = await connect({ idleSeconds: 0.3 });
    const second = await connect();
    const { pid } = first.engine;
    first.dispose();
    second.dispose();
    await until(() => !isRunning(pid));
    assert.equal(await readDiscovery(stateDirectory), undefined);
    assert.match(await readFile(join(stateDirectory, 'engine.log'), 'utf8'), /engine stopped/);
  });

  it('goes on while a client is there, and for one that comes back at once', async () => {
    const first = await connect({ idleSeconds: 0.5 });
    const { pid } = first.engine;
    await new Promise(resolve => setTimeout(resolve, 800));
    await first.request('status', {});
    first.dispose();
    const second = await connect();
    assert.equal(second.engine.pid, pid);
    await new Promise(resolve => setTimeout(resolve, 800));
    await second.request('status', {});
  });

  it('finishes on SIGTERM and leaves nothing behind', async () => {
    const client = await connect();
    const { address } = (await readDiscovery(stateDirectory))!;
    const closed = new Promise<void>(resolve => client.onDidClose(resolve));
    process.kill(client.engine.pid, 'SIGTERM');
    await closed;
    await until(() => !isRunning(client.engine.pid));
    assert.equal(await readDiscovery(stateDirectory), undefined);
    await assert.rejects(stat(address), { code: 'ENOENT' });
  });

  it('is started anew after a crash, in place of the socket that was left', async () => {
    const client = new EngineClient(options());
    clients.push(client);
    const connected: number[] = [];
    const lost: string[] = [];
    client.onDidConnect(engine => connected.push(engine.pid));
    client.onDidLose(error => lost.push(error.message));
    const changes: number[] = [];
    client.onNotification('store/changed', ({ generation }) => changes.push(generation));
    const { pid } = await client.connect();
    const { address } = (await readDiscovery(stateDirectory))!;
    process.kill(pid, 'SIGKILL');
    await until(() => connected.length === 2);
    assert.equal(lost.length, 1);
    assert.match(lost[0], new RegExp(`process ${pid}`));
    assert.notEqual(connected[1], pid);
    assert.equal((await readDiscovery(stateDirectory))?.address, address, 'the same place');
    await client.request('store/clear', {});
    await until(() => changes.length > 0);
  });

  it('is found again by all its clients, crash after crash', async () => {
    const lost: string[] = [];
    const all = Array.from({ length: 6 }, () => new EngineClient(options()));
    clients.push(...all);
    for (const client of all) client.onDidLose(error => lost.push(error.message));
    await Promise.all(all.map(client => client.connect()));
    for (let crash = 1; crash <= 4; crash++) {
      const { pid } = all[0].engine!;
      process.kill(pid, 'SIGKILL');
      await until(() => all.every(({ engine }) => engine !== undefined && engine.pid !== pid));
      assert.equal(new Set(all.map(({ engine }) => engine?.pid)).size, 1);
      assert.equal(lost.length, 6 * crash);
    }
    // Nobody met the engine before it had written its token, which would end the way back.
    for (const message of lost) assert.match(message, /went away/);
  });

  it('says why it cannot be started', async () => {
    await assert.rejects(
      findOrStartEngine({ ...options(), engineFile: join(stateDirectory, 'missing.js') }),
      /ended at once \(exit code 1\); its log is .*engine\.log/,
    );
    await assert.rejects(connect({ budgetBytes: 1 }), /ended at once \(exit code 2\)/);
    assert.match(await readFile(join(stateDirectory, 'engine.log'), 'utf8'), /start failed: .*budget/);
  });

  it('moves on from a taken port and names its holder', async () => {
    const holder = processes.start(process.execPath, [
      '-e',
      "const s = require('net').createServer().listen(0, '127.0.0.1', () => console.log(s.address().port))",
    ]);
    const port = Number(String((await once(holder.stdout!, 'data'))[0]));
    const client = await connect({ otlpHttpPort: port });
    const { endpoints, portConflicts } = await client.request('status', {});
    const taken = Number(new URL(endpoints.otlpHttp!).port);
    assert.ok(taken > port && taken <= port + 20, `${taken} after ${port}`);
    assert.equal(portConflicts.length, 1);
    assert.equal(portConflicts[0].receiver, 'otlpHttp');
    assert.equal(portConflicts[0].port, port);
    if (process.platform === 'linux')
      assert.match(portConflicts[0].holder!, new RegExp(`node.*${holder.pid}`));
    const response = await fetch(`${endpoints.otlpHttp}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    assert.equal(response.status, 200);
  });

  const hostile = {
    NODE_OPTIONS: '--require /nonexistent/instrumentation.js',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
    VSCODE_IPC_HOOK: '/nonexistent',
    ELECTRON_RUN_AS_NODE: '1',
  };
  for (const [name, value] of Object.entries(hostile)) {
    for (const given of [value, undefined]) {
      it(`starts with ${name} ${given === undefined ? 'missing' : 'set'}`, async () => {
        const before = process.env[name];
        if (given === undefined) delete process.env[name];
        else process.env[name] = given;
        try {
          const client = await connect();
          await client.request('status', {});
          if (process.platform !== 'linux') return;
          const environment = await readFile(`/proc/${client.engine.pid}/environ`, 'utf8');
          const names = environment.split('\0').map(entry => entry.split('=')[0]);
          assert.deepEqual(
            names.filter(each => /^(NODE_OPTIONS|OTEL_.*|VSCODE_.*|ELECTRON_RUN_AS_NODE)$/.test(each)),
            ['ELECTRON_RUN_AS_NODE'],
          );
        } finally {
          if (before === undefined) delete process.env[name];
          else process.env[name] = before;
        }
      });
    }
  }

  it('passes the rest of the environment on, whatever the case of the names', () => {
    const environment = { PATH: '/bin', Node_Options: '-r x', otel_sdk: '1', VSCode_Pid: '2', HOME: '/h' };
    assert.deepEqual(engineEnvironment(environment), {
      PATH: '/bin',
      HOME: '/h',
      ELECTRON_RUN_AS_NODE: '1',
      MALLOC_MMAP_THRESHOLD_: '1048576',
      MALLOC_TRIM_THRESHOLD_: '8388608',
      MALLOC_ARENA_MAX: '1',
    });
  });
});
