import type { Evidence, Sighting, SpanExample } from '../../model/evidence.ts';
import { type EvidenceOfFinding, type Finding, raised } from '../finding.ts';
import type { Service } from '../project/types.ts';
import { judges } from './judges.ts';
import type { AnchoredLine } from './ties.ts';
import type { Verdict } from './verdict.ts';

const mostExamples = 10;

/** What is known of the files, beside what traces say. */
export interface EvidenceContext {
  serviceOf(path: string): Service;
  /** 1-based line of an offset. */
  lineOf(path: string, offset: number): number;
  /** When the file was last changed, milliseconds since 1970; undefined if that is not known. */
  changedAt(path: string): number | undefined;
}

/**
 * Findings with what traces say of them. Confirmed ones are one severity graver (an error only where the spans surely come from
 * the line), refuted ones are taken back, and what was seen before the file was changed is only told.
 */
export function applyEvidence(
  findings: readonly Finding[],
  evidence: Evidence,
  context: EvidenceContext,
): Finding[] {
  return findings.map(finding => judged(finding, evidence, context));
}

function judged(finding: Finding, evidence: Evidence, context: EvidenceContext): Finding {
  const verdict = judges[finding.rule.id]?.(anchored(finding, context), evidence);
  if (verdict === undefined) return { ...finding, evidence: unobserved };
  const told = evidenceOf(verdict);
  if (isStale(verdict, context.changedAt(finding.path)))
    return { ...finding, evidence: { ...told, state: 'stale' } };
  switch (verdict.state) {
    case 'confirmed':
      return { ...finding, evidence: told, severity: graver(finding, verdict) };
    case 'lowered':
      return { ...finding, evidence: told, severity: 'hint' };
    case 'refuted':
      return {
        ...finding,
        evidence: told,
        suppression: finding.suppression ?? {
          kind: 'traces',
          reason: `live traces show ${verdict.reason ?? 'otherwise'}`,
        },
      };
  }
}

const unobserved: EvidenceOfFinding = { state: 'unobserved', traces: 0, examples: [], method: '' };

function anchored(finding: Finding, context: EvidenceContext): AnchoredLine {
  const { anchor = {}, path, at } = finding;
  return {
    path,
    line: anchor.line ?? context.lineOf(path, at.start),
    endLine: anchor.endLine ?? context.lineOf(path, at.end),
    anchor,
    serviceNames: context.serviceOf(path).names.map(({ name }) => name),
  };
}

function graver({ severity }: Finding, { tie }: Verdict): Finding['severity'] {
  const next = raised(severity);
  return next === 'error' && !tie.sure ? severity : next;
}

function evidenceOf({ state, tie, sightings, traces }: Verdict): EvidenceOfFinding {
  return {
    state: state === 'confirmed' ? 'confirmed' : 'refuted',
    traces: traces ?? sightings.reduce((sum, each) => sum + each.traces, 0),
    examples: newest(sightings),
    method: tie.method,
  };
}

function newest(sightings: readonly Sighting[]): SpanExample[] {
  return sightings
    .toSorted((a, b) => compareNanos(b.lastSeenUnixNano, a.lastSeenUnixNano))
    .flatMap(({ examples }) => examples)
    .slice(0, mostExamples);
}

function isStale({ sightings }: Verdict, changedAt: number | undefined): boolean {
  if (changedAt === undefined || sightings.length === 0) return false;
  return sightings.every(({ lastSeenUnixNano }) => Number(lastSeenUnixNano) / 1e6 < changedAt);
}

/** Decimal strings without leading zeros. */
function compareNanos(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
