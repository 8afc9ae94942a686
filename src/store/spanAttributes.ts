import { readKeyValue } from '../decode/otlp/readKeyValue.ts';
import { readSpanAttributes } from '../decode/otlp/readSpanParts.ts';
import type { KeyValue } from '../model/anyValue.ts';
import type { SealedRows } from './sealed/sealedRows.ts';
import type { Segment } from './segment.ts';

/** Sealed segments whose attributes are remembered: a trace lies in few. */
const segmentsAtOnce = 4;

/**
 * Reads all attributes of one span after the other; malformed ones are left out. What two spans of a sealed segment have in
 * common is decoded once, and is the same object for both.
 */
export class SpanAttributes {
  /** By entry; the segment that was taken up last stands last. */
  readonly #known = new Map<SealedRows, Map<number, KeyValue | undefined>>();
  #last: { sealed: SealedRows; entries: Map<number, KeyValue | undefined> } | undefined;

  read(segment: Segment, row: number): readonly KeyValue[] {
    const { sealed } = segment;
    if (sealed === undefined || sealed.isWhole(row)) return readSpanAttributes(segment.rest(row));
    const entries = this.#entriesOf(sealed);
    const { attributeStart, attributes } = sealed.parts;
    const found: KeyValue[] = [];
    for (let i = attributeStart[row]; i < attributeStart[row + 1]; i++) {
      const entry = attributes[i];
      let attribute = entries.get(entry);
      if (attribute === undefined && !entries.has(entry)) {
        attribute = readKeyValue(sealed.entryBytes(entry));
        entries.set(entry, attribute);
      }
      if (attribute !== undefined) found.push(attribute);
    }
    return found;
  }

  #entriesOf(sealed: SealedRows): Map<number, KeyValue | undefined> {
    if (this.#last?.sealed === sealed) return this.#last.entries;
    const entries = this.#known.get(sealed) ?? new Map<number, KeyValue | undefined>();
    this.#known.delete(sealed);
    this.#known.set(sealed, entries);
    for (const [oldest] of this.#known) {
      if (this.#known.size <= segmentsAtOnce) break;
      this.#known.delete(oldest);
    }
    this.#last = { sealed, entries };
    return entries;
  }
}
