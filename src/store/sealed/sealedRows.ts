import { skipField } from '../../decode/protobuf/wire.ts';
import type { ByteDictionary } from '../byteDictionary.ts';
import type { SegmentColumns } from '../segmentColumns.ts';
import { kindOf } from '../spanRef.ts';
import type { TraceTable } from '../traceTable.ts';
import { addDuration, layoutCodes, spanTags, varintBytes, wholeLayout, writeVarint } from './spanLayout.ts';

/** Of an entry that is no readable `KeyValue`: it has no key. */
export const noKey = 0xffff;

/** Where a sealed segment's rows find what their columns do not hold. */
export interface SealedTables {
  readonly traces: TraceTable;
  readonly names: ByteDictionary;
}

/** Lists of byte ranges are two columns: bytes of item `i` are `bytes[start[i] … start[i + 1]]`. */
export interface SealedParts {
  /** Holds all that follows, and the columns of the segment. */
  readonly buffer: ArrayBuffer;
  /** Ids of the attributes of row `r`, in their order: `attributes[attributeStart[r] … attributeStart[r + 1]]`. */
  readonly attributeStart: Uint32Array;
  readonly attributes: Uint16Array;
  /** By id, distinct `KeyValue` messages, */
  readonly entryStart: Uint32Array;
  readonly entries: Uint8Array;
  /** and their keys, or `noKey`. */
  readonly entryKey: Uint16Array;
  /** Distinct keys, UTF-8. */
  readonly keyStart: Uint32Array;
  readonly keys: Uint8Array;
  /** Distinct layouts, codes each. */
  readonly layoutStart: Uint32Array;
  readonly layouts: Uint8Array;
  /** Layout of each row, or `wholeLayout`. */
  readonly layout: Uint8Array;
  /** The rest of each row: fields of its message; all of them if it is kept whole. */
  readonly restStart: Uint32Array;
  readonly rest: Uint8Array;
  /** Rows that are kept whole. */
  readonly wholeRows: Uint32Array;
}

/**
 * What the messages of a sealed segment hold beside the columns: each distinct attribute once, and per row the ids of its
 * attributes and the bytes of the rest. `bytes` puts a message together again, byte for byte.
 */
export class SealedRows {
  readonly parts: SealedParts;
  readonly #tables: SealedTables;

  constructor(tables: SealedTables, parts: SealedParts) {
    this.#tables = tables;
    this.parts = parts;
  }

  /** A `KeyValue` message. */
  entryBytes(id: number): Uint8Array {
    const { entries, entryStart } = this.parts;
    return entries.subarray(entryStart[id], entryStart[id + 1]);
  }

  keyBytes(id: number): Uint8Array {
    const { keys, keyStart } = this.parts;
    return keys.subarray(keyStart[id], keyStart[id + 1]);
  }

  /** Whether a row's message is kept whole, its attributes in no dictionary. */
  isWhole(row: number): boolean {
    return this.parts.layout[row] === wholeLayout;
  }

  /** See `Segment.rest`. */
  restOf(row: number): Uint8Array {
    const { rest, restStart } = this.parts;
    return rest.subarray(restStart[row], restStart[row + 1]);
  }

  /** The message of a live row as it was received. */
  bytes(segment: SegmentColumns, row: number): Uint8Array {
    if (this.isWhole(row)) return this.restOf(row);
    const bytes = Buffer.allocUnsafe(this.messageBytes(segment, row));
    this.copyMessage(segment, row, bytes, 0);
    return bytes;
  }

  /** The length of a row's message. */
  messageBytes(segment: SegmentColumns, row: number): number {
    const { layout, layoutStart, layouts, restStart } = this.parts;
    let length = restStart[row + 1] - restStart[row];
    if (this.isWhole(row)) return length;
    const last = layoutStart[layout[row] + 1];
    for (let i = layoutStart[layout[row]]; i < last; i++) length += this.#partBytes(layouts[i], segment, row);
    return length;
  }

  /** Writes the message of a live row into `target` at `offset`. */
  copyMessage(segment: SegmentColumns, row: number, target: Uint8Array, offset: number): void {
    const { layout, layoutStart, layouts, rest, restStart } = this.parts;
    if (this.isWhole(row)) {
      target.set(this.restOf(row), offset);
      return;
    }
    const { names, traces } = this.#tables;
    const last = layoutStart[layout[row] + 1];
    const restEnd = restStart[row + 1];
    let at = offset;
    let restAt = restStart[row];
    for (let i = layoutStart[layout[row]]; i < last; i++) {
      const code = layouts[i];
      switch (code) {
        case spanTags.traceId:
          at = writeWords(target, writeTag(target, at, code, 16), traces.id, 4 * segment.trace[row], 4);
          break;
        case spanTags.spanId:
          at = writeWords(target, writeTag(target, at, code, 8), segment.spanId, 2 * row, 2);
          break;
        case spanTags.parent:
          at = writeWords(target, writeTag(target, at, code, 8), segment.parentSpanId, 2 * row, 2);
          break;
        case spanTags.name: {
          const name = names.bytes(segment.name[row]);
          at = writeBytes(target, writeTag(target, at, code, name.length), name, 0, name.length);
          break;
        }
        case spanTags.kind:
          at = writeTag(target, at, code, kindOf(segment.kindStatus[row]));
          break;
        case spanTags.start:
          target[at] = code;
          at = writeWord(target, at + 1, segment.startLow[row]);
          at = writeWord(target, at, segment.startHigh[row]);
          break;
        case spanTags.end:
          addDuration(segment.startLow[row], segment.startHigh[row], segment.duration[row], endWords);
          target[at] = code;
          at = writeWords(target, at + 1, endWords, 0, 2);
          break;
        case layoutCodes.attributes:
          at = this.#writeAttributes(target, at, row);
          break;
        default: {
          const to = code === layoutCodes.restField ? skipField(rest, restAt, restEnd) : restEnd;
          at = writeBytes(target, at, rest, restAt, to);
          restAt = to;
        }
      }
    }
  }

  /** What a part takes that is not in the rest. */
  #partBytes(code: number, segment: SegmentColumns, row: number): number {
    switch (code) {
      case spanTags.traceId:
        return 18;
      case spanTags.spanId:
      case spanTags.parent:
        return 10;
      case spanTags.name: {
        const length = this.#tables.names.lengthOf(segment.name[row]);
        return 1 + varintBytes(length) + length;
      }
      case spanTags.kind:
        return 2;
      case spanTags.start:
      case spanTags.end:
        return 9;
      case layoutCodes.attributes: {
        const { attributeStart, attributes, entryStart } = this.parts;
        let sum = 0;
        for (let i = attributeStart[row]; i < attributeStart[row + 1]; i++) {
          const size = entryStart[attributes[i] + 1] - entryStart[attributes[i]];
          sum += 1 + varintBytes(size) + size;
        }
        return sum;
      }
      default:
        return 0;
    }
  }

  #writeAttributes(target: Uint8Array, from: number, row: number): number {
    const { attributeStart, attributes, entryStart, entries } = this.parts;
    let at = from;
    for (let i = attributeStart[row]; i < attributeStart[row + 1]; i++) {
      const start = entryStart[attributes[i]];
      const end = entryStart[attributes[i] + 1];
      at = writeTag(target, at, spanTags.attribute, end - start);
      at = writeBytes(target, at, entries, start, end);
    }
    return at;
  }
}

const endWords = new Uint32Array(2);

/** A tag, and the length of its value or a small value. */
function writeTag(target: Uint8Array, at: number, tag: number, value: number): number {
  target[at] = tag;
  return writeVarint(target, at + 1, value);
}

/** Parts of more bytes are copied faster by `set`: for shorter ones, making the view takes longer than the bytes. */
const longPart = 96;

function writeBytes(target: Uint8Array, at: number, part: Uint8Array, from: number, end: number): number {
  if (end - from > longPart) target.set(part.subarray(from, end), at);
  else for (let i = from, to = at; i < end; i++, to++) target[to] = part[i];
  return at + end - from;
}

function writeWords(target: Uint8Array, at: number, words: Uint32Array, from: number, count: number): number {
  let to = at;
  for (let i = from; i < from + count; i++) to = writeWord(target, to, words[i]);
  return to;
}

function writeWord(target: Uint8Array, at: number, word: number): number {
  target[at] = word;
  target[at + 1] = word >>> 8;
  target[at + 2] = word >>> 16;
  target[at + 3] = word >>> 24;
  return at + 4;
}
