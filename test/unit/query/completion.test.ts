import assert from 'node:assert/strict';
import { completeQuery } from '../../../src/query/completeQuery.ts';
import { parseSyntax } from '../../../src/query/traceql/parser.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { add, span } from '../store/testSpans.ts';
import { attributes, foundSpans } from './queryStore.ts';

const store = new TraceStore({ budgetBytes: 4 << 20 });
add(store, [
  span(0, { name: 'GET /', attributes: attributes({ 'http.route': '/', status: 200, 'odd key': true }) }),
  span(1, { name: 'GET /cart', attributes: attributes({ 'http.route': '/cart', status: 200 }) }),
  span(2, { name: 'GET /cart', attributes: attributes({ 'http.route': '/cart', quote: 'say "x"' }) }),
]);
add(store, [span(3, { name: 'SELECT', attributes: attributes({ 'db.system': 'sqlite' }) })], 'db');

/** `¦` in the query is the cursor. */
async function complete(text: string) {
  const offset = text.lastIndexOf('¦');
  return completeQuery(store, { query: text.replace('¦', ''), offset });
}

async function texts(text: string): Promise<string[]> {
  return (await complete(text)).candidates.map(candidate => candidate.text);
}

describe('completion of queries', () => {
  it('offers a beginning', async () => {
    assert.deepEqual((await texts('¦')).slice(0, 2), ['{ ', '(']);
    assert.ok((await texts('¦')).includes('count()'));
  });

  it('offers scopes, intrinsics and the attributes there are, the most frequent first', async () => {
    const all = await complete('{ ¦');
    assert.equal(all.from, 2);
    const kinds = new Map(all.candidates.map(({ text, kind, count }) => [text, [kind, count]]));
    assert.deepEqual(kinds.get('span:duration'), ['intrinsic', undefined]);
    assert.deepEqual(kinds.get('span.'), ['keyword', undefined]);
    assert.deepEqual(kinds.get('span.http.route'), ['attribute', 3]);
    assert.deepEqual(kinds.get('resource.service.name'), ['attribute', 4]);
    assert.deepEqual(await texts('{ kind = server && span.ht¦'), ['span.http.route']);
    assert.deepEqual(await texts('{ resource.¦ }'), ['resource.service.name']);
    assert.deepEqual(await texts('{ .st¦'), ['.status']);
    assert.deepEqual(await texts('{ span.odd¦'), ['span."odd key"']);
  });

  it('tells what is replaced', async () => {
    const { from, candidates } = await complete('{ kind = server && span.ht¦');
    assert.equal(from, '{ kind = server && '.length);
    assert.deepEqual(candidates, [{ text: 'span.http.route', kind: 'attribute', count: 3 }]);
  });

  it('offers values that there are, with their counts', async () => {
    assert.deepEqual((await complete('{ span.http.route = ¦')).candidates.slice(0, 2), [
      { text: '"/cart"', kind: 'value', count: 2 },
      { text: '"/"', kind: 'value', count: 1 },
    ]);
    assert.deepEqual(await texts('{ span.http.route = "/c¦'), ['"/cart"']);
    assert.deepEqual(await texts('{ resource.service.name = "¦'), ['"shop"', '"db"']);
    assert.deepEqual(await texts('{ name = "GET¦'), ['"GET /cart"', '"GET /"']);
    assert.equal((await texts('{ span.status > ¦'))[0], '200');
    assert.equal((await texts('{ .quote = ¦'))[0], '"say \\"x\\""');
    assert.deepEqual(await texts('{ span:status = ¦'), ['unset', 'ok', 'error']);
    assert.deepEqual((await texts('{ kind != c¦')).slice(0, 2), ['client', 'consumer']);
  });

  it('offers what comes next', async () => {
    assert.ok((await texts('{ span.http.route ¦')).includes('='));
    assert.ok((await texts('{ span.http.route = "/" ¦')).includes('&&'));
    assert.ok((await texts('{ } ¦')).includes('>>'));
    assert.equal((await texts('{ } | ra¦'))[0], 'rate()');
    assert.ok((await texts('{ } | rate() | ¦')).includes('topk('));
    assert.deepEqual(await texts('{ } | rate() by (span.http¦'), ['span.http.route']);
    assert.ok((await texts('{ } | select(¦')).includes('span.db.system'));
  });

  it('makes queries that find what they were made of', async () => {
    for (const field of (await complete('{ ¦')).candidates.filter(({ kind }) => kind === 'attribute')) {
      const [value] = (await complete(`{ ${field.text} = ¦`)).candidates;
      assert.equal(value.kind, 'value', field.text);
      const found = await foundSpans(store, `{ ${field.text} = ${value.text} }`);
      assert.equal(found.length, value.count, `${field.text} = ${value.text}`);
    }
  });

  it('has an answer for any text and place', async () => {
    const whole =
      '({ span."odd key" =~ `a.*` || name = "x\\"" } | by(.a) | count() > 2) && { } | rate() by (name) with(a=1)';
    assert.throws(() => parseSyntax(whole));
    for (let offset = 0; offset <= whole.length; offset++) {
      const { from } = await completeQuery(store, { query: whole, offset });
      assert.ok(from >= 0 && from <= offset, `${offset}`);
    }
  });
});
