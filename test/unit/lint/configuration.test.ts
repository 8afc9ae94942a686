import assert from 'node:assert/strict';
import { LintConfiguration } from '../../../src/lint/configuration/configuration.ts';
import { problemsOfSettings } from '../../../src/lint/configuration/spanlineJson.ts';
import { isRule } from '../../../src/lint/rules/allRules.ts';
import { suppressionRules } from '../../../src/lint/rules/suppressionRules.ts';

const [rule] = suppressionRules;

describe('lint configuration', () => {
  it('gives a rule its own level where nothing else is said', () => {
    assert.equal(new LintConfiguration().of('a.ts').levelOf(rule), rule.severity);
    assert.equal(new LintConfiguration().of('a.ts').levelOf({ ...rule, offByDefault: true }), 'off');
  });

  it('takes the longest id, and the name as the whole id', () => {
    const of = (rules: Record<string, 'off' | 'error' | 'hint'>) =>
      new LintConfiguration([{ folder: '', settings: { rules } }]).of('a.ts').levelOf(rule);
    assert.equal(of({ SPL0: 'off' }), 'off');
    assert.equal(of({ SPL0: 'off', SPL001: 'error' }), 'error');
    assert.equal(of({ SPL00: 'hint', [rule.name]: 'error', SPL0: 'off' }), 'error');
    assert.equal(of({ SPL1: 'off' }), rule.severity);
  });

  it('lets inner folders and overrides win, whatever the order they come in', () => {
    const configuration = new LintConfiguration([
      { folder: 'services/cart', settings: { rules: { SPL001: 'error' } } },
      {
        folder: '',
        settings: {
          rules: { SPL001: 'off' },
          overrides: [{ paths: ['legacy/**', '*.spec.ts'], rules: { SPL001: 'hint' } }],
        },
      },
    ]);
    assert.equal(configuration.of('main.ts').levelOf(rule), 'off');
    assert.equal(configuration.of('legacy/deep/main.ts').levelOf(rule), 'hint');
    assert.equal(configuration.of('a/b.spec.ts').levelOf(rule), 'hint');
    assert.equal(configuration.of('services/cart/main.ts').levelOf(rule), 'error');
    assert.equal(configuration.of('services/cart2/main.ts').levelOf(rule), 'off');
  });

  it('joins options of a rule, and gives what is common to all', () => {
    const configuration = new LintConfiguration([
      { folder: '', settings: { rules: { SPL001: ['info', { a: 1, b: 1 }] }, propagatingClients: ['x#y'] } },
      { folder: 'in', settings: { rules: { SPL001: ['info', { b: 2 }] }, propagatingClients: ['z'] } },
    ]);
    assert.deepEqual(configuration.of('in/a.ts').optionsOf(rule), {
      a: 1,
      b: 2,
      propagatingClients: ['x#y', 'z'],
    });
  });

  it('ignores by patterns from the folder of the settings', () => {
    const configuration = new LintConfiguration([
      { folder: 'web', settings: { ignore: ['generated/', '/*.js'] } },
    ]);
    assert.equal(configuration.of('web/src/generated/a.ts').ignored, true);
    assert.equal(configuration.of('web/a.js').ignored, true);
    assert.equal(configuration.of('web/src/a.js').ignored, false);
    assert.equal(configuration.of('generated/a.ts').ignored, false);
  });
});

describe('spanline.json', () => {
  it('is accepted as documented', () => {
    const settings = {
      $schema: 'x',
      profile: 'strict',
      rules: { SPL0: 'off', SPL001: ['warning', { words: ['a'] }], 'unused-suppression': 'hint' },
      overrides: [{ paths: ['a/**'], rules: { SPL002: 'error' } }],
      ignore: ['dist'],
      propagatingClients: ['./http#api'],
      sensitive: {
        keys: { extra: ['iban'], ignore: ['zip'] },
        values: {
          extra: [{ name: 'badge', pattern: 'B-\\d{6}' }],
          allow: ['^test'],
          detectors: { phone: false },
        },
      },
      baseline: 'spanline-baseline.json',
    };
    assert.deepEqual(problemsOfSettings(settings, isRule), []);
  });

  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [[], /must hold an object/],
    [{ rulez: {} }, /unknown field "rulez"/],
    [{ profile: 'loud' }, /"profile"/],
    [{ rules: { SPL999: 'off' } }, /no rule SPL999/],
    [{ rules: { 'no-such-rule': 'off' } }, /no rule no-such-rule/],
    [{ rules: { SPL001: 'loud' } }, /SPL001" must be one of error/],
    [{ rules: { SPL001: ['off', 3] } }, /options must be an object/],
    [{ overrides: [{ rules: {} }] }, /overrides\[0\]\.paths/],
    [{ overrides: [{ paths: ['a'], rules: { SPL9: 'off' } }] }, /no rule SPL9/],
    [{ ignore: 'dist' }, /"ignore" must be a list/],
    [{ sensitive: { values: { allow: ['('] } } }, /no regular expression/],
    [{ sensitive: { values: { extra: [{ name: 'x' }] } } }, /name and a pattern/],
    [{ baseline: 3 }, /"baseline" must be a path/],
  ];
  for (const [settings, message] of wrong)
    it(`is refused: ${JSON.stringify(settings)}`, () => {
      assert.match(problemsOfSettings(settings, isRule).join('\n'), message);
    });
});
