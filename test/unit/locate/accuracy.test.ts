import assert from 'node:assert/strict';
import type { SpanToLocate } from '../../../src/model/source.ts';
import { callSites, markers, openWorkspace, span, type TestWorkspace } from './fixtureWorkspace.ts';

interface Row {
  readonly method: string;
  readonly span: SpanToLocate;
  /** Marker of the true line; undefined where nothing in the workspace made the span. */
  readonly line?: string;
  /** Must be the one answer that is opened by itself. */
  readonly certain: boolean;
}

const row = (method: string, line: string | undefined, certain: boolean, of: SpanToLocate): Row => ({
  method,
  span: of,
  line,
  certain,
});
const express = '@opentelemetry/instrumentation-express';
const http = '@opentelemetry/instrumentation-http';

/** What programs report of the fixtures, and where it must lead. */
const rows: readonly Row[] = [
  row(
    'name literal',
    'place-checkout',
    true,
    span('place checkout', { serviceName: 'gateway', scopeName: 'gateway' }),
  ),
  row('name literal', 'place-checkout', true, span('place checkout')),
  row('name on the next line', 'read-order', true, span('read order', { scopeName: 'gateway' })),
  row('name in a constant', 'list-orders', true, span('list recent orders')),
  row(
    'name in an enum',
    'reserve-stock',
    true,
    span('reserve stock', { serviceName: 'orders', scopeName: 'shop.orders' }),
  ),
  row('helper of another file', 'charge-order', true, span('charge order', { scopeName: 'shop.shared' })),
  row(
    'helper that adds a prefix',
    'price-order',
    true,
    span('shop.price order', { scopeName: 'shop.shared' }),
  ),
  row('helper in Go', 'cards-charge', true, span('cards/charge', { scopeName: 'cards' })),
  row('constant in Go', 'settle', true, span('settle batch', { scopeName: 'settlement' })),
  row('name literal', 'authorize', true, span('authorize payment', { kind: 3 })),
  row('name literal', 'read-level', true, span('read level', { kind: 3, scopeName: 'stock.levels.store' })),
  row('decorator', 'recount', true, span('recount', { scopeName: 'stock.levels' })),
  row('pattern', 'publish', false, span('publish order event', { kind: 4, scopeName: 'shop.orders' })),
  row('pattern', 'count-shelf', false, span('count shelf 12', { scopeName: 'stock.levels' })),
  row('pattern', 'look-up', false, span('look up A-7 level', { scopeName: 'stock.levels' })),
  row('pattern', 'ask-network', false, span('ask visa network', { scopeName: 'cards' })),
  row(
    'only site of the tracer',
    'store-query',
    false,
    span('SELECT carts', { kind: 3, scopeName: 'gateway.store' }),
  ),
  row('either arm', 'try', true, span('try again', { scopeName: 'shop.retry' })),
  row('either arm', 'try', true, span('first try', { scopeName: 'shop.retry' })),

  row(
    'one name, three services',
    'gateway-warm-up',
    true,
    span('warm up', { serviceName: 'gateway', scopeName: 'gateway' }),
  ),
  row(
    'one name, three services',
    'orders-warm-up',
    true,
    span('warm up', { serviceName: 'orders', scopeName: 'shop.orders' }),
  ),
  row(
    'one name, three services',
    'stock-warm-up',
    true,
    span('warm up', { serviceName: 'stock-service', scopeName: 'stock.levels' }),
  ),
  row('one name, no hint', 'gateway-warm-up', false, span('warm up')),
  row(
    'one name, told apart by attributes',
    'give-up-attempts',
    true,
    span('give up', { scopeName: 'shop.retry' }, { 'retry.attempts': 4 }),
  ),
  row(
    'one name, told apart by attributes',
    'give-up-reason',
    true,
    span('give up', { scopeName: 'shop.retry' }, { 'abandon.reason': 'x' }),
  ),
  row('one name, not told apart', 'give-up-reason', false, span('give up', { scopeName: 'shop.retry' })),

  row(
    'http.route',
    'gateway-checkout',
    true,
    span(
      'POST /checkout',
      { kind: 2, scopeName: http, serviceName: 'gateway' },
      { 'http.route': '/checkout', 'http.request.method': 'POST' },
    ),
  ),
  row('route in the name', 'gateway-checkout', true, span('POST /checkout', { kind: 2, scopeName: http })),
  row(
    'mounted router',
    'gateway-order',
    true,
    span(
      'GET /api/orders/:id',
      { kind: 2, scopeName: http },
      { 'http.route': '/api/orders/:id', 'http.request.method': 'GET' },
    ),
  ),
  row(
    'root of a mounted router',
    'gateway-api-root',
    true,
    span('GET /api', { kind: 2, scopeName: http }, { 'http.route': '/api', 'http.method': 'GET' }),
  ),
  row(
    'path without a route',
    'gateway-checkout',
    true,
    span('POST', { kind: 2, scopeName: http }, { 'url.path': '/checkout', 'http.request.method': 'POST' }),
  ),
  row(
    'request handler',
    'gateway-order',
    true,
    span(
      'request handler - /api/orders/:id',
      { kind: 1, scopeName: express },
      { 'http.route': '/api/orders/:id', 'express.type': 'request_handler' },
    ),
  ),
  row(
    'middleware',
    undefined,
    false,
    span(
      'middleware - jsonParser',
      { kind: 1, scopeName: express },
      { 'http.route': '/checkout', 'express.type': 'middleware' },
    ),
  ),
  row(
    'Flask route',
    'stock-level',
    true,
    span(
      'GET /levels/<string:sku>',
      { kind: 2, scopeName: 'opentelemetry.instrumentation.flask', serviceName: 'stock' },
      { 'http.route': '/levels/<string:sku>', 'http.method': 'GET' },
    ),
  ),
  row(
    'Go pattern',
    'pay-route',
    true,
    span('POST /payments/{id}', { kind: 2, serviceName: 'payments' }, { 'http.route': '/payments/{id}' }),
  ),
  row(
    'one route, three services',
    'payments-health',
    true,
    span(
      'GET /health',
      { kind: 2, serviceName: 'payments' },
      { 'http.route': '/health', 'http.request.method': 'GET' },
    ),
  ),
  row(
    'one route, no hint',
    'stock-health',
    false,
    span('GET /health', { kind: 2 }, { 'http.route': '/health', 'http.request.method': 'GET' }),
  ),

  row(
    'code.*, same path',
    'place-checkout',
    true,
    span('x', {}, { 'code.file.path': `${callSites}/gateway/src/server.js`, 'code.line.number': 14 }),
  ),
  row(
    'code.*, old names',
    'authorize',
    true,
    span('x', {}, { 'code.filepath': `${callSites}/payments/main.go`, 'code.lineno': '25' }),
  ),
  row(
    'code.*, container',
    'read-level',
    true,
    span(
      'x',
      { serviceName: 'stock' },
      { 'code.file.path': '/app/stock/stock/levels.py', 'code.line.number': 14 },
    ),
  ),
  row(
    'code.*, Windows',
    'read-level',
    true,
    span('x', {}, { 'code.file.path': 'C:\\work\\shop\\stock\\stock\\levels.py', 'code.line.number': 14 }),
  ),
  row(
    'code.*, -trimpath',
    'cards-charge',
    true,
    span(
      'x',
      {},
      { 'code.file.path': 'example.com/shop/payments/internal/cards/cards.go', 'code.line.number': 24 },
    ),
  ),
  row(
    'code.*, two segments',
    'authorize',
    false,
    span('x', {}, { 'code.file.path': '/build/payments/main.go', 'code.line.number': 25 }),
  ),
  row(
    'code.*, two segments and proof',
    'authorize',
    true,
    span(
      'authorize payment',
      { scopeName: 'other' },
      { 'code.file.path': '/build/payments/main.go', 'code.line.number': 25 },
    ),
  ),
  row(
    'code.* in a helper',
    'charge-order',
    true,
    span(
      'charge order',
      {},
      { 'code.file.path': `${callSites}/shared/src/tracing.ts`, 'code.line.number': 6 },
    ),
  ),
  row(
    'code.* in a library',
    undefined,
    false,
    span(
      'x',
      {},
      { 'code.file.path': '/app/node_modules/express/lib/router/index.js', 'code.line.number': 3 },
    ),
  ),
  row(
    'code.* past the end',
    undefined,
    false,
    span('x', {}, { 'code.file.path': `${callSites}/payments/main.go`, 'code.line.number': 9000 }),
  ),
  row(
    'function, Java',
    'invoices-find',
    true,
    span(
      'Invoices.find',
      { scopeName: 'io.opentelemetry.spring-webmvc-6.0' },
      { 'code.function': 'find', 'code.namespace': 'com.shop.billing.Invoices' },
    ),
  ),
  row(
    'function, stable name',
    'invoices-find',
    true,
    span('Invoices.find', {}, { 'code.function.name': 'com.shop.billing.Invoices$$SpringCGLIB$$0.find' }),
  ),
  row(
    'function, overloaded',
    'invoices-open',
    false,
    span('Invoices.open', {}, { 'code.function.name': 'com.shop.billing.Invoices.open' }),
  ),

  row('name literal, Java', 'render-invoice', true, span('render invoice', { scopeName: 'shop.billing' })),
  row(
    'name by annotation, Java',
    'total-invoices',
    true,
    span('InvoiceController.total', {
      scopeName: 'io.opentelemetry.opentelemetry-instrumentation-annotations-1.16',
    }),
  ),
  row(
    'http.route, Spring',
    'route-invoice',
    true,
    span('GET /invoices/{id}', { kind: 2 }, { 'http.request.method': 'GET', 'http.route': '/invoices/{id}' }),
  ),
  row('name by method, C#', 'label-parcel', true, span('Label', { scopeName: 'Shop.Shipping' })),
  row('name pattern, C#', 'weigh-parcel', false, span('weigh parcel 42', { scopeName: 'Shop.Shipping' })),
  row(
    'http.route, ASP.NET',
    'route-parcel',
    true,
    span(
      'GET api/Parcels/{id}',
      { kind: 2, scopeName: 'Microsoft.AspNetCore' },
      { 'http.request.method': 'GET', 'http.route': 'api/Parcels/{id}' },
    ),
  ),

  row(
    'library scope',
    undefined,
    false,
    span('place checkout', { scopeName: '@opentelemetry/instrumentation-undici', kind: 3 }),
  ),
  row('other scope', 'place-checkout', false, span('place checkout', { scopeName: 'somebody.else' })),
  row('unknown name', undefined, false, span('tcp.connect', { kind: 3 })),
  row(
    'client span of a route',
    undefined,
    false,
    span('POST', { kind: 3, scopeName: http }, { 'url.path': '/checkout', 'http.request.method': 'POST' }),
  ),
];

describe('accuracy of locating', () => {
  let workspace: TestWorkspace;
  let lines: Map<string, string[]>;

  before(async () => {
    workspace = await openWorkspace(callSites);
    lines = await markers(workspace.files);
  });

  const titles = new Map<string, number>();
  for (const entry of rows) {
    const base = `${entry.method}: ${entry.span.name}`;
    const count = (titles.get(base) ?? 0) + 1;
    titles.set(base, count);
    it(`${base}${count > 1 ? ` (${count})` : ''} → ${entry.line ?? 'nowhere'}`, async () => {
      const found = await workspace.locator.locate(entry.span);
      const places = found.map(({ path, line }) => `${path}:${line}`);
      const sure = found.filter(({ confidence }) => confidence >= 0.85);
      const shown = JSON.stringify(found, null, 1);
      if (entry.line === undefined) return assert.deepEqual(found, [], shown);
      const truth = lines.get(entry.line);
      assert.ok(truth, `no marker ${entry.line}`);
      assert.ok(
        places.some(place => truth.includes(place)),
        shown,
      );
      for (const { path, line } of sure)
        assert.ok(truth.includes(`${path}:${line}`), `wrong and certain: ${shown}`);
      if (entry.certain) assert.ok(truth.includes(places[0]) && sure.length > 0, shown);
      else assert.equal(sure.length, 0, shown);
      assert.ok(
        found.every(({ strategy, preview }) => strategy !== '' && preview !== ''),
        shown,
      );
    });
  }
});
