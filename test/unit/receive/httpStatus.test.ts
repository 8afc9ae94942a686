import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { request } from 'undici';
import { Receiving, rawExchange, readExportResponse, readStatus, statusOf } from './receiving.ts';

const types = { protobuf: 'application/x-protobuf', json: 'application/json' } as const;
const bodies = { protobuf: Buffer.from([0x0a, 0x00]), json: Buffer.from('{"resourceSpans":[]}') } as const;
const signals = ['traces', 'logs', 'metrics'] as const;
const encodings = ['protobuf', 'json'] as const;

describe('OTLP/HTTP answers', () => {
  let receiving: Receiving;

  beforeEach(async () => {
    receiving = await Receiving.start('http');
  });
  afterEach(() => receiving.close());

  async function post(path: string, headers: { [name: string]: string }, body?: Uint8Array) {
    const answer = await request(receiving.url + path, { method: 'POST', headers, body });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: Buffer.from(await answer.body.arrayBuffer()),
    };
  }

  for (const signal of signals) {
    for (const encoding of encodings) {
      for (const gzip of [false, true]) {
        it(`takes ${signal} in ${encoding}${gzip ? ', gzipped' : ''}`, async () => {
          const body = gzip ? gzipSync(bodies[encoding]) : bodies[encoding];
          const headers = { 'content-type': types[encoding], ...(gzip && { 'content-encoding': 'gzip' }) };
          const answer = await post(`/v1/${signal}`, headers, body);
          assert.equal(answer.status, 200);
          assert.equal(answer.headers['content-type'], types[encoding]);
          assert.equal(answer.body.toString(), encoding === 'json' ? '{}' : '');
          assert.deepEqual(receiving.received, [{ signal, encoding, body: bodies[encoding] }]);
          assert.deepEqual(receiving.refusals, []);
        });
      }
    }

    it(`reports rejected ${signal} as partial success`, async () => {
      receiving.outcome = () => ({ kind: 'accepted', rejected: 300, message: 'trace id is zero' });
      const binary = await post(`/v1/${signal}`, { 'content-type': types.protobuf }, bodies.protobuf);
      assert.equal(binary.status, 200);
      assert.deepEqual(readExportResponse(binary.body), {
        rejected: '300',
        errorMessage: 'trace id is zero',
      });
      const text = await post(`/v1/${signal}`, { 'content-type': types.json }, bodies.json);
      const field = { traces: 'rejectedSpans', logs: 'rejectedLogRecords', metrics: 'rejectedDataPoints' }[
        signal
      ];
      assert.deepEqual(JSON.parse(text.body.toString()), {
        partialSuccess: { [field]: '300', errorMessage: 'trace id is zero' },
      });
      const refusal = { answer: 'partial success', reason: 'trace id is zero', count: 300 };
      assert.deepEqual(receiving.refusals, [refusal, refusal]);
    });
  }

  it('passes a warning on without refusing anything', async () => {
    receiving.outcome = () => ({ kind: 'accepted', rejected: 0, message: 'ids were base64' });
    const answer = await post('/v1/traces', { 'content-type': types.protobuf }, bodies.protobuf);
    assert.deepEqual(readExportResponse(answer.body), { errorMessage: 'ids were base64' });
    assert.deepEqual(receiving.refusals, []);
  });

  for (const encoding of encodings) {
    const errorOf = (body: Buffer) => (encoding === 'json' ? JSON.parse(body.toString()) : readStatus(body));

    it(`takes an empty ${encoding} body`, async () => {
      const answer = await post('/v1/traces', { 'content-type': types[encoding] });
      assert.equal(answer.status, 200);
      assert.deepEqual(receiving.received, [{ signal: 'traces', encoding, body: Buffer.alloc(0) }]);
    });

    it(`answers a malformed ${encoding} body with a Status in ${encoding}`, async () => {
      receiving.outcome = () => ({ kind: 'malformed', message: 'field 1 at byte 7 is cut short' });
      const answer = await post('/v1/traces', { 'content-type': types[encoding] }, bodies[encoding]);
      assert.equal(answer.status, 400);
      assert.equal(answer.headers['content-type'], types[encoding]);
      assert.deepEqual(errorOf(answer.body), { code: 3, message: 'field 1 at byte 7 is cut short' });
      assert.deepEqual(receiving.refusals, [
        { answer: 'HTTP 400', reason: 'field 1 at byte 7 is cut short', count: 1 },
      ]);
    });

    it(`tells a sender of ${encoding} when to come back`, async () => {
      receiving.outcome = () => ({ kind: 'busy', retryAfterSeconds: 7 });
      const answer = await post('/v1/traces', { 'content-type': types[encoding] }, bodies[encoding]);
      assert.equal(answer.status, 503);
      assert.equal(answer.headers['retry-after'], '7');
      assert.equal(errorOf(answer.body).code, 14);
    });

    it(`survives a sink that throws on ${encoding}`, async () => {
      for (const fail of [
        () => {
          throw new Error('disk full');
        },
        () => Promise.reject(new Error('disk full')),
      ]) {
        receiving.outcome = fail;
        const answer = await post('/v1/traces', { 'content-type': types[encoding] }, bodies[encoding]);
        assert.equal(answer.status, 500);
        assert.deepEqual(errorOf(answer.body), { code: 13, message: 'disk full' });
      }
      receiving.outcome = () => ({ kind: 'accepted', rejected: 0, message: '' });
      assert.equal(
        (await post('/v1/traces', { 'content-type': types[encoding] }, bodies[encoding])).status,
        200,
      );
      assert.equal(receiving.memory.usedBytes, 0);
    });

    it(`refuses an unknown Content-Encoding of ${encoding}`, async () => {
      for (const coding of ['br', 'snappy', 'gzip, gzip', 'constructor']) {
        const headers = { 'content-type': types[encoding], 'content-encoding': coding };
        const answer = await post('/v1/traces', headers, bodies[encoding]);
        assert.equal(answer.status, 400, coding);
        assert.match(errorOf(answer.body).message, /^unsupported Content-Encoding/);
      }
      assert.deepEqual(receiving.received, []);
    });
  }

  for (const type of [
    'application/json; charset=utf-8',
    'Application/JSON',
    'application/json;charset=UTF-8',
    ' application/x-protobuf ',
    'APPLICATION/X-PROTOBUF;v=1',
  ]) {
    it(`takes content type ${JSON.stringify(type)}`, async () => {
      const encoding = /json/i.test(type) ? 'json' : 'protobuf';
      const answer = await post('/v1/traces', { 'content-type': type }, bodies[encoding]);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers['content-type'], types[encoding]);
      assert.equal(receiving.received[0].encoding, encoding);
    });
  }

  for (const type of [
    undefined,
    '',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/protobuf',
    'application/jsonx',
    'application/grpc',
    '*/*',
  ]) {
    it(`refuses content type ${type}`, async () => {
      const answer = await post(
        '/v1/traces',
        type === undefined ? {} : { 'content-type': type },
        bodies.json,
      );
      assert.equal(answer.status, 415);
      assert.equal(
        answer.body.toString().trim(),
        '415 unsupported media type, supported: [application/json, application/x-protobuf]',
      );
      assert.deepEqual(receiving.received, []);
    });
  }

  for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const) {
    it(`refuses ${method}`, async () => {
      const answer = await request(`${receiving.url}/v1/traces`, { method });
      assert.equal(answer.statusCode, 405);
      assert.equal(answer.headers['allow'], 'POST');
      const text = await answer.body.text();
      if (method !== 'HEAD') assert.equal(text.trim(), '405 method not allowed, supported: [POST]');
    });
  }

  for (const path of ['//v1/traces', '/v1/traces/', '/v1//traces', '/v1/traces?x=1', '//v1///traces//?a#b']) {
    it(`finds ${path}`, async () => {
      assert.equal((await post(path, { 'content-type': types.json }, bodies.json)).status, 200);
      assert.equal(receiving.received[0].signal, 'traces');
    });
  }

  for (const path of [
    '/',
    '/v1',
    '/v1/trace',
    '/v1/traces/x',
    '/V1/TRACES',
    '/v1/profiles',
    '/api/v2/spans',
    '/v1%2ftraces',
  ]) {
    it(`says where to send instead of ${path}`, async () => {
      const answer = await post(path, { 'content-type': types.json }, bodies.json);
      assert.equal(answer.status, 404);
      assert.match(answer.body.toString(), /\/v1\/traces/);
      assert.equal(receiving.refusals[0].answer, 'HTTP 404');
    });
  }

  it('counts every request, the refused ones too', async () => {
    await post('/v1/traces', { 'content-type': types.json }, bodies.json);
    await post('/', { 'content-type': types.json }, bodies.json);
    await post('/v1/traces', { host: 'evil.example', 'content-type': types.json }, bodies.json);
    assert.equal(receiving.receiver.requests, 3);
  });

  it('continues a sender that waits for 100 Continue', async () => {
    const head = `POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: ${types.json}\r\n`;
    const text = await rawExchange(
      receiving.port,
      `${head}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`,
      '{}',
    );
    assert.equal(statusOf(text), 100);
    assert.match(text, /HTTP\/1\.1 200 OK/);
  });
});
