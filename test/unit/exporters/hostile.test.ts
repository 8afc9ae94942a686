import assert from 'node:assert/strict';
import { connect } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { request } from 'undici';
import type { AnyValue } from '../../../src/model/anyValue.ts';
import type { EngineStatus } from '../../../src/protocol/control.ts';
import { postTraces, sampleTrace } from '../cli/telemetry.ts';
import { Processes, type Served } from '../engine/processes.ts';
import { TemporaryDirectories } from '../engine/temporary.ts';

const mebi = 1024 * 1024;
const keptTrace = '000000000000000000000000000000aa';
/** The body limit on the wire and unpacked, twice (unpacking gathers chunks), over an engine of about 100 MiB. */
const mostMemory = 400 * mebi;

describe('a running engine', function () {
  this.timeout(60_000);
  const temporary = new TemporaryDirectories();
  let processes: Processes;
  let served: Served;
  let url: string;

  before(async () => {
    processes = new Processes(await temporary.make());
    served = await processes.serve(['--otlp-http', '0', '--otlp-grpc', '0']);
    url = served.endpoints.otlpHttp!;
    await postTraces(url, sampleTrace(keptTrace, 1_760_000_000));
  });
  after(async () => {
    await processes.end();
    await temporary.remove();
  });

  /** Alive, the same process, within bounds, and with everything that was received before. */
  afterEach(async () => {
    const status = await engineStatus();
    assert.equal(served.child.exitCode, null);
    assert.ok(status.rssBytes < mostMemory, `${Math.round(status.rssBytes / mebi)} MiB are resident`);
    const kept = await processes.spanline(['trace', keptTrace, '--format', 'summary', '--json']);
    assert.equal(kept.code, 0, kept.stderr);
    assert.equal(JSON.parse(kept.stdout).spanCount, 3);
  });

  async function engineStatus(): Promise<EngineStatus> {
    const { code, stdout, stderr } = await processes.spanline(['status', '--json']);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  }

  async function post(body: Uint8Array | string, headers: { [name: string]: string } = {}) {
    const answer = await request(`${url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', ...headers },
      body,
    });
    return { status: answer.statusCode, body: Buffer.from(await answer.body.arrayBuffer()) };
  }

  const json = { 'content-type': 'application/json' };

  const malformed: [string, Uint8Array | string, { [name: string]: string }?][] = [
    ['protobuf of random bytes', Buffer.from('ffeeddccbbaa99887766554433221100', 'hex')],
    ['protobuf whose length is a lie', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0x7f, 0x0a, 0x00])],
    ['protobuf whose inner length is a lie', Buffer.from([0x0a, 0x04, 0x12, 0x7f, 0x12, 0x00])],
    ['protobuf that ends in a varint', Buffer.from([0x0a, 0x80])],
    ['JSON that is cut short', '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"x', json],
    ['JSON that is not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), json],
    ['a list where an object is expected', '[]', json],
    [
      'gzip that is cut short',
      gzipSync('{"resourceSpans":[]}').subarray(0, 15),
      { ...json, 'content-encoding': 'gzip' },
    ],
    ['a million brackets', '['.repeat(1_000_000), json],
  ];
  for (const [what, body, headers] of malformed) {
    it(`answers 400 to ${what} and logs it`, async () => {
      const before = served.stderr().length;
      const answer = await post(body, headers);
      assert.equal(answer.status, 400, answer.body.toString());
      assert.notEqual(answer.body.length, 0);
      const { rejections } = await engineStatus();
      assert.ok(rejections.some(({ receiver, answer }) => receiver === 'otlpHttp' && answer === 'HTTP 400'));
      assert.match(served.stderr().slice(before), /otlpHttp refused.*HTTP 400/);
    });
  }

  it('takes JSON that is declared as protobuf, and protobuf that is declared as JSON', async () => {
    const asBinary = await post(
      JSON.stringify(sampleTrace('000000000000000000000000000000b1', 1_760_000_100)),
    );
    assert.deepEqual([asBinary.status, asBinary.body.length], [200, 0]);
    const asText = await post(deepRequest('000000000000000000000000000000b2', 0), json);
    assert.deepEqual([asText.status, asText.body.toString()], [200, '{}']);
  });

  for (const [what, size] of [
    ['100 MiB in 100 kB', 100 * mebi],
    ['1 GiB in 1 MB', 1024 * mebi],
  ] as const) {
    it(`answers 413 to a gzip bomb of ${what}, one after the other and at once`, async () => {
      const part = gzipSync(Buffer.alloc(100 * mebi));
      const bomb = Buffer.concat(Array.from({ length: Math.ceil(size / (100 * mebi)) }, () => part));
      const headers = { 'content-encoding': 'gzip' };
      for (let i = 0; i < 3; i++) assert.equal((await post(bomb, headers)).status, 413);
      const answers = await Promise.all(Array.from({ length: 8 }, () => post(bomb, headers)));
      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([413]));
    });
  }

  it('answers 413 to an announced length beyond the limit', async () => {
    const answer = await post(Buffer.alloc(65 * mebi));
    assert.equal(answer.status, 413);
  });

  for (const encoding of ['protobuf', 'JSON'] as const) {
    it(`takes a value nested 100,000 levels deep in ${encoding} and shows its upper levels`, async () => {
      const traceId =
        encoding === 'JSON' ? '000000000000000000000000000000d1' : '000000000000000000000000000000d2';
      const answer =
        encoding === 'JSON'
          ? await post(deepJson(traceId, 100_000), json)
          : await post(deepRequest(traceId, 100_000));
      assert.equal(answer.status, 200, answer.body.toString());
      const { code, stdout, stderr } = await processes.spanline(['trace', traceId, '--json']);
      assert.equal(code, 0, stderr);
      let value: AnyValue = JSON.parse(stdout).resourceSpans[0].scopeSpans[0].spans[0].attributes[0].value;
      let depth = 0;
      for (; 'arrayValue' in value; depth++) value = value.arrayValue.values[0];
      assert.equal(depth, 64);
      assert.match('stringValue' in value ? value.stringValue : '', /nested more than 64 levels/);
    });
  }

  describe('by gRPC', () => {
    function call(message: Uint8Array, headers: { [name: string]: string } = {}, announced = message.length) {
      return new Promise<string>((resolve, reject) => {
        const session = connect(`http://${served.endpoints.otlpGrpc}`);
        session.on('error', reject);
        const stream = session.request({
          ':method': 'POST',
          ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
          'content-type': 'application/grpc',
          ...headers,
        });
        let status = '';
        const see = (received: { 'grpc-status'?: string }) => {
          status = received['grpc-status'] ?? status;
        };
        stream.on('response', see).on('trailers', see).on('error', reject).resume();
        stream.on('close', () => {
          session.close();
          resolve(status);
        });
        const prefix = Buffer.from([headers['grpc-encoding'] ? 1 : 0, 0, 0, 0, 0]);
        prefix.writeUInt32BE(announced, 1);
        stream.end(Buffer.concat([prefix, message]));
      });
    }

    it('answers 3 to what is malformed', async () => {
      assert.equal(await call(Buffer.from('ffeeddcc', 'hex')), '3');
      assert.equal(await call(Buffer.from([0x0a, 0x7f])), '3');
      assert.equal(await call(Buffer.from([0x0a, 0]), {}, 3), '3');
      const { rejections } = await engineStatus();
      assert.ok(rejections.some(({ receiver, answer }) => receiver === 'otlpGrpc' && answer === 'gRPC 3'));
    });

    it('answers 8 to what is too large', async () => {
      assert.equal(await call(Buffer.from([0x0a, 0]), {}, 0xffffffff), '8');
      assert.equal(await call(gzipSync(Buffer.alloc(100 * mebi)), { 'grpc-encoding': 'gzip' }), '8');
    });

    it('takes a deep value', async () => {
      assert.equal(await call(deepRequest('000000000000000000000000000000d3', 100_000)), '0');
    });
  });
});

/** A request with one span, whose attribute is a list in a list in a list… */
function deepRequest(traceId: string, depth: number): Uint8Array {
  const headers: Buffer[] = [];
  let length = 0;
  const wrap = (field: number) => {
    const header = Buffer.from([(field << 3) | 2, ...varint(length)]);
    headers.push(header);
    length += header.length;
  };
  for (let level = 0; level < depth; level++) {
    wrap(1);
    wrap(5);
  }
  wrap(2);
  const nested = Buffer.concat(headers.reverse());
  const field = (number: number, bytes: Uint8Array) =>
    Buffer.concat([Buffer.from([(number << 3) | 2, ...varint(bytes.length)]), bytes]);
  const keyValue = Buffer.concat([field(1, Buffer.from('deep')), nested]);
  const span = Buffer.concat([
    field(1, Buffer.from(traceId, 'hex')),
    field(2, Buffer.from('00000000000000d1', 'hex')),
    field(5, Buffer.from('deep')),
    field(9, keyValue),
  ]);
  return field(1, field(2, field(2, span)));
}

function deepJson(traceId: string, depth: number): string {
  const value = `${'{"arrayValue":{"values":['.repeat(depth)}{}${']}}'.repeat(depth)}`;
  const span = `{"traceId":"${traceId}","spanId":"00000000000000d1","attributes":[{"key":"deep","value":${value}}]}`;
  return `{"resourceSpans":[{"scopeSpans":[{"spans":[${span}]}]}]}`;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 0x7f; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value];
}
