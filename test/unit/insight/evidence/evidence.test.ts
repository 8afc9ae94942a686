import assert from 'node:assert/strict';
import { TraceStore } from '../../../../src/store/traceStore.ts';
import { completeResource, Program } from '../program.ts';
import { evidenceOf, findingIds, findingsBy } from './evidenceOf.ts';

describe('Evidence', () => {
  let store: TraceStore;
  let shop: Program;
  beforeEach(() => {
    store = new TraceStore({ budgetBytes: 16 << 20 });
    shop = new Program(store, { 'service.name': 'shop', ...completeResource });
  });
  const send = async () => {
    await shop.send();
    return evidenceOf(store);
  };

  it('of nothing', async () => {
    const { services, ...rest } = await evidenceOf(store);
    assert.deepEqual(services, []);
    assert.deepEqual([rest.traces, rest.spans, rest.seenSpans], [0, 0, []]);
  });

  it('lists what was seen: services, spans, attribute keys', async () => {
    for (let n = 0; n < 60; n++)
      shop.did({
        name: 'load',
        from: n,
        to: n + 1,
        scope: 'shop.cart',
        attributes: { 'cart.size': n, 'user.email': n < 3 ? `ada${n}@lovelace.org` : '' },
        failed: n === 0 ? 'gone' : undefined,
      });
    const evidence = await send();
    assert.deepEqual(evidence.services, [
      { serviceName: 'shop', spans: 60, sdkLanguage: 'nodejs', scopes: ['shop.cart@'] },
    ]);
    const [load] = evidence.seenSpans;
    assert.deepEqual(
      [load.serviceName, load.scopeName, load.spanName, load.spanKind, load.spans, load.traces, load.errors],
      ['shop', 'shop.cart', 'load', 1, 60, 60, 1],
    );
    assert.deepEqual(
      evidence.seenAttributes.map(({ attributeKey, types, spans, traces, sensitiveSpans, longest }) => [
        attributeKey,
        types,
        spans,
        traces,
        sensitiveSpans,
        longest,
      ]),
      [
        ['cart.size', ['int'], 60, 60, 0, 2],
        ['user.email', ['string'], 60, 60, 3, 17],
      ],
    );
  });

  it('sensitive values, by content and by key, without the value', async () => {
    const secret = 'hunter2-but-longer';
    for (const n of [1, 2])
      shop.did({
        name: 'login',
        from: n,
        to: n + 1,
        attributes: {
          'user.email': `grace${n}@hopper.org`,
          'http.request.header.authorization': [`Basic ${secret}${n}`],
          'auth.password': '[REDACTED]',
          'order.id': '17',
        },
        exception: `no user ada${n}@lovelace.org`,
        failed: `no user ada${n}@lovelace.org`,
      });
    const evidence = await send();
    const found = evidence.sensitiveValues.map(({ attributeKey, carrier, traces, severalValues }) => ({
      ...{ attributeKey, carrier, traces, severalValues },
    }));
    for (const [attributeKey, carrier] of [
      ['user.email', 'span'],
      ['http.request.header.authorization', 'span'],
      ['exception.message', 'event'],
      ['status.message', 'status'],
    ] as const)
      assert.ok(
        found.some(
          each => each.attributeKey === attributeKey && each.carrier === carrier && each.severalValues,
        ),
        attributeKey,
      );
    assert.ok(!found.some(({ attributeKey }) => attributeKey === 'auth.password'));
    assert.equal(new Set(findingIds(evidence)).size, 1);
    assert.equal(findingsBy(evidence, 'SPL702').length, 4);
    const everything = JSON.stringify([evidence, findingsBy(evidence, 'SPL702')]);
    for (const value of [secret, 'hopper', 'lovelace']) assert.ok(!everything.includes(value), value);
  });

  it('sensitive values of a resource are told once', async () => {
    const named = new Program(store, {
      'service.name': 'mailer',
      ...completeResource,
      'owner.email': 'ada@lovelace.org',
    });
    named.did({ name: 'a', from: 0, to: 1 });
    named.did({ name: 'b', from: 0, to: 1 });
    await named.send();
    const evidence = await evidenceOf(store);
    assert.deepEqual(
      evidence.sensitiveValues.map(({ carrier, attributeKey, spans }) => [carrier, attributeKey, spans]),
      [['resource', 'owner.email', 2]],
    );
  });

  it('parents that never arrive, local ones only as findings', async () => {
    const lost = shop.did({ name: 'checkout', from: 0, to: 100, lost: true });
    shop.did({ name: 'load cart', from: 10, to: 20, parent: lost });
    shop.did({ name: 'charge', from: 30, to: 40, parent: lost });
    const elsewhere = shop.did({ name: 'gateway', from: 0, to: 100, lost: true });
    shop.did({ name: 'GET /', kind: 'SERVER', from: 10, to: 20, parent: elsewhere, remote: true });
    const evidence = await send();
    assert.deepEqual(
      evidence.missingParents.map(({ spanName, parent, spans }) => [spanName, parent, spans]).sort(),
      [
        ['GET /', 'remote', 1],
        ['load cart', 'local', 1],
      ],
    );
    assert.deepEqual(findingIds(evidence), ['SPL705']);
  });

  it('names that differ in ids only', async () => {
    for (let n = 0; n < 30; n++) {
      shop.did({ name: `GET /orders/${1000 + n}`, from: n, to: n + 1 });
      shop.did({ name: `step ${'abcdefghijklmnopqrstuvwxyzäöüß'[n]}`, from: n, to: n + 1 });
      if (n < 20) shop.did({ name: `shard-${n}`, from: n, to: n + 1 });
    }
    const evidence = await send();
    const [family, ...more] = evidence.nameFamilies;
    assert.deepEqual([family.template, family.names, family.spans, more], ['GET /orders/{}', 30, 30, []]);
    assert.deepEqual(findingIds(evidence), ['SPL707']);
    assert.ok(evidence.seenSpans.some(({ spanName }) => spanName === 'shard-3'));
    assert.ok(!evidence.seenSpans.some(({ spanName }) => spanName.startsWith('GET /orders')));
  });

  describe('bursts', () => {
    const query = (n: number) => ({
      ...({ name: 'SELECT shop', kind: 'CLIENT', from: 10 + n * 5, to: 14 + n * 5 } as const),
      attributes: { 'db.system.name': 'postgresql', 'db.query.text': `SELECT * FROM items WHERE id = ${n}` },
    });
    const list = () => shop.did({ name: 'GET /orders', kind: 'SERVER', from: 0, to: 200 });

    it('a query for each row', async () => {
      const parent = list();
      for (let n = 0; n < 24; n++) shop.did({ ...query(n), parent });
      const evidence = await send();
      const [burst, ...more] = evidence.bursts;
      assert.deepEqual(
        [burst.form, burst.operation, burst.parentName, burst.most, more],
        ['calls', 'SELECT * FROM items WHERE id = ?', 'GET /orders', 24, []],
      );
      assert.deepEqual(
        findingsBy(evidence, 'SPL703').map(([severity]) => severity),
        ['warning'],
      );
    });

    it('not: few, side by side, different statements, retries, polling', async () => {
      const few = list();
      for (let n = 0; n < 9; n++) shop.did({ ...query(n), parent: few });
      const together = list();
      for (let n = 0; n < 24; n++) shop.did({ ...query(n), from: 10, to: 60, parent: together });
      const different = list();
      for (let n = 0; n < 24; n++)
        shop.did({
          ...query(n),
          attributes: { 'db.query.text': `SELECT 1 FROM t_${'abcdefghijklmnopqrstuvwxyz'[n]}x` },
          parent: different,
        });
      const retried = list();
      for (let n = 0; n < 24; n++)
        shop.did({ ...query(0), from: n, to: n + 1, failed: 'timeout', parent: retried });
      const polling = list();
      for (let n = 0; n < 24; n++)
        shop.did({ ...query(0), from: n * 1000, to: n * 1000 + 2, parent: polling });
      assert.deepEqual((await send()).bursts, []);
    });

    it('a span for each turn of a loop', async () => {
      const parent = shop.did({ name: 'import', from: 0, to: 200 });
      for (let n = 0; n < 40; n++) shop.did({ name: 'row', from: n, to: n + 0.5, parent });
      for (let n = 0; n < 19; n++) shop.did({ name: 'chunk', from: n, to: n + 0.5, parent });
      for (let n = 0; n < 30; n++) shop.did({ name: 'work', from: n * 6, to: n * 6 + 6, parent });
      const evidence = await send();
      assert.deepEqual(
        evidence.bursts.map(({ form, spanName, most }) => [form, spanName, most]),
        [['internal', 'row', 40]],
      );
      assert.deepEqual(
        findingsBy(evidence, 'SPL703').map(([severity]) => severity),
        ['info'],
      );
    });
  });

  describe('resources', () => {
    const run = async (resource: Record<string, string | number>, from = 0) => {
      const program = new Program(store, resource);
      program.did({ name: 'work', from, to: from + 1000 });
      await program.send();
    };

    it('without a name, a version, an environment', async () => {
      await run({ 'service.name': 'unknown_service:node' });
      await run({ 'service.name': 'shop', 'service.version': '1' });
      await run({ 'service.name': 'whole', ...completeResource });
      const evidence = await evidenceOf(store);
      assert.deepEqual(
        evidence.resourceGaps.map(({ serviceName, problem }) => `${serviceName}: ${problem}`).sort(),
        [
          'shop: no deployment.environment.name',
          'unknown_service:node: no deployment.environment.name',
          'unknown_service:node: no service.name',
          'unknown_service:node: no service.version',
        ],
      );
      assert.deepEqual(
        findingsBy(evidence, 'SPL704').map(([severity]) => severity),
        ['warning', 'info', 'info'],
      );
    });

    it('that share what must be their own', async () => {
      const host = { 'host.name': 'laptop', ...completeResource };
      await run({ 'service.name': 'a', 'process.pid': 4711, ...host });
      await run({ 'service.name': 'b', 'process.pid': 4711, ...host });
      await run({ 'service.name': 'c', 'service.instance.id': 'x', 'process.pid': 1000, ...host });
      await run({ 'service.name': 'c', 'service.instance.id': 'x', 'process.pid': 1001, ...host });
      await run({ 'service.name': 'd', 'service.instance.id': 'y', 'process.pid': 2000, ...host });
      await run({ 'service.name': 'd', 'service.instance.id': 'y', 'process.pid': 2001, ...host }, 60_000);
      await run({ 'service.name': 'e', 'process.pid': 3000, 'service.criticality': 'very', ...host });
      const evidence = await evidenceOf(store);
      assert.deepEqual(evidence.resourceGaps.map(({ problem, detail }) => `${problem}: ${detail}`).sort(), [
        'service.criticality invalid: very',
        'service.instance.id used twice: x',
        'several names for one process: a',
      ]);
      assert.deepEqual(findingIds(evidence).sort(), ['SPL704', 'SPL711', 'SPL711']);
    });
  });

  it('attribute keys that are given up, by what writes them', async () => {
    const scope = '@opentelemetry/instrumentation-http';
    shop.did({
      name: 'GET',
      from: 0,
      to: 1,
      scope,
      version: '0.40.0',
      attributes: { 'http.method': 'GET', 'http.status_code': 200 },
    });
    shop.did({
      name: 'work',
      from: 0,
      to: 1,
      attributes: { 'http.request.method': 'GET', 'gen_ai.system': 'x' },
    });
    const evidence = await send();
    assert.deepEqual(
      evidence.legacyAttributes.map(({ scopeName, scopeVersion, attributeKey, renamedTo }) => [
        ...[scopeName, scopeVersion, attributeKey, renamedTo],
      ]),
      [
        [scope, '0.40.0', 'http.method', 'http.request.method'],
        [scope, '0.40.0', 'http.status_code', 'http.response.status_code'],
      ],
    );
    assert.deepEqual(findingIds(evidence), ['SPL708']);
  });

  it('errors that the status does not tell, and the other way round', async () => {
    const status = (code: number) => ({ 'http.request.method': 'GET', 'http.response.status_code': code });
    shop.did({ name: 'charge', from: 0, to: 1, exception: 'declined' });
    shop.did({ name: 'charged', from: 0, to: 1, exception: 'declined', failed: 'declined' });
    shop.did({ name: 'GET /a', kind: 'SERVER', from: 0, to: 1, attributes: status(503) });
    shop.did({ name: 'GET /b', kind: 'SERVER', from: 0, to: 1, attributes: status(404) });
    shop.did({ name: 'GET /c', kind: 'SERVER', from: 0, to: 1, attributes: status(500), failed: '' });
    shop.did({ name: 'silent', from: 0, to: 1, failed: '' });
    const evidence = await send();
    assert.deepEqual(evidence.errorMismatches.map(({ spanName, form }) => [spanName, form]).sort(), [
      ['GET /a', 'httpStatus'],
      ['charge', 'exception'],
      ['silent', 'noDescription'],
    ]);
    assert.deepEqual(
      findingsBy(evidence, 'SPL709').map(([severity]) => severity),
      ['info', 'info', 'hint'],
    );
  });

  it('traces that begin with a call, but for those of web pages', async () => {
    const page = new Program(store, {
      'service.name': 'page',
      ...completeResource,
      'telemetry.sdk.language': 'webjs',
    });
    for (let n = 0; n < 3; n++) {
      shop.did({ name: 'GET', kind: 'CLIENT', from: n, to: n + 1 });
      page.did({ name: 'GET', kind: 'CLIENT', from: n, to: n + 1 });
      if (n < 2) shop.did({ name: 'connect', kind: 'CLIENT', from: n, to: n + 1 });
    }
    await page.send();
    const evidence = await send();
    assert.deepEqual(
      evidence.clientRoots.map(({ serviceName, spanName, traces }) => [serviceName, spanName, traces]),
      [
        ['shop', 'GET', 3],
        ['shop', 'connect', 2],
      ],
    );
    assert.deepEqual(findingIds(evidence), ['SPL706']);
  });

  it('clocks that differ', async () => {
    const inventory = new Program(store, { 'service.name': 'inventory', ...completeResource });
    for (let n = 0; n < 3; n++) {
      const parent = shop.did({ name: 'GET', kind: 'CLIENT', from: n * 1000 + 500, to: n * 1000 + 600 });
      inventory.did({
        name: 'early',
        kind: 'SERVER',
        from: n * 1000 + 100,
        to: n * 1000 + 180,
        parent,
        remote: true,
      });
      inventory.did({
        name: 'late',
        kind: 'SERVER',
        from: n * 1000 + 510,
        to: n * 1000 + 800,
        parent,
        remote: true,
      });
      inventory.did({
        name: 'fine',
        kind: 'SERVER',
        from: n * 1000 + 495,
        to: n * 1000 + 620,
        parent,
        remote: true,
      });
      inventory.did({ name: 'later', from: n * 1000 + 510, to: n * 1000 + 900, parent });
    }
    await inventory.send();
    const evidence = await send();
    assert.deepEqual(
      evidence.clockSkews.map(({ spanName, form, mostNano }) => [spanName, form, mostNano]).sort(),
      [
        ['early', 'starts before parent', '400000000'],
        ['late', 'ends after parent', '200000000'],
      ],
    );
    assert.deepEqual(findingsBy(evidence, 'SPL710').length, 2);
  });
});
