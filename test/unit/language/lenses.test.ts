import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Lenses } from '../../../src/language/lenses.ts';
import { lensTitle } from '../../../src/language/lensTitle.ts';
import type { SpanShape } from '../../../src/protocol/control.ts';
import { uriOfPath } from '../../../src/workspace/uris.ts';
import { openWorkspace, type TestWorkspace } from '../locate/fixtureWorkspace.ts';
import { temporaryCopy } from './temporaryCopy.ts';

const ms = 1e6;

function shape(name: string, fields: Partial<SpanShape> = {}): SpanShape {
  return {
    serviceName: 'gateway',
    scopeName: 'gateway',
    name,
    kind: 1,
    attributes: [],
    count: 12,
    errors: 2,
    minNano: String(4 * ms),
    p50Nano: String(20 * ms),
    p95Nano: String(43.2 * ms),
    maxNano: String(60 * ms),
    latest: [{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }],
    ...fields,
  };
}

describe('lens titles', () => {
  const base = { count: 12, errors: 0, min: 12 * ms, p95: 43 * ms, max: 40 * ms, likely: false };
  const titles: [Partial<typeof base>, string][] = [
    [{ errors: 2 }, '12 spans · p95 43 ms · 2 errors'],
    [{ errors: 1, likely: true }, '≈ 12 spans · p95 43 ms · 1 error'],
    [{ count: 3 }, '3 spans · 12–40 ms'],
    [{ count: 2, min: 900_000, max: 2 * ms }, '2 spans · 900 µs–2 ms'],
    [{ count: 1, max: 12 * ms }, '1 span · 12 ms'],
    [{ p95: 1_234_567_890 }, '12 spans · p95 1.2 s'],
    [{ p95: 999_999_999 }, '12 spans · p95 1 s'],
    [{ p95: 0 }, '12 spans · p95 0 ns'],
    [{ p95: 95e9 }, '12 spans · p95 95 s'],
    [{ p95: 123e9 }, '12 spans · p95 120 s'],
  ];
  for (const [fields, title] of titles)
    it(title, () => assert.equal(lensTitle({ ...base, ...fields }), title));
});

describe('lenses', () => {
  let folder: string;
  let workspace: TestWorkspace;
  let lenses: Lenses;
  const uri = () => uriOfPath(join(folder, 'gateway/src/server.js'));
  const shown = () => lenses.of(uri()).map(({ line, title }) => `${line}: ${title}`);

  beforeEach(async () => {
    folder = await temporaryCopy();
    workspace = await openWorkspace(folder);
    lenses = new Lenses(workspace.locator, workspace.index);
    workspace.indexer.onDidChange(() => void lenses.update());
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('stand on the lines of certain places, one a line', async () => {
    const second = shape('place checkout', {
      serviceName: 'gateway-copy',
      count: 3,
      errors: 0,
      p95Nano: String(90 * ms),
    });
    await lenses.setShapes([
      shape('place checkout'),
      second,
      shape('warm up', { count: 2 }),
      shape('not in the code'),
    ]);
    assert.deepEqual(shown(), ['14: 15 spans · p95 90 ms · 2 errors', '24: 2 spans · 4–60 ms · 2 errors']);
    assert.equal(lenses.of(uri())[0].spans.length, 2);
  });

  it('stand on the route of server spans, and not for the middleware before it', async () => {
    const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
    const route = [text('http.route', '/health'), text('http.request.method', 'GET')];
    await lenses.setShapes([
      shape('GET', { kind: 2, attributes: route }),
      shape('middleware - json', { attributes: [...route, text('express.type', 'middleware')] }),
    ]);
    assert.deepEqual(shown(), ['11: 12 spans · p95 43 ms · 2 errors']);
  });

  it('are not shown where two lines are as good', async () => {
    await lenses.setShapes([shape('warm up', { serviceName: 'x', scopeName: '' })]);
    assert.deepEqual(shown(), []);
  });

  it('tell of a change only when a title or a line has changed', async () => {
    let changes = 0;
    lenses.onDidChange(() => changes++);
    await lenses.setShapes([shape('place checkout')]);
    await lenses.setShapes([shape('place checkout', { p95Nano: String(43.4 * ms) })]);
    assert.equal(changes, 1);
    await lenses.setShapes([shape('place checkout', { count: 13 })]);
    assert.equal(changes, 2);
    await lenses.setShapes([]);
    assert.deepEqual([changes, shown()], [3, []]);
  });

  it('move with the code', async () => {
    await lenses.setShapes([shape('place checkout')]);
    const path = join(folder, 'gateway/src/server.js');
    await writeFile(path, `// one\n// two\n${await readFile(path, 'utf8')}`);
    await workspace.indexer.update(uri());
    await lenses.update();
    assert.deepEqual(shown(), ['16: 12 spans · p95 43 ms · 2 errors']);
    await rm(path);
    await workspace.indexer.update(uri());
    await lenses.update();
    assert.deepEqual(shown(), []);
  });
});
