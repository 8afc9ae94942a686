import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { ForwardProtocol } from '../../../../src/backends/forward/options.ts';
import { Receiving, until } from '../../receive/receiving.ts';
import { forwarderTo, namesIn, quick, request } from './forwarding.ts';

const protocols: readonly ForwardProtocol[] = ['http/protobuf', 'grpc'];

/** A target that does with its connections what the test says. */
class BadTarget {
  connections = 0;
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(server: Server, sockets: Set<Socket>) {
    this.#server = server;
    this.#sockets = sockets;
    this.port = (server.address() as AddressInfo).port;
  }

  static async start(behave: (socket: Socket, connection: number) => void, port = 0): Promise<BadTarget> {
    const sockets = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true }, socket => {
      sockets.add(socket);
      socket.on('error', () => {});
      behave(socket, ++target.connections);
    });
    await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve));
    const target = new BadTarget(server, sockets);
    return target;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise(resolve => this.#server.close(() => resolve()));
  }
}

/** Answers its first request with a wait of so many seconds, and takes all others. */
async function throttlingHttp(times: number[], seconds: number) {
  const server = createHttpServer((incoming, response) => {
    times.push(performance.now());
    incoming.resume().on('end', () => {
      if (times.length === 1) response.writeHead(503, { 'retry-after': `${seconds}` }).end();
      else response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise<void>(resolve => server.close(() => resolve()));
    },
  };
}

/** google.rpc.Status { code: 8, details: [Any { RetryInfo { retry_delay: { seconds } } }] } */
async function throttlingGrpc(times: number[], seconds: number) {
  const server = createHttp2Server();
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', session => sessions.add(session));
  server.on('stream', stream => {
    times.push(performance.now());
    const isFirst = times.length === 1;
    stream.resume().on('end', () => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () =>
        stream.sendTrailers(
          isFirst
            ? { 'grpc-status': '8', 'grpc-status-details-bin': retryInfo(seconds).toString('base64') }
            : { 'grpc-status': '0' },
        ),
      );
      stream.end(isFirst ? undefined : Buffer.alloc(5));
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      for (const session of sessions) session.destroy();
      return new Promise<void>(resolve => server.close(() => resolve()));
    },
  };
}

function retryInfo(seconds: number): Buffer {
  const field = (number: number, value: Uint8Array) =>
    Buffer.concat([Buffer.from([(number << 3) | 2, value.length]), value]);
  const duration = field(1, Buffer.from([0x08, seconds]));
  const any = Buffer.concat([
    field(1, Buffer.from('type.googleapis.com/google.rpc.RetryInfo')),
    field(2, duration),
  ]);
  return Buffer.concat([Buffer.from([0x08, 8]), field(3, any)]);
}

describe('Forwarding to bad targets', () => {
  const closing: { close(): Promise<void> }[] = [];
  const opened = <T extends { close(): Promise<void> }>(part: T): T => {
    closing.push(part);
    return part;
  };
  afterEach(async () => {
    await Promise.all(closing.splice(0).map(part => part.close()));
  });

  for (const protocol of protocols) {
    const bad: { readonly [name: string]: (socket: Socket) => void } = {
      'hangs up at once': socket => socket.destroy(),
      resets: socket => socket.once('data', () => socket.resetAndDestroy()),
      'closes its half': socket => socket.resume().once('data', () => socket.end()),
      'speaks no HTTP': socket => socket.once('data', () => socket.end('220 mail.example ESMTP\r\n')),
      'announces more than it sends': socket =>
        socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nshort')),
    };
    for (const [name, behave] of Object.entries(bad))
      it(`${protocol}: a target that ${name} gets everything when it has come to its senses`, async () => {
        const target = await BadTarget.start(behave);
        const forwarder = opened(forwarderTo({ url: target.url, protocol }));
        forwarder.offer('traces', request('a'), 1, false);
        await until(() => forwarder.progress.retries >= 2, 'tried again');
        assert.equal(forwarder.progress.state, 'retrying');
        assert.ok(forwarder.progress.lastError!.reason.length > 5, forwarder.progress.lastError?.reason);
        await target.close();
        const good = opened(
          await Receiving.start(protocol === 'grpc' ? 'grpc' : 'http', { port: target.port }),
        );
        forwarder.offer('traces', request('b'), 1, false);
        await until(
          () => forwarder.progress.sentItems === 2,
          `sent: ${forwarder.progress.lastError?.reason}`,
        );
        assert.deepEqual(namesIn(good.received.map(({ body }) => body)).sort(), ['a', 'b']);
        assert.deepEqual([forwarder.progress.queuedBytes, forwarder.progress.droppedItems], [0, 0]);
      });

    it(`${protocol}: a target that is not there costs the oldest, within the queue's room, and nobody waits`, async () => {
      const gone = await BadTarget.start(() => {});
      await gone.close();
      const body = request('x'.repeat(900));
      const limitBytes = 100 * body.length;
      const forwarder = opened(forwarderTo({ url: gone.url, protocol }, quick, limitBytes));
      for (let i = 0; i < 5_000; i++) {
        forwarder.offer('traces', request(`${i}${'x'.repeat(900)}`), 1, false);
        assert.ok(forwarder.progress.queuedBytes <= limitBytes);
        if (i % 500 === 0) await new Promise(resolve => setTimeout(resolve, 2));
      }
      await until(() => forwarder.progress.retries > 0, 'tried');
      const { droppedItems, sentItems } = forwarder.progress;
      assert.ok(droppedItems >= 4_900 && droppedItems < 5_000, `${droppedItems} dropped`);
      assert.equal(sentItems, 0);
      const back = opened(await Receiving.start(protocol === 'grpc' ? 'grpc' : 'http', { port: gone.port }));
      await until(() => forwarder.progress.sentItems + droppedItems === 5_000, 'the rest sent');
      assert.ok(namesIn(back.received.map(each => each.body)).some(name => name.startsWith('4999x')));
    });

    it(`${protocol}: a target that never answers is left behind when forwarding ends`, async () => {
      const target = opened(await BadTarget.start(socket => socket.resume()));
      const forwarder = forwarderTo({ url: target.url, protocol });
      forwarder.offer('traces', request('a'), 7, false);
      await until(() => target.connections > 0, 'connected');
      await forwarder.close();
      assert.equal(forwarder.progress.droppedItems, 7);
      assert.equal(forwarder.progress.queuedBytes, 0);
    });
  }

  it('gives a batch up after its time, and goes on with the next', async () => {
    const target = opened(await BadTarget.start(socket => socket.destroy()));
    const forwarder = opened(forwarderTo({ url: target.url }, { ...quick, giveUpMs: 60 }));
    forwarder.offer('traces', request('a'), 1, false);
    await until(() => forwarder.progress.droppedItems === 1, 'given up');
    forwarder.offer('traces', request('b'), 1, false);
    await until(() => forwarder.progress.droppedItems === 2, 'given up again');
  });

  it('waits as long as a 503 says, in seconds or until a date, and halves what is too large', async () => {
    const answers = [
      { status: 503, after: '1' },
      { status: 503, after: new Date(Date.now() + 2_000).toUTCString() },
      { status: 413 },
    ];
    const times: number[] = [];
    const bodies: Uint8Array[] = [];
    const server = createHttpServer((incoming, response) => {
      times.push(performance.now());
      const chunks: Buffer[] = [];
      incoming.on('data', chunk => chunks.push(chunk));
      incoming.on('end', () => {
        const { status = 200, after } = answers.shift() ?? {};
        if (status === 200) bodies.push(gunzipSync(Buffer.concat(chunks)));
        response.writeHead(status, { ...(after !== undefined && { 'retry-after': after }) }).end();
      });
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    opened({
      close: () => {
        server.closeAllConnections();
        return new Promise<void>(resolve => server.close(() => resolve()));
      },
    });
    const { port } = server.address() as AddressInfo;
    const forwarder = opened(forwarderTo({ url: `http://127.0.0.1:${port}` }, { ...quick, lingerMs: 20 }));
    for (const name of ['a', 'b', 'c']) forwarder.offer('traces', request(name), 1, false);
    await until(() => forwarder.progress.sentItems === 3, 'sent');
    assert.deepEqual(
      bodies.map(body => namesIn([body])),
      [['a'], ['b', 'c']],
    );
    assert.ok(times[1] - times[0] >= 999, `${times[1] - times[0]} ms`);
  });

  for (const protocol of protocols)
    it(`${protocol}: leaves a target alone for as long as it asks, also where the batch is given up by then`, async () => {
      const times: number[] = [];
      const target = opened(
        protocol === 'grpc' ? await throttlingGrpc(times, 1) : await throttlingHttp(times, 1),
      );
      const forwarder = opened(forwarderTo({ url: target.url, protocol }, { ...quick, giveUpMs: 500 }));
      forwarder.offer('traces', request('a'), 1, false);
      await until(() => forwarder.progress.droppedItems === 1, 'given up');
      forwarder.offer('traces', request('b'), 1, false);
      const { pausedUntilUnixNano } = forwarder.progress;
      const asked = performance.timeOrigin + times[0] + 999;
      assert.ok(Number(pausedUntilUnixNano) / 1e6 >= asked, `${pausedUntilUnixNano} is before ${asked} ms`);
      await until(() => forwarder.progress.state === 'retrying', 'the next waits');
      await until(() => forwarder.progress.sentItems === 1, 'the next sent');
      assert.equal(times.length, 2);
      assert.ok(times[1] - times[0] >= 999, `${times[1] - times[0]} ms`);
      await until(() => forwarder.progress.pausedUntilUnixNano === undefined, 'no longer left alone');
    });

  it('asks a target again after the longest pause, whatever it says', async () => {
    const times: number[] = [];
    const target = opened(await throttlingHttp(times, 999_999_999));
    const forwarder = opened(forwarderTo({ url: target.url }, { ...quick, longestPauseMs: 50 }));
    forwarder.offer('traces', request('a'), 1, false);
    await until(() => forwarder.progress.sentItems === 1, 'sent');
    assert.equal(times.length, 2);
  });

  it('does not ask again when forwarding ends while the target is left alone', async () => {
    const times: number[] = [];
    const target = opened(await throttlingHttp(times, 1_000));
    const forwarder = forwarderTo({ url: target.url });
    forwarder.offer('traces', request('a'), 1, false);
    await until(() => forwarder.progress.pausedUntilUnixNano !== undefined, 'left alone');
    forwarder.offer('traces', request('b'), 1, false);
    await forwarder.close();
    assert.equal(times.length, 1);
    assert.deepEqual([forwarder.progress.droppedItems, forwarder.progress.queuedBytes], [2, 0]);
  });

  it('gives up what is too large alone', async () => {
    const server = createHttpServer((incoming, response) => {
      incoming.resume();
      response.writeHead(413).end();
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    opened({
      close: () => {
        server.closeAllConnections();
        return new Promise<void>(resolve => server.close(() => resolve()));
      },
    });
    const { port } = server.address() as AddressInfo;
    const forwarder = opened(forwarderTo({ url: `http://127.0.0.1:${port}` }, { ...quick, lingerMs: 20 }));
    forwarder.offer('traces', request('a'), 1, false);
    forwarder.offer('traces', Buffer.concat([request('b'), request('c')]), 2, false);
    await until(() => forwarder.progress.rejectedItems === 3, 'all refused');
    assert.equal(forwarder.progress.requests, 5);
  });
});
