import assert from 'node:assert/strict';
import { TraceStore } from '../../../../src/store/traceStore.ts';
import { completeResource, Program } from '../program.ts';
import { evidenceOf, findingIds } from './evidenceOf.ts';

describe('Evidence of boundaries between services', () => {
  let store: TraceStore;
  let shop: Program;
  let inventory: Program;
  beforeEach(() => {
    store = new TraceStore({ budgetBytes: 16 << 20 });
    shop = new Program(store, { 'service.name': 'shop', ...completeResource });
    inventory = new Program(store, { 'service.name': 'inventory', ...completeResource });
  });

  const send = async () => {
    await shop.send();
    await inventory.send();
    return evidenceOf(store);
  };
  const request = (path: string, userAgent?: string) => ({
    'http.request.method': 'GET',
    'url.path': path,
    'server.address': 'inventory',
    'server.port': 8080,
    ...(userAgent !== undefined && { 'user_agent.original': userAgent }),
  });
  const serve = (from: number, path: string, userAgent?: string) =>
    ({
      name: 'GET /stock/:id',
      kind: 'SERVER',
      from,
      to: from + 10,
      attributes: request(path, userAgent),
    }) as const;
  const call = (from: number, path: string) =>
    ({
      name: 'GET',
      kind: 'CLIENT',
      from,
      to: from + 14,
      attributes: {
        'http.request.method': 'GET',
        'url.full': `http://inventory:8080${path}?token=1`,
        'server.address': 'inventory',
        'server.port': 8080,
      },
    }) as const;

  it('a call that arrives as a new trace', async () => {
    for (const n of [1, 2, 3]) {
      const checkout = shop.did({ name: 'checkout', kind: 'SERVER', from: n * 1000, to: n * 1000 + 100 });
      shop.did({ ...call(n * 1000 + 20, `/stock/${n}`), parent: checkout });
      inventory.did(serve(n * 1000 + 22, `/stock/${n}`, 'node'));
    }
    const evidence = await send();
    const [broken, ...more] = evidence.brokenBoundaries;
    assert.deepEqual(more, []);
    assert.deepEqual(broken.target, {
      transport: 'http',
      method: 'GET',
      path: '/stock/{}',
      host: 'inventory:8080',
    });
    assert.deepEqual(
      [broken.serviceName, broken.spanName, broken.side, broken.library, broken.spans, broken.traces],
      ['shop', 'GET', 'client', 'fetch', 3, 3],
    );
    assert.deepEqual(broken.to, { serviceName: 'inventory', spanName: 'GET /stock/:id', scopeName: 'app' });
    assert.equal(broken.span?.name, 'GET');
    assert.equal(broken.examples.length, 3);
    const arrived = new Set(broken.arrivals.map(({ traceId }) => traceId));
    assert.equal(arrived.size, 3);
    assert.ok(broken.examples.every(({ traceId }) => !arrived.has(traceId)));
    assert.deepEqual(findingIds(evidence), ['SPL701']);
  });

  it('one call is not enough for a finding', async () => {
    shop.did(call(0, '/stock/1'));
    inventory.did(serve(2, '/stock/1'));
    const evidence = await send();
    assert.deepEqual([evidence.brokenBoundaries[0].spans, findingIds(evidence)], [1, []]);
  });

  it('a call whose trace goes on is kept', async () => {
    for (const n of [1, 2]) {
      const checkout = shop.did({ name: 'checkout', kind: 'SERVER', from: n * 1000, to: n * 1000 + 100 });
      const calling = shop.did({ ...call(n * 1000 + 20, `/stock/${n}`), parent: checkout });
      inventory.did({ ...serve(n * 1000 + 22, `/stock/${n}`, 'axios/1.7.2'), parent: calling, remote: true });
    }
    const { brokenBoundaries, keptBoundaries } = await send();
    assert.deepEqual(brokenBoundaries, []);
    const [kept] = keptBoundaries;
    assert.deepEqual(
      [kept.serviceName, kept.spanName, kept.to.serviceName, kept.library, kept.spans, kept.target.path],
      ['shop', 'GET', 'inventory', 'axios', 2, '/stock/{}'],
    );
    assert.deepEqual(kept.examples[0].spanId, kept.examples.at(0)?.spanId);
  });

  it('a caller without a client span is found by the library that it used', async () => {
    for (const n of [1, 2]) {
      const checkout = shop.did({ name: 'checkout', kind: 'SERVER', from: n * 1000, to: n * 1000 + 100 });
      shop.did({ name: 'reserve', from: n * 1000 + 10, to: n * 1000 + 90, parent: checkout });
      inventory.did(serve(n * 1000 + 30, `/stock/${n}`, 'node'));
    }
    const evidence = await send();
    const [broken] = evidence.brokenBoundaries;
    assert.deepEqual(
      [broken.side, broken.serviceName, broken.spanName, broken.library, broken.spans],
      ['active', 'shop', 'reserve', 'fetch', 2],
    );
    assert.deepEqual(findingIds(evidence), ['SPL701']);
  });

  it('a caller that does not wait, behind one that does', async () => {
    const gateway = new Program(store, { 'service.name': 'gateway', ...completeResource });
    for (const from of [1000, 2000, 3000]) {
      const asked = gateway.did({ name: 'POST /buy', kind: 'SERVER', from, to: from + 60 });
      const sent = gateway.did({
        name: 'POST',
        kind: 'CLIENT',
        from: from + 5,
        to: from + 55,
        parent: asked,
      });
      const order = shop.did({
        ...{
          name: 'POST /orders',
          kind: 'SERVER',
          from: from + 10,
          to: from + 50,
          parent: sent,
          remote: true,
        },
      });
      shop.did({ name: 'price', from: from + 12, to: from + 20, parent: order });
      inventory.did(serve(from + 62, '/stock/1', 'node'));
    }
    await gateway.send();
    const [broken, ...more] = (await send()).brokenBoundaries;
    assert.deepEqual(
      [broken.serviceName, broken.spanName, broken.side, broken.spans, more],
      ['shop', 'POST /orders', 'active', 3, []],
    );
  });

  it('is silent where either of two may have sent: one that waits, one that has just ended', async () => {
    const gateway = new Program(store, { 'service.name': 'gateway', ...completeResource });
    for (const from of [1000, 2000, 3000]) {
      const asked = gateway.did({ name: 'POST /buy', kind: 'SERVER', from, to: from + 200 });
      shop.did({
        name: 'POST /orders',
        kind: 'SERVER',
        from: from + 10,
        to: from + 50,
        parent: asked,
        remote: true,
      });
      inventory.did(serve(from + 62, '/stock/1', 'node'));
    }
    await gateway.send();
    assert.deepEqual((await send()).brokenBoundaries, []);
  });

  it('is silent about roots that somebody else may have caused', async () => {
    const other = new Program(store, { 'service.name': 'billing', ...completeResource });
    for (const [n, userAgent] of [
      'curl/8.5.0',
      'Mozilla/5.0 (X11)',
      'python-requests/2.32.0',
      'node',
    ].entries()) {
      const from = n * 1000;
      shop.did({ name: 'checkout', kind: 'SERVER', from, to: from + 100 });
      // Two services in Node at work: either may have sent it.
      other.did({ name: 'bill', from, to: from + 100 });
      inventory.did(serve(from + 30, `/stock/${n}`, userAgent));
      inventory.did(serve(from + 60, `/stock/${n}`, userAgent));
    }
    await other.send();
    assert.deepEqual((await send()).brokenBoundaries, []);
  });

  it('is silent about other hosts, other times, databases and health checks', async () => {
    for (const n of [1, 2]) {
      const from = n * 10_000;
      const elsewhere = { ...call(from, '/stock/1').attributes, 'url.full': 'http://other/stock/1' };
      shop.did({ ...call(from, '/stock/1'), attributes: { ...elsewhere, 'server.address': 'other' } });
      inventory.did(serve(from + 2, '/stock/1'));
      shop.did(call(from + 1000, '/stock/2'));
      inventory.did(serve(from + 3000, '/stock/2'));
      shop.did(call(from + 5000, '/healthz'));
      inventory.did(serve(from + 5002, '/healthz'));
      const { attributes } = call(from, '/stock/4');
      shop.did({
        ...call(from + 6000, '/stock/4'),
        attributes: { ...attributes, 'db.system.name': 'couchdb' },
      });
      inventory.did(serve(from + 6002, '/stock/4'));
    }
    assert.deepEqual((await send()).brokenBoundaries, []);
  });

  it('messages: a consumer without a parent or a link', async () => {
    const message = { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders' };
    for (const n of [1, 2]) {
      shop.did({
        name: 'send orders',
        kind: 'PRODUCER',
        from: n * 1000,
        to: n * 1000 + 3,
        attributes: message,
      });
      inventory.did({
        name: 'process orders',
        kind: 'CONSUMER',
        from: n * 1000 + 400,
        to: n * 1000 + 450,
        attributes: message,
      });
    }
    const evidence = await send();
    const [broken] = evidence.brokenBoundaries;
    assert.deepEqual(
      [broken.spans, broken.target, broken.to.spanName],
      [2, { transport: 'messaging', destination: 'orders' }, 'process orders'],
    );
    assert.deepEqual(findingIds(evidence), ['SPL701']);
  });

  it('messages: a link keeps the connection', async () => {
    const message = { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders' };
    for (const n of [1, 2]) {
      const sent = shop.did({
        name: 'send orders',
        kind: 'PRODUCER',
        from: n * 1000,
        to: n * 1000 + 3,
        attributes: message,
      });
      const take = {
        name: 'process orders',
        kind: 'CONSUMER',
        from: n * 1000 + 400,
        to: n * 1000 + 450,
      } as const;
      inventory.did({ ...take, attributes: message, links: [sent] });
    }
    assert.deepEqual((await send()).brokenBoundaries, []);
  });

  it('messages: asking for them begins a trace by right', async () => {
    const message = { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders' };
    for (const n of [1, 2]) {
      const times = { from: n * 1000, to: n * 1000 + 3 };
      shop.did({ name: 'send orders', kind: 'PRODUCER', ...times, attributes: message });
      inventory.did({
        ...{ name: 'poll orders', kind: 'CONSUMER', ...times },
        attributes: { ...message, 'messaging.operation.type': 'receive' },
      });
    }
    assert.deepEqual((await send()).brokenBoundaries, []);
  });

  it('the older conventions, and a server that only knows its address', async () => {
    for (const from of [1000, 2000]) {
      shop.did({
        ...{ name: 'HTTP GET', kind: 'CLIENT', from, to: from + 20 },
        attributes: {
          ...{ 'http.method': 'GET', 'http.url': 'http://inventory:8000/stock/7' },
          ...{ 'net.peer.name': 'inventory', 'net.peer.port': 8000 },
        },
      });
      inventory.did({
        ...{ name: 'GET /stock/{id}', kind: 'SERVER', from: from + 5, to: from + 15 },
        attributes: {
          ...{ 'http.method': 'GET', 'http.target': '/stock/7?full=1', 'http.host': '172.18.0.5:8000' },
          ...{ 'net.peer.ip': '172.18.0.4', 'http.user_agent': 'python-requests/2.32.3' },
        },
      });
    }
    const [broken] = (await send()).brokenBoundaries;
    assert.deepEqual([broken.library, broken.spans, broken.target.host], ['requests', 2, 'inventory:8000']);
  });
});
