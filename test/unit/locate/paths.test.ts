import assert from 'node:assert/strict';
import { codeFunction } from '../../../src/locate/codeAttributes.ts';
import { isLibraryPath, normalizePath } from '../../../src/locate/paths.ts';
import { fitPath, fitRoute } from '../../../src/locate/routes.ts';
import { matchesParts } from '../../../src/locate/sourceIndex.ts';

describe('runtime paths', () => {
  const same: [string, string][] = [
    ['file:///home/me/a%20b/x.ts?t=3#y', '/home/me/a b/x.ts'],
    ['file:///C:/shop/x.ts', 'C:/shop/x.ts'],
    ['c:\\shop\\src\\x.ts', 'C:/shop/src/x.ts'],
    ['\\\\wsl$\\Ubuntu\\home\\me\\x.ts', '/home/me/x.ts'],
    ['//wsl.localhost/Ubuntu/home/me/x.ts', '/home/me/x.ts'],
    ['webpack://shop/./src/x.ts?a1b2', 'src/x.ts'],
    ['webpack:///./src/x.ts', 'src/x.ts'],
    ['webpack-internal:///(rsc)/./app/x.tsx', 'app/x.tsx'],
    ['turbopack:///[project]/app/x.tsx', 'app/x.tsx'],
    ['http://localhost:5173/src/x.ts?t=1', 'src/x.ts'],
    ['/@fs/home/me/x.ts', '/home/me/x.ts'],
    ['/_/src/Shop/X.cs', 'src/Shop/X.cs'],
    ['/proc/self/cwd/pkg/x.go', 'pkg/x.go'],
    ['/root/.cache/bazel/execroot/main/pkg/x.go', 'pkg/x.go'],
    ['/app/src/../lib/./x.js', '/app/lib/x.js'],
    ['file:///bad%escape.ts', '/bad%escape.ts'],
  ];
  for (const [raw, path] of same) it(`${raw} is ${path}`, () => assert.equal(normalizePath(raw), path));

  it('of libraries are told from one’s own', () => {
    const libraries = [
      '/app/node_modules/pg/lib/client.js',
      '/usr/lib/python3.12/site-packages/flask/app.py',
      '/root/go/pkg/mod/go.opentelemetry.io/otel@v1.30.0/trace.go',
      'example.com/lib@v1.2.3/x.go',
      '/usr/local/go/src/net/http/server.go',
      '/rustc/598/library/std/src/panicking.rs',
      'java/lang/reflect/Method.java',
      'node:internal/process/task_queues',
      '<frozen importlib._bootstrap>',
      '[eval]',
    ];
    for (const path of libraries) assert.ok(isLibraryPath(path), path);
    for (const path of ['/app/src/x.ts', 'com/shop/Orders.java', '/home/me/vendors/x.py'])
      assert.ok(!isLibraryPath(path), path);
  });
});

describe('qualified function names', () => {
  const same: [string, string | undefined, string, string][] = [
    ['com.shop.Orders$Inner.lambda$find$0', undefined, 'find', 'com.shop.Orders$Inner'],
    ['find', 'com.shop.Orders', 'find', 'com.shop.Orders'],
    ['github.com/shop/pkg.(*Server).Handle.func1', undefined, 'Handle', 'github.com/shop/pkg.(*Server)'],
    ['App\\Http\\Orders::show', undefined, 'show', 'App\\Http\\Orders'],
    ['shop_orders:place', undefined, 'place', 'shop_orders'],
    ['shop::orders::place', undefined, 'place', 'shop::orders'],
    ['place', undefined, 'place', ''],
  ];
  for (const [qualified, namespace, name, owner] of same)
    it(qualified, () => assert.deepEqual(codeFunction(qualified, namespace), { name, owner }));
});

describe('names with unknown parts', () => {
  const cases: [(string | null)[], string, boolean][] = [
    [['process ', null], 'process orders', true],
    [['process ', null], 'process ', false],
    [[null, ' process'], 'orders process', true],
    [[null, ' process'], ' process', false],
    [['a', null, 'b', null, 'c'], 'a1b2c', true],
    [['a', null, 'b', null, 'c'], 'abc', false],
    [['ab', null, 'ba'], 'aba', false],
    [['exact'], 'exactly', false],
    [[null], 'x', true],
  ];
  for (const [parts, name, fits] of cases)
    it(`${JSON.stringify(parts)} ${fits ? 'takes' : 'refuses'} “${name}”`, () =>
      assert.equal(matchesParts(parts, name), fits));

  it('end on names made to be matched slowly', () => {
    const parts = Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? 'a' : null));
    assert.equal(matchesParts([...parts, 'b'], 'a'.repeat(100_000)), false);
  });
});

describe('routes', () => {
  const routes: [string, string, string | undefined][] = [
    ['/orders/:id', '/orders/{id}', 'exact'],
    ['/orders/<int:id>', '/orders/:order', 'exact'],
    ['/orders/:id', '/api/orders/:id', 'mounted'],
    ['/', '/api', 'mounted'],
    ['/orders', '/orders/:id', undefined],
    ['/:id', '/api/:id', undefined],
    ['/api/orders', '/orders', undefined],
  ];
  for (const [site, requested, fit] of routes)
    it(`${site} for the route ${requested}: ${fit}`, () => assert.equal(fitRoute(site, requested)?.fit, fit));

  const paths: [string, string, string | undefined][] = [
    ['/orders/:id', '/orders/7?x=1', 'path'],
    ['/files/*', '/files/a/b', 'path'],
    ['/orders/:id', '/api/orders/7', 'mounted path'],
    ['/:any', '/orders', undefined],
    ['/orders/new', '/orders/7', undefined],
  ];
  for (const [site, path, fit] of paths)
    it(`${site} for the path ${path}: ${fit}`, () => assert.equal(fitPath(site, path)?.fit, fit));
});
