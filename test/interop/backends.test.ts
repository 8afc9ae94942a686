/**
 * A real Zipkin server, given by the path of its jar in `ZIPKIN_JAR` (Maven: `io.zipkin:zipkin-server`, classifier `slim`), asked through
 * the command line. Skipped, loudly, without it or without Java.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const { ZIPKIN_JAR: jar } = process.env;
const traceId = '00a1b2c3d4e5f60718293a4b5c6d7e8f';

describe('a real Zipkin server', function () {
  this.timeout(120_000);
  let server: ChildProcess | undefined;
  let url = '';

  before(async function () {
    if (jar === undefined || spawnSync('java', ['-version']).status !== 0) {
      console.warn('      SKIPPED: Zipkin (set ZIPKIN_JAR, and install Java)');
      return this.skip();
    }
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    server = spawn('java', ['-Xmx256m', '-jar', jar], {
      env: { ...process.env, QUERY_PORT: `${port}` },
      stdio: 'ignore',
    });
    await answering(`${url}/health`);
    const timestamp = (Date.now() - 1000) * 1000;
    const sent = await fetch(`${url}/api/v2/spans`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([
        {
          ...{
            traceId,
            id: '00000000000000a1',
            name: 'GET /cart',
            kind: 'SERVER',
            timestamp,
            duration: 2_000,
          },
          localEndpoint: { serviceName: 'Gateway' },
          tags: { 'http.route': '/cart' },
        },
        {
          ...{
            traceId,
            id: '00000000000000b1',
            parentId: '00000000000000a1',
            name: 'SELECT',
            kind: 'CLIENT',
          },
          ...{ timestamp, duration: 1_000, localEndpoint: { serviceName: 'cart' }, tags: { error: '' } },
        },
      ]),
    });
    assert.equal(sent.status, 202);
    await sleep(1000);
  });
  after(async () => {
    if (server === undefined) return;
    server.kill();
    await once(server, 'close');
  });

  async function spanline(...args: string[]) {
    const { stdout } = await run(process.execPath, ['dist/cli.js', ...args, '--backend', url, '--json']);
    return JSON.parse(stdout);
  }

  it('is found out to be one, searched and read', async () => {
    const found = async (query: string) => (await spanline('query', query)).traces;
    const [trace] = await found(
      '{ resource.service.name = "Gateway" && .http.route = "/cart" && duration < 1s }',
    );
    assert.equal(trace.traceId, traceId);
    assert.equal(trace.rootSpanName, 'get /cart');
    assert.deepEqual({ spans: trace.spanCount, errors: trace.errorCount }, { spans: 2, errors: 1 });
    assert.equal((await found('{ status = error }')).length, 1);
    assert.deepEqual(await found('{ resource.service.name = "nobody" }'), []);
    const { spanCount, rootSpanIds } = await spanline('trace', traceId, '--format', 'summary');
    assert.deepEqual({ spanCount, rootSpanIds }, { spanCount: 2, rootSpanIds: ['00000000000000a1'] });
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answering(url: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const isUp = await fetch(url).then(
      response => response.ok,
      () => false,
    );
    if (isUp) return;
    await sleep(200);
  }
  throw new Error(`${url} does not answer`);
}
