import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import type { SourceCandidate, SpanToLocate } from '../../../src/model/source.ts';
import type { LanguageRequests } from '../../../src/protocol/language.ts';
import { uriOfPath } from '../../../src/workspace/uris.ts';
import { span } from '../locate/fixtureWorkspace.ts';
import { temporaryCopy } from './temporaryCopy.ts';

const bundle = join(process.cwd(), 'dist/languageServer.js');

/** The built server, spoken to as any LSP client would. */
describe('language server', function () {
  this.timeout(20_000);
  let folder: string;
  let server: ChildProcess;
  let client: MessageConnection;

  beforeEach(async () => {
    folder = await temporaryCopy();
    server = spawn(process.execPath, [bundle], { stdio: ['pipe', 'pipe', 'inherit'] });
    client = createMessageConnection(
      new StreamMessageReader(server.stdout!),
      new StreamMessageWriter(server.stdin!),
    );
    client.listen();
    const { capabilities } = (await client.sendRequest('initialize', {
      processId: process.pid,
      rootUri: null,
      capabilities: {},
      workspaceFolders: [{ uri: uriOfPath(folder), name: 'shop' }],
    })) as { capabilities: { codeLensProvider?: object } };
    assert.ok(capabilities.codeLensProvider);
    await client.sendNotification('initialized', {});
  });

  afterEach(async () => {
    if (server.exitCode === null) {
      server.kill('SIGKILL');
      await once(server, 'exit');
    }
    client.dispose();
    await rm(folder, { recursive: true });
  });

  const locate = async (wanted: SpanToLocate): Promise<SourceCandidate[]> => {
    const params: LanguageRequests['spanline/locate'][0] = { span: wanted };
    return ((await client.sendRequest('spanline/locate', params)) as LanguageRequests['spanline/locate'][1])
      .candidates;
  };
  const place = async (name: string) => (await locate(span(name)))[0];

  it('finds lines of all its languages right after the start', async () => {
    const found = await Promise.all(
      ['place checkout', 'reserve stock', 'read level', 'settle batch'].map(place),
    );
    assert.deepEqual(
      found.map(({ path, preview }) => [path, preview.includes('@span')]),
      [
        ['gateway/src/server.js', true],
        ['orders/src/orders.ts', true],
        ['stock/stock/levels.py', true],
        ['payments/main.go', true],
      ],
    );
    const status = (await client.sendRequest(
      'spanline/indexStatus',
      {},
    )) as LanguageRequests['spanline/indexStatus'][1];
    assert.ok(status.ready && status.callSites > 20 && status.files > 5, JSON.stringify(status));
  });

  it('follows files that change on disk', async () => {
    await place('place checkout');
    const path = join(folder, 'orders/src/new file.ts');
    await writeFile(path, "\ntracer.startSpan('brand new');\n");
    await client.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: uriOfPath(path), type: 1 }],
    });
    const found = await until(() => place('brand new'));
    assert.deepEqual([found.uri, found.path, found.line], [uriOfPath(path), 'orders/src/new file.ts', 2]);
    await rm(path);
    await client.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: uriOfPath(path), type: 3 }],
    });
    await until(async () => ((await place('brand new')) === undefined ? true : undefined));
  });

  it('reads open documents as they are in the editor', async () => {
    const uri = uriOfPath(join(folder, 'gateway/src/server.js'));
    await client.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'javascript', version: 1, text: "\n\ntracer.startSpan('unsaved');\n" },
    });
    const found = await until(() => place('unsaved'));
    assert.deepEqual(
      [found.path, found.line, found.preview],
      ['gateway/src/server.js', 3, "tracer.startSpan('unsaved');"],
    );
    await client.sendNotification('textDocument/didClose', { textDocument: { uri } });
    await until(async () => ((await place('unsaved')) === undefined ? true : undefined));
    assert.equal((await until(() => place('place checkout'))).line, 14);
  });

  it('shows no lenses without an engine, and ends when it is told to', async () => {
    const uri = uriOfPath(join(folder, 'gateway/src/server.js'));
    assert.deepEqual(await client.sendRequest('textDocument/codeLens', { textDocument: { uri } }), []);
    await client.sendRequest('shutdown');
    const ended = once(server, 'exit');
    await client.sendNotification('exit');
    assert.deepEqual(await ended, [0, null]);
  });
});

/** Asks until there is an answer; mocha's time-out is the limit. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(20);
  }
}
