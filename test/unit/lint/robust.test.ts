import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { type Extent, type FileSyntax, maxDepth } from '../../../src/lint/facts/syntax.ts';
import { expressionsIn, operandsOf, statementsIn, within } from '../../../src/lint/facts/walk.ts';
import type { LanguageAdapter } from '../../../src/lint/languages/language.ts';
import { languageOf, maxParsedLength, Parsers } from '../../../src/lint/languages/parsers.ts';
import { dump } from './dump.ts';
import { lintFiles } from './workspace.ts';

const folder = 'test/fixtures/syntax';
const parsers = new Parsers('dist/grammars');

/** Random numbers below a limit, the same in every run. */
function seeded(seed: number): (limit: number) => number {
  let state = seed;
  return limit => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

function language(path: string): LanguageAdapter {
  const found = languageOf(path);
  assert.ok(found, `no language for ${path}`);
  return found;
}

async function read(path: string, source: string): Promise<FileSyntax> {
  const syntax = await parsers.parse(language(path), source);
  assert.ok(syntax);
  return syntax;
}

/** What holds for every text, however broken. */
function check(file: FileSyntax): void {
  const { source, calls, objects, functions, classes, comments } = file;
  for (const list of [calls, objects, functions, classes, comments]) {
    let before: Extent = { start: 0, end: source.length };
    for (const { at } of list) {
      assert.ok(0 <= at.start && at.start <= at.end && at.end <= source.length);
      assert.ok(before.start <= at.start, `not in source order: ${at.text}`);
      before = at;
    }
  }
  const listed = new Set(calls);
  for (const expression of expressionsIn(file.body, true))
    if (expression.type === 'call') assert.ok(listed.has(expression), expression.at.text);
  const known = new Set(functions);
  for (const { parent, parameters, body } of functions) {
    assert.ok(parent === undefined || known.has(parent));
    assert.ok([...statementsIn(body)].every(({ at }) => at.start <= at.end));
    for (const { value } of parameters) if (value !== undefined) assert.ok([...within(value)].length > 0);
  }
  for (const { inFunction } of calls) assert.ok(inFunction === undefined || known.has(inFunction));
}

/** What is searched again from every place of a text takes minutes here. */
const long: { readonly [what: string]: (count: number) => string } = {
  'comments before the code': count => '/* a */ // b\n'.repeat(count),
  blanks: count => ' \t'.repeat(count),
  'one text': count => `const a = "${'a b:c@d.e /1 '.repeat(count)}";`,
  quotes: count => `const a = "${"'".repeat(count)}";`,
  slashes: count => `const a = "${'/'.repeat(count)}";`,
  dots: count => `const a = "${'a.'.repeat(count)}";`,
  digits: count => `const a = "${'0123456789'.repeat(count)}";`,
  brackets: count => `const a = "${'{{(('.repeat(count)}";`,
};

describe('long source', function () {
  this.timeout(30_000);
  for (const [what, make] of Object.entries(long))
    it(`is linted: ${what}`, async () => {
      const source = `${make(20_000)}\nfetch('http://orders:8080/');\n`;
      assert.ok(source.length < maxParsedLength);
      await lintFiles(new Map([['src/a.ts', source]]));
    });
});

describe('source of any kind', () => {
  for (const name of readdirSync(folder)) {
    const source = readFileSync(`${folder}/${name}`, 'utf8');

    it(`${name} is read while it is being typed`, async () => {
      const step = Math.max(1, Math.ceil(source.length / 150));
      for (let end = 0; end < source.length; end += step) check(await read(name, source.slice(0, end)));
    });

    it(`${name} is read with pieces missing`, async () => {
      const random = seeded(source.length);
      const tokens = source.match(/\w+|\s+|[^\w\s]/g) ?? [];
      for (let round = 0; round < 60; round++) {
        const kept = tokens.filter(() => random(20) > 0);
        check(await read(name, kept.join('')));
      }
    });

    it(`${name} is the same after edits as when it is read afresh`, async () => {
      const random = seeded(7 + source.length);
      const document = await parsers.open(language(name));
      try {
        let text = source;
        assert.equal(dump(document.update(text) as FileSyntax), dump(await read(name, text)));
        for (let round = 0; round < 80; round++) {
          const at = random(text.length);
          const edits = [
            () => text.slice(0, at) + text.slice(at + random(12)),
            () => `${text.slice(0, at)}\n${text.slice(at)}`,
            () => `${text.slice(0, at)}(${text.slice(at)}`,
            () => text.slice(0, at) + source.slice(at, at + 40) + text.slice(at),
            () => source,
          ];
          text = edits[random(edits.length)]();
          const next = document.update(text);
          assert.ok(next);
          check(next);
          if (text === source) assert.equal(dump(next), dump(await read(name, text)));
        }
      } finally {
        document.dispose();
      }
    });
  }

  const deep: [string, string][] = [
    ['brackets.js', `x = ${'('.repeat(50_000)}f()${')'.repeat(50_000)}`],
    ['lists.js', `x = ${'['.repeat(50_000)}f()${']'.repeat(50_000)}`],
    ['sums.js', `x = ${'a + '.repeat(50_000)}f()`],
    ['mixed.js', `x = ${'a + b - '.repeat(50_000)}f()`],
    ['chain.js', `x${'.then(f)'.repeat(50_000)}.then(() => f())`],
    ['path.js', `x${'.then'.repeat(50_000)}[f()]`],
    ['branches.js', `${'if (a) {} else '.repeat(20_000)}{ f() }`],
    ['blocks.js', `${'{'.repeat(20_000)} f() ${'}'.repeat(20_000)}`],
    ['functions.js', `${'(() => '.repeat(20_000)}f()${')'.repeat(20_000)}`],
    ['patterns.js', `const ${'{ a: '.repeat(20_000)}b${' }'.repeat(20_000)} = f()`],
    ['elements.tsx', `x = ${'<a>'.repeat(20_000)}{f()}${'</a>'.repeat(20_000)}`],
    ['open.js', `f();${'g('.repeat(50_000)}`],
    ['sums.py', `x = ${'a + '.repeat(50_000)}f()`],
    ['mixed.py', `x = ${'a + b - '.repeat(20_000)}f()`],
    ['chain.py', `x${'.then(g)'.repeat(20_000)}.then(lambda: f())`],
    ['calls.py', `${'g('.repeat(20_000)}f()${')'.repeat(20_000)}`],
    ['branches.py', `if a:\n  pass\n${'elif a:\n  pass\n'.repeat(20_000)}else:\n  f()\n`],
    ['functions.py', `x = ${'lambda: '.repeat(20_000)}f()`],
    ['texts.py', `x = ${'f"{'.repeat(200)}f()${'}"'.repeat(200)}`],
    [
      'blocks.py',
      `${Array.from({ length: 500 }, (_, at) => `${' '.repeat(at)}class A:`).join('\n')}\n${' '.repeat(500)}f()\n`,
    ],
    ['sums.go', `package a\nvar x = ${'a + '.repeat(50_000)}f()`],
    ['chain.go', `package a\nvar x = x${'.then(g)'.repeat(20_000)}.then(f())`],
    ['calls.go', `package a\nvar x = ${'g('.repeat(20_000)}f()${')'.repeat(20_000)}`],
    ['branches.go', `package a\nfunc m() { ${'if a { } else '.repeat(20_000)}{ f() } }`],
    ['blocks.go', `package a\nfunc m() ${'{'.repeat(20_000)} f() ${'}'.repeat(20_000)}`],
    ['functions.go', `package a\nvar x = ${'func() { '.repeat(20_000)} f() ${' }'.repeat(20_000)}`],
    ['values.go', `package a\nvar x = ${'T{a: '.repeat(20_000)}f()${'}'.repeat(20_000)}`],
    ['sums.java', `class A { int x = ${'a + '.repeat(50_000)}f(); }`],
    ['mixed.java', `class A { int x = ${'a + b - '.repeat(20_000)}f(); }`],
    ['chain.java', `class A { B x = x${'.then(g)'.repeat(20_000)}.then(f()); }`],
    ['path.java', `class A { B x = x${'.then'.repeat(20_000)}.f(); }`],
    ['calls.java', `class A { B x = ${'g('.repeat(20_000)}f()${')'.repeat(20_000)}; }`],
    ['branches.java', `class A { void m() { ${'if (a) { } else '.repeat(20_000)}{ f(); } } }`],
    ['blocks.java', `class A { void m() ${'{'.repeat(20_000)} f(); ${'}'.repeat(20_000)} }`],
    ['functions.java', `class A { B x = ${'() -> '.repeat(20_000)}f(); }`],
    ['classes.java', `${'class A { '.repeat(5_000)} B x = f(); ${'}'.repeat(5_000)}`],
    ['anonymous.java', `class A { B x = ${'new B() { B x = '.repeat(3_000)}f()${'; }'.repeat(3_000)}; }`],
    [
      'switches.java',
      `class A { B x = ${'switch (a) { default -> '.repeat(3_000)}f()${'; }'.repeat(3_000)}; }`,
    ],
    ['sums.cs', `x = ${'a + '.repeat(50_000)}f();`],
    ['mixed.cs', `x = ${'a + b - '.repeat(20_000)}f();`],
    ['choices.cs', `x = ${'a ?? '.repeat(20_000)}f();`],
    ['chain.cs', `x${'.Then(g)'.repeat(20_000)}.Then(f());`],
    ['conditional.cs', `x${'?.Then(g)'.repeat(10_000)}?.Then(f());`],
    ['path.cs', `x${'.Then'.repeat(20_000)}[f()].Run();`],
    ['calls.cs', `x = ${'g('.repeat(20_000)}f()${')'.repeat(20_000)};`],
    ['branches.cs', `${'if (a) { } else '.repeat(20_000)}{ f(); }`],
    ['blocks.cs', `${'{'.repeat(20_000)} f(); ${'}'.repeat(20_000)}`],
    ['usings.cs', `${'using var a = b;\n'.repeat(2_000)} f();`],
    ['functions.cs', `x = ${'a => '.repeat(5_000)}f();`],
    ['patterns.cs', `if (a is ${'{ B: '.repeat(2_000)}var b${' }'.repeat(2_000)}) f();`],
    ['objects.cs', `x = ${'new A { B = '.repeat(3_000)}f()${' }'.repeat(3_000)};`],
    ['namespaces.cs', `${'namespace A { '.repeat(3_000)} class B { int x = f(); } ${'}'.repeat(3_000)}`],
    ['directives.cs', `${'#if A\n'.repeat(1_000)} f();\n${'#endif\n'.repeat(1_000)}`],
    ['classes.ts', `${'class A { static { '.repeat(5_000)} f() ${'} }'.repeat(5_000)}`],
  ];
  for (const [name, source] of deep)
    it(`is read however deep: ${name}`, async () => {
      const file = await read(name, source);
      check(file);
      assert.ok(file.calls.some(({ callee }) => callee === 'f'));
    });

  it('is cut off in the tree where it is too deep', async () => {
    const { body } = await read('lists.js', `x = ${'['.repeat(500)}f()${']'.repeat(500)}`);
    const [statement] = body;
    assert.equal(statement.type, 'bind');
    let depth = 0;
    if (statement.type === 'bind')
      for (let at = statement.values[0]; at !== undefined; at = operandsOf(at)[0]) depth++;
    assert.equal(depth, maxDepth + 1);
  });

  it('is not read if it is too long, and the next version is', async () => {
    const document = await parsers.open(language('a.ts'));
    assert.equal(document.update('f();'.repeat(maxParsedLength / 3)), undefined);
    assert.equal(document.update('f();')?.calls.length, 1);
    document.dispose();
    assert.equal(document.update('f(); g();')?.calls.length, 2);
    document.dispose();
  });

  it('keeps what is read of the functions that an edit leaves alone', async () => {
    const document = await parsers.open(language('a.ts'));
    const before = document.update('function a() { f(); }\nclass B { m() { g(); } n() {} }\n');
    const after = document.update('// x\nfunction a() { f(); }\nclass B { m() { g(); } n() { h(); } }\n');
    assert.ok(before && after);
    assert.equal(before.functions[0], after.functions[0]);
    assert.equal(before.functions[1], after.functions[1]);
    assert.notEqual(before.functions[2], after.functions[2]);
    assert.equal(after.functions[1].at.text, 'm() { g(); }');
    assert.deepEqual(
      after.calls.map(({ at }) => at.text),
      ['f()', 'g()', 'h()'],
    );
    const renamed = document.update('// x\nfunction a() { f(); }\nclass C { m() { g(); } n() { h(); } }\n');
    assert.equal(renamed?.functions[1].qualifiedName, 'C.m');
    document.dispose();
  });
});
