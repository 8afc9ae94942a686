import { kinds, type ObservedSpan } from './observedSpan.ts';
import type { Observer } from './observer.ts';
import type { SpanGroup } from './spanGroups.ts';
import { Tally } from './tally.ts';

/** Root spans that call out. Those of web pages are as they should be. */
export class ClientRoots implements Observer<ClientRoots> {
  readonly #tally = new Tally<SpanGroup>();

  span(span: ObservedSpan): void {
    const { group, kind, hasParentId, links } = span;
    if (kind === kinds.client && !hasParentId && links === 0 && !group.resource.inBrowser)
      this.#tally.add(group.key, span, () => group);
  }

  merge(other: ClientRoots): void {
    this.#tally.merge(other.#tally);
  }

  list() {
    return this.#tally.list();
  }
}
