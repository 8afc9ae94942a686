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
    '',
  ].join('\n\n');
}
