import { groupedBy } from '../../base/groups.ts';
import { type ObservedSpan, statuses } from './observedSpan.ts';
import type { Observer } from './observer.ts';
import type { SpanGroup } from './spanGroups.ts';
import { Sightings, Tally } from './tally.ts';
import { nameTemplate } from './templates.ts';

export interface SeenFacts {
  readonly group: SpanGroup;
  readonly errors: number;
}

/** A name that varies more than this is a family, and its members are told of as one. */
const mostNames = 20;
const mostNamesCounted = 1000;

export interface NamesAlike {
  readonly template: string;
  readonly names: number;
  readonly seen: Sightings<SeenFacts>;
}

/** What was executed, and names that belong together (E5). */
export class SeenSpans implements Observer<SeenSpans> {
  readonly #seen = new Tally<SeenFacts>({
    items: 5000,
    examples: 10,
    combine: (mine, other) => ({ group: mine.group, errors: mine.errors + other.errors }),
  });

  span(span: ObservedSpan): void {
    this.#seen.add(span.group.key, span, () => ({
      group: span.group,
      errors: span.status === statuses.error ? 1 : 0,
    }));
  }

  merge(other: SeenSpans): void {
    this.#seen.merge(other.#seen);
  }

  /** Spans by what they have in common, and families of names: more than 20 that differ in ids and numbers only. */
  result(): { readonly spans: Sightings<SeenFacts>[]; readonly families: NamesAlike[] } {
    const byTemplate = groupedBy(this.#seen.list(), ({ facts }) => {
      const { scopeKey, spanKind, spanName } = facts.group;
      return `${scopeKey}\n${spanKind}\n${nameTemplate(spanName)}`;
    });
    const spans: Sightings<SeenFacts>[] = [];
    const families: NamesAlike[] = [];
    for (const members of byTemplate.values()) {
      if (members.length <= mostNames) {
        spans.push(...members);
        continue;
      }
      const seen = new Sightings(members[0].facts);
      for (const member of members) seen.addAll(member);
      const names = Math.min(members.length, mostNamesCounted);
      families.push({ template: nameTemplate(seen.facts.group.spanName), names, seen });
    }
    return { spans, families };
  }
}
