import assert from 'node:assert/strict';
import { Agent, request as httpRequest } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { request } from 'undici';
import { Receiving, rawExchange, statusOf, until } from './receiving.ts';

const post = { method: 'POST' as const, headers: { 'content-type': 'application/json' }, body: '{}' };
const head = 'POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';

/** One OTLP/gRPC call with an empty request; resolves with its grpc-status. */
function grpcCall(origin: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(origin);
    session.on('error', reject);
    const stream = session.request({
      ':method': 'POST',
      ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
      'content-type': 'application/grpc',
    });
    stream.on('error', reject);
    stream.on('trailers', trailers => resolve(String(trailers['grpc-status'])));
    stream.on('close', () => {
      session.close();
      reject(new Error('closed without an answer'));
    });
    stream.resume();
    stream.end(Buffer.alloc(5));
  });
}

describe('connections', () => {
  let receiving: Receiving;
  afterEach(() => receiving.close());

  for (const kind of ['http', 'grpc'] as const) {
    it(`of both address families and both protocols reach the ${kind} receiver`, async () => {
      receiving = await Receiving.start(kind);
      assert.deepEqual(receiving.receiver.addresses, ['127.0.0.1', '::1']);
      assert.deepEqual(receiving.receiver.warnings, []);
      for (const host of ['127.0.0.1', '[::1]', 'localhost']) {
        const origin = `http://${host}:${receiving.port}`;
        assert.equal((await request(`${origin}/v1/traces`, post)).statusCode, 200);
        assert.equal(await grpcCall(origin), '0');
      }
      assert.equal(receiving.received.length, 6);
    });
  }

  it('are recognised however few bytes come first', async () => {
    receiving = await Receiving.start('http');
    const socket = connect(receiving.port, '127.0.0.1');
    socket.setNoDelay(true);
    let text = '';
    socket.on('data', data => (text += data));
    for (const character of `${head}Content-Length: 2\r\nConnection: close\r\n\r\n{}`) {
      socket.write(character);
      await new Promise(setImmediate);
    }
    await new Promise(resolve => socket.on('close', resolve));
    assert.equal(statusOf(text), 200);
    assert.equal(receiving.received[0].body.toString(), '{}');
  });

  it('bring a large body with their first bytes', async () => {
    receiving = await Receiving.start('http');
    const body = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 7 + (i >> 9)) & 0xff));
    const start = Buffer.from(`${head}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n`);
    assert.equal(statusOf(await rawExchange(receiving.port, Buffer.concat([start, body]))), 200);
    assert.ok(receiving.received[0].body.equals(body));
  });

  it('that try TLS are closed, and the reason is told', async () => {
    receiving = await Receiving.start('grpc');
    const socket = connectTls({ port: receiving.port, host: '127.0.0.1', rejectUnauthorized: false });
    await new Promise(resolve => socket.on('error', resolve));
    await until(() => receiving.refusals.length === 1, 'the refusal is told');
    assert.match(receiving.refusals[0].reason, /TLS.*plain-text/);
    assert.equal(receiving.receiver.requests, 1);
  });

  it('that speak something else get 400', async () => {
    receiving = await Receiving.start('http');
    assert.equal(statusOf(await rawExchange(receiving.port, 'PRIORITY\r\n\r\n')), 400);
    assert.equal(statusOf(await rawExchange(receiving.port, Buffer.from([0, 1, 2, 3, 255, 254]))), 400);
  });

  it('are kept for the next request', async () => {
    receiving = await Receiving.start('http');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (let i = 0; i < 50; i++) {
      await new Promise<void>((resolve, reject) => {
        const sent = httpRequest(`${receiving.url}/v1/traces`, { ...post, agent }, answer => {
          ports.add(answer.socket.localPort);
          assert.match(String(answer.headers['keep-alive']), /timeout=75/);
          answer.resume().on('end', resolve);
        });
        sent.on('error', reject);
        sent.end(post.body);
      });
    }
    agent.destroy();
    assert.equal(ports.size, 1);
    assert.equal(receiving.received.length, 50);
  });

  it('are kept after a refusal, and carry pipelined requests in order', async () => {
    receiving = await Receiving.start('http');
    const wrong = head.replace('/v1/traces', '/nowhere');
    const text = await rawExchange(
      receiving.port,
      `${wrong}Content-Length: 2\r\n\r\n{}${head}Content-Length: 2\r\n\r\n{}`,
      `${head}Content-Length: 3\r\nConnection: close\r\n\r\n{ }`,
    );
    assert.deepEqual(
      [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(match => match[1]),
      ['404', '200', '200'],
    );
  });

  it('that send nothing, or their head too slowly, are ended in time', async () => {
    receiving = await Receiving.start('http', { limits: { headMs: 150 } });
    assert.equal(await rawExchange(receiving.port), '');
    assert.equal(statusOf(await rawExchange(receiving.port, 'POST /v1/tra')), 408);
    const dripping = connect(receiving.port, '127.0.0.1');
    dripping.on('error', () => {});
    dripping.write('POST /v1/traces HTTP/1.1\r\n');
    const drip = setInterval(() => dripping.write('X-Slow: 1\r\n'), 20);
    await new Promise(resolve => dripping.resume().on('close', resolve));
    clearInterval(drip);
    assert.equal((await request(`${receiving.url}/v1/traces`, post)).statusCode, 200);
  });

  it('are bounded in number', async () => {
    receiving = await Receiving.start('http', { limits: { connections: 5 } });
    const sockets = Array.from({ length: 5 }, () => connect(receiving.port, '127.0.0.1'));
    await Promise.all(sockets.map(socket => new Promise(resolve => socket.on('connect', resolve))));
    await until(() => sockets.every(socket => !socket.connecting), 'all are connected');
    assert.equal(await rawExchange(receiving.port), '');
    for (const socket of sockets) socket.destroy();
  });

  it('with a head that is too large get 431', async () => {
    receiving = await Receiving.start('http');
    const text = await rawExchange(receiving.port, `${head}X-Large: ${'x'.repeat(20_000)}\r\n\r\n`);
    assert.equal(statusOf(text), 431);
  });
});

describe('stopping', () => {
  it('answers what has arrived, refuses what comes now, and ends every connection', async () => {
    const receiving = await Receiving.start('http');
    let finish = () => {};
    const held = new Promise<void>(resolve => (finish = resolve));
    receiving.outcome = () => held.then(() => ({ kind: 'accepted', rejected: 0, message: '' }));
    const idle = connect(receiving.port, '127.0.0.1');
    const idleEnded = new Promise(resolve => idle.on('close', resolve));
    const waiting = connect(receiving.port, '127.0.0.1');
    waiting.write(`${head}Content-Length: 2\r\n`);
    const ended = rawExchange(receiving.port, `${head}Content-Length: 2\r\n\r\n{}`);
    await until(() => receiving.received.length === 1, 'the request arrives');

    const closed = receiving.close();
    const late = new Promise<string>(resolve => waiting.on('data', data => resolve(data.toString())));
    waiting.write('\r\n{}');
    assert.match(await late, /^HTTP\/1\.1 503 .*\r\n(.+\r\n)*retry-after: 1\r\n/i);
    finish();
    assert.equal(statusOf(await ended), 200);
    await closed;
    await idleEnded;
    await assert.rejects(request(`${receiving.url}/v1/traces`, post), { code: 'ECONNREFUSED' });
    waiting.destroy();
  });

  it('does not wait for a sink that never answers', async () => {
    for (const kind of ['http', 'grpc'] as const) {
      const receiving = await Receiving.start(kind, { limits: { closeMs: 50 } });
      receiving.outcome = () => new Promise(() => {});
      const http = assert.rejects(request(`${receiving.url}/v1/traces`, post));
      const grpc = assert.rejects(grpcCall(receiving.url));
      await until(() => receiving.received.length === 2, 'both requests arrive');
      await Promise.all([receiving.close(), receiving.close(), http, grpc]);
    }
  });

  it('and starting again fifty times on the same port leaves nothing behind', async () => {
    const first = await Receiving.start('http');
    const { port } = first;
    await first.close();
    const descriptors = () =>
      process.getActiveResourcesInfo().filter(name => /TCP|Timeout/.test(name)).length;
    await new Promise(resolve => setTimeout(resolve, 50));
    const before = descriptors();
    for (let i = 0; i < 50; i++) {
      const receiving = await Receiving.start(i % 2 === 0 ? 'http' : 'grpc', { port });
      const origin = `http://${i % 3 === 0 ? '[::1]' : '127.0.0.1'}:${port}`;
      const answer = await request(`${origin}/v1/traces`, { ...post, reset: true });
      await answer.body.dump();
      assert.equal(await grpcCall(origin), '0');
      await receiving.close();
    }
    await until(() => descriptors() <= before, `no more than ${before} sockets and timers are left`);
  }).timeout(20_000);
});
