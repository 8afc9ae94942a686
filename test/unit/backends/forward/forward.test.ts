import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { promisify } from 'node:util';
import {
  Server as GrpcServer,
  Metadata,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceError,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { Receiving, until } from '../../receive/receiving.ts';
import { certificate } from './certificate.ts';
import { forwarderTo, namesIn, quick, request } from './forwarding.ts';

describe('Forwarding', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  const opened = <T extends { close(): Promise<void> }>(part: T): T => {
    closing.push(() => part.close());
    return part;
  };
  const listening = async (server: Server): Promise<number> => {
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => {
      server.closeAllConnections();
      return new Promise(resolve => server.close(() => resolve()));
    });
    return (server.address() as AddressInfo).port;
  };

  for (const protocol of ['http/protobuf', 'grpc'] as const)
    for (const compression of ['gzip', 'none'] as const)
      it(`sends every signal over ${protocol}, ${compression}`, async () => {
        const target = opened(await Receiving.start(protocol === 'grpc' ? 'grpc' : 'http'));
        const forwarder = opened(forwarderTo({ url: target.url, protocol, compression }));
        for (const name of ['a', 'b', 'c']) forwarder.offer('traces', request(name), 1, false);
        forwarder.offer('logs', Buffer.from('0a00', 'hex'), 2, false);
        forwarder.offer('metrics', Buffer.from('0a00', 'hex'), 3, false);
        await until(() => forwarder.progress.sentItems === 8, 'all sent');
        const bodies = target.received.filter(({ signal }) => signal === 'traces').map(({ body }) => body);
        assert.deepEqual(namesIn(bodies), ['a', 'b', 'c']);
        assert.deepEqual(
          new Set(target.received.map(({ signal }) => signal)),
          new Set(['traces', 'logs', 'metrics']),
        );
        assert.deepEqual(target.refusals, []);
        const { state, queuedBytes, rejectedItems, droppedItems, lastError } = forwarder.progress;
        assert.deepEqual(
          { state, queuedBytes, rejectedItems, droppedItems, lastError },
          {
            state: 'idle',
            queuedBytes: 0,
            rejectedItems: 0,
            droppedItems: 0,
            lastError: undefined,
          },
        );
      });

  it('joins what waits into one request', async () => {
    const target = opened(await Receiving.start('http'));
    const forwarder = opened(forwarderTo({ url: target.url }, { ...quick, lingerMs: 50 }));
    for (let i = 0; i < 100; i++) forwarder.offer('traces', request(`span ${i}`), 1, false);
    await until(() => forwarder.progress.sentItems === 100, 'all sent');
    assert.equal(target.received.length, 1);
    assert.equal(namesIn([target.received[0].body]).length, 100);
  });

  it('counts what a target takes in part, and does not send it again', async () => {
    for (const kind of ['http', 'grpc'] as const) {
      const target = opened(await Receiving.start(kind));
      target.outcome = () => ({ kind: 'accepted', rejected: 1, message: 'one is too old' });
      const forwarder = opened(
        forwarderTo({ url: target.url, protocol: kind === 'grpc' ? 'grpc' : 'http/protobuf' }),
      );
      forwarder.offer('traces', request('a'), 3, false);
      await until(() => forwarder.progress.sentItems === 2, 'sent');
      const { rejectedItems, retries, lastError } = forwarder.progress;
      assert.deepEqual(
        [rejectedItems, retries, lastError?.reason],
        [1, 0, 'partial success: one is too old'],
      );
    }
  });

  it('sends again what a busy target could not take, and not what it refuses', async () => {
    for (const kind of ['http', 'grpc'] as const) {
      const target = opened(await Receiving.start(kind));
      let calls = 0;
      target.outcome = () =>
        ++calls < 3
          ? { kind: 'busy', retryAfterSeconds: 0 }
          : calls === 3
            ? { kind: 'accepted', rejected: 0, message: '' }
            : { kind: 'malformed', message: 'no good' };
      const forwarder = opened(
        forwarderTo({ url: target.url, protocol: kind === 'grpc' ? 'grpc' : 'http/protobuf' }),
      );
      forwarder.offer('traces', request('a'), 1, false);
      await until(() => forwarder.progress.sentItems === 1, 'sent at last');
      assert.equal(forwarder.progress.retries, 2);
      forwarder.offer('traces', request('b'), 5, false);
      await until(() => forwarder.progress.rejectedItems === 5, 'refused');
      assert.equal(calls, 4);
      assert.match(forwarder.progress.lastError?.reason ?? '', /^(?:HTTP 400|gRPC status 3): no good$/);
    }
  });

  it('follows the retry delay of a gRPC server, and takes exhaustion without one for too large', async () => {
    const delays: number[] = [];
    let last = 0;
    const calls: (() => ServiceError | null)[] = [
      () => error(8, retryInfo(150_000_000)),
      () => error(14),
      () => error(8),
      () => null,
      () => null,
    ];
    const server = new GrpcServer();
    const identity = (bytes: Buffer) => bytes;
    server.addService(
      {
        Export: {
          path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
          requestStream: false,
          responseStream: false,
          requestSerialize: identity,
          requestDeserialize: identity,
          responseSerialize: identity,
          responseDeserialize: identity,
        },
      },
      {
        Export: (_: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) => {
          delays.push(performance.now() - last);
          last = performance.now();
          callback(calls.shift()?.() ?? null, Buffer.alloc(0));
        },
      },
    );
    const port = await promisify(server.bindAsync.bind(server))(
      '127.0.0.1:0',
      ServerCredentials.createInsecure(),
    );
    closing.push(async () => server.forceShutdown());
    const forwarder = opened(
      forwarderTo({ url: `http://127.0.0.1:${port}`, protocol: 'grpc' }, { ...quick, lingerMs: 30 }),
    );
    forwarder.offer('traces', request('a'), 1, false);
    forwarder.offer('traces', request('b'), 1, false);
    await until(() => forwarder.progress.sentItems === 2, 'both halves');
    assert.ok(delays[1] >= 149, `waited ${delays[1]} ms`);
    assert.deepEqual([forwarder.progress.requests, forwarder.progress.retries], [5, 2]);
  });

  it('sends headers, adds the path of the signal to the base, and says what a refusal was', async () => {
    const seen: [string | undefined, unknown][] = [];
    const port = await listening(
      createServer((incoming, response) => {
        seen.push([incoming.url, incoming.headers['authorization']]);
        response.writeHead(401, { 'content-type': 'text/plain' }).end('who are you?\nreally');
        incoming.resume();
      }),
    );
    const forwarder = opened(
      forwarderTo({ url: `http://127.0.0.1:${port}/otlp/v1/traces`, headers: { Authorization: 'Bearer t' } }),
    );
    forwarder.offer('traces', request('a'), 1, false);
    forwarder.offer('logs', new Uint8Array([0x0a, 0]), 1, false);
    await until(() => forwarder.progress.rejectedItems === 2, 'refused');
    assert.deepEqual(seen.sort(), [
      ['/otlp/v1/logs', 'Bearer t'],
      ['/otlp/v1/traces', 'Bearer t'],
    ]);
    assert.equal(forwarder.progress.lastError?.reason, 'HTTP 401: who are you?');
    assert.equal(forwarder.progress.retries, 0);
  });

  it('verifies certificates, trusts those it is given, and none if told so', async () => {
    const { key, cert } = certificate();
    const port = await listening(
      createTlsServer({ key, cert }, (incoming, response) => {
        incoming.resume();
        response.end();
      }) as unknown as Server,
    );
    const url = `https://localhost:${port}`;
    const untrusting = opened(forwarderTo({ url }));
    untrusting.offer('traces', request('a'), 1, false);
    await until(() => untrusting.progress.lastError !== undefined, 'an error');
    assert.match(untrusting.progress.lastError?.reason ?? '', /self-signed certificate/);
    for (const trust of [{ ca: cert }, { insecure: true }]) {
      const forwarder = opened(forwarderTo({ url, ...trust }));
      forwarder.offer('traces', request('a'), 1, false);
      await until(() => forwarder.progress.sentItems === 1, 'sent');
    }
  });

  it('goes through the proxy of the environment, also with gRPC', async () => {
    const tunnels: (string | undefined)[] = [];
    const proxy = createServer();
    proxy.on('connect', (incoming, socket, head) => {
      tunnels.push(incoming.url);
      const upstream = connect(Number(incoming.url?.split(':')[1]), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        if (head.length > 0) upstream.write(head);
        upstream.pipe(socket).pipe(upstream);
      });
      upstream.on('error', () => socket.destroy());
      socket.on('error', () => upstream.destroy());
      closing.push(async () => {
        socket.destroy();
        upstream.destroy();
      });
    });
    const port = await listening(proxy);
    const before = process.env['http_proxy'];
    process.env['http_proxy'] = `http://127.0.0.1:${port}`;
    try {
      for (const kind of ['http', 'grpc'] as const) {
        const policy = { hosts: ['target.invalid'] };
        const target = opened(await Receiving.start(kind, { policy }));
        const protocol = kind === 'grpc' ? 'grpc' : 'http/protobuf';
        const url = `http://target.invalid:${target.port}`;
        const forwarder = opened(forwarderTo({ url, protocol }));
        forwarder.offer('traces', request('a'), 1, false);
        await until(
          () => forwarder.progress.sentItems === 1,
          `sent, ${forwarder.progress.lastError?.reason}`,
        );
        assert.ok(tunnels.includes(`target.invalid:${target.port}`), `${kind}: ${tunnels}`);
      }
    } finally {
      if (before === undefined) delete process.env['http_proxy'];
      else process.env['http_proxy'] = before;
    }
  });
});

function error(code: number, details?: Buffer): ServiceError {
  const metadata = new Metadata();
  if (details !== undefined) metadata.set('grpc-status-details-bin', details);
  return Object.assign(new Error('busy'), { code, details: 'busy', metadata });
}

/** google.rpc.Status with a RetryInfo. */
function retryInfo(nanos: number): Buffer {
  const field = (number: number, bytes: Uint8Array) =>
    Buffer.concat([Buffer.of((number << 3) | 2, bytes.length), bytes]);
  const varint: number[] = [];
  for (let rest = nanos; ; rest = Math.floor(rest / 128)) {
    varint.push(rest > 127 ? (rest % 128) | 128 : rest);
    if (rest < 128) break;
  }
  const duration = Buffer.from([0x10, ...varint]);
  const any = Buffer.concat([
    field(1, Buffer.from('type.googleapis.com/google.rpc.RetryInfo')),
    field(2, field(1, duration)),
  ]);
  return Buffer.concat([Buffer.of(0x08, 8), field(3, any)]);
}
