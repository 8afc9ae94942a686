import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { languageOf, Parsers } from '../../../src/lint/languages/parsers.ts';
import { dump } from './dump.ts';

const fixtures = 'test/fixtures/syntax';
const golden = 'test/golden/syntax';
const parsers = new Parsers('dist/grammars');

/** `UPDATE_GOLDEN=1` writes the files anew: read the difference before you commit it. */
describe('the syntax of', () => {
  for (const name of readdirSync(fixtures))
    it(name, async () => {
      const language = languageOf(name);
      assert.ok(language, `no language for ${name}`);
      const syntax = await parsers.parse(language, readFileSync(`${fixtures}/${name}`, 'utf8'));
      assert.ok(syntax);
      const text = dump(syntax);
      const file = `${golden}/${name}.txt`;
      if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, text);
      assert.equal(text, readFileSync(file, 'utf8'));
    });
});
