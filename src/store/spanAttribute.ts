import { readAttributeValue } from '../decode/otlp/readKeyValue.ts';
import { KeySet, readSpanAttribute } from '../decode/otlp/readSpanParts.ts';
import type { AnyValue } from '../model/anyValue.ts';
import type { SealedRows } from './sealed/sealedRows.ts';
import type { Segment } from './segment.ts';

/** Reads one attribute of one span after the other; of a repeated key the last counts. */
export class SpanAttribute {
  readonly #key: Uint8Array;
  readonly #keys: KeySet;
  /** The sealed segment in hand: id of the key there (−1: no span has it), and the values by entry. */
  #sealed: SealedRows | undefined;
  #keyId = -1;
  #values = new Map<number, AnyValue | undefined>();

  constructor(key: string) {
    this.#key = Buffer.from(key);
    this.#keys = new KeySet([key]);
  }

  /** Undefined if the span does not have it, or has it malformed. */
  read(segment: Segment, row: number): AnyValue | undefined {
    const { sealed } = segment;
    if (sealed === undefined) return readSpanAttribute(segment.bytes(row), this.#keys);
    if (sealed !== this.#sealed) this.#take(sealed);
    // Rows that are kept whole have their attributes in the rest.
    const rest = sealed.parts.wholeRows.length === 0 ? undefined : sealed.restOf(row);
    const { attributeStart, attributes, entryKey } = sealed.parts;
    if (this.#keyId >= 0)
      for (let i = attributeStart[row + 1] - 1; i >= attributeStart[row]; i--)
        if (entryKey[attributes[i]] === this.#keyId) return this.#valueOf(sealed, attributes[i]);
    return rest === undefined ? undefined : readSpanAttribute(rest, this.#keys);
  }

  #take(sealed: SealedRows): void {
    this.#sealed = sealed;
    this.#values.clear();
    this.#keyId = -1;
    const keys = sealed.parts.keyStart.length - 1;
    for (let id = 0; id < keys && this.#keyId < 0; id++)
      if (Buffer.compare(sealed.keyBytes(id), this.#key) === 0) this.#keyId = id;
  }

  #valueOf(sealed: SealedRows, entry: number): AnyValue | undefined {
    let value = this.#values.get(entry);
    if (value === undefined && !this.#values.has(entry)) {
      value = readAttributeValue(sealed.entryBytes(entry));
      this.#values.set(entry, value);
    }
    return value;
  }
}
