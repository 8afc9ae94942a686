import assert from 'node:assert/strict';
import {
  type ClientHttp2Session,
  connect,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { gzipSync } from 'node:zlib';
import * as grpc from '@grpc/grpc-js';
import { BodyMemory } from '../../../src/receive/bodyMemory.ts';
import { Receiving, readExportResponse, until } from './receiving.ts';

const paths = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
} as const;
const mebi = 1024 * 1024;

describe('OTLP/gRPC', () => {
  let receiving: Receiving;
  let session: ClientHttp2Session;

  async function open(options?: Parameters<typeof Receiving.start>[1]): Promise<void> {
    receiving = await Receiving.start('grpc', options);
    session = connect(receiving.url);
    session.on('error', () => {});
  }
  afterEach(async () => {
    session.destroy();
    await receiving.close();
    assert.equal(receiving.memory.usedBytes, 0);
  });

  function frame(message: Uint8Array, flag = 0): Buffer {
    const head = Buffer.from([flag, 0, 0, 0, 0]);
    head.writeUInt32BE(message.length, 1);
    return Buffer.concat([head, message]);
  }

  interface Answer {
    headers: IncomingHttpHeaders;
    /** Of the trailers, or of the headers where there are only headers. */
    status: number;
    message: string;
    body: Buffer;
  }

  function call(wire: Uint8Array | undefined, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const stream = session.request({
        ':method': 'POST',
        ':path': paths.traces,
        'content-type': 'application/grpc',
        te: 'trailers',
        ...headers,
      });
      let head: IncomingHttpHeaders = {};
      let trailers: IncomingHttpHeaders = {};
      const chunks: Buffer[] = [];
      stream.on('response', received => (head = received));
      stream.on('trailers', received => (trailers = received));
      stream.on('data', chunk => chunks.push(chunk));
      stream.on('error', reject);
      stream.on('close', () => {
        const all = { ...head, ...trailers };
        resolve({
          headers: head,
          status: Number(all['grpc-status']),
          message: decodeURIComponent(String(all['grpc-message'] ?? '')),
          body: Buffer.concat(chunks),
        });
      });
      if (wire) stream.end(wire);
    });
  }

  describe('from @grpc/grpc-js', () => {
    let client: grpc.Client;
    afterEach(() => client.close());

    function unary(path: string, body: Buffer, gzip = false): Promise<Buffer> {
      const options = gzip ? { 'grpc.default_compression_algorithm': 2 } : {};
      client = new grpc.Client(`127.0.0.1:${receiving.port}`, grpc.credentials.createInsecure(), options);
      return new Promise((resolve, reject) => {
        const same = (bytes: Buffer) => bytes;
        client.makeUnaryRequest(path, same, same, body, (error: grpc.ServiceError | null, value?: Buffer) => {
          if (error) reject(error);
          else resolve(value ?? Buffer.alloc(0));
        });
      });
    }

    for (const signal of ['traces', 'logs', 'metrics'] as const) {
      for (const gzip of [false, true]) {
        it(`takes ${signal}${gzip ? ', gzipped' : ''}, over many frames`, async () => {
          await open();
          const body = Buffer.from(Array.from({ length: 700_000 }, (_, i) => (i * 31) & 0xff));
          assert.deepEqual(await unary(paths[signal], body, gzip), Buffer.alloc(0));
          assert.equal(receiving.received[0].signal, signal);
          assert.equal(receiving.received[0].encoding, 'protobuf');
          assert.ok(receiving.received[0].body.equals(body));
        });
      }
    }

    it('reports partial success', async () => {
      await open();
      receiving.outcome = () => ({ kind: 'accepted', rejected: 2, message: 'span id is zero' });
      const answer = await unary(paths.traces, Buffer.from([0x0a, 0]));
      assert.deepEqual(readExportResponse(answer), { rejected: '2', errorMessage: 'span id is zero' });
      assert.deepEqual(receiving.refusals, [
        { answer: 'partial success', reason: 'span id is zero', count: 2 },
      ]);
    });

    it('tells codes and details of errors', async () => {
      await open();
      receiving.outcome = () => ({ kind: 'malformed', message: '100 % wrong: é\n' });
      await assert.rejects(unary(paths.traces, Buffer.from([1])), { code: 3, details: '100 % wrong: é\n' });
      receiving.outcome = () => ({ kind: 'busy', retryAfterSeconds: 1 });
      await assert.rejects(unary(paths.traces, Buffer.from([1])), { code: 14 });
      receiving.outcome = () => Promise.reject(new Error('disk full'));
      await assert.rejects(unary(paths.traces, Buffer.from([1])), { code: 13, details: 'disk full' });
      await assert.rejects(unary('/no.such.Service/Call', Buffer.from([1])), { code: 12 });
    });

    it('answers a health check', async () => {
      await open();
      assert.deepEqual(await unary('/grpc.health.v1.Health/Check', Buffer.alloc(0)), Buffer.from([8, 1]));
      assert.deepEqual(receiving.received, []);
    });

    it('tells a message that is too large, without an invitation to retry', async () => {
      await open({ limits: { bodyBytes: mebi } });
      await assert.rejects(unary(paths.traces, Buffer.alloc(3 * mebi)), (error: grpc.ServiceError) => {
        assert.equal(error.code, 8);
        assert.deepEqual(error.metadata.get('grpc-status-details-bin'), []);
        return true;
      });
      client.close();
      await assert.rejects(unary(paths.traces, Buffer.alloc(100 * mebi), true), { code: 8 });
      client.close();
      assert.equal((await unary(paths.traces, Buffer.alloc(mebi - 5))).length, 0);
    }).timeout(20_000);
  });

  describe('from bare HTTP/2', () => {
    for (const type of ['application/grpc', 'application/grpc+proto', 'Application/gRPC; x=y']) {
      it(`takes content type ${type}`, async () => {
        await open();
        const answer = await call(frame(Buffer.from([0x0a, 0])), { 'content-type': type });
        assert.equal(answer.headers[':status'], 200);
        assert.equal(answer.headers['content-type'], 'application/grpc');
        assert.equal(answer.status, 0);
        assert.deepEqual(answer.body, Buffer.alloc(5));
      });
    }

    for (const type of [
      undefined,
      'application/json',
      'application/x-protobuf',
      'application/grpc-web',
      'application/grpc+json',
    ]) {
      it(`refuses content type ${type} with HTTP 415`, async () => {
        await open();
        const answer = await call(frame(Buffer.alloc(0)), { 'content-type': type });
        assert.equal(answer.headers[':status'], 415);
        assert.equal(receiving.refusals[0].answer, 'HTTP 415');
      });
    }

    it('refuses other methods with HTTP 405', async () => {
      await open();
      assert.equal((await call(undefined, { ':method': 'GET' })).headers[':status'], 405);
    });

    it('takes a message that comes byte by byte', async () => {
      await open();
      const wire = frame(Buffer.from('0123456789'));
      const stream = session.request({
        ':method': 'POST',
        ':path': paths.logs,
        'content-type': 'application/grpc',
      });
      for (const byte of wire) {
        stream.write(Buffer.of(byte));
        await new Promise(setImmediate);
      }
      stream.end();
      stream.resume();
      await new Promise(resolve => stream.on('close', resolve));
      assert.equal(receiving.received[0].body.toString(), '0123456789');
    });

    const wrongFrames: [string, Buffer, OutgoingHttpHeaders?][] = [
      ['no message', Buffer.alloc(0)],
      ['half a prefix', Buffer.from([0, 0, 0])],
      ['less than announced', Buffer.from([0, 0, 0, 0, 9, 1, 2])],
      ['more than announced', Buffer.from([0, 0, 0, 0, 1, 1, 2])],
      ['two messages', Buffer.from([0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1])],
      ['an unknown flag', Buffer.from([2, 0, 0, 0, 1, 1])],
      ['packed without saying how', Buffer.from([1, 0, 0, 0, 1, 1])],
      ['packed but damaged', Buffer.from([1, 0, 0, 0, 1, 1]), { 'grpc-encoding': 'gzip' }],
      ['a truncated gzip', frame(gzipSync('some text').subarray(0, 20), 1), { 'grpc-encoding': 'gzip' }],
    ];
    for (const [what, wire, headers] of wrongFrames) {
      it(`answers 3 to ${what}`, async () => {
        await open();
        const answer = await call(wire, headers);
        assert.equal(answer.status, 3);
        assert.notEqual(answer.message, '');
        assert.deepEqual(receiving.received, []);
      });
    }

    it('answers 8 to a length that is a lie and to a gzip bomb', async () => {
      await open();
      assert.equal((await call(Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1]))).status, 8);
      const bomb = frame(gzipSync(Buffer.alloc(100 * mebi)), 1);
      assert.equal((await call(bomb, { 'grpc-encoding': 'gzip' })).status, 8);
      assert.equal((await call(frame(Buffer.from([0x0a, 0])))).status, 0);
    });

    it('takes an unpacked message where packing is possible, and refuses unknown ways of packing', async () => {
      await open();
      assert.equal((await call(frame(Buffer.from('x')), { 'grpc-encoding': 'gzip' })).status, 0);
      const answer = await call(frame(Buffer.from('x')), { 'grpc-encoding': 'snappy' });
      assert.equal(answer.status, 12);
      assert.match(String(answer.headers['grpc-accept-encoding']), /^identity,gzip/);
    });

    it('judges the sender before the message', async () => {
      await open();
      for (const headers of [
        { ':authority': 'evil.example:4317' },
        { origin: 'https://evil.example' },
        { 'sec-fetch-site': 'cross-site' },
      ]) {
        assert.equal((await call(frame(Buffer.from('x')), headers)).status, 7);
      }
      assert.deepEqual(receiving.received, []);
    });

    it('bounds all messages together', async () => {
      await open({ memory: new BodyMemory(100_000) });
      assert.equal((await call(frame(Buffer.alloc(200_000)))).status, 14);
      assert.equal((await call(frame(Buffer.alloc(90_000)))).status, 0);
    });

    it('forgets messages whose sender goes away, and ends those that never end', async () => {
      await open({ limits: { requestMs: 200 } });
      const headers = { ':method': 'POST', ':path': paths.traces, 'content-type': 'application/grpc' };
      const cancelled = session.request(headers);
      cancelled.on('error', () => {});
      cancelled.write(Buffer.from([0, 0, 0, 0, 9, 1]));
      await until(() => receiving.memory.usedBytes > 0, 'the start of the message arrives');
      cancelled.close(8);
      await until(() => receiving.memory.usedBytes === 0, 'it is forgotten');

      const slow = session.request(headers);
      const failed = new Promise<Error & { code?: string }>(resolve => slow.on('error', resolve));
      slow.write(Buffer.from([0, 0, 0, 0, 9, 1]));
      assert.equal((await failed).code, 'ERR_HTTP2_STREAM_ERROR');
      assert.equal((await call(frame(Buffer.from('x')))).status, 0);
    });

    it('is not hurt by a client that resets stream after stream', async () => {
      await open();
      const attacker = connect(receiving.url);
      attacker.on('error', () => {});
      for (let i = 0; i < 5_000 && !attacker.destroyed; i++) {
        const stream = attacker.request({
          ':method': 'POST',
          ':path': paths.traces,
          'content-type': 'application/grpc',
        });
        stream.on('error', () => {});
        stream.close(8);
        if (i % 100 === 0) await new Promise(setImmediate);
      }
      attacker.destroy();
      assert.equal((await call(frame(Buffer.from('x')))).status, 0);
      await until(() => receiving.memory.usedBytes === 0, 'nothing is held');
    });

    it('is not hurt by a client that breaks HTTP/2', async () => {
      await open();
      const { connect: connectTcp } = await import('node:net');
      const socket = connectTcp(receiving.port, '127.0.0.1');
      socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
      socket.write(Buffer.alloc(5_000, 0xff));
      socket.resume();
      await new Promise(resolve => socket.on('close', resolve).on('error', resolve));
      assert.equal((await call(frame(Buffer.from('x')))).status, 0);
    });

    it('takes hundreds of calls on one connection', async () => {
      await open();
      const answers = await Promise.all(
        Array.from({ length: 300 }, (_, i) => call(frame(Buffer.from(`call ${i}`)))),
      );
      assert.ok(answers.every(({ status }) => status === 0));
      assert.equal(new Set(receiving.received.map(({ body }) => body.toString())).size, 300);
    });
  });
});
