import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { readDiscovery } from '../../src/engine/discovery.ts';
import { defaultStateDirectory } from '../../src/engine/stateDirectory.ts';
import type { SpanlineApi, SpanlineExports } from '../../src/workbench/api.ts';
import { commands, extensionId } from '../../src/workbench/names.ts';
import { Page } from './harness/page.ts';

export const shopFolder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';

export function extension(): vscode.Extension<SpanlineExports> {
  const found = vscode.extensions.getExtension<SpanlineExports>(extensionId);
  if (found === undefined) throw new Error(`VS Code does not know ${extensionId}`);
  return found;
}

/** The extension's API as another extension would take it, with the receiver running. */
export async function runningApi(): Promise<SpanlineApi & { readonly endpoint: string }> {
  const api = (await extension().activate()).getApi(1);
  await run(commands.startReceiver);
  await eventually('the receiver listens', () => api.endpoint);
  return api as SpanlineApi & { readonly endpoint: string };
}

export function run<T = unknown>(command: string, ...args: unknown[]): Thenable<T> {
  return vscode.commands.executeCommand<T>(command, ...args);
}

/** Asks until the answer is truthy; fails with `what` after `timeout` milliseconds. */
export async function eventually<T>(
  what: string,
  question: () => T | Promise<T>,
  timeout = 15_000,
): Promise<Exclude<T, false | '' | null | undefined>> {
  const deadline = Date.now() + timeout;
  for (;;) {
    const answer = await question();
    if (answer) return answer as Exclude<T, false | '' | null | undefined>;
    if (Date.now() > deadline) throw new Error(`not within ${timeout} ms: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

/** Sends requests through the shop, whose three services use the SDK's three exporters. */
export async function runShop(endpoint: string, requests: number): Promise<void> {
  const discovery = await readDiscovery(defaultStateDirectory());
  const child = fork(join(shopFolder, 'start.mjs'), ['--requests', String(requests), '--rate', '20'], {
    env: {
      ...process.env,
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_GRPC_ENDPOINT: `http://${discovery?.endpoints.otlpGrpc}`,
      OTEL_RESOURCE_ATTRIBUTES: '',
    },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', data => (output += data));
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`the shop ended with code ${code}: ${output}`);
}

export interface SentSpan {
  readonly name: string;
  readonly serviceName?: string;
  readonly parent?: SentSpan;
  readonly attributes?: { readonly [key: string]: string | number };
  /** Milliseconds. */
  readonly duration?: number;
  readonly isError?: boolean;
}

/** Posts a trace of spans that begin now, as OTLP/JSON. */
export async function sendTrace(
  endpoint: string,
  spans: readonly SentSpan[],
  resource: { readonly [key: string]: string } = {},
): Promise<{ traceId: string; spanIds: string[] }> {
  const traceId = randomBytes(16).toString('hex');
  const spanIds = spans.map(() => randomBytes(8).toString('hex'));
  const start = BigInt(Date.now()) * 1_000_000n;
  const resourceSpans = spans.map((span, at) => ({
    resource: { attributes: keyValues({ 'service.name': span.serviceName ?? 'tests', ...resource }) },
    scopeSpans: [
      {
        scope: { name: 'tests' },
        spans: [
          {
            traceId,
            spanId: spanIds[at],
            parentSpanId: span.parent && spanIds[spans.indexOf(span.parent)],
            name: span.name,
            kind: 1,
            startTimeUnixNano: `${start + BigInt(at) * 100_000n}`,
            endTimeUnixNano: `${start + BigInt(Math.round((span.duration ?? 10) * 1e6))}`,
            attributes: keyValues(span.attributes ?? {}),
            status: span.isError ? { code: 2, message: 'failed on purpose' } : {},
          },
        ],
      },
    ],
  }));
  const response = await fetch(`${endpoint}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans }),
  });
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return { traceId, spanIds };
}

function keyValues(attributes: { readonly [key: string]: string | number }) {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) },
  }));
}

export interface Row {
  readonly label: string;
  readonly description: string;
  readonly spoken: string;
  readonly level: number;
  readonly icon: string;
}

/** The rows of one of our trees, as they are drawn. */
export function treeRows(view: 'Traces' | 'Services', page: Page = Page.own): Promise<Row[]> {
  return page.evaluate(
    'workbench',
    title => {
      const pane = document.querySelector(`.pane:has(> .pane-header[aria-label^="${title}"])`);
      return [...(pane?.querySelectorAll('[role=treeitem]') ?? [])].map(row => ({
        label: row.querySelector('.label-name')?.textContent ?? '',
        description: row.querySelector('.label-description')?.textContent ?? '',
        spoken: row.getAttribute('aria-label') ?? '',
        level: Number(row.getAttribute('aria-level')),
        icon: row.querySelector('.custom-view-tree-node-item-icon')?.className ?? '',
      }));
    },
    view,
  );
}

/** Waits until the rows of a tree are as wanted, and gives them. */
export async function rowsWhen(
  view: 'Traces' | 'Services',
  what: string,
  isWanted: (rows: Row[]) => boolean,
  page: Page = Page.own,
): Promise<Row[]> {
  let rows: Row[] = [];
  try {
    return await eventually(what, async () => {
      rows = await treeRows(view, page);
      return isWanted(rows) && rows;
    });
  } catch (error) {
    throw new Error(`${(error as Error).message}; there is ${JSON.stringify(rows.map(row => row.label))}`);
  }
}

/** What stands in a view in place of rows, or above them. */
export function viewText(view: 'Traces' | 'Services', page: Page = Page.own): Promise<string> {
  return page.evaluate(
    'workbench',
    title => {
      const pane = document.querySelector(`.pane:has(> .pane-header[aria-label^="${title}"])`);
      return (pane as HTMLElement | null)?.innerText ?? '';
    },
    view,
  );
}

/** Waits until what is typed goes into the box in the middle of the window. */
export async function quickInputFocused(page: Page = Page.own): Promise<void> {
  await page.waitFor('workbench', () => Boolean(document.activeElement?.closest('.quick-input-widget')));
}

/** The texts of the list that is open in the middle of the window, when it has at least `count`. */
export function quickPickRows(count = 1): Promise<string[]> {
  return Page.own.waitFor(
    'workbench',
    wanted => {
      const widget = document.querySelector<HTMLElement>('.quick-input-widget');
      if (widget === null || widget.style.display === 'none') return undefined;
      const rows = [...widget.querySelectorAll('.monaco-list-row')];
      return rows.length >= wanted ? rows.map(row => row.getAttribute('aria-label') ?? '') : undefined;
    },
    count,
  ) as Promise<string[]>;
}

export async function closeQuickPick(): Promise<void> {
  await Page.own.press('Escape');
  await Page.own.waitFor('workbench', () => {
    const widget = document.querySelector<HTMLElement>('.quick-input-widget');
    return widget === null || widget.style.display === 'none';
  });
}

export async function showTraces(): Promise<void> {
  await run('spanline.traces.focus');
}

/** Empties the store and sets the tree as it is in a new window. */
export async function startAfresh(): Promise<void> {
  await run(commands.resumeTraces);
  await run(commands.clearTracesFilter);
  await run(commands.flattenTraces);
  await run(commands.clearTraces);
  await run('workbench.action.closeAllEditors');
  await showTraces();
}
