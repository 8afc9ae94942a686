import type { Confidence, RuleInfo, Severity } from '../model/rule.ts';
import type { Extent } from './facts/syntax.ts';
import type { Anchor, Fix } from './rules/rule.ts';

/** What is wrong at a place of a file. Extents are of the text that was linted. */
export interface Finding {
  readonly rule: RuleInfo;
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly at: Extent;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly message: string;
  readonly fixes: readonly Fix[];
  readonly related: readonly RelatedPlace[];
  readonly anchor: Anchor | undefined;
  /** Findings of one service with the same key are shown as one. */
  readonly group: string | undefined;
  /** Root of the service that the file belongs to. */
  readonly service: string;
  /** Name of the function around it, as far as it has one: part of the fingerprint. */
  readonly symbol: string;
  /** Why it is not shown, if it is not. */
  readonly suppression?: Suppression;
  /** What live traces say of it; absent: nothing was compared. */
  readonly evidence?: EvidenceOfFinding;
}

export interface RelatedPlace {
  readonly path: string;
  readonly at: Extent;
  readonly message: string;
}

export interface Suppression {
  /** A comment in the file; the baseline; traces that refute it. */
  readonly kind: 'comment' | 'baseline' | 'traces';
  readonly reason: string;
}

export interface EvidenceOfFinding {
  readonly state: 'unobserved' | 'confirmed' | 'refuted' | 'stale';
  /** How many traces say so. */
  readonly traces: number;
  /** Some of them. */
  readonly examples: readonly { readonly traceId: string; readonly spanId: string }[];
  /** How the spans were tied to the line: `code.line.number`, `span name literal`, `user agent`… */
  readonly method: string;
}

const ranks: { readonly [severity in Severity]: number } = { error: 3, warning: 2, info: 1, hint: 0 };

/** By file and place. */
export function compareFindings(a: Finding, b: Finding): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : a.at.start - b.at.start || compareIds(a, b);
}

function compareIds(a: Finding, b: Finding): number {
  return a.rule.id < b.rule.id ? -1 : a.rule.id > b.rule.id ? 1 : 0;
}

export function isAtLeast(severity: Severity, least: Severity): boolean {
  return ranks[severity] >= ranks[least];
}

export function raised(severity: Severity): Severity {
  return severity === 'hint' ? 'info' : severity === 'info' ? 'warning' : 'error';
}
