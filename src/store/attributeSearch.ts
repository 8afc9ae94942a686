import { hasAttributeKey, readAttributeKey, readAttributeValue } from '../decode/otlp/readKeyValue.ts';
import { visitSpanAttributes } from '../decode/otlp/readSpanParts.ts';
import type { AnyValue } from '../model/anyValue.ts';
import type { Segment } from './segment.ts';

const utf8 = new TextDecoder();

/**
 * Marks the rows whose span has an attribute `key` (UTF-8) that passes the test: 1 in `rows` for a live row that does, 0 for
 * others up to `segment.count`. Of a repeated key the last counts; what cannot be read is absent. Returns how many do.
 */
export function rowsWithAttribute(
  segment: Segment,
  key: Uint8Array,
  test: (value: AnyValue) => boolean,
  rows: Uint8Array,
): number {
  let found = 0;
  for (let row = 0; row < segment.count; row++) {
    rows[row] = segment.isLive(row) && rawRowHas(segment.bytes(row), key, test) ? 1 : 0;
    found += rows[row];
  }
  return found;
}

/** Adds up in how many places live spans have each key. Of keys that are not in `counts`, at most `most` in all come in. */
export function countAttributeKeys(segment: Segment, counts: Map<string, number>, most: number): void {
  for (let row = 0; row < segment.count; row++) {
    if (!segment.isLive(row)) continue;
    const span = segment.bytes(row);
    visitSpanAttributes(span, (from, to) => addKey(counts, readAttributeKey(span, from, to), 1, most));
  }
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
  for (let row = 0; row < segment.count; row++) {
    if (!segment.isLive(row)) continue;
    const span = segment.bytes(row);
    visitSpanAttributes(span, (from, to) => {
      if (hasAttributeKey(span, from, to, key)) addValue(counts, span.subarray(from, to), 1, most);
    });
  }
}

function rawRowHas(span: Uint8Array, key: Uint8Array, test: (value: AnyValue) => boolean): boolean {
  let last: AnyValue | undefined;
  visitSpanAttributes(span, (from, to) => {
    if (hasAttributeKey(span, from, to, key)) last = readAttributeValue(span.subarray(from, to)) ?? last;
  });
  return last !== undefined && test(last);
}

function addKey(
  counts: Map<string, number>,
  bytes: Uint8Array | undefined,
  count: number,
  most: number,
): void {
  if (bytes === undefined) return;
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
