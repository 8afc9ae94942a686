import type { Forest } from './forest.ts';

/**
 * Time of each span that none of its children covers, in nanoseconds: its duration less the union of its children's
 * intervals within its own.
 */
export function selfTimes({ count, parent, start, duration }: Forest): Float64Array {
  const self = duration.slice();
  // Siblings come by start, so one sweep per parent is enough: what lies before `coveredTo` is subtracted already.
  const coveredTo = start.slice();
  for (let i = 0; i < count; i++) {
    const above = parent[i];
    if (above < 0) continue;
    const from = Math.max(start[i], coveredTo[above]);
    const to = Math.min(start[i] + duration[i], start[above] + duration[above]);
    if (to <= from) continue;
    self[above] -= to - from;
    coveredTo[above] = to;
  }
  for (let i = 0; i < count; i++) if (self[i] < 0) self[i] = 0;
  return self;
}
