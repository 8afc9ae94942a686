import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { commands, traceFileTypes } from '../../../src/workbench/names.ts';
import { Page } from '../harness/page.ts';
import {
  eventually,
  quickInputFocused,
  quickPickRows,
  run,
  runningApi,
  sendTrace,
  shopFolder,
  startAfresh,
  treeRows,
} from '../support.ts';

describe('files of traces in an editor', function () {
  this.timeout(60_000);
  let folder: string;
  let endpoint: string;

  before(async () => {
    ({ endpoint } = await runningApi());
    folder = await mkdtemp(join(tmpdir(), 'spanline-files-'));
  });
  beforeEach(startAfresh);
  after(() => rm(folder, { recursive: true, force: true }));

  it('shows the only trace of a file as a waterfall, and leaves the store alone', async () => {
    await open('one.otlp.json', JSON.stringify(traceOf('GET /menu')));
    assert.deepEqual(await rows('.row:not([hidden])', 2), ['GET /menu', 'SELECT dishes']);
    assert.match(await fileHead(), /one\.otlp\.json.*OTLP JSON · traces: 1 · spans: 2/s);
    assert.deepEqual(await treeRows('Traces'), []);
    await Page.own.click('panel', '.row:has-text("SELECT dishes")');
    await Page.own.waitFor('panel', () =>
      document.querySelector('aside.details')?.textContent?.includes('SELECT dishes'),
    );
    await run('spanline.panel.collapseAll');
    assert.deepEqual(await rows('.row:not([hidden])', 1), ['GET /menu']);
  });

  it('lists the traces of a file, finds among them, opens one and leads back', async () => {
    const lines = ['GET /menu', 'POST /order', 'GET /bill'].map(name => JSON.stringify(traceOf(name)));
    await open('day.otlp.jsonl', `${lines.join('\n')}\n{"resourceSpans":[{"resou`);
    assert.equal((await rows('.file-trace', 3)).length, 3);
    assert.match(await fileHead(), /line 4 left out: .*the file ends in the middle of it/s);
    await Page.own.click('panel', '.toolbar input');
    await Page.own.type('order');
    assert.match((await rows('.file-trace', 1))[0], /^POST \/order, kitchen/);
    await Page.own.press('Enter');
    await Page.own.press('Enter');
    assert.deepEqual(await rows('.row:not([hidden])', 2), ['POST /order', 'SELECT dishes']);
    await Page.own.click('panel', '.file-head vscode-button');
    assert.equal((await rows('.file-trace', 3)).length, 3);
    await appendFile(join(folder, 'day.otlp.jsonl'), `\n${JSON.stringify(traceOf('GET /late'))}\n`);
    assert.ok((await rows('.file-trace', 4)).some(row => row.startsWith('GET /late')));
  });

  it('opens other files by choice, and says what is wrong with those that hold no traces', async () => {
    const file = await open('notes.json', '{"notes": [1, 2', traceFileTypes[1]);
    await Page.own.waitFor('panel', () => document.querySelector('.placeholder vscode-button') !== null);
    const said = await Page.own.evaluate(
      'panel',
      () => document.querySelector('.placeholder h2')?.textContent,
    );
    assert.match(String(said), /notes\.json (holds|is not JSON)/);
    await writeFile(file, JSON.stringify(zipkin()));
    await Page.own.click('panel', '.placeholder vscode-button');
    assert.deepEqual(await rows('.row:not([hidden])', 1), ['get /stock']);
    assert.match(await fileHead(), /Zipkin JSON/);
  });

  it('exports all traces, or one, in the format that is picked', async () => {
    const { traceId } = await sendTrace(endpoint, [{ name: 'GET /exported', serviceName: 'shop' }]);
    await sendTrace(endpoint, [{ name: 'GET /other' }]);
    const exported = async (command: string, format: string, name: string): Promise<unknown> => {
      const file = join(shopFolder, name);
      const running = run(command);
      await quickInputFocused();
      await Page.own.type(format);
      await eventually('one format is left', async () => (await quickPickRows(1)).length === 1);
      await Page.own.press('Enter');
      await Page.own.waitFor(
        'workbench',
        end => {
          const box = document.querySelector<HTMLInputElement>('.quick-input-widget input[type=text]');
          return box?.value.endsWith(end);
        },
        name,
      );
      await Page.own.press('Enter');
      await running;
      try {
        return JSON.parse(await readFile(file, 'utf8'));
      } finally {
        await rm(file);
      }
    };
    const zipkinSpans = (await exported(commands.exportTraces, 'Zipkin', 'traces.zipkin.json')) as {
      name: string;
    }[];
    assert.deepEqual(zipkinSpans.map(({ name }) => name).sort(), ['GET /exported', 'GET /other']);
    await run(commands.openTrace, traceId);
    await rows('.row:not([hidden])', 1);
    const jaeger = (await exported(
      commands.exportTrace,
      'Jaeger',
      `trace-${traceId.slice(0, 8)}.jaeger.json`,
    )) as { data: { traceID: string }[] };
    assert.deepEqual(
      jaeger.data.map(({ traceID }) => traceID),
      [traceId],
    );
  });

  async function open(name: string, content: string, type: string = traceFileTypes[0]): Promise<string> {
    const file = join(folder, name);
    await writeFile(file, content);
    const uri = vscode.Uri.file(file);
    if (type === traceFileTypes[0]) await run('vscode.open', uri);
    else await run('vscode.openWith', uri, type);
    return file;
  }
});

/** The names of the rows that a selector finds, when there are as many as wanted. */
async function rows(selector: string, count: number): Promise<string[]> {
  return eventually(`${count} of ${selector}`, async () => {
    const found = await Page.own
      .evaluate(
        'panel',
        each =>
          [...document.querySelectorAll(each)].map(
            row => row.querySelector('.span-name')?.textContent ?? row.getAttribute('aria-label') ?? '',
          ),
        selector,
      )
      .catch(() => []);
    return found.length === count && found;
  });
}

function fileHead(): Promise<string> {
  return Page.own.evaluate('panel', () => document.getElementById('root')?.innerText ?? '');
}

function traceOf(name: string) {
  const traceId = randomBytes(16).toString('hex');
  const ids = [randomBytes(8).toString('hex'), randomBytes(8).toString('hex')];
  const span = (at: number, spanName: string) => ({
    traceId,
    spanId: ids[at],
    ...(at > 0 && { parentSpanId: ids[0] }),
    name: spanName,
    kind: 2,
    startTimeUnixNano: `${1_700_000_000_000_000_000n + BigInt(at) * 1_000_000n}`,
    endTimeUnixNano: '1700000000020000000',
  });
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'kitchen' } }] };
  return {
    resourceSpans: [{ resource, scopeSpans: [{ spans: [span(0, name), span(1, 'SELECT dishes')] }] }],
  };
}

function zipkin() {
  const id = randomBytes(8).toString('hex');
  return [
    {
      traceId: id,
      id,
      name: 'get /stock',
      kind: 'SERVER',
      timestamp: 1_700_000_000_000_000,
      duration: 2000,
      localEndpoint: { serviceName: 'stock' },
    },
  ];
}
