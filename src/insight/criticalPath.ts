import type { Forest } from './forest.ts';

/** Sections in order of time, one tree after the other: `span[i]` is what the trace waited for from `start[i]` to `end[i]`. */
export interface CriticalPath {
  readonly span: Uint32Array;
  /** Offsets in nanoseconds. */
  readonly start: Float64Array;
  readonly end: Float64Array;
}

export interface Waiting {
  /** Whether the parent of a span waits for it; without it, always. */
  blocks?(child: number): boolean;
  /** By how much a span may have begun later than its start says, nanoseconds (`startGrains`); without it, 0. */
  readonly grain?: Float64Array;
}

/**
 * The critical path of every tree: from the head's end backwards, always into the child that finished last. The
 * definition is Jaeger UI's: children are clipped to their parent; those outside of it, or that it does not wait for,
 * are left out with all below them. Sections of a tree do not overlap and add up to the duration of its head.
 *
 * A child that ends less than the grain of its successor after that begins has ended before it: a start that is rounded
 * down, with a duration that is not, lets spans overlap that ran one after the other.
 */
export function criticalPath(forest: Forest, { blocks = () => true, grain }: Waiting = {}): CriticalPath {
  const clipped = clip(forest, blocks);
  const children = childrenByEnd(forest, clipped);
  const sections: Section[] = [];
  for (let i = 0; i < forest.count; i++) {
    if (forest.parent[i] >= 0 || forest.duration[i] <= 0) continue;
    const first = sections.length;
    walkBack(i, clipped, children, grain, sections);
    // Found from the end to the start.
    for (let low = first, high = sections.length - 1; low < high; low++, high--)
      [sections[low], sections[high]] = [sections[high], sections[low]];
  }
  return {
    span: Uint32Array.from(sections, section => section.span),
    start: Float64Array.from(sections, section => section.start),
    end: Float64Array.from(sections, section => section.end),
  };
}

interface Section {
  readonly span: number;
  readonly start: number;
  readonly end: number;
}

/** Intervals within those of the parents; empty for a span that is left out. */
interface Clipped {
  readonly start: Float64Array;
  readonly end: Float64Array;
}

function clip({ count, parent, start, duration }: Forest, blocks: (child: number) => boolean): Clipped {
  const from = new Float64Array(count);
  const to = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const above = parent[i];
    from[i] = start[i];
    to[i] = start[i] + duration[i];
    if (above < 0) continue;
    from[i] = Math.max(from[i], from[above]);
    to[i] = Math.min(to[i], to[above]);
    if (to[i] <= from[i] || !blocks(i)) to[i] = from[i];
  }
  return { start: from, end: to };
}

/** Children that count, by span: `list[first[i] … first[i + 1])`, the one that ends last first. */
interface Children {
  readonly first: Uint32Array;
  readonly list: Uint32Array;
}

function childrenByEnd({ count, parent }: Forest, { start, end }: Clipped): Children {
  const counts = (i: number): boolean => parent[i] >= 0 && end[i] > start[i];
  const first = new Uint32Array(count + 1);
  for (let i = 0; i < count; i++) if (counts(i)) first[parent[i] + 1]++;
  for (let i = 0; i < count; i++) first[i + 1] += first[i];
  const fill = first.slice();
  const list = new Uint32Array(first[count]);
  for (let i = 0; i < count; i++) if (counts(i)) list[fill[parent[i]]++] = i;
  for (let i = 0; i < count; i++)
    if (first[i + 1] - first[i] > 1)
      list.subarray(first[i], first[i + 1]).sort((a, b) => end[b] - end[a] || start[a] - start[b]);
  return { first, list };
}

function walkBack(
  head: number,
  { start, end }: Clipped,
  { first, list }: Children,
  grain: Float64Array | undefined,
  sections: Section[],
): void {
  /**
   * Spans from the head down to where the walk is, with the time up to which each is explained, by how much that may be
   * too early, and its next child.
   */
  const path = [{ span: head, limit: end[head], slack: 0, next: first[head] }];
  for (let here = path.at(-1); here !== undefined; here = path.at(-1)) {
    const stop = first[here.span + 1];
    while (here.next < stop && !isBefore(list[here.next], here)) here.next++;
    const child = here.next < stop ? list[here.next++] : undefined;
    const from = child === undefined ? start[here.span] : Math.min(end[child], here.limit);
    if (here.limit > from) sections.push({ span: here.span, start: from, end: here.limit });
    if (child !== undefined) {
      // What is cut off at the end of a child is cut off its children as well.
      path.push({ span: child, limit: from, slack: end[child] > from ? here.slack : 0, next: first[child] });
      here.limit = start[child];
      here.slack = grain?.[child] ?? 0;
    } else {
      path.pop();
    }
  }

  function isBefore(child: number, { limit, slack }: { limit: number; slack: number }): boolean {
    return end[child] <= limit || (end[child] - limit < slack && start[child] < limit);
  }
}
