import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands } from '../../../src/workbench/names.ts';
import { Page } from '../harness/page.ts';
import {
  eventually,
  quickInputFocused,
  rowsWhen,
  run,
  runningApi,
  runShop,
  sendTrace,
  showTraces,
  startAfresh,
  treeRows,
  viewText,
} from '../support.ts';

function textWhen(pattern: RegExp): Promise<boolean> {
  return eventually(`the view says ${pattern}`, async () => pattern.test(await viewText('Traces')));
}

describe('the tree of traces', () => {
  let endpoint: string;

  before(async () => {
    ({ endpoint } = await runningApi());
    await showTraces();
  });
  beforeEach(startAfresh);

  it('says where it listens while it is empty', async () => {
    await rowsWhen('Traces', 'the tree is empty', rows => rows.length === 0);
    await textWhen(/waiting for the first trace/);
    const text = await viewText('Traces');
    assert.ok(text.includes(new URL(endpoint).host), text);
  });

  it('fills from the three exporters of the shop', async function () {
    this.timeout(60_000);
    await runShop(endpoint, 12);
    const services = await rowsWhen('Services', 'three services', rows => rows.length >= 3);
    assert.deepEqual(services.map(row => row.label).sort(), ['gateway', 'orders', 'payments']);
    const rows = await rowsWhen('Traces', 'traces of the shop', found =>
      found.some(row => row.label === 'POST /checkout'),
    );
    const checkout = rows.find(row => row.label === 'POST /checkout');
    assert.match(checkout?.description ?? '', /^[\d.]+ ms · \d+:\d\d:\d\d.* · gateway · \d+ spans$/);
    assert.match(checkout?.spoken ?? '', /POST \/checkout, gateway/);
  });

  it('shows the newest first, and errors by icon and word', async () => {
    await sendTrace(endpoint, [{ name: 'first' }]);
    await rowsWhen('Traces', 'the first', rows => rows.length === 1);
    await sendTrace(endpoint, [{ name: 'second', isError: true }]);
    const rows = await rowsWhen('Traces', 'both', found => found.length === 2);
    assert.deepEqual(
      rows.map(row => row.label),
      ['second', 'first'],
    );
    assert.match(rows[0].icon, /codicon-error/);
    assert.match(rows[0].spoken, /1 error/);
    assert.doesNotMatch(rows[1].icon, /codicon-error/);
  });

  it('shows markup and control characters in a name as text', async () => {
    await sendTrace(endpoint, [{ name: '**bold** [x](command:workbench.action.quit) $(bug)\n\u202etwo' }]);
    const [row] = await rowsWhen('Traces', 'the trace', rows => rows.length === 1);
    assert.equal(row.label, '**bold** [x](command:workbench.action.quit) $(bug) two');
  });

  it('groups by root operation', async () => {
    for (const name of ['a', 'b', 'a']) await sendTrace(endpoint, [{ name }]);
    await rowsWhen('Traces', 'three traces', rows => rows.length === 3);
    await run(commands.groupTraces);
    const rows = await rowsWhen('Traces', 'two groups', found => found.length === 2);
    assert.deepEqual(rows.map(row => row.label).sort(), ['a', 'b']);
    assert.match(rows.find(row => row.label === 'a')?.description ?? '', /2 traces/);
    await Page.own.click('workbench', '[role=treeitem]:has-text("2 traces") .monaco-tl-twistie');
    await rowsWhen(
      'Traces',
      'the traces of the group',
      found => found.filter(row => row.level === 2).length === 2,
    );
    await sendTrace(endpoint, [{ name: 'a' }]);
    await rowsWhen(
      'Traces',
      'the open group grows',
      found => found.filter(row => row.level === 2).length === 3,
    );
  });

  it('shows only traces with errors when asked, and says so when that hides all', async () => {
    await sendTrace(endpoint, [{ name: 'fine' }]);
    await rowsWhen('Traces', 'the trace', rows => rows.length === 1);
    await run(commands.showOnlyErrors);
    await rowsWhen('Traces', 'nothing', rows => rows.length === 0);
    await textWhen(/No trace matches the filter/);
    await sendTrace(endpoint, [{ name: 'broken', isError: true }]);
    const rows = await rowsWhen('Traces', 'the broken one', found => found.length === 1);
    assert.equal(rows[0].label, 'broken');
    await textWhen(/Errors only/);
  });

  it('filters by words as they are typed, and takes them back on Escape', async () => {
    for (const name of ['apple', 'pear']) await sendTrace(endpoint, [{ name }]);
    await rowsWhen('Traces', 'both', rows => rows.length === 2);
    void run(commands.filterTraces);
    await quickInputFocused();
    await Page.own.type('pea');
    const rows = await rowsWhen('Traces', 'one', found => found.length === 1);
    assert.equal(rows[0].label, 'pear');
    await Page.own.press('Escape');
    await rowsWhen('Traces', 'both again', found => found.length === 2);
  });

  it('keeps still while it is paused', async () => {
    await sendTrace(endpoint, [{ name: 'before' }]);
    await rowsWhen('Traces', 'the trace', rows => rows.length === 1);
    await run(commands.pauseTraces);
    await sendTrace(endpoint, [{ name: 'meanwhile' }]);
    await Page.own.waitFor('workbench', () => document.body.innerText.includes('Paused; there is more'));
    assert.deepEqual(
      (await treeRows('Traces')).map(row => row.label),
      ['before'],
    );
    await run(commands.resumeTraces);
    await rowsWhen('Traces', 'both', rows => rows.length === 2);
  });

  it('separates this workspace from what comes from elsewhere', async () => {
    const own = vscode.workspace.workspaceFolders?.[0]?.uri.toString() ?? '';
    await sendTrace(endpoint, [{ name: 'ours' }], { 'spanline.workspace': own });
    await sendTrace(endpoint, [{ name: 'theirs' }], { 'spanline.workspace': 'file:///elsewhere' });
    await sendTrace(endpoint, [{ name: 'of nobody' }]);
    const labels = (rows: { label: string }[]) => rows.map(row => row.label).join();
    await rowsWhen('Traces', 'all', rows => labels(rows) === 'of nobody,theirs,ours');
    await run(commands.showWorkspaceTraces);
    await rowsWhen('Traces', 'ours', rows => labels(rows) === 'ours');
    await run(commands.showUnattributedTraces);
    await rowsWhen('Traces', 'those of nobody', rows => labels(rows) === 'of nobody');
  });

  it('opens a trace with its JSON, and copies its id', async () => {
    const { traceId } = await sendTrace(endpoint, [{ name: 'json' }]);
    await run(commands.openTrace, traceId);
    await run(commands.openTraceJson);
    const document = vscode.window.activeTextEditor?.document;
    assert.equal(document?.languageId, 'json');
    assert.equal(
      JSON.parse(document?.getText() ?? '').resourceSpans[0].scopeSpans[0].spans[0].traceId,
      traceId,
    );
  });

  it('answers queries through the API', async () => {
    const api = await runningApi();
    const changed = new Promise<void>(resolve => {
      const subscription = api.onDidChangeTraces(() => {
        subscription.dispose();
        resolve();
      });
    });
    const { traceId } = await sendTrace(endpoint, [{ name: 'asked for', attributes: { answer: 42 } }]);
    await changed;
    const [found] = await api.query('{ span.answer = 42 }');
    assert.equal(found.traceId, traceId);
    await assert.rejects(api.query('{ span.'), /./);
  });
});
