import type { RuleInfo } from '../../model/rule.ts';
import { ruleMarkdown } from './rulePage.ts';

/** The files of docs/rules: name → text. */
export function rulePages(rules: readonly RuleInfo[]): { readonly [file: string]: string } {
  const pages = Object.fromEntries(rules.map(rule => [`${rule.id}.md`, ruleMarkdown(rule)]));
  return { ...pages, 'README.md': ruleTable(rules) };
}

function ruleTable(rules: readonly RuleInfo[]): string {
  const rows = rules.map(
    rule =>
      `| [${rule.id}](${rule.id}.md) | ${rule.name} | ${rule.severity}${rule.offByDefault === true ? ', off' : ''} | ${rule.confidence} | ${rule.fix ?? ''} | ${rule.docs.what} |`,
  );
  return [
    '# Rules',
    'Levels and confidences are the defaults; `off` means that the configuration must turn the rule on. `fix` is the kind of its surest quick fix.',
    ['| id | name | severity | confidence | fix | what it does |', '|---|---|---|---|---|---|', ...rows].join(
      '\n',
    ),
    '## Languages',
    'Where a rule has no mark, the language has no such pitfall, or its rule would guess: clients of gRPC in .NET send with its HTTP handler, which propagates by itself; its activities flow into tasks and threads; Python and .NET propagate from the start; what instruments Java, Go and .NET does not depend on what is loaded first.',
    languageTable(rules.filter(({ languages }) => !languages.includes('traces'))),
    '',
  ].join('\n\n');
}

/** Columns; the first language of each stands for all of them. */
const columns: readonly (readonly [name: string, language: RuleInfo['languages'][number]])[] = [
  ['JavaScript, TypeScript', 'javascript'],
  ['Python', 'python'],
  ['Go', 'go'],
  ['Java', 'java'],
  ['C#', 'csharp'],
  ['configuration', 'configuration'],
];

function languageTable(rules: readonly RuleInfo[]): string {
  const rows = rules.map(
    ({ id, languages }) =>
      `| [${id}](${id}.md) | ${columns.map(([, language]) => (languages.includes(language) ? 'yes' : '')).join(' | ')} |`,
  );
  return [
    `| id | ${columns.map(([name]) => name).join(' | ')} |`,
    `|---|${columns.map(() => '---|').join('')}`,
    ...rows,
  ].join('\n');
}
