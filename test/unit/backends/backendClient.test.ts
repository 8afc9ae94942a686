import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { BackendClient, type BackendLimits } from '../../../src/backends/http/backendClient.ts';
import type { BackendErrorKind } from '../../../src/backends/http/backendError.ts';
import type { BackendTarget } from '../../../src/model/backend.ts';
import { FakeBackend, json, never } from './fakeBackend.ts';
import { certificate } from './forward/certificate.ts';

const narrow: Partial<BackendLimits> = { backOffMs: 1, answerBytes: 1000 };
/** For servers that never answer: others may take their time on a busy machine. */
const impatient: Partial<BackendLimits> = { ...narrow, answerMs: 300 };
const token = 'Bearer very-secret';

describe('requests to backends', () => {
  let fake: FakeBackend;
  const clients: BackendClient[] = [];

  before(async () => {
    fake = await FakeBackend.start();
  });
  beforeEach(() => fake.reset());
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
  });
  after(() => fake.stop());

  function client(target: Partial<BackendTarget> = {}, limits = narrow): BackendClient {
    const made = new BackendClient({ url: fake.url, headers: { authorization: token }, ...target }, limits);
    clients.push(made);
    return made;
  }

  async function fails(kind: BackendErrorKind, message: RegExp, path = '/x', made = client()): Promise<void> {
    await assert.rejects(made.get(path, { signal: never }), (error: Error & { kind?: string }) => {
      assert.equal(error.name, 'BackendError', error.stack);
      assert.equal(error.kind, kind, error.message);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  }

  it('asks below the path of the URL, with headers and parameters', async () => {
    fake.answers['/base/x'] = json({ ok: true });
    const made = client({ url: `${fake.url}/base/` });
    const answer = await made.get('/x', { query: [['q', '{ name = "a&b" }']], signal: never });
    assert.deepEqual(JSON.parse(Buffer.from(answer.body).toString()), { ok: true });
    assert.equal(fake.asked[0].query.get('q'), '{ name = "a&b" }');
    assert.equal(fake.asked[0].headers['authorization'], token);
  });

  it('unpacks gzip within bounds', async () => {
    const packed = (bytes: number) => gzipSync(Buffer.alloc(bytes, 'a'));
    fake.answers['/small'] = (_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed(1000));
    fake.answers['/bomb'] = (_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed(100_000));
    fake.answers['/cut'] = (_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed(1000).subarray(0, 15));
    assert.equal((await client().get('/small', { signal: never })).body.length, 1000);
    await fails('tooLarge', /more than/, '/bomb');
    await fails('unreadable', /cannot be unpacked/, '/cut');
  });

  it('tries again after what may pass, and gives up', async () => {
    let requests = 0;
    fake.otherwise = (asked, response) =>
      ++requests < 3 ? response.writeHead(503).end() : json({ requests })(asked, response);
    const answer = await client().get('/x', { signal: never });
    assert.equal(Buffer.from(answer.body).toString(), '{"requests":3}');
    fake.otherwise = (_, response) => response.writeHead(502).end('bad gateway');
    fake.asked.length = 0;
    await fails('failed', /answers 502: bad gateway/);
    assert.equal(fake.asked.length, 3);
  });

  it('does not try again what was refused', async () => {
    fake.otherwise = json({ message: 'parse error at line 1' }, 400);
    await fails('refused', /answers 400: parse error at line 1/);
    for (const status of [401, 403]) {
      fake.otherwise = (_, response) => response.writeHead(status).end();
      await fails('unauthorized', /token is missing, wrong/);
    }
    assert.equal(fake.asked.length, 3);
  });

  it('waits as a server that is asked too much says, but not for long', async () => {
    fake.otherwise = (_, response) => response.writeHead(429, { 'retry-after': '3600' }).end('slow down');
    await fails('rateLimited', /answers 429: slow down; try again later/);
    assert.equal(fake.asked.length, 1);
  });

  it('takes the token to no other origin', async () => {
    const other = await FakeBackend.start();
    try {
      fake.answers['/x'] = (_, response) => response.writeHead(302, { location: `${other.url}/login` }).end();
      await fails('redirected', /redirects to http:\/\/127\.0\.0\.1:\d+, which was not asked/);
      fake.answers['/x'] = (_, response) =>
        response.writeHead(302, { location: `//127.0.0.1:${new URL(other.url).port}/` }).end();
      await fails('redirected', /which was not asked/);
      assert.equal(other.asked.length, 0);
      fake.answers['/x'] = (_, response) => response.writeHead(307, { location: '/y?a=1' }).end();
      fake.answers['/y'] = json('here');
      assert.equal((await client().get('/x', { signal: never })).status, 200);
      fake.answers['/loop'] = (_, response) => response.writeHead(301, { location: '/loop' }).end();
      await fails('redirected', /redirects to/, '/loop');
    } finally {
      await other.stop();
    }
  });

  it('is not held up by one that is dead, mute, endless, slow or ends early', async () => {
    const port = Number(new URL(fake.url).port);
    const dead = await closedPort();
    assert.notEqual(dead, port);
    await fails(
      'unreachable',
      /cannot be read from: .*ECONNREFUSED/,
      '/x',
      client({ url: `http://127.0.0.1:${dead}` }),
    );
    fake.answers['/mute'] = () => {};
    await fails('timedOut', /did not answer within 0\.3 s/, '/mute', client({}, impatient));
    fake.answers['/endless'] = (_, response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(100))) {}
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };
    await fails('tooLarge', /more than 1 MiB; ask for less/, '/endless');
    fake.answers['/slow'] = (_, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(timer));
    };
    await fails('timedOut', /did not answer/, '/slow', client({}, impatient));
    fake.answers['/early'] = (_, response) => {
      response.writeHead(200, { 'content-length': '500' }).write('abc');
      setImmediate(() => response.destroy());
    };
    await fails('unreachable', /cannot be read from/, '/early');
  });

  it('is not held up by what is no HTTP, or closes only its half', async () => {
    const sockets: Socket[] = [];
    for (const act of [
      (socket: Socket) => socket.end('\u0016\u0003\u0001 hello\r\n'),
      (socket: Socket) => socket.end(),
    ]) {
      const server = createServer({ allowHalfOpen: true }, socket => {
        sockets.push(socket);
        socket.on('error', () => {});
        act(socket);
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      await fails('unreachable', /cannot be read from/, '/x', client({ url: `http://127.0.0.1:${port}` }));
      for (const socket of sockets.splice(0)) socket.destroy();
      server.close();
    }
  });

  it('stops when it is told to, also between two attempts', async () => {
    fake.answers['/mute'] = () => {};
    const stop = new AbortController();
    const asking = client().get('/mute', { signal: stop.signal });
    stop.abort(new Error('enough'));
    await assert.rejects(asking, /enough/);
    fake.answers['/busy'] = (_, response) => {
      response.writeHead(503, { 'retry-after': '4' }).end();
      setImmediate(() => between.abort(new Error('enough')));
    };
    const between = new AbortController();
    await assert.rejects(client().get('/busy', { signal: between.signal }), /enough/);
  });

  it('goes through a proxy that it is given, and does not wait for one that is mute', async () => {
    const asked: string[] = [];
    let isMute = false;
    const open = new Set<Socket>();
    const proxy = createServer(socket => {
      open.add(socket);
      socket.on('error', () => {});
      socket.once('data', request => {
        asked.push(request.toString().split('\r\n', 1)[0]);
        if (isMute) return;
        const backend = connect(Number(new URL(fake.url).port), '127.0.0.1');
        open.add(backend);
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        backend.pipe(socket).pipe(backend);
      });
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const target = {
      url: 'http://tempo.invalid:3200',
      proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    };
    fake.answers['/x'] = json('through');
    assert.equal((await client(target).get('/x', { signal: never })).status, 200);
    isMute = true;
    await fails('timedOut', /tempo\.invalid:3200 did not answer/, '/x', client(target, impatient));
    assert.deepEqual(new Set(asked), new Set(['CONNECT tempo.invalid:3200 HTTP/1.1']));
    for (const socket of open) socket.destroy();
    proxy.close();
  });

  it('trusts certificates that it is given, and others only if it is told to', async () => {
    const { key, cert } = certificate();
    const secure = createSecureServer({ key, cert }, (_, response) => response.end('{}')).listen(
      0,
      '127.0.0.1',
    );
    await once(secure, 'listening');
    const url = `https://localhost:${(secure.address() as AddressInfo).port}`;
    await fails('unreachable', /cannot be read from: .*certificate/, '/x', client({ url }));
    assert.equal((await client({ url, ca: cert }).get('/x', { signal: never })).status, 200);
    assert.equal((await client({ url, insecure: true }).get('/x', { signal: never })).status, 200);
    secure.closeAllConnections();
    secure.close();
  });

  it('refuses targets that cannot be', () => {
    const cases: [Partial<BackendTarget>, RegExp][] = [
      [{ url: 'tempo' }, /"tempo" is no URL of a backend/],
      [{ url: 'ftp://tempo' }, /no URL of a backend/],
      [{ url: 'http://me:very-secret@tempo' }, /user and password do not belong into the URL/],
      [{ url: 'http://tempo?x=1' }, /ends with its path/],
      [{ proxy: 'nowhere' }, /no URL of a proxy/],
      [{ headers: { 'a b': 'c' } }, /"a b" cannot be a header/],
      [{ headers: { host: 'c' } }, /"host" cannot be a header/],
      [
        { headers: { authorization: 'very-secret\r\nx: y' } },
        /value of the header authorization is not plain text/,
      ],
    ];
    for (const [target, message] of cases)
      assert.throws(
        () => client(target),
        (error: Error) => {
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /secret/);
          return true;
        },
      );
  });
});

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
