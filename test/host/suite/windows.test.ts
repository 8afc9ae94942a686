import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import * as vscode from 'vscode';
import { readDiscovery } from '../../../src/engine/discovery.ts';
import { defaultStateDirectory } from '../../../src/engine/stateDirectory.ts';
import { commands } from '../../../src/workbench/names.ts';
import { Page } from '../harness/page.ts';
import {
  closeQuickPick,
  eventually,
  quickInputFocused,
  rowsWhen,
  run,
  runningApi,
  sendTrace,
  startAfresh,
} from '../support.ts';

async function showContainer(page: Page): Promise<void> {
  await page.waitFor('workbench', () => document.querySelector('.activitybar a[aria-label^="Spanline"]'));
  await page.click('workbench', '.activitybar a[aria-label^="Spanline"]');
}

/** As the user does it: VS Code writes down what is open before the page goes. */
async function reloadWindow(page: Page): Promise<void> {
  await page.evaluate('workbench', () => document.body.setAttribute('data-before', ''));
  await page.press('F1');
  await quickInputFocused(page);
  await page.type('Developer: Reload Window');
  await page.waitFor('workbench', () =>
    document.querySelector('.quick-input-widget .monaco-list-row[aria-label^="Developer: Reload Window"]'),
  );
  await page.press('Enter');
  const isNew = () =>
    !document.body.hasAttribute('data-before') && document.querySelector('.part.activitybar') !== null;
  await eventually('the window is new', () => page.evaluate('workbench', isNew).catch(() => false), 30_000);
}

describe('several windows, reloads, and an engine that dies', function () {
  this.timeout(90_000);
  let endpoint: string;

  before(async () => {
    ({ endpoint } = await runningApi());
  });
  beforeEach(startAfresh);

  it('shares one engine between two windows', async () => {
    const pid = (await readDiscovery(defaultStateDirectory()))?.pid;
    await sendTrace(endpoint, [{ name: 'seen by both' }]);
    const second = await Page.open();
    try {
      await showContainer(second);
      await rowsWhen(
        'Traces',
        'the trace in the second window',
        rows => rows.some(row => row.label === 'seen by both'),
        second,
      );
      await sendTrace(endpoint, [{ name: 'live in both' }]);
      for (const page of [second, Page.own])
        await rowsWhen('Traces', 'the new trace', rows => rows[0]?.label === 'live in both', page);
      assert.equal((await readDiscovery(defaultStateDirectory()))?.pid, pid);
    } finally {
      await second.close();
    }
  });

  it('keeps the traces and the panel of a window that is reloaded', async () => {
    await sendTrace(endpoint, [{ name: 'kept', serviceName: 'keeper' }]);
    const second = await Page.open();
    try {
      await showContainer(second);
      await rowsWhen('Traces', 'the trace', rows => rows.length === 1, second);
      await second.click('workbench', '[role=treeitem][aria-label^="kept"]');
      const isDrawn = () => document.querySelector('[role=treegrid] [role=row][aria-label*="kept"]') !== null;
      await eventually('the panel is drawn', () => second.evaluate('panel', isDrawn));
      await reloadWindow(second);
      await eventually(
        'the panel is back',
        () => second.evaluate('panel', isDrawn).catch(() => false),
        30_000,
      );
      await rowsWhen('Traces', 'the trace after the reload', rows => rows[0]?.label === 'kept', second);
    } finally {
      await second.close();
    }
  });

  it('starts an engine that died again, at the next port if its own was taken meanwhile', async () => {
    const before = await readDiscovery(defaultStateDirectory());
    assert.ok(before);
    const { port } = new URL(endpoint);
    process.kill(before.pid, 'SIGKILL');
    const intruder = createServer((_, response) => response.end('not a receiver'));
    await eventually(
      'the port is taken',
      () =>
        new Promise<boolean>(resolve => {
          intruder.once('error', () => resolve(false)).listen(Number(port), '127.0.0.1', () => resolve(true));
        }),
    );
    try {
      const api = await runningApi();
      await eventually('another endpoint', () => api.endpoint !== endpoint && api.endpoint, 30_000);
      assert.notEqual(new URL(api.endpoint).port, port);
      await sendTrace(api.endpoint, [{ name: 'after the death' }]);
      await rowsWhen('Traces', 'a trace', rows => rows[0]?.label === 'after the death');
      void run(commands.diagnose);
      await Page.own.waitFor(
        'workbench',
        taken =>
          [...document.querySelectorAll('.quick-input-widget .monaco-list-row')].some(row =>
            row.getAttribute('aria-label')?.includes(`Port ${taken} is held by`),
          ),
        port,
      );
      await closeQuickPick();
    } finally {
      intruder.close();
    }
  });

  it('detaches this window when the receiver is stopped, and attaches again', async () => {
    await run(commands.stopReceiver);
    await Page.own.waitFor('workbench', () =>
      document.body.innerText.includes('The receiver is not running in this window.'),
    );
    const api = await runningApi();
    assert.ok(api.endpoint);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });
});
