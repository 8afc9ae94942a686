import type { StoredTrace } from './storedTrace.ts';

/** What becomes of a trace, and which policies would have it kept. */
export interface Decision {
  readonly kept: boolean;
  /** Places in `Sampler.policies`. */
  readonly wantedBy: readonly number[];
}

/** A sampler that is asked about whole traces, those that began first before the others. May remember what it has let through. */
export interface Sampler {
  /** Names for the answer, in the order of the configuration. */
  readonly policies: readonly string[];
  decide(trace: StoredTrace): Decision;
}

/** Samplers one behind the other, as in a pipeline: kept is what all keep; the later ones do not see what an earlier one drops. */
export function chain(samplers: readonly Sampler[]): Sampler {
  if (samplers.length === 1) return samplers[0];
  return {
    policies: samplers.flatMap(sampler => sampler.policies),
    decide: trace => {
      const wantedBy: number[] = [];
      let first = 0;
      for (const sampler of samplers) {
        const decision = sampler.decide(trace);
        for (const at of decision.wantedBy) wantedBy.push(first + at);
        if (!decision.kept) return { kept: false, wantedBy };
        first += sampler.policies.length;
      }
      return { kept: true, wantedBy };
    },
  };
}

/** A sampler of one policy. */
export function single(name: string, keeps: (trace: StoredTrace) => boolean): Sampler {
  return {
    policies: [name],
    decide: trace => (keeps(trace) ? { kept: true, wantedBy: [0] } : { kept: false, wantedBy: [] }),
  };
}
