import type { MissingParent } from '../../model/evidence.ts';
import { noSpan } from '../../store/spanRef.ts';
import { kinds, type ObservedSpan } from './observedSpan.ts';
import type { ObservedTrace, Observer } from './observer.ts';
import type { SpanGroup } from './spanGroups.ts';
import { type Place, type Sightings, Tally } from './tally.ts';

/** A parent that has not come this long after the end of its trace does not come any more. */
export const settlingNano = 30e9;
const mostPending = 5000;

interface Orphan {
  readonly group: SpanGroup;
  readonly parent: MissingParent['parent'];
  readonly place: Place;
}

export interface OrphanFacts {
  readonly group: SpanGroup;
  readonly parent: MissingParent['parent'];
}

/** E4: spans whose parent never arrives, one for each missing parent. */
export class MissingParents implements Observer<MissingParents> {
  readonly #pending: { readonly orphan: Orphan; readonly traceEnd: number }[] = [];
  /** Of the current trace, by the id of the parent. */
  #ofTrace = new Map<string, Orphan>();

  span(span: ObservedSpan): void {
    if (!span.hasParentId || span.parent !== noSpan) return;
    const { parentSpanId } = span;
    const known = this.#ofTrace.get(parentSpanId);
    if (known !== undefined && known.place.start <= span.start) return;
    const { group, traceNumber, traceId, spanId, start } = span;
    const place = { traceNumber, traceId, spanId, start };
    this.#ofTrace.set(parentSpanId, { group, parent: parentOf(span), place });
  }

  endOfTrace({ end }: ObservedTrace): void {
    if (this.#ofTrace.size === 0) return;
    for (const orphan of this.#ofTrace.values())
      if (this.#pending.length < mostPending) this.#pending.push({ orphan, traceEnd: end });
    this.#ofTrace = new Map();
  }

  merge(other: MissingParents): void {
    for (const each of other.#pending) if (this.#pending.length < mostPending) this.#pending.push(each);
  }

  /** @param now nanoseconds since 1970; `settlesAt` is when the next one counts, if one is waiting */
  result(now: number): { readonly items: Sightings<OrphanFacts>[]; readonly settlesAt: number | undefined } {
    const tally = new Tally<OrphanFacts>();
    let settlesAt: number | undefined;
    for (const { orphan, traceEnd } of this.#pending) {
      const settled = traceEnd + settlingNano;
      if (settled > now) {
        settlesAt = Math.min(settled, settlesAt ?? settled);
        continue;
      }
      const { group, parent, place } = orphan;
      tally.add(`${group.key}\n${parent}`, place, () => ({ group, parent }));
    }
    return { items: tally.list(), settlesAt };
  }
}

/** Senders that do not say: what takes a request or a message has its parent elsewhere, everything else at home. */
function parentOf(span: ObservedSpan): MissingParent['parent'] {
  const { parentPlace, kind } = span;
  if (parentPlace !== 'unknown') return parentPlace;
  return kind === kinds.server || kind === kinds.consumer ? 'remote' : 'local';
}
