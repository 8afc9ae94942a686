import type { FixKind, RuleInfo } from '../../model/rule.ts';
import type { Finding } from '../finding.ts';

/** What a run of the linter found, for the formats in this folder. */
export interface LintReport {
  /** Of the project, suppressed ones included, in the order of files and places. */
  readonly findings: readonly Finding[];
  readonly filesChecked: number;
  readonly durationMs: number;
  /** What kept files from being read; one sentence each. */
  readonly problems: readonly string[];
  /** Worth telling, but nothing is wrong. */
  readonly notes: readonly string[];
  readonly rules: readonly RuleInfo[];
  sourceOf(path: string): string;
  /** 1-based, column in UTF-16 units. */
  positionOf(path: string, offset: number): { readonly line: number; readonly column: number };
}

/** What is shown: not what a comment, the baseline or traces have taken back. */
export function shownFindings(report: LintReport): Finding[] {
  return report.findings.filter(finding => finding.suppression === undefined);
}

/** The kind of the best fix. */
export function fixOf(finding: Finding): FixKind | undefined {
  const order = ['safe', 'unsafe', 'suggestion'] as const;
  return order.find(kind => finding.fixes.some(fix => fix.kind === kind));
}
