import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Processes } from '../engine/processes.ts';
import { TemporaryDirectories } from '../engine/temporary.ts';

const temporary = new TemporaryDirectories();

const source = `import { trace } from '@opentelemetry/api';

const tracer = trace.getTracer('shop');

export function items(): void {
  tracer.startActiveSpan('load items', span => span.end());
}

export function price(): void {
  throw new Error('none');
}
`;

describe('spanline locate', function () {
  this.timeout(20_000);
  let processes: Processes;
  let directory: string;

  before(async () => {
    directory = await temporary.make();
    processes = new Processes(directory);
    await mkdir(join(directory, 'shop', 'src'), { recursive: true });
    await writeFile(join(directory, 'shop', 'src', 'items.ts'), source);
  });
  after(async () => {
    await processes.end();
    await temporary.remove();
  });

  const located = async (root: string, spans: readonly object[], cwd = directory) => {
    const input = spans.map(span => `${JSON.stringify(span)}\n`).join('');
    const { code, stdout, stderr } = await processes.spanline(['locate', '--root', root], { input, cwd });
    assert.equal(code, 0, stderr);
    return stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
  };

  it('writes a line for each span, as it is seen from the working directory', async () => {
    const attributes = { 'code.file.path': '/app/src/items.ts', 'code.line.number': 10 };
    const [named, placed, nothing] = await located('shop', [
      { name: 'load items', serviceName: 'shop', scopeName: 'shop', kind: 1, attributes: {} },
      { name: 'x', serviceName: 'shop', scopeName: 'shop', kind: 'INTERNAL', attributes },
      { name: 'nowhere', serviceName: 'shop', scopeName: 'other', kind: 0, attributes: {} },
    ]);
    assert.deepEqual(
      [named.path, named.line, placed.path, placed.line, nothing],
      ['shop/src/items.ts', 6, 'shop/src/items.ts', 10, null],
    );
    for (const { confidence, strategy, candidates } of [named, placed]) {
      assert.ok(confidence > 0.5 && confidence <= 1);
      assert.ok(strategy.length > 0);
      const [{ path, ...first }] = candidates;
      assert.equal(path, 'shop/src/items.ts');
      assert.deepEqual([first.confidence, first.strategy], [confidence, strategy]);
    }
    const [fromInside] = await located('.', [{ name: 'load items' }], join(directory, 'shop'));
    assert.equal(fromInside.path, 'src/items.ts');
  });

  it('follows the stack traces of exceptions', async () => {
    const stacktrace = 'Error: none\n    at price (/app/src/items.ts:10:9)\n';
    const [found] = await located('shop', [
      {
        name: 'GET /price',
        kind: 2,
        events: [{ name: 'exception', attributes: { 'exception.stacktrace': stacktrace } }],
      },
    ]);
    assert.deepEqual([found.path, found.line], ['shop/src/items.ts', 10]);
  });

  it('says what is wrong with a line', async () => {
    const run = async (input: string, ...args: string[]) => {
      const { code, stdout, stderr } = await processes.spanline(['locate', ...args], {
        input,
        cwd: directory,
      });
      assert.deepEqual([code, stderr.trim().split('\n').length], [2, 1], stderr);
      return [stdout, stderr] as const;
    };
    const [, missing] = await run('');
    assert.match(missing, /--root/);
    assert.match((await run('', '--root', 'gone'))[1], /gone is no folder/);
    const [before, broken] = await run('{"name":"load items"}\n\n{"name":\n', '--root', 'shop');
    assert.match(broken, /line 3 is no JSON/);
    assert.equal(JSON.parse(before).line, 6);
    assert.match((await run('[]', '--root', 'shop'))[1], /line 1 is no JSON object/);
    assert.match((await run('{"name":"a","kind":"big"}', '--root', 'shop'))[1], /line 1: kind/);
    assert.match((await run('{"name":"a","attributes":[]}', '--root', 'shop'))[1], /line 1: attributes/);
  });
});
