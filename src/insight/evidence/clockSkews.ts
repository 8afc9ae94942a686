import type { ClockSkew } from '../../model/evidence.ts';
import { kinds, type ObservedSpan, type SpanHeader, statuses } from './observedSpan.ts';
import type { Observer } from './observer.ts';
import type { SpanGroup } from './spanGroups.ts';
import { Tally } from './tally.ts';

/** Clocks are read once a millisecond by some, and of two processes they may differ by a little. */
const startToleranceNano = 10e6;
const endToleranceNano = 50e6;

interface SkewFacts {
  readonly group: SpanGroup;
  readonly parentServiceName: string;
  readonly form: ClockSkew['form'];
  readonly mostNano: number;
}

/** Children outside the time of those that wait for them. Web pages have clocks of their own kind and are left out. */
export class ClockSkews implements Observer<ClockSkews> {
  readonly #tally = new Tally<SkewFacts>({
    combine: (mine, other) => (other.mostNano > mine.mostNano ? { ...mine, mostNano: other.mostNano } : mine),
  });

  span(span: ObservedSpan): void {
    const parent = span.parentHeader();
    if (parent === undefined || span.start === 0 || parent.start === 0) return;
    if (span.group.resource.inBrowser || parent.group.resource.inBrowser) return;
    const before = parent.start - span.start;
    const after = isAwaited(span, parent) ? span.end - parent.end : 0;
    if (before > startToleranceNano) this.#add(span, parent, 'starts before parent', before);
    else if (after > endToleranceNano) this.#add(span, parent, 'ends after parent', after);
  }

  merge(other: ClockSkews): void {
    this.#tally.merge(other.#tally);
  }

  list() {
    return this.#tally.list();
  }

  #add(span: ObservedSpan, parent: SpanHeader, form: ClockSkew['form'], mostNano: number): void {
    const { group } = span;
    const parentServiceName = parent.group.serviceName;
    this.#tally.add(`${group.key}\n${parentServiceName}\n${form}`, span, () => ({
      ...{ group, parentServiceName, form, mostNano },
    }));
  }
}

/** A caller that did not fail has waited for the answer, and so for the end of the span that gave it. */
function isAwaited(span: SpanHeader, parent: SpanHeader): boolean {
  return (
    span.kind === kinds.server &&
    parent.kind === kinds.client &&
    parent.status !== statuses.error &&
    parent.end > parent.start
  );
}
