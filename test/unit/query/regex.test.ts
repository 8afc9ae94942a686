import assert from 'node:assert/strict';
import { Random } from '../../../bench/support/random.ts';
import { RegexAutomaton } from '../../../src/query/traceql/regex/automaton.ts';
import { parseRegex, RegexError } from '../../../src/query/traceql/regex/syntax.ts';

function matches(pattern: string, text: string): boolean {
  return new RegexAutomaton(parseRegex(pattern)).test(text);
}

describe('regular expressions of queries', () => {
  const cases: [pattern: string, matched: string[], other: string[]][] = [
    ['', [''], ['a']],
    ['abc', ['abc'], ['ab', 'abcd', 'xabc']],
    ['a|bc|', ['a', 'bc', ''], ['ab', 'c']],
    ['GET /api/.*', ['GET /api/', 'GET /api/cart'], ['GET /api', 'POST /api/cart', 'GET /api/\n']],
    ['(?s).*', ['', 'a\nb'], []],
    ['(?i)straße', ['STRAßE', 'straße'], ['strasse']],
    ['(?i:a)b', ['ab', 'Ab'], ['AB']],
    ['a(?i)b|c', ['ab', 'aB', 'C'], ['AB']],
    ['(?i)[^a]', ['b'], ['a', 'A']],
    ['(?i)(?-i)a', ['a'], ['A']],
    ['(?P<n>a)(?<m>b)(?:c)', ['abc'], ['a']],
    ['a{2,3}b{2}c{1,}', ['aabbc', 'aaabbcccc'], ['abbc', 'aaaabbc', 'aabb']],
    ['a*?b+?c??', ['b', 'aabb', 'bc'], ['a', 'bcc']],
    ['a{,3}|{', ['a{,3}', '{'], ['a', 'aa']],
    ['[a-c\\-x]+', ['abc-x'], ['d', '']],
    ['[]a]+', [']a]'], ['b']],
    ['[^\\d\\s]+', ['ab_'], ['1', ' ']],
    ['[[:alpha:]_][[:^digit:]]', ['a-', '_b'], ['1a', 'a1']],
    ['\\w+@\\w+\\.(?:com|org)', ['me@example.org'], ['me@example.net', 'me@exampleXorg']],
    ['\\x41\\x{1F600}\\t', ['A😀\t'], ['a😀\t']],
    ['\\p{Greek}+\\PL\\pN', ['αβ-1', 'α 2'], ['ab-1', 'αα1']],
    ['\\Qa.b*\\E+', ['a.b*', 'a.b**'], ['aXb*', 'a.b*+']],
    ['^a$|\\Ab\\z', ['a', 'b'], ['ab', 'a\n']],
    ['(?m)a$\\n^b', ['a\nb'], ['ab']],
    ['a^b|a$b', [], ['ab', 'a', 'b']],
    ['\\bfoo\\b.*', ['foo', 'foo bar'], ['foobar']],
    ['.*o\\Bo.*', ['foo'], ['fo o']],
    ['.', ['é', '😀'], ['e\u0301', '']],
    ['()*', [''], ['a']],
    ['(a|b*)*c', ['c', 'abbac'], ['abd']],
  ];
  for (const [pattern, matched, other] of cases)
    it(`matches all of a text: ${JSON.stringify(pattern)}`, () => {
      for (const text of matched) assert.equal(matches(pattern, text), true, JSON.stringify(text));
      for (const text of other) assert.equal(matches(pattern, text), false, JSON.stringify(text));
    });

  const refused: [pattern: string, message: RegExp][] = [
    ['(', /a \) is missing/],
    ['a)', /too many/],
    ['[a', /\] is missing/],
    ['[b-a]', /bad range/],
    ['[\\d-z]x{3,2}', /bad repetition/],
    ['a{1001}', /bad repetition/],
    ['*a', /nothing to repeat/],
    ['a**', /repeated/],
    ['a\\', /\\ at the end/],
    ['(?=a)', /look-around/],
    ['(?<!a)b', /look-around/],
    ['(a)\\1', /back-references/],
    ['(?>a)', /not supported/],
    ['\\C', /not supported/],
    ['\\p{Klingon}', /no class/],
    ['[[:foo:]]', /no class/],
    ['(((a{100}){100}){100})', /too large/],
    [`${'('.repeat(8)}${'){1000}'.repeat(8)}`, /too large/],
    ['('.repeat(20_000), /too deep/],
  ];
  for (const [pattern, message] of refused)
    it(`refuses ${pattern.slice(0, 40)}`, () => {
      assert.throws(
        () => matches(pattern, ''),
        (error: unknown) => error instanceof RegexError && message.test(error.message),
      );
    });

  it('agrees with the regular expressions of JavaScript where these mean the same', () => {
    const random = new Random(7);
    let matched = 0;
    for (let round = 0; round < 3000; round++) {
      const pattern = randomPattern(random, 3);
      const own = new RegexAutomaton(parseRegex(`(?s)${pattern}`));
      const oracle = new RegExp(`^(?:${pattern})$`, 'su');
      for (let i = 0; i < 8; i++) {
        const text = Array.from({ length: random.between(0, 6) }, () =>
          random.pick(['a', 'b', '\n', 'é']),
        ).join('');
        const expected = oracle.test(text);
        assert.equal(own.test(text), expected, `${JSON.stringify(pattern)} on ${JSON.stringify(text)}`);
        if (expected) matched++;
      }
    }
    assert.ok(matched > 1000, `only ${matched} texts matched`);
  });

  it('follows all ways at once: what takes others for ever takes no longer than a long text', () => {
    for (const pattern of ['(a+)+b', '((a*)*)*b', '(a|a|aa)*b', '.*.*.*.*=x', '(a?){60}a{60}b'])
      assert.equal(matches(pattern, 'a'.repeat(20_000)), false);
    assert.equal(matches('(x+x+)+y', `${'x'.repeat(20_000)}y`), true);
  });
});

/** Without anchors: with the flag `m` missing they mean the same, but rarely leave anything to match. */
function randomPattern(random: Random, depth: number): string {
  const kind = depth === 0 ? 0 : random.between(0, 5);
  const inner = () => randomPattern(random, depth - 1);
  switch (kind) {
    case 0:
      return random.pick(['a', 'b', '.', '[ab]', '[^a]', '\\n', 'é', '\\b', '(?:)']);
    case 1:
      return `${inner()}${inner()}`;
    case 2:
      return `(?:${inner()}|${inner()})`;
    default:
      return `(?:${inner()})${random.pick(['*', '+', '?', '{2}', '{0,2}', '{1,}', '*?'])}`;
  }
}
