// L1: findings of a 5,000-line file after a keystroke, in the language server's own time (without the pause after typing);
// L-cli: `spanline lint` over 1,000 TypeScript files; L-rss: what the language server holds of that workspace.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import { LintService } from '../src/language/lint/lintService.ts';
import { Parsers } from '../src/lint/languages/parsers.ts';
import { Locator } from '../src/locate/locator.ts';
import { SourceIndex } from '../src/locate/sourceIndex.ts';
import type { LanguageRequests } from '../src/protocol/language.ts';
import { uriOfPath } from '../src/workspace/uris.ts';
import { WorkspaceFiles } from '../src/workspace/workspaceFiles.ts';
import { median, percentile, report, reportMachine, short } from './harness.ts';
import { generatedSource, type SourceKind } from './support/generatedSource.ts';

const lines = 5_000;
const files = 1_000;
/** 4.9 kB: the files of eight public repositories (langfuse, trigger.dev, medusa, novu…) have 3 to 7. */
const linesOfFile = 100;
const manifests = {
  'package.json': '{ "name": "orders", "dependencies": { "@opentelemetry/api": "1.9.0", "axios": "1.9.0" } }',
  'requirements.txt': 'opentelemetry-sdk==1.30.0\nrequests==2.32.0\n',
  'go.mod': 'module example.com/orders\n\ngo 1.24\n\nrequire go.opentelemetry.io/otel v1.34.0\n',
};

reportMachine();
const folder = await mkdtemp(join(tmpdir(), 'spanline-bench-'));
try {
  for (const kind of ['ts', 'py', 'go'] as const) await measureKeystroke(kind);
  await measureWorkspace();
} finally {
  await rm(folder, { recursive: true });
}

async function measureKeystroke(kind: SourceKind): Promise<void> {
  const home = join(folder, kind);
  await mkdir(home);
  for (const [name, text] of Object.entries(manifests)) await writeFile(join(home, name), text);
  const path = join(home, `orders.${kind}`);
  const source = generatedSource(kind, lines);
  await writeFile(path, source);
  let text = source;
  const uri = uriOfPath(path);
  const workspace = new WorkspaceFiles(absolute => (absolute === path ? text : undefined));
  await workspace.scan([uriOfPath(home)], new AbortController().signal);
  let published = 0;
  const service = new LintService({
    parsers: new Parsers(join(process.cwd(), 'dist/grammars')),
    files: workspace,
    locator: new Locator(workspace, new SourceIndex(), async () => undefined),
    options: [],
    isOpen: each => each === uri,
    publish: () => published++,
    report: error => {
      throw error;
    },
    ruleUri: () => undefined,
  });
  await service.scan();
  // A line is typed in the middle of the file, one character after the other, inside a function.
  const marks = { ts: 'const rows', py: 'inject(headers)', go: 'total := 0.0' };
  const middle = source.indexOf('\n', source.indexOf(marks[kind], source.length / 2)) + 1;
  const typed = kind === 'py' ? '# a note of some length' : '// a note of some length';
  const times: number[] = [];
  for (let length = 1; length <= typed.length * (short ? 2 : 8); length++) {
    text = `${source.slice(0, middle)}${typed.slice(0, ((length - 1) % typed.length) + 1)}\n${source.slice(middle)}`;
    const from = performance.now();
    await service.changed(uri);
    times.push(performance.now() - from);
  }
  service.dispose();
  const value = Number(median(times).toPrecision(3));
  const p95 = percentile(times, 0.95).toPrecision(3);
  report({
    name: kind === 'ts' ? 'L1' : `L1.${kind}`,
    value,
    unit: 'ms',
    note: `${source.split('\n').length} lines of ${kind}: parse, read, summary, all rules, publish; p95 ${p95} ms`,
  });
}

async function measureWorkspace(): Promise<void> {
  const home = join(folder, 'workspace');
  let bytes = 0;
  for (let index = 0; index < files; index++) {
    const below = join(home, `services/s${index % 20}/src`);
    await mkdir(below, { recursive: true });
    const source = generatedSource('ts', linesOfFile, index);
    bytes += source.length;
    await writeFile(join(below, `orders${index}.ts`), source);
  }
  for (let service = 0; service < 20; service++)
    await writeFile(join(home, `services/s${service}/package.json`), manifests['package.json']);
  const cli = join(process.cwd(), 'dist/cli.js');
  assert.ok(existsSync(cli), 'build first: npm run build');
  const times: number[] = [];
  for (let round = 0; round < 3; round++) {
    const from = performance.now();
    const { stdout } = await promisify(execFile)(process.execPath, [cli, 'lint', home, '--json'], {
      maxBuffer: 1 << 28,
    }).catch((error: { stdout: string; code: number }) => {
      assert.equal(error.code, 1);
      return error;
    });
    times.push(performance.now() - from);
    assert.equal(JSON.parse(stdout).filesChecked, files + 20);
  }
  report({
    name: 'L-cli',
    value: Number((median(times) / 1000).toPrecision(3)),
    unit: 's',
    note: `spanline lint over ${files} TypeScript files, ${(bytes / 1e6).toFixed(1)} MB, start of the process included`,
  });
  await measureServer(home);
}

async function measureServer(home: string): Promise<void> {
  const server = spawn(process.execPath, [join(process.cwd(), 'dist/languageServer.js')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const client = createMessageConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  let published = 0;
  client.onNotification('textDocument/publishDiagnostics', () => {
    published++;
  });
  client.listen();
  const from = performance.now();
  await client.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: {},
    workspaceFolders: [{ uri: uriOfPath(home), name: 'workspace' }],
    initializationOptions: { codeLensEnabled: false, lint: [] },
  });
  await client.sendNotification('initialized', {});
  type Status = LanguageRequests['spanline/indexStatus'][1];
  let status: Status;
  let peak = 0;
  do {
    await sleep(100);
    peak = Math.max(peak, await residentBytes(server.pid));
    status = (await client.sendRequest('spanline/indexStatus', {})) as Status;
  } while (!status.ready || !status.linted);
  const seconds = (performance.now() - from) / 1000;
  await sleep(1_000);
  report({
    name: 'L-rss',
    value: Math.round((await residentBytes(server.pid)) / 1e6),
    unit: 'MB',
    note: `language server after indexing and linting the same files in ${seconds.toFixed(1)} s; peak ${Math.round(peak / 1e6)} MB; ${published} files with findings`,
  });
  client.dispose();
  server.kill();
  await once(server, 'exit');
}

/** Linux only; elsewhere 0. */
async function residentBytes(pid: number | undefined): Promise<number> {
  if (process.platform !== 'linux' || pid === undefined) return 0;
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}
