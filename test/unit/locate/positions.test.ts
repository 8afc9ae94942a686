import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import esbuild from 'esbuild';
import { openWorkspace, span } from './fixtureWorkspace.ts';

/** Twelve lines; the span is made on line 7. */
const source = `import { trace } from '@opentelemetry/api';

interface Order {
  id: string;
}
export function place(order: Order): string {
  return trace.getTracer('x').startSpan(order.id) as never;
}
export function cancel(order: Order): string {
  throw new Error(order.id);
}
`;

describe('positions', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'spanline-positions-')));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };

  const places = async (
    attributes: { [key: string]: string | number },
    serviceName = 'shop',
    stacks: string[] = [],
  ) => {
    const { locator } = await openWorkspace(folder);
    const found = await locator.locate(span('unnamed', { serviceName, stackTraces: stacks }, attributes));
    return found.map(({ path, line, confidence, strategy }) => ({
      path,
      line,
      sure: confidence >= 0.85,
      strategy,
    }));
  };

  /** Bundles `src/orders.ts` of a package; the line and column (1-based) of a text in the result. */
  const bundle = async (home: string, minify: boolean, sourcemap: 'linked' | 'inline', text: string) => {
    await write(`${home}/package.json`, '{ "name": "shop" }');
    await write(`${home}/src/orders.ts`, source);
    const { outputFiles } = await esbuild.build({
      entryPoints: [join(folder, home, 'src/orders.ts')],
      outfile: join(folder, home, 'dist/main.js'),
      bundle: true,
      external: ['@opentelemetry/api'],
      format: 'esm',
      minify,
      sourcemap,
      write: false,
    });
    for (const file of outputFiles) {
      await mkdir(dirname(file.path), { recursive: true });
      await writeFile(file.path, file.contents);
    }
    const lines = outputFiles.find(({ path }) => path.endsWith('.js'))!.text.split('\n');
    const line = lines.findIndex(each => each.includes(text));
    return { line: line + 1, column: lines[line].indexOf(text) + 1 };
  };

  for (const sourcemap of ['linked', 'inline'] as const)
    it(`in build output lead through a ${sourcemap} source map`, async () => {
      const at = await bundle('services/shop', false, sourcemap, '.startSpan(');
      const expected = [
        { path: 'services/shop/src/orders.ts', line: 7, sure: true, strategy: 'code.file.path, source map' },
      ];
      const lineOnly = {
        'code.file.path': join(folder, 'services/shop/dist/main.js'),
        'code.line.number': at.line,
      };
      assert.deepEqual(await places(lineOnly), expected);
      const inContainer = {
        'code.file.path': '/app/dist/main.js',
        'code.line.number': at.line,
        'code.column.number': at.column,
      };
      assert.deepEqual(await places(inContainer), expected);
    });

  it('are not looked for in names that are no names', async function () {
    this.timeout(20_000);
    await write('src/orders.ts', source);
    for (const piece of ['(', '.1', '$$', 'a:', '#?', '/'])
      for (const key of ['code.function.name', 'code.file.path', 'http.route', 'url.path'])
        assert.deepEqual(await places({ [key]: `${piece.repeat(300_000)}x` }), [], key);
  });

  it('in a minified bundle need the column', async () => {
    const at = await bundle('.', true, 'linked', '.startSpan(');
    const attributes = { 'code.file.path': join(folder, 'dist/main.js'), 'code.line.number': at.line };
    const [exact] = await places({ ...attributes, 'code.column.number': at.column });
    assert.deepEqual([exact.path, exact.line, exact.sure], ['src/orders.ts', 7, true]);
    assert.deepEqual(
      (await places(attributes)).filter(({ sure }) => sure),
      [],
    );
  });

  it('survive a map that is broken', async () => {
    await write('dist/main.js', 'one();\ntwo();\n//# sourceMappingURL=main.js.map\n');
    await write('dist/main.js.map', '{ "version": 3, "mappings": 12');
    const [found] = await places({ 'code.file.path': join(folder, 'dist/main.js'), 'code.line.number': 2 });
    assert.deepEqual([found.path, found.line], ['dist/main.js', 2]);
  });

  it('with a function but no line are the function’s', async () => {
    await write('src/orders.ts', source);
    const attributes = { 'code.filepath': join(folder, 'src/orders.ts'), 'code.function': 'cancel' };
    assert.deepEqual(await places(attributes), [
      { path: 'src/orders.ts', line: 9, sure: true, strategy: 'code.function.name' },
    ]);
  });

  it('of constructors are found under the name of their class', async () => {
    await write(
      'src/shop/Orders.java',
      'package shop;\n\nclass Orders {\n  Orders(Tracer t) {\n    t.spanBuilder("x").startSpan();\n  }\n}\n',
    );
    await write(
      'Shop/Cart.cs',
      'namespace Shop;\n\nclass Cart\n{\n  public Cart() { Source.StartActivity("y"); }\n}\n',
    );
    const at = async (attributes: { [key: string]: string }) =>
      (await places(attributes)).map(({ path, line }) => [path, line]);
    assert.deepEqual(await at({ 'code.function.name': 'shop.Orders.<init>' }), [['src/shop/Orders.java', 4]]);
    assert.deepEqual(await at({ 'code.function.name': 'Shop.Cart..ctor' }), [['Shop/Cart.cs', 5]]);
  });

  it('of functions whose names end in a mark are found', async () => {
    await write('orders.rb', 'class Orders\n  def save(order)\n  end\n\n  def save!(order)\n  end\nend\n');
    const found = await places({
      'code.file.path': join(folder, 'orders.rb'),
      'code.function.name': 'save!',
    });
    assert.deepEqual(
      found.map(({ path, line }) => [path, line]),
      [['orders.rb', 5]],
    );
  });

  it('in another function than the span says are not certain', async () => {
    await write('src/orders.ts', source);
    const attributes = {
      'code.file.path': join(folder, 'src/orders.ts'),
      'code.line.number': 10,
      'code.function.name': 'place',
    };
    assert.deepEqual(
      (await places(attributes)).map(({ line, sure }) => [line, sure]),
      [[10, false]],
    );
  });

  it('of two services with the same files are kept apart by what was learned', async () => {
    for (const service of ['a', 'b'])
      for (const name of ['main', `${service}1`, `${service}2`])
        await write(`${service}/x/src/${name}.py`, 'a\nb\nc\n');
    const { locator } = await openWorkspace(folder);
    const at = (name: string) =>
      locator.locate(
        span(
          'unnamed',
          { serviceName: 'svc' },
          { 'code.file.path': `/app/x/src/${name}.py`, 'code.line.number': 2 },
        ),
      );
    assert.ok(
      (await at('main')).every(({ confidence }) => confidence < 0.85),
      'two files fit',
    );
    await at('b1');
    await at('b2');
    const [learned] = await at('main');
    assert.deepEqual([learned.path, learned.confidence], ['b/x/src/main.py', 0.95]);
  });

  it('in folders named as those of a runtime are one’s own, in installed packages they are not', async () => {
    await write('internal/cards.go', 'package cards\n\nfunc Charge() {\n}\n');
    await write('vendor/other/cards.go', 'package cards\n\nfunc Charge() {\n}\n');
    const at = (path: string) => places({ 'code.file.path': join(folder, path), 'code.line.number': 3 });
    assert.deepEqual(
      (await at('internal/cards.go')).map(({ path, sure }) => [path, sure]),
      [['internal/cards.go', true]],
    );
    assert.deepEqual(await at('vendor/other/cards.go'), []);
  });

  it('of exceptions lead to the innermost frame of the workspace', async () => {
    await write('src/orders.ts', source);
    const stack = [
      'Error: x',
      '    at Client.query (/app/node_modules/pg/client.js:5:1)',
      `    at cancel (${join(folder, 'src/orders.ts')}:10:9)`,
      `    at place (${join(folder, 'src/orders.ts')}:7:3)`,
    ].join('\n');
    assert.deepEqual(await places({}, 'shop', [stack]), [
      { path: 'src/orders.ts', line: 10, sure: true, strategy: 'exception stack trace' },
    ]);
  });

  it('of exceptions are an alternative where the span’s own line is known', async () => {
    await write('src/orders.ts', source);
    const file = join(folder, 'src/orders.ts');
    const stack = `Error: x\n    at cancel (${file}:10:9)`;
    const found = await places({ 'code.file.path': file, 'code.line.number': 7 }, 'shop', [stack]);
    assert.deepEqual(
      found.map(({ line, sure }) => [line, sure]),
      [
        [7, true],
        [10, false],
      ],
    );
  });

  it('outside the workspace lead nowhere', async () => {
    await write('src/orders.ts', source);
    assert.deepEqual(await places({ 'code.file.path': '/etc/passwd', 'code.line.number': 1 }), []);
    assert.deepEqual(
      await places({ 'code.file.path': `${folder}/src/../../../etc/passwd`, 'code.line.number': 1 }),
      [],
    );
    assert.deepEqual(await places({ 'code.file.path': 'x/'.repeat(50_000), 'code.line.number': 1 }), []);
  });
});
