import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { BodyMemory } from '../../../src/receive/bodyMemory.ts';
import { type DatadogBody, startDatadog } from '../../../src/receive/datadog.ts';
import type { ReceiveLimits, Receiver, Refusal } from '../../../src/receive/receiver.ts';
import type { Outcome } from '../../../src/receive/signal.ts';
import { rawExchange, statusOf, until } from './receiving.ts';

describe('Datadog receiver', () => {
  const received: DatadogBody[] = [];
  const refusals: Refusal[] = [];
  let outcome: () => Outcome | Promise<Outcome>;
  let receiver: Receiver;
  let memory: BodyMemory;

  const start = async (limits: Partial<ReceiveLimits> = {}) => {
    memory = new BodyMemory();
    receiver = await startDatadog({
      port: 0,
      policy: {},
      memory,
      limits,
      sink: {
        receive: body => {
          received.push(body);
          return outcome();
        },
      },
      onRefused: refusal => refusals.push(refusal),
    });
  };
  const send = (path: string, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${receiver.port}${path}`, { method: 'PUT', ...init });
  const told = async (response: Response) => [
    response.status,
    response.headers.get('content-type')?.split(';')[0],
    await response.text(),
  ];
  const msgpack = { 'content-type': 'application/msgpack' };
  const empty = new Uint8Array([0x90]);

  beforeEach(async () => {
    received.length = 0;
    refusals.length = 0;
    outcome = () => ({ kind: 'accepted', rejected: 0, message: '' });
    await start();
  });
  afterEach(() => receiver.close());

  it('takes traces in every version, by PUT and POST, and answers as the agent does', async () => {
    const rates = [200, 'application/json', '{"rate_by_service":{"service:,env:":1}}'];
    const ok = [200, 'text/plain', 'OK\n'];
    const body = empty;
    for (const method of ['PUT', 'POST']) {
      assert.deepEqual(await told(await send('/v0.3/traces', { method, body, headers: msgpack })), ok);
      for (const version of ['v0.4', 'v0.5', 'v0.7', 'v1.0'])
        assert.deepEqual(
          await told(await send(`/${version}/traces`, { method, body, headers: msgpack })),
          rates,
        );
    }
    assert.deepEqual(
      received.slice(0, 5).map(({ version, encoding }) => `${version} ${encoding}`),
      ['v0.4 msgpack', 'v0.4 msgpack', 'v0.5 msgpack', 'v0.7 msgpack', 'v1.0 msgpack'],
    );
    assert.deepEqual(refusals, []);
  });

  it('tells JSON from MessagePack by the type, and by the first byte without one', async () => {
    const encodings = async (body: Uint8Array | string, type?: string) => {
      received.length = 0;
      const response = await rawPut('/v0.4/traces', Buffer.from(body), type);
      assert.equal(statusOf(response), 200, type);
      return received[0].encoding;
    };
    assert.equal(await encodings('[]', 'application/json'), 'json');
    assert.equal(await encodings('[]', 'text/json; charset=utf-8'), 'json');
    assert.equal(await encodings('[]'), 'json');
    assert.equal(await encodings('[]', 'application/octet-stream'), 'json');
    assert.equal(await encodings(empty), 'msgpack');
    assert.equal(await encodings(empty, 'Application/MsgPack'), 'msgpack');
    assert.equal((await send('/v0.2/traces', { body: empty, headers: msgpack })).status, 415);
    const headers = { 'content-type': 'application/json' };
    assert.equal((await send('/v0.1/spans', { body: '{"a":1}', headers })).status, 200);
    assert.equal(Buffer.from(received.at(-1)!.body).toString(), '[{"a":1}]');
  });

  it('hands on what the headers say of the tracer, and unpacks', async () => {
    await send('/v0.4/traces', {
      body: gzipSync(empty),
      headers: {
        ...msgpack,
        'content-encoding': 'gzip',
        'datadog-meta-lang': 'go',
        'datadog-meta-tracer-version': '2.1.0',
        'datadog-container-id': 'c-1',
      },
    });
    assert.deepEqual(received[0].tracer, { language: 'go', version: '2.1.0', containerId: 'c-1' });
    assert.deepEqual([...received[0].body], [0x90]);
    assert.equal(memory.usedBytes, 0);
  });

  it('answers probes without a body, and says what it can do', async () => {
    assert.equal((await send('/v0.5/traces')).status, 200);
    assert.deepEqual(received, []);
    const info = await (await send('/info', { method: 'GET' })).json();
    assert.equal(info.client_drop_p0s, false);
    assert.ok(info.endpoints.includes('/v1.0/traces'));
    assert.match(info.version, /^7\./);
  });

  it('takes or refuses what tracers send beside traces, as an agent without those features', async () => {
    const statuses: [string, number][] = [
      ['/v0.6/stats', 200],
      ['/v0.1/pipeline_stats', 202],
      ['/v0.4/services', 200],
      ['/telemetry/proxy/api/v2/apmtelemetry', 202],
      ['/v0.7/config', 404],
      ['/profiling/v1/input', 404],
      ['/evp_proxy/v4/api/v2/citestcycle', 404],
      ['/debugger/v1/input', 404],
      ['/tracer_flare/v1', 404],
    ];
    for (const [path, status] of statuses)
      assert.equal((await send(path, { method: 'POST', body: Buffer.alloc(100_000) })).status, status, path);
    assert.deepEqual(refusals, []);
    assert.equal((await send('/v9/traces', { body: empty })).status, 404);
    assert.deepEqual(
      refusals.map(({ reason }) => reason),
      ['no Datadog endpoint at /v9/traces: send to /v0.4/traces'],
    );
    assert.equal(memory.usedBytes, 0);
  });

  it('says what was wrong', async () => {
    const put = () => send('/v0.4/traces', { body: empty, headers: msgpack });
    outcome = () => ({ kind: 'malformed', message: 'no array' });
    assert.deepEqual(await told(await put()), [400, 'text/plain', 'no array\n']);
    outcome = () => ({ kind: 'busy', retryAfterSeconds: 2 });
    const busy = await put();
    assert.deepEqual([busy.status, busy.headers.get('retry-after')], [429, '2']);
    outcome = () => Promise.reject(new Error('oh'));
    assert.deepEqual(await told(await put()), [500, 'text/plain', 'oh\n']);
    outcome = () => ({ kind: 'accepted', rejected: 3, message: 'trace id is all zeros' });
    assert.equal((await put()).status, 200);
    assert.deepEqual(refusals.at(-1), {
      answer: 'partial success',
      reason: 'trace id is all zeros',
      count: 3,
    });
    const get = await send('/v0.4/traces', { method: 'GET' });
    assert.deepEqual([get.status, get.headers.get('allow')], [405, 'POST, PUT']);
    const headers = { ...msgpack, 'content-encoding': 'gzip' };
    assert.equal((await send('/v0.4/traces', { body: empty, headers })).status, 400);
    assert.equal(memory.usedBytes, 0);
  });

  it('refuses pages of other sites, other names, and what a page may send unasked', async () => {
    const headed = (headers: string) =>
      rawExchange(
        receiver.port,
        `PUT /v0.4/traces HTTP/1.1\r\nconnection: close\r\ncontent-length: 1\r\n${headers}\r\n\r\n`,
        empty,
      ).then(statusOf);
    assert.equal(await headed('host: localhost\r\nsec-fetch-site: cross-site'), 403);
    assert.equal(await headed('host: evil.example'), 403);
    assert.equal(await headed('host: localhost\r\norigin: https://evil.example'), 403);
    assert.equal(await headed('host: localhost\r\norigin: http://localhost:3000'), 415);
    assert.equal(
      await headed('host: localhost\r\norigin: http://localhost:3000\r\ncontent-type: application/msgpack'),
      200,
    );
    assert.equal(received.length, 1);
  });

  it('bounds bodies on the wire and unpacked', async () => {
    await receiver.close();
    await start({ bodyBytes: 1000 });
    const put = (body: Uint8Array<ArrayBuffer>, headers = {}) =>
      send('/v0.4/traces', { body, headers: { ...msgpack, ...headers } });
    assert.equal((await put(Buffer.alloc(1001))).status, 413);
    assert.equal((await put(gzipSync(Buffer.alloc(100_000)), { 'content-encoding': 'gzip' })).status, 413);
    assert.equal((await put(Buffer.alloc(1000))).status, 200);
    assert.equal(memory.usedBytes, 0);
  });

  it('answers what has arrived before it closes', async () => {
    let answer!: (outcome: Outcome) => void;
    outcome = () => new Promise(resolve => (answer = resolve));
    const sending = send('/v0.4/traces', { body: empty, headers: msgpack });
    await until(() => received.length === 1, 'arrived');
    const closed = receiver.close();
    answer({ kind: 'accepted', rejected: 0, message: '' });
    assert.equal((await sending).status, 200);
    await closed;
    await assert.rejects(send('/info', { method: 'GET' }));
  });

  function rawPut(path: string, body: Uint8Array, type?: string): Promise<string> {
    const typeHeader = type === undefined ? '' : `content-type: ${type}\r\n`;
    return rawExchange(
      receiver.port,
      `PUT ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n${typeHeader}content-length: ${body.length}\r\n\r\n`,
      body,
    );
  }
});
