import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { showSpansCommand } from '../../../src/protocol/language.ts';
import { uriOfPath } from '../../../src/workspace/uris.ts';
import { temporaryCopy } from './temporaryCopy.ts';

interface Lens {
  range: { start: { line: number } };
  command: { title: string; command: string; arguments: [{ traceId: string; spanId: string }[], string] };
}

/** The built engine and the built language server, with spans that arrive as from any program. */
describe('code lenses of an engine', function () {
  this.timeout(30_000);
  let folder: string;
  let state: string;
  let endpoint: string;
  let server: ChildProcess;
  let client: MessageConnection;
  const engines: ChildProcess[] = [];

  const startEngine = async () => {
    const engine = spawn(
      process.execPath,
      [
        ...[
          join(process.cwd(), 'dist/cli.js'),
          'serve',
          '--otlp-http',
          '0',
          '--otlp-grpc',
          'off',
          '--no-journal',
        ],
        ...['--control', join(state, 'control'), '--data-dir', join(state, 'data')],
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    engines.push(engine);
    const [line] = await once(createInterface(engine.stdout!), 'line');
    endpoint = JSON.parse(line).endpoints.otlpHttp;
  };

  const stopEngine = async () => {
    const engine = engines.pop()!;
    const ended = once(engine, 'exit');
    engine.kill('SIGKILL');
    await ended;
  };

  /** Spans of 12 ms each. */
  const send = async (name: string, count: number, workspace?: string) => {
    const start = BigInt(Date.now()) * 1_000_000n;
    const spans = Array.from({ length: count }, (_, index) => ({
      traceId: randomBytes(16).toString('hex'),
      spanId: randomBytes(8).toString('hex'),
      name,
      kind: 1,
      startTimeUnixNano: String(start),
      endTimeUnixNano: String(start + 12_000_000n),
      status: index === 0 ? { code: 2 } : {},
    }));
    const attributes = [{ key: 'service.name', value: { stringValue: 'gateway' } }];
    if (workspace !== undefined)
      attributes.push({ key: 'spanline.workspace', value: { stringValue: workspace } });
    const answer = await fetch(`${endpoint}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        resourceSpans: [{ resource: { attributes }, scopeSpans: [{ scope: { name: 'gateway' }, spans }] }],
      }),
    });
    assert.equal(answer.status, 200, await answer.text());
  };

  const lenses = async (): Promise<Lens[]> =>
    client.sendRequest('textDocument/codeLens', {
      textDocument: { uri: uriOfPath(join(folder, 'gateway/src/server.js')) },
    });

  const untilTitled = async (title: string): Promise<Lens[]> => {
    for (;;) {
      const shown = await lenses();
      if (shown.some(lens => lens.command.title === title)) return shown;
      await sleep(50);
    }
  };

  beforeEach(async () => {
    folder = await temporaryCopy();
    state = await realpath(await mkdtemp(join(tmpdir(), 'spanline-state-')));
  });

  afterEach(async () => {
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
    client.dispose();
    while (engines.length > 0) await stopEngine();
    await rm(folder, { recursive: true });
    await rm(state, { recursive: true });
  });

  const startServer = async (workspaceUri?: string) => {
    server = spawn(process.execPath, [join(process.cwd(), 'dist/languageServer.js')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    client = createMessageConnection(
      new StreamMessageReader(server.stdout!),
      new StreamMessageWriter(server.stdin!),
    );
    client.listen();
    await client.sendRequest('initialize', {
      processId: process.pid,
      rootUri: null,
      capabilities: { workspace: { codeLens: { refreshSupport: true } } },
      workspaceFolders: [{ uri: uriOfPath(folder), name: 'shop' }],
      initializationOptions: { controlAddress: join(state, 'control'), workspaceUri, codeLensEnabled: true },
    });
    await client.sendNotification('initialized', {});
  };

  it('count what arrives, ask for a refresh, and carry the spans', async () => {
    await startEngine();
    await startServer();
    const refreshed = new Promise<void>(resolve =>
      client.onRequest('workspace/codeLens/refresh', () => {
        resolve();
        return null;
      }),
    );
    await send('place checkout', 3);
    await refreshed;
    const [few] = await untilTitled('3 spans · 12 ms · 1 error');
    assert.equal(few.range.start.line, 13);
    await send('place checkout', 9);
    const [lens] = await untilTitled('12 spans · p95 12 ms · 2 errors');
    assert.equal(lens.command.command, showSpansCommand);
    assert.equal(lens.command.arguments[0].length, 12);
    assert.match(lens.command.arguments[0][0].traceId, /^[0-9a-f]{32}$/);
    assert.equal(lens.command.arguments[1], lens.command.title);
  });

  it('count everything until something comes from their own workspace', async () => {
    await startEngine();
    await startServer('file:///mine');
    await send('place checkout', 3);
    await untilTitled('3 spans · 12 ms · 1 error');
    await send('place checkout', 2, 'file:///mine');
    await untilTitled('2 spans · 12 ms · 1 error');
  });

  it('count only their own workspace, and find the engine that comes later and again', async () => {
    await startServer('file:///mine');
    assert.deepEqual(await lenses(), []);
    await startEngine();
    await send('place checkout', 1, 'file:///mine');
    await send('place checkout', 4, 'file:///others');
    await send('place checkout', 2);
    await untilTitled('1 span · 12 ms · 1 error');
    await stopEngine();
    await startEngine();
    await send('place checkout', 2, 'file:///mine');
    await untilTitled('2 spans · 12 ms · 1 error');
  });
});
