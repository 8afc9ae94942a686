import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands } from '../../../src/workbench/names.ts';
import { Page } from '../harness/page.ts';
import { eventually, extension, rowsWhen, run, sendTrace, viewText } from '../support.ts';

describe('Restricted Mode', () => {
  before(() => {
    assert.equal(vscode.workspace.isTrusted, false, 'the workspace is not trusted');
  });

  it('opens no port for what a repository contains', async () => {
    const api = (await extension().activate()).getApi(1);
    // The search for SDKs in trusted workspaces begins 1.5 s after the start.
    await new Promise(resolve => setTimeout(resolve, 3000));
    assert.equal(api.endpoint, undefined);
  });

  it('shows traces once the user starts the receiver', async () => {
    const api = (await extension().activate()).getApi(1);
    await run('spanline.traces.focus');
    await run(commands.startReceiver);
    const endpoint = await eventually('the receiver listens', () => api.endpoint);
    await sendTrace(endpoint, [{ name: 'seen untrusted' }]);
    await rowsWhen('Traces', 'the trace', rows => rows[0]?.label === 'seen untrusted');
  });

  it('launches nothing with tracing', async () => {
    await run(commands.openTerminal);
    assert.equal(vscode.window.terminals.length, 0);
    await Page.own.waitFor('workbench', () => document.body.innerText.includes('trusted workspaces only'));
  });

  it('offers to manage trust when the receiver is stopped', async () => {
    await run(commands.stopReceiver);
    await eventually('the welcome text', async () => /In Restricted Mode/.test(await viewText('Traces')));
  });
});
