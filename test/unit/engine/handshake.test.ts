import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { createMessageConnection, type MessageConnection } from 'vscode-jsonrpc/node';
import { ControlClient, EngineLostError } from '../../../src/engine/controlClient.ts';
import type { ControlAnswers } from '../../../src/engine/controlConnection.ts';
import { ControlServer } from '../../../src/engine/controlServer.ts';
import { proofOf, randomSecret } from '../../../src/engine/handshake.ts';
import { controlErrors, protocolVersion } from '../../../src/protocol/control.ts';
import { FrameReader, FrameWriter } from '../../../src/protocol/framing.ts';
import { TemporaryDirectories } from './temporary.ts';

const temporary = new TemporaryDirectories();
const token = randomSecret();
const introduction = { protocolVersion, version: '0.0.0', pid: 1 };

describe('control connection', () => {
  let address: string;
  let server: ControlServer;
  let lines: string[];
  let asked: string[];
  const open: MessageConnection[] = [];

  const answers = {
    'store/clear': () => {
      asked.push('store/clear');
      return {};
    },
    'engine/handOver': () => {
      asked.push('engine/handOver');
      return { stopping: true };
    },
    'trace/get': () => {
      throw new TypeError('broken');
    },
    'view/minimap': ({ width }: { width: number }) => ({ cells: new Uint8Array(width).fill(7), lanes: 1 }),
    'shapes/list': (_: unknown, cancellation: { onCancellationRequested(listener: () => void): void }) =>
      new Promise<never>((_resolve, reject) => {
        asked.push('shapes/list');
        cancellation.onCancellationRequested(() => {
          asked.push('cancelled');
          reject(new Error('cancelled'));
        });
      }),
  } as unknown as ControlAnswers;

  beforeEach(async () => {
    address = join(await temporary.make(), 's');
    lines = [];
    asked = [];
    server = await ControlServer.listen(address, token, { write: line => lines.push(line) }, () => answers);
  });
  afterEach(async () => {
    for (const connection of open.splice(0)) connection.dispose();
    await server.close();
    await temporary.remove();
  });

  /** A connection that has not introduced itself. */
  async function stranger(): Promise<{ connection: MessageConnection; closed: Promise<unknown> }> {
    const socket = createConnection(address);
    await once(socket, 'connect');
    const connection = createMessageConnection(new FrameReader(socket, 1e6), new FrameWriter(socket));
    connection.onError(() => {});
    connection.listen();
    open.push(connection);
    return { connection, closed: once(socket, 'close') };
  }

  /** A client of another version that has proved to know the token. */
  async function newerClient() {
    const client = await stranger();
    const hello = { protocolVersion: protocolVersion + 1, version: '9.9.9', pid: 1, nonce: 'n' };
    const { nonce } = await client.connection.sendRequest<{ nonce: string }>('hello', hello);
    await client.connection.sendRequest('prove', { proof: proofOf(token, 'client', 'n', nonce) });
    return client;
  }

  it('answers a client that knows the token', async () => {
    const client = await ControlClient.connect({ address, token });
    assert.equal(client.engine.pid, process.pid);
    assert.deepEqual(await client.request('store/clear', {}), {});
    const { cells } = await client.request('view/minimap', { viewId: 1, width: 5, height: 1 });
    assert.deepEqual(cells, new Uint8Array(5).fill(7));
    assert.equal(server.clients.size, 1);
    client.dispose();
  });

  it('refuses a client with a wrong token', async () => {
    // The engine proves itself first, so this client finds out before it has sent its proof.
    await assert.rejects(
      ControlClient.connect({ address, token: randomSecret() }),
      /does not know the token/,
    );
    const { connection, closed } = await stranger();
    const nonce = randomSecret();
    const { nonce: engineNonce } = await connection.sendRequest<{ nonce: string }>('hello', {
      ...introduction,
      nonce,
    });
    const proof = proofOf(randomSecret(), 'client', nonce, engineNonce);
    await assert.rejects(connection.sendRequest('prove', { proof }), { code: controlErrors.refused });
    await closed;
    assert.equal(server.clients.size, 0);
    assert.match(lines.join('\n'), /does not know the token/);
  });

  it("takes no echo of the engine's own proof", async () => {
    const { connection, closed } = await stranger();
    const { proof } = await connection.sendRequest<{ proof: string }>('hello', {
      ...introduction,
      nonce: randomSecret(),
    });
    await assert.rejects(connection.sendRequest('prove', { proof }), { code: controlErrors.refused });
    await closed;
  });

  const early: { [what: string]: (connection: MessageConnection) => Promise<unknown> } = {
    'a request': connection => connection.sendRequest('store/clear', {}),
    'a proof': connection => connection.sendRequest('prove', { proof: 'x' }),
    'a hello without nonce': connection => connection.sendRequest('hello', {}),
    'a hello without anything': connection => connection.sendRequest('hello'),
    'a second hello': async connection => {
      await connection.sendRequest('hello', { ...introduction, nonce: 'n' });
      return connection.sendRequest('hello', { ...introduction, nonce: 'n' });
    },
    'a proof that is no text': async connection => {
      await connection.sendRequest('hello', { ...introduction, nonce: 'n' });
      return connection.sendRequest('prove', { proof: { toString: 'x' } });
    },
  };
  for (const [what, send] of Object.entries(early)) {
    it(`closes after ${what} out of turn`, async () => {
      const { connection, closed } = await stranger();
      await assert.rejects(send(connection));
      await closed;
      assert.deepEqual(asked, []);
      assert.match(lines.join('\n'), /refused/);
      // And goes on for others.
      const client = await ControlClient.connect({ address, token });
      await client.request('store/clear', {});
      client.dispose();
    });
  }

  it('closes after a notification or a long frame from a stranger', async () => {
    const one = await stranger();
    await one.connection.sendNotification('anything', {});
    await one.closed;
    const other = await stranger();
    other.connection
      .sendRequest('hello', { ...introduction, nonce: 'x'.repeat(20_000) })
      .catch(() => 'the connection ends instead');
    await other.closed;
    assert.match(lines.join('\n'), /more than the 16384 allowed/);
  });

  it('names both versions if they do not fit', async () => {
    const { connection, closed } = await newerClient();
    await assert.rejects(connection.sendRequest('store/clear', {}), (error: Error & { code?: number }) => {
      assert.equal(error.code, controlErrors.wrongVersion);
      assert.match(error.message, /9\.9\.9.*protocol 2.*protocol 1/);
      return true;
    });
    await closed;
    assert.deepEqual(asked, []);
  });

  it('hands over to any version that knows the token', async () => {
    const { connection } = await newerClient();
    assert.deepEqual(await connection.sendRequest('engine/handOver', {}), { stopping: true });
    const unknown = await stranger();
    await assert.rejects(unknown.connection.sendRequest('engine/handOver', {}), /before the handshake/);
    assert.deepEqual(asked, ['engine/handOver']);
  });

  it('turns a fault in an answer into an error and a line in the log', async () => {
    const client = await ControlClient.connect({ address, token });
    await assert.rejects(client.request('trace/get', { traceId: 'x' }), /broken/);
    assert.match(lines.join('\n'), /trace\/get failed: TypeError: broken/);
    await client.request('store/clear', {});
    client.dispose();
  });

  it('cancels a request', async () => {
    const client = await ControlClient.connect({ address, token });
    const abort = new AbortController();
    const request = client.request('shapes/list', { attribution: { kind: 'all' } }, abort.signal);
    await client.request('store/clear', {});
    abort.abort();
    await assert.rejects(request, { name: 'AbortError' });
    assert.deepEqual(asked, ['shapes/list', 'store/clear', 'cancelled']);
    client.dispose();
  });

  it('tells a client that the engine went away', async () => {
    const client = await ControlClient.connect({ address, token });
    const closed = new Promise<void>(resolve => client.onDidClose(resolve));
    const pending = client.request('shapes/list', { attribution: { kind: 'all' } });
    await client.request('store/clear', {});
    const lost = assert.rejects(pending, EngineLostError);
    await server.close();
    await Promise.all([closed, lost]);
    await assert.rejects(client.request('store/clear', {}), EngineLostError);
    await assert.rejects(ControlClient.connect({ address, token }), EngineLostError);
  });

  it('is not opened to somebody else who took the address', async () => {
    const other = join(await temporary.make(), 's');
    const impostor: Server = createServer(socket => {
      const connection = createMessageConnection(new FrameReader(socket, 1e6), new FrameWriter(socket));
      connection.onError(() => {});
      connection.onRequest('hello', () => ({ ...introduction, nonce: 'n', proof: '0'.repeat(64) }));
      connection.onRequest('prove', () => asked.push('prove'));
      connection.listen();
    });
    await new Promise<void>(resolve => impostor.listen(other, resolve));
    try {
      await assert.rejects(ControlClient.connect({ address: other, token }), /does not know the token/);
      assert.deepEqual(asked, [], 'no proof was given away');
    } finally {
      await new Promise(resolve => impostor.close(resolve));
    }
  });

  it('does not take an address that is in use, or a file', async () => {
    const log = { write: () => {} };
    await assert.rejects(
      ControlServer.listen(address, token, log, () => answers),
      { name: 'AddressInUseError' },
    );
    await ControlClient.connect({ address, token }).then(client => client.dispose());
    const file = join(await temporary.make(), 'notes');
    await writeFile(file, 'mine');
    await assert.rejects(
      ControlServer.listen(file, token, log, () => answers),
      /not a socket/,
    );
    assert.equal(await readFile(file, 'utf8'), 'mine');
  });
});
