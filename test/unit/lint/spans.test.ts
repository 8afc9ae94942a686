import assert from 'node:assert/strict';
import { LintConfiguration } from '../../../src/lint/configuration/configuration.ts';
import { spanNotEnded } from '../../../src/lint/rules/spl301-span-not-ended.ts';
import { spanEndNotGuaranteed } from '../../../src/lint/rules/spl302-span-end-not-guaranteed.ts';
import { filesBelow, lintFiles } from './workspace.ts';

const root = 'test/fixtures/lint';
const folders = [
  'spl301-go',
  'spl301-typescript',
  'spl301-python',
  'spl301-spl302-spl303-spl304-java',
  'spl303-spl304-spl306-typescript',
  'spl303-spl304-spl306-go',
];
/** An end that is a statement of its own, alone on its line. */
const end = /^([ \t]*)(?:defer )?(?:span|own|first|parent)\??\.[eE]nd\(\);?$/gm;

async function count(files: ReadonlyMap<string, string>): Promise<string> {
  const findings = await lintFiles(files, new LintConfiguration([]), [spanNotEnded, spanEndNotGuaranteed]);
  return findings
    .map(({ rule, path, symbol, message }) => [rule.id, path, symbol, message].join(' '))
    .join('\n');
}

describe('ends of spans', () => {
  for (const folder of folders)
    it(`are missed when they are deleted: ${folder}`, async () => {
      const files = filesBelow(`${root}/${folder}`);
      const before = await count(files);
      const missed: string[] = [];
      let deleted = 0;
      for (const [path, source] of files)
        for (const match of source.matchAll(end)) {
          const indentation = match[1];
          const filler = path.endsWith('.py') ? `${indentation}pass` : indentation;
          const text = source.slice(0, match.index) + filler + source.slice(match.index + match[0].length);
          deleted++;
          if ((await count(new Map(files).set(path, text))) === before)
            missed.push(`${path}:${source.slice(0, match.index).split('\n').length}`);
        }
      assert.ok(deleted > 0);
      assert.deepEqual(missed, []);
    });
});
