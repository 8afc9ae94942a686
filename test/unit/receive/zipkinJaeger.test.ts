import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { gzipSync } from 'node:zlib';
import * as grpc from '@grpc/grpc-js';
import { BodyMemory } from '../../../src/receive/bodyMemory.ts';
import { startJaegerAgent } from '../../../src/receive/jaegerAgent.ts';
import { startJaegerHttp, startJaegerSampling } from '../../../src/receive/jaegerHttp.ts';
import { startJaegerGrpc } from '../../../src/receive/otlp.ts';
import { PortTakenError } from '../../../src/receive/portTaken.ts';
import type { Receiver, ReceiverSetup, Refusal } from '../../../src/receive/receiver.ts';
import type { Outcome } from '../../../src/receive/signal.ts';
import { startZipkin } from '../../../src/receive/zipkin.ts';
import { rawExchange, statusOf, until } from './receiving.ts';

describe('receivers of Zipkin and Jaeger', () => {
  let received: (readonly [form: string, body: string])[];
  let refusals: Refusal[];
  let outcome: Outcome;
  let receiver: Receiver | undefined;
  let setup: ReceiverSetup;

  beforeEach(() => {
    received = [];
    refusals = [];
    outcome = { kind: 'accepted', rejected: 0, message: '' };
    setup = {
      port: 0,
      policy: {},
      memory: new BodyMemory(),
      limits: { bodyBytes: 100_000 },
      onRefused: refusal => refusals.push(refusal),
    };
  });
  afterEach(async () => {
    await receiver?.close();
    receiver = undefined;
    assert.equal(setup.memory.usedBytes, 0);
  });

  const jaegerSink = {
    receive: (form: string, body: Uint8Array): Outcome => {
      received.push([form, Buffer.from(body).toString()]);
      return outcome;
    },
  };
  const openZipkin = async () => {
    const sink = {
      receive: ({ encoding, body }: { encoding: string; body: Uint8Array }) =>
        jaegerSink.receive(encoding, body),
    };
    receiver = await startZipkin({ ...setup, sink });
  };
  const post = (path: string, body: string | Uint8Array, headers: { [name: string]: string } = {}) =>
    fetch(`http://127.0.0.1:${receiver?.port}${path}`, { method: 'POST', body: Buffer.from(body), headers });

  it('Zipkin: takes each encoding on both paths, packed or not, and answers 202 with nothing', async () => {
    await openZipkin();
    const types = {
      'application/json': 'json',
      'Application/JSON; charset=utf-8': 'json',
      'application/x-protobuf': 'protobuf',
      'application/x-thrift': 'thrift',
    };
    for (const [type, encoding] of Object.entries(types))
      for (const path of ['/api/v2/spans', '/api/v1/spans', '//api/v2/spans/']) {
        received = [];
        const answer = await post(path, gzipSync('body'), {
          'content-type': type,
          'content-encoding': 'gzip',
        });
        assert.deepEqual([answer.status, await answer.text()], [202, ''], `${type} ${path}`);
        assert.deepEqual(received, [[encoding, 'body']]);
      }
    assert.equal((await post('/api/v2/spans', '')).status, 202);
    assert.deepEqual(refusals, []);
  });

  it('Zipkin: takes a body without a type from programs, not from pages', async () => {
    await openZipkin();
    const send = (...more: string[]) =>
      rawExchange(
        receiver!.port,
        [
          'POST /api/v2/spans HTTP/1.1',
          'Host: localhost',
          'Content-Length: 2',
          ...more,
          'Connection: close',
          '',
          '[]',
        ].join('\r\n'),
      );
    assert.equal(statusOf(await send()), 202);
    assert.deepEqual(received, [['json', '[]']]);
    assert.equal(statusOf(await send('Origin: http://localhost:3000')), 415);
    assert.equal(statusOf(await send('Origin: http://localhost:3000', 'Content-Type: text/plain')), 415);
    assert.equal(statusOf(await send('Origin: https://evil.example', 'Content-Type: application/json')), 403);
    assert.equal(statusOf(await send('Sec-Fetch-Site: cross-site', 'Content-Type: application/json')), 403);
    const allowed = await send('Origin: http://localhost:3000', 'Content-Type: application/json');
    assert.equal(statusOf(allowed), 202);
    assert.match(allowed, /access-control-allow-origin: http:\/\/localhost:3000/i);
    assert.equal(received.length, 2);
  });

  it('Zipkin: says what is wrong', async () => {
    await openZipkin();
    const json = { 'content-type': 'application/json' };
    outcome = { kind: 'malformed', message: 'not a list' };
    const bad = await post('/api/v2/spans', '{', json);
    assert.deepEqual([bad.status, await bad.text()], [400, 'not a list\n']);
    outcome = { kind: 'busy', retryAfterSeconds: 3 };
    const busy = await post('/api/v2/spans', '[]', json);
    assert.deepEqual([busy.status, busy.headers.get('retry-after')], [503, '3']);
    outcome = { kind: 'accepted', rejected: 2, message: 'ids' };
    assert.equal((await post('/api/v2/spans', '[]', json)).status, 202);
    const head = { ...json, 'content-encoding': 'gzip' };
    assert.equal((await post('/api/v2/spans', 'no gzip', head)).status, 400);
    assert.equal((await post('/api/v2/spans', gzipSync(Buffer.alloc(200_000)), head)).status, 413);
    assert.equal((await post('/api/v2/traces', '[]', json)).status, 404);
    const get = await fetch(`http://127.0.0.1:${receiver!.port}/api/v2/spans`);
    assert.deepEqual([get.status, get.headers.get('allow')], [405, 'POST']);
    assert.deepEqual(
      refusals.map(({ answer, count }) => `${answer} ${count}`),
      [
        'HTTP 400 1',
        'HTTP 503 1',
        'partial success 2',
        'HTTP 400 1',
        'HTTP 413 1',
        'HTTP 404 1',
        'HTTP 405 1',
      ],
    );
  });

  it('Jaeger over HTTP: takes Thrift and nothing else', async () => {
    receiver = await startJaegerHttp({ ...setup, sink: jaegerSink });
    for (const type of ['application/x-thrift', 'application/vnd.apache.thrift.binary']) {
      const answer = await post('/api/traces?format=jaeger.thrift', 'batch', { 'content-type': type });
      assert.deepEqual([answer.status, await answer.text()], [202, '']);
    }
    assert.deepEqual(received, [
      ['batch', 'batch'],
      ['batch', 'batch'],
    ]);
    assert.equal((await post('/api/traces', '{}', { 'content-type': 'application/json' })).status, 400);
    assert.equal((await post('/api/spans', '', { 'content-type': 'application/x-thrift' })).status, 404);
    outcome = { kind: 'malformed', message: 'cut off' };
    const bad = await post('/api/traces', 'x', { 'content-type': 'application/x-thrift' });
    assert.equal(bad.status, 400);
    assert.match(await bad.text(), /cut off/);
  });

  it('Jaeger: tells whoever asks to sample everything', async () => {
    receiver = await startJaegerSampling(setup);
    for (const path of ['/sampling?service=shop', '/?service=shop', '/api/sampling?service=shop']) {
      const answer: Response = await fetch(`http://127.0.0.1:${receiver.port}${path}`);
      assert.equal(answer.status, 200);
      assert.deepEqual(await answer.json(), {
        strategyType: 'PROBABILISTIC',
        probabilisticSampling: { samplingRate: 1 },
      });
    }
  });

  it('Jaeger over UDP: takes datagrams on both families, and tells of those that are nothing', async () => {
    receiver = await startJaegerAgent({ ...setup, sink: jaegerSink });
    const { port, addresses } = receiver;
    for (const address of addresses) {
      const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
      socket.send(`to ${address}`, port, address);
      await until(() => received.some(([, body]) => body === `to ${address}`), `a datagram to ${address}`);
      socket.close();
    }
    assert.equal(receiver.requests, addresses.length);
    outcome = { kind: 'malformed', message: 'not Thrift' };
    const socket = createSocket('udp4');
    socket.send('nothing', port, '127.0.0.1');
    await until(() => refusals.length > 0, 'a refusal');
    socket.close();
    assert.deepEqual(refusals, [{ answer: 'dropped', reason: 'not Thrift', count: 1 }]);
  });

  it('Jaeger over UDP: does not share a port, and frees it', async () => {
    receiver = await startJaegerAgent({ ...setup, sink: jaegerSink });
    const { port } = receiver;
    await assert.rejects(startJaegerAgent({ ...setup, port, sink: jaegerSink }), PortTakenError);
    await receiver.close();
    receiver = await startJaegerAgent({ ...setup, port, sink: jaegerSink });
    assert.equal(receiver.port, port);
  });

  it('Jaeger over gRPC: takes what grpc-js sends, and no other methods', async () => {
    receiver = await startJaegerGrpc({ ...setup, sink: jaegerSink });
    const client = new grpc.Client(`127.0.0.1:${receiver.port}`, grpc.credentials.createInsecure());
    const same = (bytes: Buffer) => bytes;
    const call = (method: string, message: string) =>
      new Promise<Buffer>((resolve, reject) => {
        client.makeUnaryRequest(method, same, same, Buffer.from(message), (error, answer) =>
          error === null ? resolve(answer ?? Buffer.alloc(0)) : reject(error),
        );
      });
    try {
      const postSpans = '/jaeger.api_v2.CollectorService/PostSpans';
      assert.equal((await call(postSpans, 'spans')).length, 0);
      assert.deepEqual(received, [['protobuf', 'spans']]);
      outcome = { kind: 'malformed', message: 'cut off' };
      await assert.rejects(call(postSpans, 'x'), { code: grpc.status.INVALID_ARGUMENT });
      const otlp = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
      await assert.rejects(call(otlp, ''), { code: grpc.status.UNIMPLEMENTED });
    } finally {
      client.close();
    }
  });
});
