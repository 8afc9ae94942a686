import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { Message } from 'vscode-jsonrpc/node';
import { FrameReader, FrameWriter, FramingError, writeFrame } from '../../../src/protocol/framing.ts';

const limit = 1_000_000;

function request(params: object): Message {
  return { jsonrpc: '2.0', id: 1, method: 'test', params } as Message;
}

function bytesOf(message: Message): Buffer {
  return Buffer.concat(writeFrame(message));
}

/** Feeds chunks to a reader; the messages it gave, its error, and whether it ended the stream. */
async function read(
  chunks: Iterable<Uint8Array>,
): Promise<{ messages: Message[]; error?: Error; ended: boolean }> {
  const stream = new PassThrough();
  const messages: Message[] = [];
  let error: Error | undefined;
  const reader = new FrameReader(stream, limit);
  reader.onError(each => {
    error = each;
  });
  reader.listen(message => messages.push(message));
  const closed = once(stream, 'close');
  for (const chunk of chunks) {
    if (stream.destroyed) break;
    stream.write(chunk);
  }
  stream.end();
  await closed;
  return { messages, error, ended: error !== undefined };
}

/** A frame with a right header around any JSON. */
function frame(json: string, attachments = new Uint8Array(0)): Buffer {
  const body = Buffer.from(json);
  const head = Buffer.from(bytesOf(request({})).subarray(0, 12));
  head.writeUInt32LE(body.length, 4);
  head.writeUInt32LE(attachments.length, 8);
  return Buffer.concat([head, body, attachments]);
}

describe('control protocol frames', () => {
  it('carry JSON as it is', async () => {
    const params = { text: 'ä€😀\u0000"', list: [1, null, { deep: [true] }], none: null };
    const { messages } = await read([bytesOf(request(params))]);
    assert.deepEqual(messages, [request(params)]);
  });

  it('carry byte fields of params and of result beside the JSON', async () => {
    const bytes = Uint8Array.from({ length: 1001 }, (_, i) => i & 255);
    const answer = { jsonrpc: '2.0', id: 1, result: { columns: bytes, n: 5 } } as unknown as Message;
    const { messages } = await read([
      bytesOf(request({ data: bytes, more: new Uint8Array(0) })),
      bytesOf(answer),
    ]);
    assert.deepEqual(messages, [request({ data: bytes, more: new Uint8Array(0) }), answer]);
    const { columns } = (messages[1] as unknown as { result: { columns: Uint8Array } }).result;
    assert.equal(columns.byteOffset, 0, 'aligned');
    assert.equal(columns.buffer.byteLength, 1001, 'not a view on something larger');
  });

  it('take no text for bytes', async () => {
    const params = { attributes: { attachments: [['data', 3]], data: '$bytes' }, __proto__: { x: 1 } };
    const { messages } = await read([bytesOf(request(params))]);
    assert.deepEqual(messages, [request({ attributes: params.attributes })]);
  });

  it('are found however the stream cuts them', async () => {
    const all = Buffer.concat([1, 2, 3].map(n => bytesOf(request({ n, data: new Uint8Array(n) }))));
    for (const size of [1, 2, 11, 13, 100]) {
      const chunks = Array.from({ length: Math.ceil(all.length / size) }, (_, i) =>
        all.subarray(i * size, (i + 1) * size),
      );
      const { messages } = await read(chunks);
      assert.deepEqual(
        messages.map(message => (message as unknown as { params: { n: number } }).params.n),
        [1, 2, 3],
        `in chunks of ${size}`,
      );
    }
  });

  const good = '{"message":{"jsonrpc":"2.0","id":1,"method":"m","params":{}},"attachments":[]}';
  const bad: { [what: string]: Buffer } = {
    'an HTTP request': Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    'a frame over the limit': (() => {
      const bytes = frame(good);
      bytes.writeUInt32LE(limit + 1, 4);
      return bytes;
    })(),
    'attachments over the limit': (() => {
      const bytes = frame(good);
      bytes.writeUInt32LE(0xffffffff, 8);
      return bytes;
    })(),
    'text that is not JSON': frame('{"message":'),
    'JSON that is no message': frame('{"message":7,"attachments":[]}'),
    null: frame('null'),
    'a message of another JSON-RPC': frame('{"message":{"id":1},"attachments":[]}'),
    'no list of attachments': frame('{"message":{"jsonrpc":"2.0"}}'),
    'an attachment beyond the frame': frame(good.replace('[]', '[["a",9]]'), new Uint8Array(3)),
    'a negative attachment': frame(good.replace('[]', '[["a",-1],["b",4]]'), new Uint8Array(3)),
    'bytes that belong to nothing': frame(good, new Uint8Array(3)),
    'attachments without a place': frame(
      '{"message":{"jsonrpc":"2.0","method":"m"},"attachments":[["a",3]]}',
      new Uint8Array(3),
    ),
  };
  for (const [what, bytes] of Object.entries(bad)) {
    it(`end the stream with an error after ${what}`, async () => {
      const { messages, error, ended } = await read([bytesOf(request({ n: 1 })), bytes]);
      assert.equal(messages.length, 1, 'what came before is delivered');
      assert.ok(error instanceof FramingError, String(error));
      assert.ok(ended);
    });
  }

  it('tell who waits that an answer cannot be written', async () => {
    const circular: { self?: unknown } = {};
    circular.self = circular;
    const stream = new PassThrough();
    await new FrameWriter(stream).write({ jsonrpc: '2.0', id: 7, result: circular } as unknown as Message);
    const { messages } = await read([stream.read() as Buffer]);
    const { id, error } = messages[0] as unknown as { id: number; error: { code: number; message: string } };
    assert.equal(id, 7);
    assert.equal(error.code, -32603);
    assert.match(error.message, /cannot be sent/);
  });
});
