import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  ChannelClient,
  ChannelServer,
  type MessagePipe,
  RequestError,
} from '../../../src/protocol/channel.ts';

interface Requests {
  double: [{ value: number }, { value: number }];
  bytes: [{ data: Uint8Array }, { data: Uint8Array }];
  hang: [Record<string, never>, Record<string, never>];
  fail: [{ code?: number }, Record<string, never>];
}
interface Notifications {
  changed: { generation: number };
}

/** Two ends joined by a real MessageChannel, so that messages are cloned as a webview's are. */
function joined() {
  const { port1, port2 } = new MessageChannel();
  const pipe = (port: MessagePort): MessagePipe & { seen: unknown[] } => {
    const seen: unknown[] = [];
    return {
      seen,
      post: message => port.postMessage(message),
      onMessage: listener => {
        const receive = (event: MessageEvent) => {
          seen.push(event.data);
          listener(event.data);
        };
        port.addEventListener('message', receive as never);
        port.start();
        return { dispose: () => port.removeEventListener('message', receive as never) };
      },
    };
  };
  const serverPipe = pipe(port2 as unknown as MessagePort);
  const aborted: string[] = [];
  const server = new ChannelServer<Requests, Notifications>(
    serverPipe,
    {
      double: params => typeof (params as { value?: unknown })?.value === 'number',
      bytes: params => (params as { data?: unknown })?.data instanceof Uint8Array,
      hang: () => true,
      fail: () => true,
    },
    {
      double: ({ value }) => ({ value: 2 * value }),
      bytes: ({ data }) => ({ data: data.map(byte => byte + 1) }),
      hang: (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted.push('hang');
            reject(signal.reason);
          });
        }),
      fail: ({ code }) => {
        throw Object.assign(new Error('it failed'), code === undefined ? {} : { code });
      },
    },
  );
  const client = new ChannelClient<Requests, Notifications>(pipe(port1 as unknown as MessagePort));
  return {
    client,
    server,
    aborted,
    serverSaw: serverPipe.seen,
    raw: port1,
    close: () => {
      client.dispose();
      server.dispose();
      port1.close();
    },
  };
}

const endsWith = (code: string | number) => (error: unknown) => {
  assert.ok(error instanceof RequestError);
  assert.equal(error.code, code);
  return true;
};

describe('channel', () => {
  it('answers requests, many at a time, each with its own answer', async () => {
    const ends = joined();
    const answers = await Promise.all([1, 2, 3].map(value => ends.client.request('double', { value })));
    assert.deepEqual(answers, [{ value: 2 }, { value: 4 }, { value: 6 }]);
    ends.close();
  });

  it('carries bytes as buffers of exactly their size, both ways', async () => {
    const ends = joined();
    const pool = new Uint8Array(4096).fill(7);
    const { data } = await ends.client.request('bytes', { data: pool.subarray(10, 13) });
    assert.deepEqual(data, new Uint8Array([8, 8, 8]));
    const sent = ends.serverSaw[0] as { params: { data: unknown } };
    assert.ok(sent.params.data instanceof ArrayBuffer);
    assert.equal(sent.params.data.byteLength, 3);
    ends.close();
  });

  it('passes a numeric code and the message of a failure', async () => {
    const ends = joined();
    await assert.rejects(ends.client.request('fail', { code: -31002 }), endsWith(-31002));
    await assert.rejects(ends.client.request('fail', {}), { code: 'failed', message: 'it failed' });
    ends.close();
  });

  it('refuses parameters of the wrong shape before the handler sees them', async () => {
    const ends = joined();
    await assert.rejects(ends.client.request('double', { value: 'x' as never }), endsWith('badRequest'));
    ends.close();
  });

  it('answers a request it does not know, inherited property names included', async () => {
    const ends = joined();
    for (const method of ['nothing', 'toString', '__proto__'])
      await assert.rejects(ends.client.request(method as 'double', { value: 1 }), endsWith('unknownMethod'));
    ends.close();
  });

  it('cancels at both ends', async () => {
    const ends = joined();
    const controller = new AbortController();
    const request = ends.client.request('hang', {}, { signal: controller.signal });
    await ends.client.request('double', { value: 1 });
    controller.abort();
    await assert.rejects(request, endsWith('cancelled'));
    await ends.client.request('double', { value: 1 });
    assert.deepEqual(ends.aborted, ['hang']);
    ends.close();
  });

  it('gives a request up after its time-out, and tells the other end', async () => {
    const ends = joined();
    await assert.rejects(ends.client.request('hang', {}, { timeout: 5 }), endsWith('timeout'));
    await ends.client.request('double', { value: 1 });
    assert.deepEqual(ends.aborted, ['hang']);
    ends.close();
  });

  it('rejects what is open when it is closed, and what is asked afterwards', async () => {
    const ends = joined();
    const request = ends.client.request('hang', {});
    ends.client.dispose();
    await assert.rejects(request, endsWith('closed'));
    await assert.rejects(ends.client.request('double', { value: 1 }), endsWith('closed'));
    ends.close();
  });

  it('delivers notifications until the listener is disposed', async () => {
    const ends = joined();
    const seen: number[] = [];
    const subscription = ends.client.on('changed', ({ generation }) => seen.push(generation));
    ends.server.notify('changed', { generation: 1 });
    await ends.client.request('double', { value: 1 });
    subscription.dispose();
    ends.server.notify('changed', { generation: 2 });
    await ends.client.request('double', { value: 1 });
    assert.deepEqual(seen, [1]);
    ends.close();
  });

  it('ignores messages that are none of its own', async () => {
    const ends = joined();
    for (const message of [null, 7, 'text', [], { type: 'result' }, { type: 'request', id: 'x' }, {}])
      ends.raw.postMessage(message);
    assert.deepEqual(await ends.client.request('double', { value: 4 }), { value: 8 });
    ends.close();
  });
});
