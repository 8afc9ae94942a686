import assert from 'node:assert/strict';
import { request } from 'undici';
import { Receiving, rawExchange, readStatus, statusOf } from './receiving.ts';

const json = 'application/json';

/** The matrix of who may send, over real sockets; the rules themselves are tested with the policy. */
describe('OTLP/HTTP senders', () => {
  let receiving: Receiving;

  before(async () => {
    receiving = await Receiving.start('http', {
      policy: { hosts: ['dev.example'], origins: ['https://dev.example'] },
    });
  });
  after(() => receiving.close());
  beforeEach(() => {
    receiving.received.length = 0;
    receiving.refusals.length = 0;
  });

  function send(headers: { [name: string]: string }, method: 'POST' | 'OPTIONS' | 'GET' = 'POST') {
    return request(`${receiving.url}/v1/traces`, {
      method,
      headers: { 'content-type': json, ...headers },
      body: method === 'POST' ? '{}' : undefined,
    });
  }

  const raw = (head: string) => rawExchange(receiving.port, `${head.replaceAll('\n', '\r\n')}\r\n\r\n{}`);
  const post = `Content-Type: ${json}\nContent-Length: 2\nConnection: close`;

  it('refuses a rebinding host before it reads the body', async () => {
    const answer = await send({ host: 'rebind.evil.example:4318' });
    assert.equal(answer.statusCode, 403);
    assert.equal(JSON.parse(await answer.body.text()).code, 7);
    assert.deepEqual(receiving.received, []);
    assert.match(receiving.refusals[0].reason, /rebind\.evil\.example/);
  });

  it('answers a refused sender of protobuf in protobuf, and others in plain text', async () => {
    const binary = await send({ host: 'evil.example', 'content-type': 'application/x-protobuf' });
    assert.equal(readStatus(Buffer.from(await binary.body.arrayBuffer())).code, 7);
    const text = await send({ host: 'evil.example', 'content-type': 'text/plain' });
    assert.equal(text.statusCode, 403);
    assert.match(await text.body.text(), /is not this machine/);
  });

  it('judges the authority of an absolute-form URL as well', async () => {
    const foreign = await raw(`POST http://evil.example/v1/traces HTTP/1.1\nHost: localhost\n${post}`);
    assert.equal(statusOf(foreign), 403);
    const disguised = await raw(`POST http://localhost/v1/traces HTTP/1.1\nHost: evil.example\n${post}`);
    assert.equal(statusOf(disguised), 403);
    const local = await raw(`POST http://localhost:4318//v1/traces/ HTTP/1.1\nHost: localhost\n${post}`);
    assert.equal(statusOf(local), 200);
  });

  it('refuses two Host headers, whichever comes first', async () => {
    for (const hosts of ['Host: localhost\nHost: evil.example', 'Host: evil.example\nhost: localhost']) {
      assert.equal(statusOf(await raw(`POST /v1/traces HTTP/1.1\n${hosts}\n${post}`)), 400);
    }
    assert.deepEqual(receiving.received, []);
  });

  it('takes HTTP/1.0 without Host, unless a page sends it; HTTP/1.1 needs Host', async () => {
    assert.equal(statusOf(await raw(`POST /v1/traces HTTP/1.0\n${post}`)), 200);
    assert.equal(statusOf(await raw(`POST /v1/traces HTTP/1.0\nOrigin: http://localhost\n${post}`)), 403);
    assert.equal(statusOf(await raw(`POST /v1/traces HTTP/1.1\n${post}`)), 400);
  });

  it('names an allowed origin on every answer, errors included', async () => {
    for (const origin of ['http://localhost:3000', 'https://dev.example']) {
      receiving.outcome = () => ({ kind: 'accepted', rejected: 0, message: '' });
      const taken = await send({ origin, 'sec-fetch-site': 'cross-site' });
      receiving.outcome = () => ({ kind: 'malformed', message: 'bad' });
      const malformed = await send({ origin });
      const wrongType = await send({ origin, 'content-type': 'text/plain' });
      const wrongMethod = await send({ origin }, 'GET');
      assert.deepEqual(
        [taken, malformed, wrongType, wrongMethod].map(answer => answer.statusCode),
        [200, 400, 415, 405],
      );
      for (const { headers } of [taken, malformed, wrongType, wrongMethod]) {
        assert.equal(headers['access-control-allow-origin'], origin);
        assert.equal(headers['access-control-allow-credentials'], 'true');
        assert.match(String(headers.vary), /Origin/);
      }
    }
    receiving.outcome = () => ({ kind: 'accepted', rejected: 0, message: '' });
  });

  it('refuses a foreign page without telling it anything, its preflight as well', async () => {
    for (const method of ['POST', 'OPTIONS'] as const) {
      const answer = await send(
        { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
        method,
      );
      assert.equal(answer.statusCode, 403);
      assert.equal(answer.headers['access-control-allow-origin'], undefined);
    }
    assert.deepEqual(receiving.received, []);
  });

  it('refuses null, and a cross-site request without Origin', async () => {
    assert.equal((await send({ origin: 'null' })).statusCode, 403);
    assert.equal((await send({ 'sec-fetch-site': 'cross-site' })).statusCode, 403);
    assert.equal((await send({ 'sec-fetch-mode': 'cors' })).statusCode, 200);
  });

  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=b']) {
    it(`refuses ${type} from a page: it may be sent without a preflight`, async () => {
      assert.equal((await send({ origin: 'http://localhost:3000', 'content-type': type })).statusCode, 415);
      assert.equal((await send({ 'sec-fetch-site': 'same-site', 'content-type': type })).statusCode, 415);
      assert.deepEqual(receiving.received, []);
    });
  }

  it('answers the preflight of an allowed page', async () => {
    const answer = await request(`${receiving.url}/v1/traces`, {
      method: 'OPTIONS',
      headers: {
        origin: 'http://localhost:3000',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-tenant',
        'access-control-request-private-network': 'true',
      },
    });
    assert.equal(answer.statusCode, 204);
    assert.equal(answer.headers['access-control-allow-origin'], 'http://localhost:3000');
    assert.equal(answer.headers['access-control-allow-credentials'], 'true');
    assert.equal(answer.headers['access-control-allow-methods'], 'POST, OPTIONS');
    assert.equal(answer.headers['access-control-allow-headers'], 'content-type,x-tenant');
    assert.equal(answer.headers['access-control-allow-private-network'], 'true');
    assert.equal(answer.headers['access-control-max-age'], '600');
    assert.equal(answer.headers.vary, 'Origin, Access-Control-Request-Headers');
  });

  it('tells nothing to a GET', async () => {
    const answer = await request(receiving.url);
    assert.equal(answer.statusCode, 404);
  });
});
