import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands } from '../../../src/workbench/names.ts';
import { Page } from '../harness/page.ts';
import {
  closeQuickPick,
  eventually,
  quickPickRows,
  run,
  runningApi,
  sendTrace,
  startAfresh,
} from '../support.ts';

describe('why are there no traces?', () => {
  let endpoint: string;

  before(async () => {
    ({ endpoint } = await runningApi());
    await startAfresh();
  });

  async function findings(): Promise<string[]> {
    void run(commands.diagnose);
    return quickPickRows(3);
  }

  async function choose(text: string): Promise<void> {
    await Page.own.click('workbench', `.quick-input-widget .monaco-list-row[aria-label*="${text}"]`);
  }

  it('names the endpoint, the SDK, and what was refused and why', async () => {
    await fetch(`${endpoint}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: 'x',
    });
    const rows = await findings();
    await closeQuickPick();
    assert.ok(
      rows.some(row => row.includes('The receiver is listening') && row.includes(endpoint)),
      rows.join('\n'),
    );
    assert.ok(
      rows.some(row => row.includes('OTLP/HTTP refused: HTTP 415 (1×)')),
      rows.join('\n'),
    );
    assert.ok(
      rows.some(row => row.includes('package.json')),
      rows.join('\n'),
    );
  });

  it('finds that the filter hides everything, and shows it again', async () => {
    await sendTrace(endpoint, [{ name: 'fine' }]);
    await run(commands.showOnlyErrors);
    const rows = await findings();
    assert.ok(
      rows.some(row => row.includes('1 traces are hidden')),
      rows.join('\n'),
    );
    await choose('traces are hidden');
    await eventually('the trace is shown', () =>
      Page.own.evaluate(
        'workbench',
        () => document.querySelector('[role=treeitem][aria-label^="fine"]') !== null,
      ),
    );
  });

  it('can be read as a document', async () => {
    await findings();
    await choose('Open as a Document');
    const editor = await eventually('the document', () => {
      const active = vscode.window.activeTextEditor;
      return active?.document.uri.scheme === 'spanline' && active;
    });
    assert.match(editor.document.getText(), /^# Why are there no traces\?/);
  });
});
