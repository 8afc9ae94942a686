import type { Finding } from './finding.ts';
import { fingerprints } from './fingerprint.ts';

/** Findings that were there when the linter came; committed beside the code, and shrinking. */
export interface Baseline {
  readonly version: 1;
  readonly findings: readonly BaselineEntry[];
}

export interface BaselineEntry {
  readonly ruleId: string;
  readonly path: string;
  readonly fingerprint: string;
}

/** The findings as a baseline; suppressed ones and hints are not in it. */
export function makeBaseline(findings: readonly Finding[], sourceOf: (path: string) => string): Baseline {
  const prints = fingerprints(findings, sourceOf);
  const entries = findings.flatMap((finding, index) =>
    finding.suppression?.kind === 'comment'
      ? []
      : [{ ruleId: finding.rule.id, path: finding.path, fingerprint: prints[index] }],
  );
  return { version: 1, findings: entries };
}

/** Throws an Error that says what is wrong with the text. */
export function parseBaseline(text: string): Baseline {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`the baseline is no JSON: ${(error as Error).message}`);
  }
  const { version, findings } = (value ?? {}) as Partial<Baseline>;
  if (version !== 1 || !Array.isArray(findings))
    throw new Error('the baseline must be {"version": 1, "findings": […]}; write it with --write-baseline');
  const isEntry = (each: Partial<BaselineEntry> | null) =>
    typeof each?.ruleId === 'string' && typeof each.path === 'string' && typeof each.fingerprint === 'string';
  if (!findings.every(isEntry))
    throw new Error('each finding of the baseline needs ruleId, path and fingerprint');
  return { version, findings };
}

/** Suppresses what the baseline knows. `stale`: entries that match nothing any more. */
export function applyBaseline(
  findings: readonly Finding[],
  baseline: Baseline,
  sourceOf: (path: string) => string,
): { readonly findings: readonly Finding[]; readonly stale: readonly BaselineEntry[] } {
  const known = new Set(baseline.findings.map(({ fingerprint }) => fingerprint));
  const prints = fingerprints(findings, sourceOf);
  const met = new Set(prints);
  return {
    findings: findings.map((finding, index) =>
      finding.suppression === undefined && known.has(prints[index])
        ? { ...finding, suppression: { kind: 'baseline', reason: 'in the baseline' } }
        : finding,
    ),
    stale: baseline.findings.filter(({ fingerprint }) => !met.has(fingerprint)),
  };
}
