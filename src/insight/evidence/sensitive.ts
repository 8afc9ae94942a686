import type { SensitiveValue } from '../../model/evidence.ts';
import type { ReadAttribute } from './attributeReader.ts';
import type { ObservedSpan } from './observedSpan.ts';
import type { Observer } from './observer.ts';
import { type SensitiveHit, sensitiveHits } from './sensitiveHits.ts';
import type { SpanGroup } from './spanGroups.ts';
import { Tally } from './tally.ts';

interface SensitiveFacts {
  readonly group: SpanGroup;
  readonly attributeKey: string;
  readonly carrier: SensitiveValue['carrier'];
  readonly hit: SensitiveHit;
  /** Tells values apart, and nothing else: 32 bits. */
  readonly valueHash: number;
  readonly severalValues: boolean;
}

/** Keys of events and of the status, which is no attribute, in answers. */
const statusKey = 'status.message';

/** E3: what must not be in telemetry. */
export class SensitiveValues implements Observer<SensitiveValues> {
  readonly #tally = new Tally<SensitiveFacts>({
    combine: (mine, other) =>
      mine.severalValues || (!other.severalValues && mine.valueHash === other.valueHash)
        ? mine
        : { ...mine, severalValues: true },
  });

  span(span: ObservedSpan): void {
    for (const attribute of span.attributes) this.#add(span, 'span', attribute);
    for (const attribute of span.eventAttributes) this.#add(span, 'event', attribute);
    for (const attribute of span.group.resource.sensitive) this.#add(span, 'resource', attribute);
    const value = { stringValue: span.statusMessage };
    if (span.statusMessage !== '')
      this.#add(span, 'status', {
        key: statusKey,
        text: span.statusMessage,
        hits: sensitiveHits(statusKey, undefined, span.statusMessage, value, span.sensitiveOptions),
      });
  }

  merge(other: SensitiveValues): void {
    this.#tally.merge(other.#tally);
  }

  list() {
    return this.#tally.list();
  }

  #add(
    span: ObservedSpan,
    carrier: SensitiveValue['carrier'],
    { key, text, hits }: Omit<ReadAttribute, 'type'>,
  ): void {
    for (const hit of hits) {
      // A resource is the same for all spans of a process.
      const origin = carrier === 'resource' ? span.group.serviceName : span.group.key;
      this.#tally.add(`${origin}\n${carrier}\n${key}\n${hit.detector}`, span, () => ({
        ...{ group: span.group, attributeKey: key, carrier, hit },
        valueHash: hashOf(text),
        severalValues: false,
      }));
    }
  }
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
