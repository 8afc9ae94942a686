import type { Segment } from '../segment.ts';
import type { SegmentColumns } from '../segmentColumns.ts';
import { SealedRows, type SealedTables } from './sealedRows.ts';
import type { SegmentCompactor } from './segmentCompactor.ts';

/** Bytes that `sealSegment` needs for a segment that was taken apart. */
export function sealedBytes({ count }: Segment, compactor: SegmentCompactor): number {
  const { entries, layouts, wholeRows } = compactor;
  const { keys } = entries;
  const starts = 2 * (count + 1) + entries.size + keys.size + layouts.size + 3;
  const words = 11 * count + starts + wholeRows.length;
  const halfWords = compactor.attributeStart[count] + entries.size;
  const dictionaries = entries.byteLength + keys.byteLength + layouts.byteLength;
  const bytes = 2 * count + dictionaries + compactor.restStart[count];
  return 8 * count + 4 * words + 2 * halfWords + bytes;
}

/**
 * Moves a segment that was taken apart into `buffer`, which must have `sealedBytes`. Returns the memory of its slab and
 * columns.
 */
export function sealSegment(
  segment: Segment,
  compactor: SegmentCompactor,
  buffer: ArrayBuffer,
  tables: SealedTables,
): Segment {
  const { count } = segment;
  const { entries, layouts } = compactor;
  const { keys } = entries;
  let used = 0;
  const place = (bytes: number): number => {
    used += bytes;
    return used - bytes;
  };
  const words = (from: Uint32Array | readonly number[], length: number): Uint32Array<ArrayBuffer> => {
    const to = new Uint32Array(buffer, place(4 * length), length);
    to.set(from instanceof Uint32Array ? from.subarray(0, length) : from);
    return to;
  };
  const halfWords = (from: Uint16Array, length: number): Uint16Array => {
    const to = new Uint16Array(buffer, place(2 * length), length);
    to.set(from.subarray(0, length));
    return to;
  };
  const bytes = (from: Uint8Array, length: number): Uint8Array<ArrayBuffer> => {
    const to = new Uint8Array(buffer, place(length), length);
    to.set(from.subarray(0, length));
    return to;
  };

  // Widest first: then everything lies where its width allows it to.
  const duration = new Float64Array(buffer, place(8 * count), count);
  duration.set(segment.duration.subarray(0, count));
  const columns: Omit<SegmentColumns, 'kindStatus'> = {
    duration,
    trace: words(segment.trace, count),
    spanId: words(segment.spanId, 2 * count),
    parentSpanId: words(segment.parentSpanId, 2 * count),
    startLow: words(segment.startLow, count),
    startHigh: words(segment.startHigh, count),
    name: words(segment.name, count),
    resource: words(segment.resource, count),
    scope: words(segment.scope, count),
    next: words(segment.next, count),
  };
  const attributeStart = words(compactor.attributeStart, count + 1);
  const restStart = words(compactor.restStart, count + 1);
  const entryStart = words(noWords, entries.size + 1);
  const keyStart = words(noWords, keys.size + 1);
  const layoutStart = words(noWords, layouts.size + 1);
  const wholeRows = words(compactor.wholeRows, compactor.wholeRows.length);
  const attributes = halfWords(compactor.attributes, attributeStart[count]);
  const entryKey = halfWords(entries.keyOf, entries.size);
  const kindStatus = bytes(segment.kindStatus, count);
  const layout = bytes(compactor.layout, count);
  const entryBytes = bytes(noBytes, entries.byteLength);
  const keyBytes = bytes(noBytes, keys.byteLength);
  const layoutBytes = bytes(noBytes, layouts.byteLength);
  const rest = bytes(compactor.rest, restStart[count]);
  entries.writeTo(entryBytes, entryStart);
  keys.writeTo(keyBytes, keyStart);
  layouts.writeTo(layoutBytes, layoutStart);

  const sealed = new SealedRows(tables, {
    ...{ buffer, attributeStart, attributes, entryStart, entries: entryBytes, entryKey },
    ...{ keyStart, keys: keyBytes, layoutStart, layouts: layoutBytes, layout, restStart, rest, wholeRows },
  });
  return segment.seal(sealed, { ...columns, kindStatus });
}

const noWords = new Uint32Array(0);
const noBytes = new Uint8Array(0);
