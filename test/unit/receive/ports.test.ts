import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { findPortHolder } from '../../../src/receive/portHolder.ts';
import { PortTakenError } from '../../../src/receive/portTaken.ts';
import { Receiving } from './receiving.ts';

/** Listens in another process, which says on which port. */
async function listenElsewhere(host: string): Promise<{ port: number; child: ChildProcess }> {
  const program = `const s = require('net').createServer().listen(0, '${host}', () => console.log(s.address().port))`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.stdout?.once('data', data => resolve(Number(data)));
  });
  return { port, child };
}

describe('ports', () => {
  for (const host of ['127.0.0.1', '::1', '0.0.0.0']) {
    it(`held by another process on ${host} are refused, and the holder is named`, async () => {
      const { port, child } = await listenElsewhere(host);
      try {
        await assert.rejects(Receiving.start('http', { port }), (error: Error) => {
          assert.ok(error instanceof PortTakenError);
          assert.equal(error.port, port);
          if (process.platform === 'linux') assert.match(error.holder ?? '', /^\S.* \(pid \d+\)$/);
          if (error.holder !== undefined)
            assert.ok(error.holder.includes(`(pid ${child.pid})`), error.holder);
          assert.ok(error.message.includes(String(port)));
          return true;
        });
      } finally {
        child.kill('SIGKILL');
      }
    });
  }

  it('are not kept on one address if the other one is taken', async () => {
    const blocker = await new Promise<Server>(resolve => {
      const server = createServer().listen(0, '::1', () => resolve(server));
    });
    const address = blocker.address();
    assert.ok(typeof address === 'object' && address !== null);
    await assert.rejects(Receiving.start('http', { port: address.port }), PortTakenError);
    const free = createServer();
    await new Promise<void>((resolve, reject) => {
      free.once('error', reject);
      free.listen(address.port, '127.0.0.1', resolve);
    });
    free.close();
    blocker.close();
  });

  it('are opened on the addresses that exist, and the missing ones are told', async () => {
    const receiving = await Receiving.start('http', { hosts: ['127.0.0.1', '192.0.2.1'] });
    assert.deepEqual(receiving.receiver.addresses, ['127.0.0.1']);
    assert.deepEqual(receiving.receiver.warnings, ['192.0.2.1 cannot be listened on (EADDRNOTAVAIL)']);
    await receiving.close();
    await assert.rejects(Receiving.start('http', { hosts: ['192.0.2.1'] }), /No address to listen on/);
  });

  it('are the same on both families of all interfaces', async () => {
    const receiving = await Receiving.start('grpc', { hosts: ['0.0.0.0', '::'] });
    assert.deepEqual(receiving.receiver.addresses, ['0.0.0.0', '::']);
    for (const host of ['127.0.0.1', '[::1]']) {
      const answer = await fetch(`http://${host}:${receiving.port}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      });
      assert.equal(answer.status, 200);
    }
    await receiving.close();
  });

  it('that nobody holds have no holder', async () => {
    const { port, child } = await listenElsewhere('127.0.0.1');
    child.kill('SIGKILL');
    await new Promise(resolve => child.on('close', resolve));
    assert.equal(await findPortHolder(port), undefined);
  });
});
