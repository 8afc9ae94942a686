import assert from 'node:assert/strict';
import { once } from 'node:events';
import { stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { request } from 'undici';
import { ownProcesses } from '../engine/ownProcesses.ts';
import { isRunning, type Processes, until } from '../engine/processes.ts';
import { postTraces, sampleTrace } from './telemetry.ts';

const anyPorts = ['--otlp-http', '0', '--otlp-grpc', '0'];

describe('spanline serve', function () {
  this.timeout(20_000);
  let directory: string;
  let processes: Processes;

  ownProcesses((ownDirectory, own) => {
    directory = ownDirectory;
    processes = own;
  });

  it('says in one line of JSON where it listens, on both address families', async () => {
    const { stdout, child, pid, endpoints } = await processes.serve([...anyPorts, '--json']);
    const line = JSON.parse(stdout());
    assert.deepEqual(Object.keys(line), ['event', 'pid', 'control', 'endpoints']);
    assert.equal(line.event, 'listening');
    assert.equal(pid, child.pid);
    assert.match(endpoints.otlpHttp!, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.match(endpoints.otlpGrpc!, /^127\.0\.0\.1:\d+$/);
    assert.deepEqual(Object.keys(endpoints), ['otlpHttp', 'otlpGrpc']);
    await postTraces(endpoints.otlpHttp!, sampleTrace('0000000000000000000000000000000a', 1_700_000_000));
    if (await hasIPv6()) {
      const other = endpoints.otlpHttp!.replace('127.0.0.1', '[::1]');
      await postTraces(other, sampleTrace('0000000000000000000000000000000b', 1_700_000_000));
    }
  });

  it("is the user's engine, and the only one", async () => {
    const { pid } = await processes.serve(anyPorts);
    const { code, stdout } = await processes.spanline(['status', '--json']);
    assert.equal(code, 0);
    assert.equal(JSON.parse(stdout).pid, pid);
    const second = await processes.spanline(['serve', ...anyPorts]);
    assert.equal(second.code, 2);
    assert.equal(second.stdout, '');
    assert.match(second.stderr, new RegExp(`runs already \\(process ${pid}`));
  });

  it('listens on a given control address, with its token beside it', async () => {
    const control = join(directory, 'own.sock');
    const own = await processes.serve([...anyPorts, '--control', control]);
    assert.equal(own.control, control);
    assert.equal((await stat(`${control}.token`)).mode & 0o777, 0o600);
    assert.equal((await stat(control)).mode & 0o777, 0o600);
    const asked = await processes.spanline(['status', '--json', '--control', control]);
    assert.equal(JSON.parse(asked.stdout).pid, own.pid);
    processes.environment.SPANLINE_CONTROL = control;
    const byVariable = await processes.spanline(['status', '--json']);
    assert.equal(JSON.parse(byVariable.stdout).pid, own.pid);
    delete processes.environment.SPANLINE_CONTROL;
    const none = await processes.spanline(['status', '--json']);
    assert.equal(none.code, 2, 'it is not the engine of the user');
    assert.match(none.stderr, /no engine is running/);
  });

  it('takes the place of an engine that was killed', async () => {
    const control = join(directory, 'own.sock');
    const args = [...anyPorts, '--control', control];
    const first = await processes.serve(args);
    first.child.kill('SIGKILL');
    await until(() => !isRunning(first.pid));
    await stat(control);
    const second = await processes.serve(args);
    const { stdout } = await processes.spanline(['status', '--json', '--control', control]);
    assert.equal(JSON.parse(stdout).pid, second.pid);
  });

  it('is given up by a client when it does not answer', async function () {
    if (process.platform === 'win32') this.skip();
    const { pid } = await processes.serve(anyPorts);
    process.kill(pid, 'SIGSTOP');
    try {
      const { code, stderr } = await processes.spanline(['status']);
      assert.deepEqual([code, stderr], [2, 'spanline: the engine does not answer\n']);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });

  it('does not overwrite a file at the control address', async () => {
    const control = join(directory, 'notes.txt');
    await writeFile(control, 'mine');
    const { code, stderr } = await processes.spanline(['serve', ...anyPorts, '--control', control]);
    assert.equal(code, 2);
    assert.match(stderr, /not a socket/);
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`finishes and exits with 0 on ${signal}`, async () => {
      const { child, control } = await processes.serve(anyPorts);
      const exit = once(child, 'exit');
      child.kill(signal);
      assert.deepEqual(await exit, [0, null]);
      await assert.rejects(stat(control), { code: 'ENOENT' });
      await assert.rejects(stat(join(directory, 'spanline', 'engine.json')), { code: 'ENOENT' });
    });
  }

  it('does not leave an explicit port that is taken, and names its holder', async () => {
    const server = createServer();
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as { port: number };
      for (const option of ['--otlp-http', '--otlp-grpc']) {
        const args = ['serve', ...anyPorts, option, `${port}`];
        const { code, stdout, stderr } = await processes.spanline(args);
        assert.equal(code, 2);
        assert.equal(stdout, '');
        assert.match(stderr, new RegExp(`Port ${port} is taken`));
        if (process.platform === 'linux') assert.match(stderr, new RegExp(`pid ${process.pid}`));
      }
    } finally {
      await new Promise(resolve => server.close(resolve));
    }
  });

  it('opens what is not off', async () => {
    const { endpoints } = await processes.serve(['--otlp-http', '0', '--otlp-grpc', 'off']);
    assert.deepEqual(Object.keys(endpoints), ['otlpHttp']);
  });

  it('takes every flag of the contract', async () => {
    const off = [
      'zipkin',
      'jaeger-http',
      'jaeger-grpc',
      'jaeger-udp-compact',
      'jaeger-udp-binary',
      'jaeger-sampling',
      'datadog',
      'prometheus',
    ];
    const { control, endpoints } = await processes.serve([
      ...anyPorts,
      ...off.flatMap(name => [`--${name}`, 'off']),
      ...['--host', '127.0.0.1', '--budget', '50 MB', '--data-dir', join(directory, 'data'), '--no-journal'],
    ]);
    assert.deepEqual(Object.keys(endpoints), ['otlpHttp', 'otlpGrpc']);
    const byAddress = await processes.spanline(['status', '--json', '--control', control]);
    assert.equal(byAddress.code, 0, 'the address that it prints is enough');
    assert.equal(JSON.parse(byAddress.stdout).budgetBytes, 50_000_000);
    assert.equal((await processes.spanline(['status'])).code, 2, "it is not the user's engine");
    await stat(join(directory, 'data', 'engine.json'));
    await assert.rejects(request(endpoints.otlpHttp!.replace('127.0.0.1', '[::1]')));
  });

  it('keeps traces in memory where it cannot keep a journal, and says so', async () => {
    const control = join(directory, 'own.sock');
    const file = join(directory, 'file');
    await writeFile(file, '');
    const state = join(file, 'state');
    const { stderr, endpoints } = await processes.serve([
      ...anyPorts,
      '--control',
      control,
      '--data-dir',
      state,
    ]);
    assert.match(
      stderr(),
      /the journal cannot be written, spans are kept in memory only: .*file is not a directory/,
    );
    await postTraces(endpoints.otlpHttp!, sampleTrace('0000000000000000000000000000000a', 1_700_000_000));
    const { stdout } = await processes.spanline(['status', '--control', control]);
    assert.match(stdout, /journal +cannot be written, spans are kept in memory only/);
    assert.match(stdout, /traces +1\n/);
  });

  const wrong: { [what: string]: [args: string[], message: RegExp] } = {
    'a control address without a name': [['--control', ''], /--control must be an address/],
    'a port that is none': [['--otlp-http', '99999'], /--otlp-http must be a port/],
    'a port in words': [['--otlp-grpc', 'auto'], /--otlp-grpc must be a port/],
    'a budget that is no size': [['--budget', '512M'], /--budget must be a number of bytes, or as 512MB/],
    'a budget that is too small': [
      ['--budget', '512'],
      /--budget must be at least 262144 bytes, not 512; .*512MB/,
    ],
    'a state directory without a name': [['--data-dir', ''], /--data-dir must be a directory/],
    'a state directory that cannot be made': [
      ['--data-dir', join(process.execPath, 'state')],
      /the state directory .*state cannot be used: .*is not a directory/,
    ],
    'forwarding to what is no endpoint': [['--forward', 'ftp://c'], /ftp:\/\/ cannot be forwarded to/],
    'forwarding to itself': [
      ['--datadog', '0', '--otlp-http', '24318', '--forward', 'http://localhost:24318'],
      /localhost:24318 is where Spanline itself receives/,
    ],
    'a header from a variable that is not set': [
      ['--forward', 'c:1', '--forward-header', 'authorization=SPANLINE_TEST_NO_SUCH'],
      /--forward-header authorization: SPANLINE_TEST_NO_SUCH is not set/,
    ],
    'how to forward without where': [['--forward-unmasked'], /--forward-unmasked without --forward/],
    'an unknown flag': [['--nonsense'], /--nonsense/],
    'an operand': [['file'], /usage: spanline serve/],
  };
  for (const [what, [args, message]] of Object.entries(wrong)) {
    it(`refuses ${what}`, async () => {
      const { code, stdout, stderr } = await processes.spanline(['serve', ...anyPorts, ...args]);
      assert.equal(code, 2);
      assert.equal(stdout, '');
      assert.match(stderr, message);
      assert.equal(stderr.trimEnd().split('\n').length, 1, 'one line');
    });
  }
});

async function hasIPv6(): Promise<boolean> {
  const server = createServer();
  return new Promise(resolve => {
    server.once('error', () => resolve(false));
    server.listen(0, '::1', () => server.close(() => resolve(true)));
  });
}
