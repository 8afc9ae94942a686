import assert from 'node:assert/strict';
import { LintConfiguration } from '../../../src/lint/configuration/configuration.ts';
import { allRules } from '../../../src/lint/rules/allRules.ts';
import { framed } from './frames.ts';
import { lintFiles } from './workspace.ts';

describe('examples of the rules', () => {
  for (const rule of allRules)
    for (const { language, bad, good } of rule.docs.examples)
      it(`${rule.id} ${language}`, async () => {
        const settings = { profile: 'strict', rules: { [rule.id]: rule.severity } } as const;
        const configuration = new LintConfiguration([{ folder: '', settings }]);
        const lint = async (example: string) => {
          const files = framed(rule, language, example);
          const found = (await lintFiles(files, configuration)).filter(each => each.rule.id === rule.id);
          return { files, messages: found.flatMap(each => (each.suppression ? [] : [each.message])) };
        };
        const { files, messages } = await lint(bad);
        assert.notEqual(messages.length, 0, `is not reported:\n${[...files.values()].join('\n---\n')}`);
        assert.deepEqual((await lint(good)).messages, []);
      });
});
