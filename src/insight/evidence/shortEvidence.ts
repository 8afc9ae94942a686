import type { Evidence, Sighting } from '../../model/evidence.ts';

/** The same with at most so many examples of each item: for answers that travel. */
export function shortEvidence(evidence: Evidence, most: number): Evidence {
  const short = <T extends Sighting>(items: readonly T[]): T[] =>
    items.map(item => ({ ...item, examples: item.examples.slice(0, most) }));
  return {
    ...evidence,
    seenSpans: short(evidence.seenSpans),
    seenAttributes: short(evidence.seenAttributes),
    brokenBoundaries: short(evidence.brokenBoundaries).map(each => ({
      ...each,
      arrivals: each.arrivals.slice(0, most),
    })),
    keptBoundaries: short(evidence.keptBoundaries),
    sensitiveValues: short(evidence.sensitiveValues),
    missingParents: short(evidence.missingParents),
    nameFamilies: short(evidence.nameFamilies),
    bursts: short(evidence.bursts),
    resourceGaps: short(evidence.resourceGaps),
    legacyAttributes: short(evidence.legacyAttributes),
    errorMismatches: short(evidence.errorMismatches),
    clientRoots: short(evidence.clientRoots),
    inactiveSpans: short(evidence.inactiveSpans),
    clockSkews: short(evidence.clockSkews),
  };
}
