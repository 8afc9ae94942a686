import { createHash } from 'node:crypto';
import type { Finding } from './finding.ts';

/**
 * Names findings so that they are known again after lines have moved: rule, file, text of the place (without white
 * space), function around it, and which of several equal ones it is.
 * @param sourceOf text of a file that has findings
 * @returns one per finding, in the same order
 */
export function fingerprints(findings: readonly Finding[], sourceOf: (path: string) => string): string[] {
  const seen = new Map<string, number>();
  return findings.map(finding => {
    const { rule, path, at, symbol } = finding;
    const text = sourceOf(path).slice(at.start, at.end).replace(/\s+/g, '');
    const identity = JSON.stringify([rule.id, path, symbol, text]);
    const ordinal = seen.get(identity) ?? 0;
    seen.set(identity, ordinal + 1);
    return createHash('sha256').update(`${identity}#${ordinal}`).digest('hex').slice(0, 32);
  });
}
