import { hasAttributeKey, readAttributeKey, readAttributeValue } from '../decode/otlp/readKeyValue.ts';
import { readLastAttribute, visitSpanAttributes } from '../decode/otlp/readSpanParts.ts';
import type { AnyValue } from '../model/anyValue.ts';
import type { SealedRows } from './sealed/sealedRows.ts';
import type { Segment } from './segment.ts';
import { noTrace } from './spanRef.ts';

const utf8 = new TextDecoder();

/** What an entry of a sealed segment says of a row that has it. */
const [ofOtherKey, fails, passes] = [0, 1, 2];

/**
 * Marks the rows whose span has an attribute `key` (UTF-8) that passes the test: 1 in `rows` for a live row that does, 0 for
 * others up to `segment.count`. Of a repeated key the last counts; what cannot be read is absent. Returns how many do. The
 * test is asked once per distinct attribute of a sealed segment.
 */
export function rowsWithAttribute(
  segment: Segment,
  key: Uint8Array,
  test: (value: AnyValue) => boolean,
  rows: Uint8Array,
): number {
  const { sealed, count, trace } = segment;
  if (sealed === undefined) {
    let found = 0;
    for (let row = 0; row < count; row++) {
      rows[row] = trace[row] !== noTrace && rawRowHas(segment.bytes(row), key, test) ? 1 : 0;
      found += rows[row];
    }
    return found;
  }
  rows.fill(0, 0, count);
  let found = markEntries(segment, sealed, verdicts(sealed, key, test), rows);
  for (const row of sealed.parts.wholeRows) {
    if (trace[row] === noTrace || !rawRowHas(sealed.restOf(row), key, test)) continue;
    rows[row] = 1;
    found++;
  }
  return found;
}

/** Whether a span of the segment may have an attribute with this key. Costs little when it is sealed. */
export function mayHaveAttribute({ sealed }: Segment, key: Uint8Array): boolean {
  return sealed === undefined || sealed.parts.wholeRows.length > 0 || keyIdOf(sealed, key) >= 0;
}

/** Adds up in how many places live spans have each key. Of keys that are not in `counts`, at most `most` in all come in. */
export function countAttributeKeys(segment: Segment, counts: Map<string, number>, most: number): void {
  const { sealed } = segment;
  if (sealed !== undefined) {
    const { entryKey } = sealed.parts;
    const ofKey = new Map<number, number>();
    for (const [entry, count] of entryCounts(segment, sealed).entries())
      if (count > 0) ofKey.set(entryKey[entry], (ofKey.get(entryKey[entry]) ?? 0) + count);
    for (const [id, count] of ofKey)
      if (id < sealed.parts.keyStart.length - 1) addKey(counts, sealed.keyBytes(id), count, most);
  }
  visitWholeMessages(segment, span =>
    visitSpanAttributes(span, (from, to) => {
      const key = readAttributeKey(span, from, to);
      if (key !== undefined) addKey(counts, key, 1, most);
    }),
  );
}

export interface CountedValue {
  readonly value: AnyValue;
  count: number;
}

/** Adds up the values that live spans have for a key, by their bytes as text; at most `most` values in all. */
export function countAttributeValues(
  segment: Segment,
  key: Uint8Array,
  counts: Map<string, CountedValue>,
  most: number,
): void {
  const { sealed } = segment;
  const keyId = sealed === undefined ? -1 : keyIdOf(sealed, key);
  if (sealed !== undefined && keyId >= 0) {
    const { entryKey } = sealed.parts;
    for (const [entry, count] of entryCounts(segment, sealed).entries())
      if (count > 0 && entryKey[entry] === keyId) addValue(counts, sealed.entryBytes(entry), count, most);
  }
  visitWholeMessages(segment, span =>
    visitSpanAttributes(span, (from, to) => {
      if (hasAttributeKey(span, from, to, key)) addValue(counts, span.subarray(from, to), 1, most);
    }),
  );
}

function keyIdOf(sealed: SealedRows, key: Uint8Array): number {
  const keys = sealed.parts.keyStart.length - 1;
  for (let id = 0; id < keys; id++) if (Buffer.compare(sealed.keyBytes(id), key) === 0) return id;
  return -1;
}

/** By entry; undefined if none passes. */
function verdicts(
  sealed: SealedRows,
  key: Uint8Array,
  test: (value: AnyValue) => boolean,
): Uint8Array | undefined {
  const keyId = keyIdOf(sealed, key);
  if (keyId < 0) return undefined;
  const { entryKey } = sealed.parts;
  const byEntry = new Uint8Array(entryKey.length).fill(ofOtherKey);
  let any = false;
  for (let entry = 0; entry < entryKey.length; entry++) {
    if (entryKey[entry] !== keyId) continue;
    const value = readAttributeValue(sealed.entryBytes(entry));
    if (value === undefined) continue;
    byEntry[entry] = test(value) ? passes : fails;
    any ||= byEntry[entry] === passes;
  }
  return any ? byEntry : undefined;
}

function markEntries(
  { trace, count }: Segment,
  { parts: { attributeStart, attributes } }: SealedRows,
  byEntry: Uint8Array | undefined,
  rows: Uint8Array,
): number {
  if (byEntry === undefined) return 0;
  let found = 0;
  let first = 0;
  for (let row = 0; row < count; row++) {
    const end = attributeStart[row + 1];
    // From the end: of a repeated key the last counts.
    for (let i = end - 1; i >= first; i--) {
      const verdict = byEntry[attributes[i]];
      if (verdict === ofOtherKey) continue;
      if (verdict === passes && trace[row] !== noTrace) {
        rows[row] = 1;
        found++;
      }
      break;
    }
    first = end;
  }
  return found;
}

/** How often live rows have each entry. */
function entryCounts({ trace, count }: Segment, { parts }: SealedRows): Uint32Array {
  const { attributeStart, attributes, entryKey } = parts;
  const counts = new Uint32Array(entryKey.length);
  for (let row = 0; row < count; row++) {
    if (trace[row] === noTrace) continue;
    for (let i = attributeStart[row]; i < attributeStart[row + 1]; i++) counts[attributes[i]]++;
  }
  return counts;
}

/** Messages of live rows whose attributes are in no dictionary. */
function visitWholeMessages(segment: Segment, visit: (span: Uint8Array) => void): void {
  const { sealed } = segment;
  if (sealed === undefined) {
    for (let row = 0; row < segment.count; row++) if (segment.isLive(row)) visit(segment.bytes(row));
    return;
  }
  for (const row of sealed.parts.wholeRows) if (segment.isLive(row)) visit(sealed.restOf(row));
}

function rawRowHas(span: Uint8Array, key: Uint8Array, test: (value: AnyValue) => boolean): boolean {
  const value = readLastAttribute(span, key);
  return value !== undefined && test(value);
}

function addKey(counts: Map<string, number>, bytes: Uint8Array, count: number, most: number): void {
  const key = utf8.decode(bytes);
  const known = counts.get(key);
  if (known === undefined && counts.size >= most) return;
  counts.set(key, (known ?? 0) + count);
}

function addValue(
  counts: Map<string, CountedValue>,
  attribute: Uint8Array,
  count: number,
  most: number,
): void {
  const id = Buffer.from(attribute.buffer, attribute.byteOffset, attribute.length).toString('latin1');
  const known = counts.get(id);
  if (known !== undefined) {
    known.count += count;
    return;
  }
  if (counts.size >= most) return;
  const value = readAttributeValue(attribute);
  if (value !== undefined) counts.set(id, { value, count });
}
