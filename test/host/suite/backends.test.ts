import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as vscode from 'vscode';
import { commands } from '../../../src/workbench/names.ts';
import { Page } from '../harness/page.ts';
import {
  eventually,
  quickInputFocused,
  quickPickRows,
  run,
  runningApi,
  sendTrace,
  startAfresh,
} from '../support.ts';

describe('backends and sampling', function () {
  this.timeout(60_000);
  const traceId = randomBytes(16).toString('hex');
  const tokens: (string | undefined)[] = [];
  let server: Server;
  let endpoint: string;

  before(async () => {
    ({ endpoint } = await runningApi());
    server = createServer((request, response) => {
      tokens.push(request.headers.authorization);
      const { pathname } = new URL(request.url ?? '/', 'http://fake');
      const answer = pathname.endsWith('/services')
        ? { services: ['far-away'] }
        : { result: traces(traceId, BigInt(Date.now()) * 1_000_000n) };
      if (!/services|\/traces/.test(pathname)) return response.writeHead(404).end();
      return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await setBackends([{ name: 'the far one', kind: 'jaeger', url: `http://127.0.0.1:${port}` }]);
  });
  beforeEach(startAfresh);
  after(async () => {
    await setBackends(undefined);
    server.closeAllConnections();
    server.close();
  });

  it('searches a backend with the token of its origin, and opens what it has', async () => {
    const setting = run(commands.setBackendToken);
    await quickInputFocused();
    await Page.own.type('of-the-far-one');
    await Page.own.press('Enter');
    await setting;
    void run(commands.searchBackend);
    await eventually('services are suggested', async () =>
      (await quickPickRows(2)).some(row => row.includes('far-away')),
    );
    await Page.own.press('Control+A');
    await Page.own.type('{ resource.service.name = "far-away');
    await eventually('only the search is left', async () => (await quickPickRows(1)).length === 1);
    await Page.own.press('Enter');
    let results: string[] = [];
    await eventually('results', async () => {
      results = await quickPickRows(2);
      return results.some(row => /GET \/far|warning/.test(row));
    });
    assert.ok(
      results.some(row => row.includes('GET /far')),
      results.join(' / '),
    );
    await Page.own.press('Enter');
    const rows = await eventually('the spans are shown', async () => {
      const found = await Page.own
        .evaluate('panel', () =>
          [...document.querySelectorAll('[role=treegrid] [role=row][aria-level]')].map(
            row => row.getAttribute('aria-label') ?? '',
          ),
        )
        .catch(() => []);
      return found.length === 2 && found;
    });
    assert.ok(
      rows.some(row => row.includes('SELECT far')),
      rows.join('\n'),
    );
    assert.deepEqual(new Set(tokens), new Set(['Bearer of-the-far-one']));
  });

  it('tells what a sampling configuration would lose, and opens it', async () => {
    await sendTrace(endpoint, [{ name: 'lost with an error', isError: true }]);
    const document = await vscode.workspace.openTextDocument({
      language: 'yaml',
      content: 'policies: [{ name: slow-only, type: latency, latency: { threshold_ms: 60000 } }]',
    });
    await vscode.window.showTextDocument(document);
    void run(commands.previewSampling);
    const rows = await eventually('the report', async () => {
      const found = await quickPickRows(3);
      return found.some(row => row.includes('slow-only')) && found;
    });
    assert.ok(
      rows.some(row => row.includes('0 of 1 traces kept') && row.includes('1 of 1 with errors dropped')),
      rows.join('\n'),
    );
    assert.ok(
      rows.some(row => row.includes('lost with an error')),
      rows.join('\n'),
    );
    await Page.own.press('Escape');
  });
});

function setBackends(value: unknown): Thenable<void> {
  return vscode.workspace
    .getConfiguration('spanline')
    .update('backends', value, vscode.ConfigurationTarget.Global);
}

/** Two spans, 20 ms. */
function traces(traceId: string, start: bigint) {
  const span = (id: string, name: string, parentSpanId?: string) => ({
    traceId,
    spanId: id.padStart(16, '0'),
    ...(parentSpanId !== undefined && { parentSpanId: parentSpanId.padStart(16, '0') }),
    name,
    kind: 2,
    startTimeUnixNano: `${start}`,
    endTimeUnixNano: `${start + 20_000_000n}`,
  });
  return {
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'far-away' } }] },
        scopeSpans: [{ spans: [span('a', 'GET /far'), span('b', 'SELECT far', 'a')] }],
      },
    ],
  };
}
