import type { Rule } from './rule.ts';

const languages = ['javascript', 'typescript', 'python', 'go', 'java', 'csharp', 'configuration'] as const;

/** SPL0xx: about the comments that suppress findings. They are made where comments are read (suppressions.ts). */
export const suppressionRules: readonly Rule[] = [
  {
    id: 'SPL001',
    name: 'suppression-without-reason',
    group: 'suppression',
    severity: 'info',
    confidence: 'high',
    languages,
    docs: {
      what: 'Finds `spanline-ignore` comments that name no rule or give no reason.',
      why: 'A comment without a rule suppresses nothing. One without a reason leaves the next reader to guess whether it still holds.',
      examples: [
        {
          language: 'go',
          bad: '// spanline-ignore SPL301\n_, span := tracer.Start(ctx, "load")',
          good: '// spanline-ignore SPL301: ended by the stream\'s close callback\n_, span := tracer.Start(ctx, "load")',
        },
      ],
      notReported: [
        'Comments of other linters that Spanline honours (`//nolint:spancheck`, `# noqa: S105`).',
      ],
      references: [],
    },
  },
  {
    id: 'SPL002',
    name: 'unused-suppression',
    group: 'suppression',
    severity: 'info',
    confidence: 'high',
    languages,
    fix: 'safe',
    docs: {
      what: 'Finds `spanline-ignore` comments that suppress nothing.',
      why: 'A comment that outlives its finding hides the next one.',
      examples: [
        {
          language: 'python',
          bad: '# spanline-ignore SPL201: test account\nspan.set_attribute("order.id", order.id)',
          good: 'span.set_attribute("order.id", order.id)',
        },
      ],
      notReported: ['Comments for rules that did not run on the file.'],
      fix: 'Removes the comment.',
      references: [],
    },
  },
];
