import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { EngineLink } from '../../../src/workbench/link/engineLink.ts';
import { engineOptions } from '../../../src/workbench/link/receiverControl.ts';
import { offerReceivers } from '../../../src/workbench/link/receiverOffer.ts';
import { commands } from '../../../src/workbench/names.ts';
import { Page } from '../harness/page.ts';
import {
  closeQuickPick,
  eventually,
  extension,
  quickPickRows,
  rowsWhen,
  run,
  runningApi,
  shopFolder,
  startAfresh,
} from '../support.ts';

describe('receivers that are opened on request', function () {
  this.timeout(60_000);
  let holder: Server;

  before(async () => {
    await runningApi();
    // Whoever has the port, it is taken now.
    holder = createServer().on('error', () => {});
    holder.listen(9411, '127.0.0.1');
  });
  beforeEach(startAfresh);
  after(() => holder.close());

  it('tells that a port is taken, opens another one, and closes it again', async () => {
    void run(commands.openReceiver);
    await rowWith('Zipkin, 9411');
    await Page.own.type('Zipkin');
    await Page.own.press('Enter');
    await rowWith('Port 9411 is held');
    await Page.own.press('Enter');
    await Page.own.waitFor('workbench', () =>
      document.querySelector('.quick-input-widget')?.textContent?.includes('Port for Zipkin'),
    );
    await Page.own.press('Enter');
    const open = await rowWith('open at');
    const [, address = ''] = /open at (http:\/\/[\d.]+:\d+)/.exec(open) ?? [];
    const id = randomBytes(8).toString('hex');
    const span = { traceId: id, id, name: 'get /stock', localEndpoint: { serviceName: 'stock' } };
    const sent = await fetch(`${address}/api/v2/spans`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([{ ...span, timestamp: Date.now() * 1000, duration: 1000 }]),
    });
    assert.equal(sent.status, 202);
    await Page.own.press('Enter');
    await rowWith('Zipkin, 9411');
    await closeQuickPick();
    await assert.rejects(fetch(`${address}/health`));
    await rowsWhen('Traces', 'the trace of the Zipkin client', rows =>
      rows.some(row => /stock/.test(row.spoken)),
    );
  });

  it('are offered once where the workspace has their clients, and opened if that is wished', async () => {
    const folder = join(shopFolder, 'old-client');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'package.json'), '{"dependencies":{"dd-trace":"^5.0.0"}}');
    const log = vscode.window.createOutputChannel('offer', { log: true });
    const link = new EngineLink(join(extension().extensionPath, 'dist/engine.js'), engineOptions, log);
    const memory = mementoOf(new Map());
    const control = { require: () => link.start(), ensure: () => link.start().then(() => true) };
    try {
      const { token } = new vscode.CancellationTokenSource();
      const offered = offerReceivers(link, control, memory, token);
      await run('notifications.showList');
      await Page.own.waitFor('workbench', () =>
        document.querySelector('.notifications-center')?.textContent?.includes('This workspace uses Datadog'),
      );
      await Page.own.click('workbench', '.notifications-center .monaco-button:has-text("Never")');
      await offered;
      assert.equal(link.state, 'stopped');
      await offerReceivers(link, control, memory, token);
      await memory.update('receiver.offers', { Datadog: 'open' });
      await offerReceivers(link, control, memory, token);
      // Another program of this machine may have port 8126: then it is named.
      await eventually(
        'the receiver is open, or who has its port is said',
        async () =>
          link.endpoints.datadog !== undefined ||
          (await Page.own.evaluate('workbench', () => document.body.innerText.includes('Port 8126 is held'))),
      );
      await link.request('receiver/close', { receiver: 'datadog' });
    } finally {
      // An open list would take the next Escape.
      await run('notifications.hideList');
      await run('notifications.clearAll');
      link.dispose();
      log.dispose();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

function mementoOf(values: Map<string, unknown>): vscode.Memento {
  return {
    keys: () => [...values.keys()],
    get: <T>(key: string, fallback?: T) => (values.get(key) ?? fallback) as T,
    update: async (key, value) => void values.set(key, value),
  };
}

function rowWith(text: string): Promise<string> {
  return eventually(text, async () => (await quickPickRows(1)).find(row => row.includes(text)));
}
