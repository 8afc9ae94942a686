import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { request } from 'undici';
import { BodyMemory } from '../../../src/receive/bodyMemory.ts';
import { Receiving, rawExchange, statusOf, until } from './receiving.ts';

const json = 'application/json';
const mebi = 1024 * 1024;

describe('OTLP/HTTP bodies', () => {
  let receiving: Receiving;

  afterEach(async () => {
    await receiving.close();
    assert.equal(receiving.memory.usedBytes, 0);
  });

  async function post(body: Uint8Array | AsyncIterable<Uint8Array>, coding = 'identity') {
    const answer = await request(`${receiving.url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': json, 'content-encoding': coding },
      body: body instanceof Uint8Array ? body : Readable.from(body),
    });
    return { status: answer.statusCode, body: await answer.body.text() };
  }

  const pattern = (length: number) =>
    Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 0xff));

  describe('within the limits', () => {
    beforeEach(async () => {
      receiving = await Receiving.start('http');
    });

    for (const length of [1, 16 * 1024 - 1, 70_000, 1_500_000, 9_000_000]) {
      it(`arrive whole and in order: ${length} bytes, with and without announced length`, async () => {
        const body = pattern(length);
        async function* chunks() {
          for (let at = 0; at < length; at += 40_000) yield body.subarray(at, at + 40_000);
        }
        assert.equal((await post(body)).status, 200);
        assert.equal((await post(chunks())).status, 200);
        assert.ok(receiving.received.every(received => received.body.equals(body)));
        assert.equal(receiving.received.length, 2);
      });
    }

    it('arrive whole in chunks of one byte', async () => {
      const body = pattern(3_000);
      async function* bytes() {
        for (let at = 0; at < body.length; at++) yield body.subarray(at, at + 1);
      }
      assert.equal((await post(bytes())).status, 200);
      assert.ok(receiving.received[0].body.equals(body));
    });

    const packers = { gzip: gzipSync, 'x-gzip': gzipSync, GZIP: gzipSync, deflate: deflateSync };
    for (const [coding, pack] of Object.entries(packers)) {
      it(`are unpacked from ${coding}, small at once and large on the thread pool`, async () => {
        for (const body of [
          pattern(1_000),
          Buffer.from(Array.from({ length: 900_000 }, () => Math.random() * 256)),
        ]) {
          assert.equal((await post(pack(body), coding)).status, 200);
          assert.ok(receiving.received.pop()?.body.equals(body));
        }
      });
    }

    it('are unpacked from deflate without its header', async () => {
      assert.equal((await post(deflateRawSync(pattern(5_000)), 'deflate')).status, 200);
      assert.ok(receiving.received[0].body.equals(pattern(5_000)));
    });

    it('may be empty though packed, and may be several gzip members', async () => {
      assert.equal((await post(new Uint8Array(0), 'gzip')).status, 200);
      assert.equal((await post(Buffer.concat([gzipSync('{'), gzipSync('}')]), 'gzip')).status, 200);
      assert.deepEqual(
        receiving.received.map(({ body }) => body.toString()),
        ['', '{}'],
      );
    });

    it('packed twice are unpacked once', async () => {
      await post(gzipSync(gzipSync('{}')), 'gzip');
      assert.ok(receiving.received[0].body.equals(gzipSync('{}')));
    });

    it('that are damaged get 400', async () => {
      const packed = gzipSync(pattern(10_000));
      const large = gzipSync(Buffer.from(Array.from({ length: 400_000 }, () => Math.random() * 256)));
      for (const body of [
        packed.subarray(0, packed.length - 12),
        packed.subarray(0, 5),
        Buffer.concat([packed, Buffer.from('trailing garbage')]),
        Buffer.from('{}'),
        large.subarray(0, large.length - 12),
      ]) {
        const answer = await post(body, 'gzip');
        assert.equal(answer.status, 400);
        assert.match(answer.body, /cannot be unpacked/);
      }
      assert.deepEqual(receiving.received, []);
      assert.equal(receiving.refusals.length, 5);
    });

    it('that unpack to more than 64 MiB get 413: a bomb of 100 kB, one of 400 kB, and ten at once', async () => {
      const bomb = gzipSync(Buffer.alloc(100 * mebi));
      const slowBomb = Buffer.concat(Array.from({ length: 4 }, () => bomb));
      assert.ok(bomb.length < 256 * 1024 && slowBomb.length > 256 * 1024);
      assert.equal((await post(bomb, 'gzip')).status, 413);
      const answers = await Promise.all(Array.from({ length: 10 }, () => post(slowBomb, 'gzip')));
      for (const answer of answers) {
        assert.equal(answer.status, 413);
        assert.deepEqual(JSON.parse(answer.body), {
          code: 8,
          message: 'the unpacked body exceeds 67108864 bytes',
        });
      }
      assert.deepEqual(receiving.received, []);
    }).timeout(30_000);
  });

  describe('beyond the limits', () => {
    it('of one body get 413, announced or not, and the sender reads it while it still sends', async () => {
      receiving = await Receiving.start('http', { limits: { bodyBytes: mebi } });
      const announced = await post(Buffer.alloc(mebi + 1));
      assert.equal(announced.status, 413);
      async function* endless() {
        for (let sent = 0; sent < 2 * mebi - 65_536; sent += 65_536) yield Buffer.alloc(65_536);
      }
      const counted = await post(endless());
      assert.equal(counted.status, 413);
      assert.deepEqual(JSON.parse(counted.body), { code: 8, message: 'the body exceeds 1048576 bytes' });
      assert.equal((await post(Buffer.alloc(mebi))).status, 200);
    });

    it('are read for one more body, then the connection ends', async () => {
      receiving = await Receiving.start('http', { limits: { bodyBytes: 100_000 } });
      const socket = connect(receiving.port, '127.0.0.1');
      socket.on('error', () => {});
      const head = `POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${json}\r\nTransfer-Encoding: chunked\r\n\r\n`;
      socket.write(head);
      let text = '';
      socket.on('data', data => (text += data.toString('latin1')));
      const sending = setInterval(() => socket.write(`ffff\r\n${'x'.repeat(0xffff)}\r\n`), 2);
      await new Promise(resolve => socket.on('close', resolve));
      clearInterval(sending);
      assert.equal(statusOf(text), 413);
    });

    it('of all bodies together get 503, and those that were taken before are answered', async () => {
      receiving = await Receiving.start('http', { memory: new BodyMemory(150_000) });
      let finish = () => {};
      const held = new Promise<void>(resolve => (finish = resolve));
      receiving.outcome = () => held.then(() => ({ kind: 'accepted', rejected: 0, message: '' }));
      const first = post(Buffer.alloc(100_000));
      await until(() => receiving.received.length === 1, 'the first body arrives');
      const second = await request(`${receiving.url}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': json },
        body: Buffer.alloc(100_000),
      });
      assert.equal(second.statusCode, 503);
      assert.equal(second.headers['retry-after'], '1');
      await second.body.dump();
      finish();
      assert.equal((await first).status, 200);
      assert.equal((await post(Buffer.alloc(100_000))).status, 200);
    });

    it('once unpacked, of all bodies together, get 503 too', async () => {
      receiving = await Receiving.start('http', { memory: new BodyMemory(150_000) });
      assert.equal((await post(gzipSync(Buffer.alloc(200_000)), 'gzip')).status, 503);
    });
  });

  describe('that never end', () => {
    it('because the sender goes away are forgotten', async () => {
      receiving = await Receiving.start('http');
      const head = `POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${json}\r\nContent-Length: 1000\r\n\r\n`;
      for (let i = 0; i < 20; i++) {
        const socket = connect(receiving.port, '127.0.0.1');
        socket.write(`${head}{"resource`);
        await until(() => receiving.memory.usedBytes > 0, 'the start of the body arrives');
        if (i % 2 === 0) socket.resetAndDestroy();
        else socket.destroy();
        await until(() => receiving.memory.usedBytes === 0, 'the body is forgotten');
      }
      assert.deepEqual(receiving.received, []);
      assert.equal((await post(Buffer.from('{}'))).status, 200);
    });

    it('because their length was a lie get 408 in time', async () => {
      receiving = await Receiving.start('http', { limits: { headMs: 100, requestMs: 200 } });
      const head = `POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${json}\r\n`;
      assert.equal(
        statusOf(await rawExchange(receiving.port, `${head}Content-Length: 60000000\r\n\r\n`, '{}')),
        408,
      );
      assert.deepEqual(receiving.received, []);
    });

    it('because their chunks are broken get 400', async () => {
      receiving = await Receiving.start('http');
      const head = `POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${json}\r\n`;
      assert.equal(
        statusOf(await rawExchange(receiving.port, `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}`)),
        400,
      );
      const both = `${head}Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n`;
      assert.equal(statusOf(await rawExchange(receiving.port, both)), 400);
    });
  });
});
