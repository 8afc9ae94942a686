import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { SpanContext } from '@opentelemetry/api';
import { applyEvidence, type EvidenceContext } from '../../../src/lint/evidence/apply.ts';
import { judges } from '../../../src/lint/evidence/judges.ts';
import { matches } from '../../../src/lint/evidence/ties.ts';
import type { Finding } from '../../../src/lint/finding.ts';
import type { Service } from '../../../src/lint/project/types.ts';
import { allRules } from '../../../src/lint/rules/allRules.ts';
import type { Anchor } from '../../../src/lint/rules/rule.ts';
import type { Severity } from '../../../src/model/rule.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { evidenceOf } from '../insight/evidence/evidenceOf.ts';
import { completeResource, type Did, Program, startMs } from '../insight/program.ts';

const place = { start: 0, end: 10 };

function finding(
  id: string,
  severity: Severity,
  anchor: Anchor | undefined,
  path = 'shop/src/cart.ts',
): Finding {
  return {
    rule: {
      ...{ id, name: 'x', group: 'lifecycle', severity, confidence: 'medium', languages: ['typescript'] },
      docs: { what: '', why: '', examples: [], notReported: [], references: [] },
    },
    ...{ path, at: place, severity, confidence: 'medium', message: '', fixes: [], related: [], anchor },
    ...{ group: undefined, service: 'shop', symbol: '' },
  };
}

function serviceNamed(...names: string[]): Service {
  const service: Service = {
    root: 'shop',
    names: names.map(name => ({ name, place: { path: 'shop/package.json', at: place } })),
    usesOpenTelemetry: true,
    setsUpSdk: true,
    autoInstrumented: 'no',
    preloads: false,
    instrumentedBySpring: false,
    covers: () => 'no',
    instrumentations: new Map(),
    instruments: () => false,
    setsPropagator: true,
    injects: false,
    injectsForOthers: false,
    resourceKeys: new Map(),
    environment: new Map(),
    addresses: new Map(),
    asks: new Set(),
    dependencies: new Map(),
    languages: new Set(['typescript']),
    role: 'program',
    runIn: [],
    isPublished: false,
  };
  return service;
}

function context(more: Partial<EvidenceContext> = {}): EvidenceContext {
  return { serviceOf: () => serviceNamed('shop'), lineOf: () => 12, changedAt: () => undefined, ...more };
}

describe('applyEvidence', () => {
  let store: TraceStore;
  let shop: Program;
  let inventory: Program;
  beforeEach(() => {
    store = new TraceStore({ budgetBytes: 16 << 20 });
    shop = new Program(store, { 'service.name': 'shop', ...completeResource });
    inventory = new Program(store, { 'service.name': 'inventory', ...completeResource });
  });

  async function judge(found: Finding, more: Partial<EvidenceContext> = {}): Promise<Finding> {
    await shop.send();
    await inventory.send();
    const [judged] = applyEvidence([found], await evidenceOf(store), context(more));
    return judged;
  }

  /** `n` requests of the shop to the inventory, with or without their context. */
  function requests(n: number, connected: boolean, userAgent = 'node', path = '/stock/7'): void {
    for (let from = 0; from < n * 1000; from += 1000) {
      const work = shop.did({ name: 'checkout', kind: 'SERVER', from, to: from + 100 });
      const target = { 'http.request.method': 'GET', 'url.full': `http://inventory:8080${path}` };
      const sent = { name: 'GET', kind: 'CLIENT', from: from + 10, to: from + 50, parent: work } as const;
      const call = shop.did({ ...sent, attributes: target });
      inventory.did({
        ...{ name: 'GET /stock/:id', kind: 'SERVER', from: from + 20, to: from + 40 },
        attributes: { 'http.request.method': 'GET', 'url.path': path, 'user_agent.original': userAgent },
        ...(connected && { parent: call, remote: true }),
      });
    }
  }
  const toInventory: Anchor = { library: 'fetch', transport: 'http', url: [null, '/stock/', null] };

  it('is told of in the guide: the rules of which traces show nothing', async () => {
    const guide = await readFile('docs/guide/lint.md', 'utf8');
    const [list = ''] = /Traces neither confirm nor refute.*?stay unobserved/s.exec(guide) ?? [];
    const without = allRules.filter(({ id }) => judges[id] === undefined).map(({ id }) => id);
    assert.deepEqual(list.match(/SPL\d+/g), without);
  });

  it('leaves what was not seen as it is', async () => {
    shop.did({ name: 'other', from: 0, to: 1 });
    const found = finding('SPL101', 'warning', toInventory);
    assert.deepEqual(await judge(found), {
      ...found,
      evidence: { state: 'unobserved', traces: 0, examples: [], method: '' },
    });
  });

  it('confirms a call that loses its trace, but makes no error of it by its path alone', async () => {
    requests(3, false);
    const { evidence, severity, suppression } = await judge(finding('SPL101', 'warning', toInventory));
    assert.deepEqual(
      [evidence?.state, evidence?.traces, evidence?.method, evidence?.examples.length, severity, suppression],
      ['confirmed', 3, 'host and path', 3, 'warning', undefined],
    );
  });

  it('raises a finding below warning', async () => {
    requests(3, false);
    assert.equal((await judge(finding('SPL101', 'info', toInventory))).severity, 'warning');
  });

  it('is not convinced by one pair', async () => {
    requests(1, false);
    assert.equal((await judge(finding('SPL101', 'warning', toInventory))).evidence?.state, 'unobserved');
  });

  it('takes a finding back when its trace goes on', async () => {
    requests(2, true);
    const { evidence, suppression } = await judge(finding('SPL101', 'warning', toInventory));
    assert.deepEqual(
      [evidence?.state, suppression],
      ['refuted', { kind: 'traces', reason: 'live traces show that traces go on from shop in inventory' }],
    );
  });

  it('takes it back by the library alone, but not for another library, path, or service', async () => {
    requests(2, true);
    const anchor: Anchor = { library: 'fetch', transport: 'http' };
    assert.equal((await judge(finding('SPL101', 'warning', anchor))).evidence?.method, 'client library');
    for (const other of [
      { ...anchor, library: 'axios' },
      { ...toInventory, url: ['http://inventory/prices'] },
      { ...toInventory, transport: 'messaging' as const, destination: 'orders', url: undefined },
    ])
      assert.equal((await judge(finding('SPL101', 'warning', other))).evidence?.state, 'unobserved');
    const elsewhere = await judge(finding('SPL101', 'warning', anchor), {
      serviceOf: () => serviceNamed('cart'),
    });
    assert.equal(elsewhere.evidence?.state, 'unobserved');
    const unknown = await judge(finding('SPL101', 'warning', anchor), { serviceOf: () => serviceNamed() });
    assert.equal(unknown.evidence?.state, 'unobserved');
  });

  it('takes nothing back while some of it is broken', async () => {
    requests(2, true);
    requests(1, false);
    assert.equal((await judge(finding('SPL101', 'warning', toInventory))).suppression, undefined);
  });

  it('only tells of what was seen before the file was changed', async () => {
    requests(3, false);
    const changed = { changedAt: () => startMs + 60_000 };
    const { evidence, severity } = await judge(finding('SPL101', 'info', toInventory), changed);
    assert.deepEqual([evidence?.state, evidence?.traces, severity], ['stale', 3, 'info']);
    const before = { changedAt: () => startMs - 60_000 };
    assert.equal((await judge(finding('SPL101', 'info', toInventory), before)).evidence?.state, 'confirmed');
  });

  it('makes an error of what scope and name, or the position, tie to the line', async () => {
    for (const n of [1, 2])
      shop.did({
        ...{ name: 'charge', scope: 'shop.pay', from: n, to: n + 1, exception: 'declined' },
        attributes: { 'code.file.path': '/srv/app/shop/src/pay.ts', 'code.line.number': 12 },
      });
    const named = await judge(finding('SPL304', 'warning', { spanName: 'charge', scopeName: 'shop.pay' }));
    assert.deepEqual([named.severity, named.evidence?.method], ['error', 'scope and span name']);
    const placed = await judge(finding('SPL304', 'warning', { line: 11, endLine: 13 }, 'shop/src/pay.ts'));
    assert.deepEqual([placed.severity, placed.evidence?.method], ['error', 'code position']);
    const loosely = await judge(finding('SPL304', 'warning', { spanName: 'charge' }));
    assert.deepEqual([loosely.severity, loosely.evidence?.state], ['warning', 'confirmed']);
    for (const anchor of [
      { spanName: 'charge', scopeName: 'shop.cart' },
      { spanName: 'refund', scopeName: 'shop.pay' },
      { line: 20, endLine: 30 },
    ])
      assert.equal((await judge(finding('SPL304', 'warning', anchor))).evidence?.state, 'unobserved');
  });

  it('a span that never arrives, while its children do', async () => {
    const lost = shop.did({ name: 'import', scope: 'shop.batch', from: 0, to: 100, lost: true });
    shop.did({ name: 'row', scope: 'shop.batch', from: 1, to: 2, parent: lost });
    const scopeName = 'shop.batch';
    const found = await judge(finding('SPL301', 'error', { spanName: 'import', scopeName }));
    assert.equal(found.evidence?.state, 'confirmed');
    const arrived = await judge(finding('SPL301', 'error', { spanName: 'row', scopeName }));
    assert.equal(arrived.evidence?.state, 'unobserved');
  });

  it('a header written by hand, where no call of the service goes on', async () => {
    requests(2, false);
    const found = await judge(finding('SPL105', 'warning', undefined));
    const { evidence, severity } = found;
    assert.deepEqual(
      [evidence?.state, evidence?.method, evidence?.traces, severity],
      ['confirmed', 'service', 2, 'warning'],
    );
    const elsewhere = { serviceOf: () => serviceNamed('cart') };
    assert.equal(
      (await judge(finding('SPL105', 'warning', undefined), elsewhere)).evidence?.state,
      'unobserved',
    );
    const received = { serviceOf: () => serviceNamed('inventory') };
    assert.equal(
      (await judge(finding('SPL105', 'warning', undefined), received)).evidence?.state,
      'confirmed',
    );
    requests(1, true);
    assert.equal((await judge(finding('SPL105', 'warning', undefined))).evidence?.state, 'unobserved');
  });

  it('a span that is not made active: what starts in its time is its sibling', async () => {
    const work = shop.did({ name: 'POST /orders', kind: 'SERVER', from: 0, to: 100 });
    const checkout = shop.did({ name: 'checkout', scope: 'shop.cart', from: 10, to: 90, parent: work });
    shop.did({ name: 'charge', scope: 'shop.cart', from: 20, to: 30, parent: work });
    const anchor: Anchor = { spanName: 'checkout', scopeName: 'shop.cart' };
    const { evidence, severity } = await judge(finding('SPL109', 'info', anchor));
    assert.deepEqual(
      [evidence?.state, evidence?.method, evidence?.examples.map(({ spanId }) => spanId), severity],
      ['confirmed', 'scope and span name', [checkout.spanId], 'warning'],
    );
    const last: Anchor = { spanName: 'charge', scopeName: 'shop.cart' };
    assert.equal((await judge(finding('SPL109', 'info', last))).evidence?.state, 'unobserved');
  });

  it('says nothing of a span with children, of one after the other, of calls and of other services', async () => {
    const anchor: Anchor = { spanName: 'checkout' };
    const at = (from: number, to: number, name: string, parent: SpanContext, more: Partial<Did> = {}) =>
      shop.did({ name, from, to, parent, ...more });
    const root = (from: number) => shop.did({ name: 'POST /orders', kind: 'SERVER', from, to: from + 100 });
    const [first, second, third, fourth] = [0, 1000, 2000, 3000].map(root);
    const active = at(10, 90, 'checkout', first);
    at(20, 30, 'charge', active);
    at(40, 50, 'log', first);
    at(1010, 1020, 'checkout', second);
    at(1020, 1030, 'charge', second);
    at(2010, 2090, 'checkout', third, { kind: 'CLIENT' });
    at(2020, 2030, 'charge', third);
    at(3010, 3090, 'checkout', fourth);
    inventory.did({ name: 'charge', from: 3020, to: 3030, parent: fourth });
    assert.equal((await judge(finding('SPL109', 'info', anchor))).evidence?.state, 'unobserved');
  });

  it('names that vary, and a span for each turn of a loop', async () => {
    const parent = shop.did({ name: 'all', from: 0, to: 1000 });
    for (let n = 0; n < 25; n++) shop.did({ name: `item-${n}`, from: n, to: n + 1 });
    for (let n = 0; n < 25; n++) shop.did({ name: 'row', from: n, to: n + 1, parent });
    const varying: Anchor = { spanName: ['item-', null], scopeName: 'app' };
    assert.equal((await judge(finding('SPL401', 'warning', varying))).evidence?.state, 'confirmed');
    assert.equal((await judge(finding('SPL403', 'info', { spanName: 'row' }))).evidence?.traces, 1);
  });

  it('an attribute that carries sensitive values, and one that never did', async () => {
    for (let n = 0; n < 60; n++)
      shop.did({
        ...{ name: 'login', from: n, to: n + 1 },
        attributes: { 'user.email': `ada${n}@lovelace.org`, 'user.phone': n % 2 === 0 ? '' : 'none' },
      });
    const mail = await judge(finding('SPL201', 'warning', { attributeKey: 'user.email' }));
    assert.deepEqual(
      [mail.evidence?.state, mail.severity, mail.evidence?.traces],
      ['confirmed', 'warning', 60],
    );
    const phone = await judge(finding('SPL201', 'warning', { attributeKey: 'user.phone' }));
    assert.deepEqual(
      [phone.evidence?.state, phone.severity, phone.suppression],
      ['refuted', 'hint', undefined],
    );
  });

  it('keys that arrive, on spans and in the types that were written', async () => {
    for (const n of [1, 2])
      shop.did({
        ...{ name: 'load', from: n, to: n + 1 },
        attributes: {
          'http.requst.method': 'GET',
          'http.response.status_code': n === 1 ? '200' : 200,
          'server.port': 8080,
          'service.version': '1',
          'http.route': '/orders',
        },
      });
    inventory.did({ name: 'other', from: 0, to: 1, attributes: { 'http.retry_reason': 'none' } });
    const seen = async (id: string, attributeKey: string) => {
      const { evidence, severity } = await judge(finding(id, 'hint', { attributeKey }));
      return [evidence?.state, evidence?.traces, evidence?.method, severity];
    };
    const confirmed = ['confirmed', 2, 'attribute key', 'info'];
    const unobserved = ['unobserved', 0, '', 'hint'];
    assert.deepEqual(await seen('SPL602', 'http.requst.method'), confirmed);
    assert.deepEqual(await seen('SPL602', 'http.retry_reason'), unobserved);
    assert.deepEqual(await seen('SPL604', 'http.route'), confirmed);
    assert.deepEqual(await seen('SPL605', 'http.route'), confirmed);
    assert.deepEqual(await seen('SPL603', 'service.version'), confirmed);
    assert.deepEqual(await seen('SPL603', 'http.route'), unobserved);
    assert.deepEqual(await seen('SPL606', 'http.response.status_code'), confirmed);
    assert.deepEqual(await seen('SPL606', 'server.port'), unobserved);
  });

  it('an attribute that arrives large', async () => {
    for (const [key, length] of [
      ['app.request', 5000],
      ['app.note', 4096],
    ] as const)
      shop.did({ name: 'load', from: 0, to: 1, attributes: { [key]: 'x'.repeat(length) } });
    const large = await judge(finding('SPL404', 'info', { attributeKey: 'app.request' }));
    assert.deepEqual([large.evidence?.state, large.severity], ['confirmed', 'warning']);
    const small = await judge(finding('SPL404', 'info', { attributeKey: 'app.note' }));
    assert.equal(small.evidence?.state, 'unobserved');
  });

  it('spans of a program without a name, in the language of the file', async () => {
    const seen = async (path: string, ...names: string[]) => {
      const found = finding('SPL501', 'warning', undefined, path);
      const { evidence, severity } = await judge(found, { serviceOf: () => serviceNamed(...names) });
      return [evidence?.state, evidence?.traces, severity];
    };
    shop.did({ name: 'work', from: 0, to: 1 });
    assert.deepEqual(await seen('cart/src/main.ts', 'cart'), ['unobserved', 0, 'warning']);
    const bare = new Program(store, { 'telemetry.sdk.language': 'nodejs' });
    bare.did({ name: 'work', from: 0, to: 1 });
    await bare.send();
    assert.deepEqual(await seen('cart/src/main.ts', 'cart'), ['confirmed', 1, 'warning']);
    assert.deepEqual(await seen('cart/src/main.ts', 'shop'), ['unobserved', 0, 'warning']);
    assert.deepEqual(await seen('cart/main.py'), ['unobserved', 0, 'warning']);
  });

  it('both names of a service, and one process under two', async () => {
    const seen = async (...names: string[]) => {
      const found = finding('SPL503', 'info', undefined);
      return (await judge(found, { serviceOf: () => serviceNamed(...names) })).evidence?.state;
    };
    shop.did({ name: 'work', from: 0, to: 1 });
    inventory.did({ name: 'work', from: 0, to: 1 });
    assert.equal(await seen('shop', 'cart'), 'unobserved');
    assert.equal(await seen('shop', 'inventory'), 'confirmed');
    const process = { ...completeResource, 'host.name': 'desk', 'process.pid': 7 };
    for (const name of ['cart', 'basket']) {
      const program = new Program(store, { 'service.name': name, ...process });
      program.did({ name: 'work', from: 0, to: 10 });
      await program.send();
    }
    assert.equal(await seen('basket'), 'confirmed');
  });

  it('baggage that is seen as an attribute, or in the header', async () => {
    const header = { 'http.request.header.baggage': ['contact=ada@lovelace.org'] };
    shop.did({ name: 'load', from: 0, to: 1, attributes: { 'user.email': 'ada@lovelace.org' } });
    const mail = await judge(finding('SPL206', 'warning', { attributeKey: 'user.email' }));
    assert.deepEqual([mail.evidence?.state, mail.evidence?.traces], ['confirmed', 1]);
    const other = finding('SPL206', 'warning', { attributeKey: 'contact' });
    assert.equal((await judge(other)).evidence?.state, 'unobserved');
    shop.did({ name: 'send', kind: 'CLIENT', from: 1, to: 2, attributes: header });
    assert.equal((await judge(other)).evidence?.state, 'confirmed');
  });

  it('a call that lost its context began a trace', async () => {
    const attributes = { 'code.file.path': '/srv/app/shop/src/stock.ts', 'code.line.number': 12 };
    shop.did({ name: 'GET', kind: 'CLIENT', from: 0, to: 1, attributes });
    const parent = shop.did({ name: 'GET /orders', kind: 'SERVER', from: 0, to: 10 });
    const elsewhere = { 'code.file.path': '/srv/app/shop/src/price.ts', 'code.line.number': 12 };
    shop.did({ name: 'GET', kind: 'CLIENT', from: 0, to: 1, parent, attributes: elsewhere });
    const lost = await judge(finding('SPL107', 'warning', { line: 12, endLine: 12 }, 'shop/src/stock.ts'));
    assert.deepEqual([lost.evidence?.state, lost.severity], ['confirmed', 'error']);
    const kept = await judge(finding('SPL107', 'warning', { line: 12, endLine: 12 }, 'shop/src/price.ts'));
    assert.equal(kept.evidence?.state, 'unobserved');
  });

  it('a version that comes from elsewhere', async () => {
    shop.did({ name: 'work', from: 0, to: 1 });
    assert.equal((await judge(finding('SPL502', 'info', undefined))).suppression?.kind, 'traces');
    const bare = new Program(store, { 'service.name': 'bare' });
    bare.did({ name: 'work', from: 0, to: 1 });
    await bare.send();
    const found = await judge(finding('SPL502', 'info', undefined), {
      serviceOf: () => serviceNamed('bare'),
    });
    assert.equal(found.evidence?.state, 'confirmed');
  });
});

describe('matches', () => {
  it('compares what is written with what was seen', () => {
    for (const [written, text, expected] of [
      ['load', 'load', true],
      ['load', 'loads', false],
      [['item-', null], 'item-7', true],
      [['item-', null], 'other-7', false],
      [[null, '/stock/', null, '/price'], 'http://x/stock/7/price', true],
      [[null, '/stock/', null, '/price'], 'http://x/stock/7/prices', false],
      [['a', null, 'a'], 'a', false],
      [['a', null, 'a'], 'aba', true],
      [['only'], 'only', true],
      [['only'], 'only one', false],
      [[null], '', true],
    ] as const)
      assert.equal(matches(written, text), expected, `${JSON.stringify(written)} ${text}`);
  });
});
