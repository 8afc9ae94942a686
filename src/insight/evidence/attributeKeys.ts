import { deprecation } from '../../semconv/registry.ts';
import type { ObservedSpan } from './observedSpan.ts';
import type { Observer } from './observer.ts';
import type { SpanGroup } from './spanGroups.ts';
import { Sightings } from './tally.ts';

export interface KeyFacts {
  readonly group: SpanGroup;
  readonly key: string;
  sensitiveSpans: number;
  /** A bit for each of `valueTypes`. */
  types: number;
  /** Characters of the longest value. */
  longest: number;
}

const mostScopes = 500;
const mostKeysOfScope = 300;
const fewExamples = 5;

/** Attribute keys by the scope that writes them; among them the deprecated ones (E8). */
export class AttributeKeys implements Observer<AttributeKeys> {
  readonly #scopes = new Map<string, Map<string, Sightings<KeyFacts>>>();

  span(span: ObservedSpan): void {
    const { attributes, group } = span;
    if (attributes.length === 0) return;
    const keys = this.#keysOf(group.scopeKey);
    if (keys === undefined) return;
    for (const { key, hits, text, type } of attributes) {
      let item = keys.get(key);
      if (item === undefined) {
        if (keys.size >= mostKeysOfScope) continue;
        keys.set(key, (item = new Sightings({ group, key, sensitiveSpans: 0, types: 0, longest: 0 })));
      }
      item.add(span, fewExamples);
      item.facts.types |= 1 << type;
      if (text.length > item.facts.longest) item.facts.longest = text.length;
      if (hits.length > 0) item.facts.sensitiveSpans++;
    }
  }

  merge(other: AttributeKeys): void {
    for (const [scopeKey, theirKeys] of other.#scopes) {
      const keys = this.#keysOf(scopeKey);
      if (keys === undefined) continue;
      for (const [key, theirs] of theirKeys) {
        let item = keys.get(key);
        if (item === undefined) {
          if (keys.size >= mostKeysOfScope) continue;
          keys.set(key, (item = new Sightings({ ...theirs.facts, sensitiveSpans: 0, types: 0, longest: 0 })));
        }
        item.addAll(theirs, fewExamples);
        item.facts.sensitiveSpans += theirs.facts.sensitiveSpans;
        item.facts.types |= theirs.facts.types;
        item.facts.longest = Math.max(item.facts.longest, theirs.facts.longest);
      }
    }
  }

  list(): Sightings<KeyFacts>[] {
    return [...this.#scopes.values()].flatMap(keys => [...keys.values()]);
  }

  /** Those of `list` that the conventions have given up. */
  deprecated(): { seen: Sightings<KeyFacts>; renamedTo?: string; note: string }[] {
    return this.list().flatMap(seen => {
      const found = deprecation(seen.facts.key);
      return found === undefined ? [] : [{ seen, renamedTo: found.renamedTo, note: found.note }];
    });
  }

  #keysOf(scopeKey: string): Map<string, Sightings<KeyFacts>> | undefined {
    let keys = this.#scopes.get(scopeKey);
    if (keys === undefined && this.#scopes.size < mostScopes)
      this.#scopes.set(scopeKey, (keys = new Map<string, Sightings<KeyFacts>>()));
    return keys;
  }
}
