import { hasAttributeKey, readAttributeKey, readAttributeValue } from '../decode/otlp/readKeyValue.ts';
import { readLastAttribute, visitSpanAttributes } from '../decode/otlp/readSpanParts.ts';
import type { AnyValue } from '../model/anyValue.ts';
import { ByteDictionary } from './byteDictionary.ts';
import type { SealedRows } from './sealed/sealedRows.ts';
import type { Segment } from './segment.ts';
import { noTrace } from './spanRef.ts';

const utf8 = new TextDecoder();
/** Rows that are read before there may be a pause: a fraction of a millisecond. */
const rowsAtOnce = 512;

/** What an entry of a sealed segment says of a row that has it. */
const [ofOtherKey, fails, passes] = [0, 1, 2];

/**
 * Marks the rows whose span has an attribute `key` (UTF-8) that passes the test: 1 in `rows` for a live row that does, 0 for
 * others up to `segment.count`. Of a repeated key the last counts; what cannot be read is absent. The test is asked once per
 * distinct attribute of a sealed segment. Yields where there is a good place for a pause. Returns how many do.
 */
export function* rowsWithAttribute(
  segment: Segment,
  key: Uint8Array,
  test: (value: AnyValue) => boolean,
  rows: Uint8Array,
): Generator<void, number> {
  const { sealed, count, trace } = segment;
  let found = 0;
  if (sealed === undefined) {
    for (let row = 0; row < count; row++) {
      rows[row] = segment.isLive(row) && rawRowHas(segment.bytes(row), key, test) ? 1 : 0;
      found += rows[row];
      if (row % rowsAtOnce === rowsAtOnce - 1) yield;
    }
    return found;
  }
  rows.fill(0, 0, count);
  found = markEntries(segment, sealed, verdicts(sealed, key, test), rows);
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

/**
 * Adds up in how many places live spans have each key. Of keys that are not in `counts`, at most `most` in all come in. Yields
 * where there is a good place for a pause; goes on only with a segment that is still stored.
 */
export function* countAttributeKeys(
  segment: Segment,
  counts: Map<string, number>,
  most: number,
): Generator<void, void> {
  const { sealed } = segment;
  if (sealed !== undefined) {
    const { entryKey } = sealed.parts;
    const keys = sealed.parts.keyStart.length - 1;
    const ofKey = new Uint32Array(keys);
    const ofEntry = entryCounts(segment, sealed);
    for (let entry = 0; entry < ofEntry.length; entry++)
      if (entryKey[entry] < keys) ofKey[entryKey[entry]] += ofEntry[entry];
    for (let id = 0; id < keys; id++) if (ofKey[id] > 0) addKey(counts, sealed.keyBytes(id), ofKey[id], most);
  }
  const keys = new ByteDictionary();
  const ofKey: number[] = [];
  let bytes = new Uint8Array(0);
  let view = new DataView(bytes.buffer);
  yield* visitWholeMessages(segment, span =>
    visitSpanAttributes(span, (from, to) => {
      const key = readAttributeKey(span, from, to);
      if (key === undefined) return;
      if (key.buffer !== bytes.buffer) {
        bytes = new Uint8Array(key.buffer as ArrayBuffer);
        view = new DataView(bytes.buffer);
      }
      const id = keys.intern(bytes, view, key.byteOffset, key.length);
      ofKey[id] = (ofKey[id] ?? 0) + 1;
    }),
  );
  for (const [id, count] of ofKey.entries()) addKey(counts, keys.bytes(id), count, most);
}

export interface CountedValue {
  readonly value: AnyValue;
  count: number;
}

/** Adds up the values that live spans have for a key, by their bytes as text; at most `most` values in all. Yields as `countAttributeKeys`. */
export function* countAttributeValues(
  segment: Segment,
  key: Uint8Array,
  counts: Map<string, CountedValue>,
  most: number,
): Generator<void, void> {
  const { sealed } = segment;
  const keyId = sealed === undefined ? -1 : keyIdOf(sealed, key);
  if (sealed !== undefined && keyId >= 0) {
    const { entryKey } = sealed.parts;
    const ofEntry = entryCounts(segment, sealed);
    for (let entry = 0; entry < ofEntry.length; entry++)
      if (entryKey[entry] === keyId && ofEntry[entry] > 0)
        addValue(counts, sealed.entryBytes(entry), ofEntry[entry], most);
  }
  yield* visitWholeMessages(segment, span =>
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

/** Messages of live rows whose attributes are in no dictionary; of all rows that were not sealed when it began. */
function* visitWholeMessages(segment: Segment, visit: (span: Uint8Array) => void): Generator<void, void> {
  const rows = segment.sealed === undefined ? undefined : segment.sealed.parts.wholeRows;
  const count = rows?.length ?? segment.count;
  for (let i = 0; i < count; i++) {
    const row = rows?.[i] ?? i;
    if (segment.isLive(row)) visit(segment.bytes(row));
    if (i % rowsAtOnce === rowsAtOnce - 1) yield;
  }
  yield;
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
