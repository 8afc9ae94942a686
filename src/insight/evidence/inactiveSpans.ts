import { kinds, type ObservedSpan } from './observedSpan.ts';
import type { Observer } from './observer.ts';
import type { SpanGroup } from './spanGroups.ts';
import { type Place, type Sightings, Tally } from './tally.ts';

/** Of a trace, as many spans are compared with their neighbours. */
const mostCompared = 2000;

interface Sibling {
  readonly group: SpanGroup;
  readonly place: Place;
  readonly end: number;
}

/**
 * E11: spans without children of their own, while the next one of the service under the same parent begins and ends in their time: it
 * looks as if it ought to be one. Work that is done in parallel looks the same.
 */
export class InactiveSpans implements Observer<InactiveSpans> {
  readonly #tally = new Tally<SpanGroup>();
  /** Of the current trace, by service and parent. */
  #siblings = new Map<string, Sibling[]>();
  #parents = new Set<string>();
  #compared = 0;

  span(span: ObservedSpan): void {
    if (!span.hasParentId || this.#compared >= mostCompared) return;
    this.#compared++;
    const { group, parentSpanId, traceNumber, traceId, spanId, start, end, kind } = span;
    this.#parents.add(parentSpanId);
    // What leaves the process has its children elsewhere, if anywhere.
    if (kind === kinds.client || kind === kinds.producer) return;
    const key = `${parentSpanId}\n${group.serviceName}`;
    const siblings = this.#siblings.get(key) ?? [];
    if (siblings.length === 0) this.#siblings.set(key, siblings);
    siblings.push({ group, place: { traceNumber, traceId, spanId, start }, end });
  }

  endOfTrace(): void {
    for (const siblings of this.#siblings.values()) {
      siblings.sort((a, b) => a.place.start - b.place.start);
      for (const [index, { group, place, end }] of siblings.entries()) {
        const next = siblings[index + 1];
        if (next === undefined || next.place.start <= place.start || next.end > end) continue;
        if (!this.#parents.has(place.spanId)) this.#tally.add(group.key, place, () => group);
      }
    }
    this.#siblings = new Map();
    this.#parents = new Set();
    this.#compared = 0;
  }

  merge(other: InactiveSpans): void {
    this.#tally.merge(other.#tally);
  }

  list(): Sightings<SpanGroup>[] {
    return this.#tally.list();
  }
}
