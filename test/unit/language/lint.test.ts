import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import type { CodeAction, Diagnostic, PublishDiagnosticsParams, TextEdit } from 'vscode-languageserver/node';
import { LineMap } from '../../../src/base/lines.ts';
import type { LanguageRequests } from '../../../src/protocol/language.ts';
import type { FolderLintOptions } from '../../../src/protocol/lint.ts';
import { uriOfPath } from '../../../src/workspace/uris.ts';

const bundle = join(process.cwd(), 'dist/languageServer.js');

const manifest = JSON.stringify({ name: 'cart', dependencies: { '@opentelemetry/api': '1.9.0' } });
const leak = `import { trace } from '@opentelemetry/api';

const tracer = trace.getTracer('cart');

export function load(id) {
  const span = tracer.startSpan('load cart');
  span.setAttribute('cart.id', id);
  return read(id);
}
`;
const clean = `import { trace } from '@opentelemetry/api';

const tracer = trace.getTracer('cart');

export function load(id) {
  const span = tracer.startSpan('load cart');
  try {
    return read(id);
  } finally {
    span.end();
  }
}
`;

/** The built server, spoken to as any editor would. */
describe('findings over LSP', function () {
  this.timeout(20_000);
  let folder: string;
  let server: ChildProcess;
  let client: MessageConnection;
  let published: Map<string, Diagnostic[]>;
  let waiting: (() => void)[];

  const uri = (path: string) => uriOfPath(join(folder, path));
  const idsOf = (path: string) => (published.get(uri(path)) ?? []).map(({ code }) => code).sort();

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'spanline-lint-')));
    await writeFile(join(folder, 'package.json'), manifest);
    await writeFile(join(folder, 'cart.js'), leak);
  });

  async function start(lint: Omit<FolderLintOptions, 'uri'>[] = []): Promise<void> {
    published = new Map();
    waiting = [];
    server = spawn(process.execPath, [bundle], { stdio: ['pipe', 'pipe', 'inherit'] });
    client = createMessageConnection(
      new StreamMessageReader(server.stdout!),
      new StreamMessageWriter(server.stdin!),
    );
    client.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
      published.set(params.uri, params.diagnostics);
      for (const each of waiting.splice(0)) each();
    });
    client.listen();
    await client.sendRequest('initialize', {
      processId: process.pid,
      rootUri: null,
      capabilities: {},
      workspaceFolders: [{ uri: uriOfPath(folder), name: 'cart' }],
      initializationOptions: {
        codeLensEnabled: false,
        lint: lint.map(each => ({ uri: uriOfPath(folder), ...each })),
        rulePages: 'file:///pages',
      },
    });
    await client.sendNotification('initialized', {});
  }

  afterEach(async () => {
    if (server.exitCode === null) {
      server.kill('SIGKILL');
      await once(server, 'exit');
    }
    client.dispose();
    await rm(folder, { recursive: true });
  });

  /** Resolves when `holds`; the test's own limit ends the wait. */
  async function until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>(resolve => waiting.push(resolve));
  }

  async function open(path: string, text: string, languageId = 'javascript'): Promise<void> {
    await client.sendNotification('textDocument/didOpen', {
      textDocument: { uri: uri(path), languageId, version: 1, text },
    });
  }

  async function change(path: string, version: number, text: string): Promise<void> {
    await client.sendNotification('textDocument/didChange', {
      textDocument: { uri: uri(path), version },
      contentChanges: [{ text }],
    });
  }

  async function actions(path: string, only?: string[]): Promise<CodeAction[]> {
    const [diagnostic] = published.get(uri(path)) ?? [];
    return client.sendRequest('textDocument/codeAction', {
      textDocument: { uri: uri(path) },
      range: diagnostic?.range ?? { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } },
      context: { diagnostics: diagnostic === undefined ? [] : [diagnostic], only },
    });
  }

  it('are published for files that nobody has opened', async () => {
    await start();
    await until(() => idsOf('cart.js').includes('SPL301'));
    const [diagnostic] = published.get(uri('cart.js')) ?? [];
    assert.equal(diagnostic.source, 'spanline');
    assert.equal(diagnostic.codeDescription?.href, 'file:///pages/SPL301.md');
    assert.match(String(diagnostic.message), /span/);
    assert.equal(diagnostic.range.start.line, 5);
  });

  it('follow what is typed, and go when the document is closed unsaved', async () => {
    await start();
    await until(() => idsOf('cart.js').includes('SPL301'));
    await open('cart.js', clean);
    await until(() => !idsOf('cart.js').includes('SPL301'));
    await change('cart.js', 2, clean.replace('span.end();', ''));
    await until(() => idsOf('cart.js').includes('SPL301'));
    await change('cart.js', 3, clean);
    await until(() => !idsOf('cart.js').includes('SPL301'));
    await client.sendNotification('textDocument/didClose', { textDocument: { uri: uri('cart.js') } });
    await until(() => idsOf('cart.js').includes('SPL301'));
  });

  it('have fixes that make the document clean, also right after a keystroke', async () => {
    await start();
    await open('cart.js', leak);
    await until(() => idsOf('cart.js').includes('SPL301'));
    const typed = `${leak}// typed\n`;
    await change('cart.js', 2, typed);
    const offered = await actions('cart.js');
    const titles = offered.map(({ title }) => title);
    assert.ok(titles.includes('Ignore SPL301 here'), titles.join('\n'));
    assert.ok(
      titles.some(title => title.startsWith('Explain SPL301')),
      titles.join('\n'),
    );
    const [fix] = offered.filter(({ edit, title }) => edit !== undefined && !title.startsWith('Ignore'));
    assert.ok(fix?.edit?.changes, `a fix is offered: ${titles.join(', ')}`);
    await change('cart.js', 3, applied(typed, fix.edit.changes[uri('cart.js')]));
    await until(() => !idsOf('cart.js').includes('SPL301'));
  });

  it('can be ignored with a reason', async () => {
    await start();
    await open('cart.js', leak);
    await until(() => idsOf('cart.js').includes('SPL301'));
    const ignore = (await actions('cart.js')).find(({ title }) => title === 'Ignore SPL301 here');
    await change('cart.js', 2, applied(leak, ignore?.edit?.changes?.[uri('cart.js')] ?? []));
    await until(() => !idsOf('cart.js').includes('SPL301'));
  });

  it('obey the settings of the editor and the spanline.json of the folder', async () => {
    await start([{ enabled: true, profile: 'default', rules: { SPL301: 'hint' } }]);
    await until(() => idsOf('cart.js').includes('SPL301'));
    assert.equal(published.get(uri('cart.js'))?.find(({ code }) => code === 'SPL301')?.severity, 4);
    await writeFile(join(folder, 'spanline.json'), '{ "rules": { "SPL999": "off" } }');
    await client.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: uri('spanline.json'), type: 1 }],
    });
    await until(() => published.has(uri('spanline.json')));
    assert.match(String(published.get(uri('spanline.json'))?.[0].message), /no rule SPL999/);
    await writeFile(join(folder, 'spanline.json'), '{ "ignore": ["cart.js"] }');
    await client.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: uri('spanline.json'), type: 2 }],
    });
    await until(() => idsOf('cart.js').length === 0 && idsOf('spanline.json').length === 0);
  });

  it('makes a processor of the collector that masks what the files show', async () => {
    const written = "trace.getActiveSpan().setAttribute('user.email', user.email);";
    await writeFile(
      join(folder, 'greet.js'),
      `import { trace } from '@opentelemetry/api';\n\nexport function greet(user) {\n  ${written}\n}\n`,
    );
    await start();
    await until(() => published.has(uri('greet.js')));
    const { text, patterns } = (await client.sendRequest(
      'spanline/redaction',
      {},
    )) as LanguageRequests['spanline/redaction'][1];
    assert.equal(patterns, 1);
    assert.match(text!, /- "\^user\\\\\.email\$" # greet\.js:4/);
  });
});

function applied(text: string, edits: readonly TextEdit[]): string {
  const lines = new LineMap(text);
  const offset = ({ line, character }: TextEdit['range']['start']) => lines.lineStart(line + 1) + character;
  return [...edits]
    .sort((a, b) => offset(b.range.start) - offset(a.range.start))
    .reduce(
      (result, { range, newText }) =>
        result.slice(0, offset(range.start)) + newText + result.slice(offset(range.end)),
      text,
    );
}
