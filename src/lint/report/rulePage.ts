import type { RuleInfo, RuleLanguage } from '../../model/rule.ts';

const languageNames: { readonly [language in RuleLanguage]: string } = {
  javascript: 'JavaScript',
  typescript: 'TypeScript',
  python: 'Python',
  go: 'Go',
  java: 'Java',
  csharp: 'C#',
  configuration: 'configuration files',
  traces: 'live traces',
};

const fences: { readonly [language in RuleLanguage]: string } = {
  javascript: 'js',
  typescript: 'ts',
  python: 'python',
  go: 'go',
  java: 'java',
  csharp: 'csharp',
  configuration: 'yaml',
  traces: 'text',
};

const fixes = {
  safe: 'safe: changes nothing but telemetry, applied by "fix all"',
  unsafe: 'unsafe: applied one at a time, look at the change',
  suggestion: 'suggestion: leaves something to fill in or to choose',
} as const;

/** The page of a rule, in Markdown. The same text is `help` in SARIF and what "Explain" opens. */
export function ruleMarkdown(rule: RuleInfo): string {
  const { docs } = rule;
  const facts = [
    `**Severity** ${rule.severity}${rule.offByDefault === true ? ' (off by default)' : ''}`,
    `**Confidence** ${rule.confidence}`,
    `**Fix** ${rule.fix === undefined ? 'none' : fixes[rule.fix]}`,
    `**Languages** ${rule.languages.map(language => languageNames[language]).join(', ')}`,
  ];
  const sections = [
    `# ${rule.id} ${rule.name}`,
    facts.join(' · '),
    '## What it does',
    docs.what,
    '## Why it matters',
    docs.why,
    ...section('Examples', exampleTexts(rule)),
    ...section('Not reported', list(docs.notReported)),
    ...section('Quick fix', docs.fix),
    ...section('Evidence from traces', docs.evidence),
    ...section('Options', list(docs.options ?? [])),
    '## How to suppress',
    rule.languages.every(language => language === 'traces')
      ? `In \`spanline.json\`: \`{ "rules": { "${rule.id}": "off" } }\`.`
      : `In the code, on the line or above it: \`spanline-ignore ${rule.id}: reason\`. For a project or a folder, in \`spanline.json\`: \`{ "rules": { "${rule.id}": "off" } }\`.`,
    ...section('References', list(docs.references)),
  ];
  return `${sections.join('\n\n')}\n`;
}

function section(title: string, text: string | undefined): string[] {
  return text === undefined || text === '' ? [] : [`## ${title}`, text];
}

function exampleTexts({ docs }: RuleInfo): string {
  return docs.examples
    .map(({ language, bad, good }) =>
      [
        `### ${languageNames[language][0].toUpperCase()}${languageNames[language].slice(1)}`,
        `\`\`\`${fences[language]}\n${bad.trimEnd()}\n\`\`\``,
        'Use instead:',
        `\`\`\`${fences[language]}\n${good.trimEnd()}\n\`\`\``,
      ].join('\n\n'),
    )
    .join('\n\n');
}

function list(items: readonly string[]): string {
  return items.map(item => `- ${item}`).join('\n');
}
