import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as vscode from 'vscode';
import { commands } from '../../../src/workbench/names.ts';
import { Page } from '../harness/page.ts';
import {
  closeQuickPick,
  eventually,
  quickInputFocused,
  quickPickRows,
  run,
  runningApi,
  sendTrace,
  startAfresh,
} from '../support.ts';

describe('forwarding', function () {
  this.timeout(60_000);
  const received: { path: string; authorization: string | undefined; bytes: number }[] = [];
  let server: Server;
  let endpoint: string;
  let target: string;

  before(async () => {
    ({ endpoint } = await runningApi());
    server = createServer(async (request, response) => {
      let bytes = 0;
      for await (const chunk of request) bytes += (chunk as Buffer).length;
      received.push({ path: request.url ?? '', authorization: request.headers.authorization, bytes });
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(startAfresh);
  after(async () => {
    await run(commands.stopForwarding);
    await setUrl(undefined);
    server.closeAllConnections();
    server.close();
  });

  it('starts with the secret of the target, tells how it goes, and stops', async () => {
    void run(commands.startForwarding);
    await quickInputFocused();
    await Page.own.type(target);
    await Page.own.press('Enter');
    await quickPickRows(3);
    assert.match(await title(), new RegExp(`Forwarding to ${target}.*, masked`));
    await closeQuickPick();

    const setting = run(commands.setForwardHeader);
    await quickInputFocused();
    await Page.own.press('Enter');
    await Page.own.waitFor(
      'workbench',
      () => document.querySelector('.quick-input-widget input[type=password]') !== null,
    );
    await Page.own.type('Bearer of-the-target');
    await Page.own.press('Enter');
    await setting;
    const settings = JSON.stringify(vscode.workspace.getConfiguration('spanline'));
    assert.ok(!settings.includes('of-the-target'), 'the secret is in no setting');

    received.length = 0;
    await sendTrace(endpoint, [{ name: 'sent on' }]);
    const [first] = await eventually('the target has the trace', () => received.length > 0 && received);
    assert.deepEqual([first.path, first.authorization], ['/v1/traces', 'Bearer of-the-target']);
    void run(commands.showForwarding);
    await eventually('what was sent is counted', async () => /1 sent, 0 rejected/.test(await pickText()));
    await closeQuickPick();

    await run(commands.stopForwarding);
    void run(commands.showForwarding);
    await quickPickRows(3);
    assert.match(await title(), /Forwarding is off/);
    await closeQuickPick();
    const before = received.length;
    await sendTrace(endpoint, [{ name: 'kept here' }]);
    // What is forwarded comes in the order in which it was received: the next one would come after it.
    void run(commands.startForwarding);
    await quickPickRows(3);
    await closeQuickPick();
    await sendTrace(endpoint, [{ name: 'sent on again' }]);
    await eventually('only the next trace is sent on', () => received.length > before);
    assert.equal(received.length, before + 1);
  });
});

function title(): Promise<string> {
  return Page.own.evaluate(
    'workbench',
    () => document.querySelector('.quick-input-widget .quick-input-title')?.textContent ?? '',
  );
}

function pickText(): Promise<string> {
  return Page.own.evaluate(
    'workbench',
    () => document.querySelector<HTMLInputElement>('.quick-input-widget input')?.placeholder ?? '',
  );
}

function setUrl(value: string | undefined): Thenable<void> {
  return vscode.workspace
    .getConfiguration('spanline')
    .update('forward.url', value, vscode.ConfigurationTarget.Global);
}
