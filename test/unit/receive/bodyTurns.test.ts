import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { sharedBytes } from '../../../src/receive/bodyTurns.ts';
import { Receiving, until } from './receiving.ts';

const bodyBytes = 12_000_000;
const senders = 5;

function head(length: number, packing = 'identity'): string {
  const lines = ['POST /v1/traces HTTP/1.1', 'Host: localhost', 'Content-Type: application/json'];
  return [...lines, `Content-Encoding: ${packing}`, `Content-Length: ${length}`, '', ''].join('\r\n');
}

describe('large bodies', function () {
  this.timeout(30_000);
  let receiving: Receiving;
  let sockets: Socket[];
  let most: number;

  beforeEach(async () => {
    receiving = await Receiving.start('http');
    sockets = [];
    most = 0;
    const { memory } = receiving;
    const { take } = memory;
    memory.take = bytes => {
      const isTaken = take.call(memory, bytes);
      most = Math.max(most, memory.usedBytes);
      return isTaken;
    };
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await receiving.close();
  });

  function open(...parts: (string | Uint8Array)[]): Socket {
    const socket = connect(receiving.port, '127.0.0.1');
    sockets.push(socket);
    for (const part of parts) socket.write(part);
    return socket;
  }

  async function statusOf(socket: Socket): Promise<string> {
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return answer.toString('latin1').split('\r\n', 1)[0];
  }

  for (const packing of ['identity', 'gzip'])
    it(`come one after the other, whole, however many are sent at once (${packing})`, async () => {
      const bodies = Array.from({ length: senders }, (_, index) => Buffer.alloc(bodyBytes, 65 + index));
      const sent = bodies.map(body => {
        // Stored blocks: what is sent is as long as what it unpacks to.
        const wire = packing === 'gzip' ? gzipSync(body, { level: 0 }) : body;
        return statusOf(open(head(wire.length, packing), wire));
      });
      assert.deepEqual(await Promise.all(sent), new Array(senders).fill('HTTP/1.1 200 OK'));
      const received = receiving.received.map(({ body }) => body).sort(Buffer.compare);
      assert.ok(received.every((body, index) => body.equals(bodies[index])));
      const copies = packing === 'gzip' ? 2 : 1;
      // On a busy machine one may have made way for the next: two at once, but not five.
      assert.ok(most < 2 * copies * (bodyBytes + 100_000) + sharedBytes, `${most} bytes at once`);
      assert.equal(receiving.memory.usedBytes, 0);
    });

  it('may be packed in parts, and be longer than their end says', async () => {
    const parts = [3_000_000, 2_000_000].map(length => Buffer.alloc(length, randomBytes(1000)));
    const wire = Buffer.concat(parts.map(part => gzipSync(part, { level: 0 })));
    assert.equal(await statusOf(open(head(wire.length, 'gzip'), wire)), 'HTTP/1.1 200 OK');
    assert.ok(receiving.received[0].body.equals(Buffer.concat(parts)));
  });

  it('make way when nothing more comes of them, and are taken when it does', async () => {
    const body = Buffer.alloc(bodyBytes, 'x');
    const stalled = open(head(bodyBytes), body.subarray(0, 100_000));
    await until(() => receiving.memory.usedBytes > 0, 'a body begins');
    assert.equal(await statusOf(open(head(bodyBytes), body)), 'HTTP/1.1 200 OK');
    stalled.write(body.subarray(100_000));
    assert.equal(await statusOf(stalled), 'HTTP/1.1 200 OK');
    assert.equal(receiving.received.length, 2);
  });

  it('do not wait for those whose senders go away', async () => {
    const body = Buffer.alloc(bodyBytes, 'x');
    const first = open(head(bodyBytes), body.subarray(0, 100_000));
    await until(() => receiving.memory.usedBytes > 0, 'a body begins');
    const second = open(head(bodyBytes), body.subarray(0, 100_000));
    const third = statusOf(open(head(bodyBytes), body));
    first.destroy();
    second.destroy();
    assert.equal(await third, 'HTTP/1.1 200 OK');
    await until(() => receiving.memory.usedBytes === 0, 'the others are forgotten');
  });

  it('do not keep small ones waiting', async () => {
    open(head(bodyBytes), Buffer.alloc(100_000, 'x'));
    await until(() => receiving.memory.usedBytes > 0, 'a body begins');
    open(head(bodyBytes), Buffer.alloc(bodyBytes, 'x'));
    assert.equal(await statusOf(open(head(1000), Buffer.alloc(1000, 'x'))), 'HTTP/1.1 200 OK');
    assert.equal(receiving.received[0].body.length, 1000);
  });
});
