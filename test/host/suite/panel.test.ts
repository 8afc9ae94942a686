import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { commands } from '../../../src/workbench/names.ts';
import { Page } from '../harness/page.ts';
import {
  closeQuickPick,
  eventually,
  quickPickRows,
  run,
  runningApi,
  runShop,
  type SentSpan,
  sendTrace,
  shopFolder,
  startAfresh,
} from '../support.ts';

/** The rows of the waterfall as they are drawn: name and depth. */
function panelRows(): Promise<{ name: string; level: number; spoken: string }[]> {
  return Page.own.evaluate('panel', () =>
    [...document.querySelectorAll('[role=treegrid] [role=row][aria-level]')].map(row => ({
      name: (row.querySelector('.name, .row-name') ?? row).textContent?.trim() ?? '',
      level: Number(row.getAttribute('aria-level')),
      spoken: row.getAttribute('aria-label') ?? '',
    })),
  );
}

async function panelRowsWhen(count: number) {
  return eventually(`${count} rows in the panel`, async () => {
    const rows = await panelRows();
    return rows.length === count && rows;
  });
}

function lineOf(file: string, text: string): number {
  const lines = readFileSync(join(shopFolder, file), 'utf8').split('\n');
  const at = lines.findIndex(line => line.includes(text));
  assert.ok(at >= 0, `${file} has no line with ${text}`);
  return at + 1;
}

async function editorAt(path: string, line: number): Promise<void> {
  await eventually(
    `the cursor is in ${path}, line ${line}; it is in ${vscode.window.activeTextEditor?.document.uri.path}, ${vscode.window.activeTextEditor?.selection.active.line}`,
    () => {
      const editor = vscode.window.activeTextEditor;
      return editor?.document.uri.path.endsWith(path) && editor.selection.active.line === line - 1;
    },
  );
}

describe('the trace panel', () => {
  let endpoint: string;

  before(async () => {
    ({ endpoint } = await runningApi());
  });
  beforeEach(startAfresh);

  it('shows the spans of a trace in order, and grows with it', async () => {
    const root: SentSpan = { name: 'root', duration: 50 };
    const child: SentSpan = { name: 'child', parent: root, duration: 20, isError: true };
    const { traceId, spanIds } = await sendTrace(endpoint, [
      root,
      child,
      { name: 'grandchild', parent: child },
    ]);
    await run(commands.openTrace, traceId);
    const rows = await panelRowsWhen(3);
    assert.deepEqual(
      rows.map(({ level }) => level),
      [1, 2, 3],
    );
    assert.match(rows[0].spoken, /root/);
    assert.match(rows[1].spoken, /child.*error/i);
    const start = `${BigInt(Date.now()) * 1_000_000n}`;
    const late = {
      traceId,
      spanId: 'aaaaaaaaaaaaaaaa',
      parentSpanId: spanIds[0],
      name: 'late',
      startTimeUnixNano: start,
      endTimeUnixNano: start,
    };
    await fetch(`${endpoint}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [late] }] }] }),
    });
    await panelRowsWhen(4);
  });

  it('has one panel for a trace, named after its root', async () => {
    const { traceId } = await sendTrace(endpoint, [{ name: 'once', serviceName: 'lonely' }]);
    await Promise.all([run(commands.openTrace, traceId), run(commands.openTrace, traceId)]);
    await run(commands.openTrace, traceId);
    const tabs = await eventually('the tab has its title', () => {
      const all = vscode.window.tabGroups.all.flatMap(group => group.tabs);
      return all.some(tab => tab.label === 'lonely · once') && all;
    });
    assert.equal(tabs.length, 1);
  });

  it('violates no rule of its content policy', async () => {
    const { traceId } = await sendTrace(endpoint, [{ name: '<img src=x onerror=alert(1)>' }]);
    await run(commands.openTrace, traceId);
    await panelRowsWhen(1);
    const images = await Page.own.evaluate('panel', () => document.querySelectorAll('img').length);
    assert.equal(images, 0);
  });

  it('goes from a span of the shop to the line that made it', async function () {
    this.timeout(60_000);
    await runShop(endpoint, 6);
    const api = await runningApi();
    const [trace] = await eventually('a checkout has arrived', async () => {
      const found = await api.query('{ name = "validate cart" }');
      return found.length > 0 && found;
    });
    await api.revealSpan(trace.traceId, trace.matchedSpans[0].spanId);
    await Page.own.waitFor('panel', () =>
      document.querySelector('[role=row][aria-selected=true][aria-label*="validate cart"]'),
    );
    await Page.own.click('panel', '[role=row][aria-label*="validate cart"]');
    await Page.own.press('F12');
    await editorAt('/gateway.js', lineOf('gateway.js', "'validate cart'"));
  });

  it('opens the line that code.* attributes name', async () => {
    const { traceId, spanIds } = await sendTrace(endpoint, [
      {
        name: 'anything',
        attributes: { 'code.file.path': join(shopFolder, 'orders.js'), 'code.line.number': 7 },
      },
    ]);
    const api = await runningApi();
    await api.revealSpan(traceId, spanIds[0]);
    await panelRowsWhen(1);
    await run('spanline.panel.goToSource');
    await editorAt('/orders.js', 7);
  });

  it('shows the spans of a line behind its code lens', async function () {
    this.timeout(60_000);
    await runShop(endpoint, 6);
    const file = vscode.Uri.file(join(shopFolder, 'gateway.js'));
    await vscode.window.showTextDocument(file);
    const line = lineOf('gateway.js', "'checkout'");
    const api = await runningApi();
    const lens = await eventually('a lens above the line, of these spans', async () => {
      const stored = new Set((await api.query('{ name = "checkout" }', 100)).map(({ traceId }) => traceId));
      const lenses = await run<vscode.CodeLens[]>('vscode.executeCodeLensProvider', file, 100);
      return lenses.find(({ range, command }) => {
        if (range.start.line !== line - 1 || command?.command !== commands.showSpans) return false;
        const spans = command.arguments?.[0] as { traceId: string }[];
        return spans.length > 1 && spans.every(({ traceId }) => stored.has(traceId));
      });
    });
    assert.match(lens.command?.title ?? '', /^\d+ spans? · /);
    void run(commands.showSpans, ...(lens.command?.arguments ?? []));
    const rows = await quickPickRows();
    assert.ok(
      rows.every(row => row.includes('checkout')),
      rows.join('\n'),
    );
    await closeQuickPick();
  });
});
