import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { connectToEngine } from '../../../src/engine/client.ts';
import type { ControlClient } from '../../../src/engine/controlClient.ts';
import { controlErrors } from '../../../src/protocol/control.ts';
import { Processes } from './processes.ts';
import { TemporaryDirectories } from './temporary.ts';

const temporary = new TemporaryDirectories();

describe('receivers at run time', function () {
  this.timeout(20_000);
  let processes: Processes;
  let engine: ControlClient;

  before(async () => {
    const directory = await temporary.make();
    processes = new Processes(directory);
    const flags = ['--otlp-http', '0', '--otlp-grpc', 'off', '--data-dir', directory];
    engine = await connectToEngine({ control: (await processes.serve(flags)).control });
  });
  after(async () => {
    engine.dispose();
    await processes.end();
    await temporary.remove();
  });

  it('are opened, receive, and are closed again', async () => {
    const open = () => engine.request('receiver/open', { receiver: 'zipkin', port: 0 });
    const [{ address }, again] = await Promise.all([open(), open()]);
    assert.equal(again.address, address);
    assert.equal((await engine.request('status', {})).endpoints.zipkin, address);
    const span = {
      traceId: '00000000000000ab',
      id: '00000000000000ab',
      name: 'get',
      localEndpoint: { serviceName: 'a' },
    };
    const sent = await fetch(`${address}/api/v2/spans`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([{ ...span, timestamp: 1_700_000_000_000_000, duration: 10 }]),
    });
    assert.equal(sent.status, 202);
    assert.equal((await engine.request('status', {})).spansStored, 1);
    await engine.request('receiver/close', { receiver: 'zipkin' });
    assert.equal((await engine.request('status', {})).endpoints.zipkin, undefined);
    await assert.rejects(fetch(`${address}/health`));
  });

  it('say that a port is taken, and take no other', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    await assert.rejects(engine.request('receiver/open', { receiver: 'datadog', port }), {
      code: controlErrors.portTaken,
      message: new RegExp(`Port ${port} is taken`),
    });
    holder.close();
    await assert.rejects(
      engine.request('receiver/open', { receiver: 'toString' as 'zipkin', port: 0 }),
      /no receiver/,
    );
  });
});
