import type { Evidence, SpanExample } from '../../model/evidence.ts';
import type { Severity } from '../../model/rule.ts';
import type { Finding, LocatableFinding } from '../../protocol/control.ts';
import { runtimeRules } from './runtimeRules.ts';

const ranks: { readonly [severity in Severity]: number } = { error: 3, warning: 2, info: 1, hint: 0 };

/** What the rules make of the evidence: the gravest first, then in the order of the rules. */
export function findingsOf(evidence: Evidence): LocatableFinding[] {
  return runtimeRules
    .flatMap(rule =>
      rule.find(evidence).map(({ severity = rule.severity, message, serviceName, examples, span }) => ({
        ...{ ruleId: rule.id, severity, message, serviceName },
        ...withExamples(examples),
        ...(span !== undefined && { span }),
      })),
    )
    .sort((a, b) => ranks[b.severity] - ranks[a.severity]);
}

/** Those that a trace shows, with its spans alone. */
export function findingsOfTrace(findings: readonly LocatableFinding[], traceId: string): LocatableFinding[] {
  return findings.flatMap(finding => {
    const own = finding.examples.filter(example => example.traceId === traceId);
    return own.length === 0 ? [] : { ...finding, ...withExamples(own) };
  });
}

/** With at most so many examples. */
export function shortened(findings: readonly LocatableFinding[], most: number): LocatableFinding[] {
  return findings.map(finding => ({ ...finding, ...withExamples(finding.examples.slice(0, most)) }));
}

/** Without what only leads to lines: as answers for people and scripts have it. */
export function plainFinding({ span: _, examples: __, ...finding }: LocatableFinding): Finding {
  return finding;
}

function withExamples(examples: readonly SpanExample[]) {
  return {
    traceIds: [...new Set(examples.map(({ traceId }) => traceId))],
    spanIds: examples.map(({ spanId }) => spanId),
    examples,
  };
}
