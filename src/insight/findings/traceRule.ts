import type { Evidence, Sighting, SpanExample } from '../../model/evidence.ts';
import type { RuleInfo, Severity } from '../../model/rule.ts';
import type { SpanToLocate } from '../../model/source.ts';

/** A rule that reads traces: what it makes of the evidence. One file each. */
export interface TraceRule extends RuleInfo {
  find(evidence: Evidence): TraceFinding[];
}

export interface TraceFinding {
  /** If it is not the rule's own. */
  readonly severity?: Severity;
  /** What was seen, with names and numbers; what to do. No value of a secret or personal datum. */
  readonly message: string;
  readonly serviceName: string;
  readonly examples: readonly SpanExample[];
  /** What leads to the line. */
  readonly span?: SpanToLocate;
}

export const traces = { group: 'traces', languages: ['traces'] } as const;

/** What a finding takes over from a sighting. */
export function shown({ serviceName, examples, ...more }: Sighting & { readonly span?: SpanToLocate }) {
  return { serviceName, examples, ...(more.span !== undefined && { span: more.span }) };
}

/** `1 trace`, `3 traces` */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

const mostCharacters = 120;

/** A name that was received, in quotes, as long as a line can take it. */
export function quoted(name: string): string {
  const text = name.length <= mostCharacters ? name : `${name.slice(0, mostCharacters - 1)}…`;
  return `"${text}"`;
}
