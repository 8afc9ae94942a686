import assert from 'node:assert/strict';
import { varying } from '../../../src/lint/facts/attributes/cardinality.ts';
import { FileFacts } from '../../../src/lint/facts/fileFacts.ts';
import { WorkspaceProject } from '../../../src/lint/project/project.ts';
import { syntaxOf } from './parsing.ts';

/** What is said of the first argument of each call to `probe`. */
async function judged(path: string, source: string): Promise<(string | undefined)[]> {
  const syntax = await syntaxOf(path, source);
  assert.ok(syntax);
  const file = new FileFacts(path, syntax, new WorkspaceProject());
  return syntax.calls
    .filter(({ callee }) => callee === 'probe')
    .map(call => varying(file, call.arguments[0], call.inFunction))
    .map(found => (found === undefined ? undefined : `${found.what}${found.sure ? '' : '?'}`));
}

describe('values that vary', () => {
  const cases: [string, string | undefined][] = [
    ['order.id', 'an id'],
    ['userId', 'an id'],
    ['widgetId', 'an id?'],
    ['tool.id', undefined],
    ['functionId', undefined],
    ['String(order.id)', 'an id'],
    ['order.getId()', 'an id'],
    ['req.params.slug', 'a parameter of the request'],
    ['req.params.name', 'a parameter of the request?'],
    ['request.params.tool', undefined],
    ['SPAN_GET_BY_USER_ID', undefined],
    ['SpanNames.FindByOrderId', undefined],
    ['req.originalUrl', 'a URL'],
    ['req.url', 'the path of the request'],
    ['req.route.path', undefined],
    ['req.path.replace(pattern, "{id}")', undefined],
    ['path', undefined],
    ['topic', undefined],
    ['Date.now()', 'the time'],
    ['crypto.randomUUID()', 'a random id'],
    ['user.email', 'a name of a user'],
    ['error.message', 'an error message'],
    ['ok ? "hit" : order.id', 'an id'],
  ];
  for (const [value, expected] of cases)
    it(value, async () => assert.deepEqual(await judged('a.js', `probe(${value})`), [expected]));

  it('are found behind variables', async () => {
    assert.deepEqual(await judged('a.py', 'name = f"order {order.id}"\nprobe(name)'), ['an id']);
  });

  it('that are made of each other end the search', async () => {
    const circle = 'const a = String(b); const b = String(a); probe(a);';
    const wide = [...'abcdefgh'].map((name, index, all) => {
      const next = all[index + 1] ?? 'z';
      return `const ${name}1 = \`${`\${${next}1}`.repeat(40)}\`;`;
    });
    assert.deepEqual(await judged('a.js', circle), [undefined]);
    assert.deepEqual(await judged('a.js', `${wide.join('\n')} probe(a1);`), [undefined]);
  });
});
