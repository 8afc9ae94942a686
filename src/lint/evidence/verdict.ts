import type { Evidence, Sighting } from '../../model/evidence.ts';
import type { AnchoredLine, Tie } from './ties.ts';

/** What traces say of a finding. */
export interface Verdict {
  /** `lowered`: it is there, but there was nothing wrong in it so far. */
  readonly state: 'confirmed' | 'refuted' | 'lowered';
  readonly tie: Tie;
  readonly sightings: readonly Sighting[];
  /** If it is not the sum of those of the sightings. */
  readonly traces?: number;
  /** For what is refuted: what was seen, a clause after "live traces show". */
  readonly reason?: string;
}

/** `undefined`: nothing was seen of it, or not surely of it. */
export type Judge = (line: AnchoredLine, evidence: Evidence) => Verdict | undefined;

/** Confirmed by the first tie that is sure, else by the first. */
export function confirmedBy<S extends Sighting>(
  sightings: readonly S[],
  tieTo: (sighting: S) => Tie | undefined,
): Verdict | undefined {
  const tied = sightings.flatMap(sighting => {
    const tie = tieTo(sighting);
    return tie === undefined ? [] : [{ sighting, tie }];
  });
  const best = tied.find(({ tie }) => tie.sure) ?? tied[0];
  if (best === undefined) return undefined;
  return {
    state: 'confirmed',
    tie: best.tie,
    sightings: tied.filter(({ tie }) => tie.method === best.tie.method).map(({ sighting }) => sighting),
  };
}
