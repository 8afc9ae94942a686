import type { SealedRows } from './sealed/sealedRows.ts';
import type { SegmentColumns } from './segmentColumns.ts';
import { noTrace } from './spanRef.ts';

/** Rows of a block, of which `Segment.blockResources` tells. */
export const rowsOfBlock = 64;

/**
 * Spans in the order of their arrival: header fields in columns, whole `Span` messages in one slab. A full segment may be
 * sealed: then it has columns of just the size that it needs, and its messages are in `sealed` instead of the slab.
 * Rows `0 … count` are used. A row whose trace was dropped stays as a dead row: `trace[row] === noTrace`.
 */
export class Segment implements SegmentColumns {
  readonly slot: number;
  /** Bytes of the `Span` messages; rows point into it. Empty when sealed. */
  slab: Uint8Array;
  sealed: SealedRows | undefined;
  /** Sealing it would not save anything. */
  unsealable = false;
  slabUsed = 0;
  count = 0;
  /** Rows that still belong to a trace. */
  live = 0;
  /** Nothing will be added any more: aggregates over it may be cached as long as `generation` stays. */
  full = false;
  /** Grows when rows are added or die. */
  generation = 0;
  /** The store's generation when its first row was added; rows of other segments that were carried over count as added. */
  firstGeneration = 0;
  capacity = 0;

  trace = new Uint32Array(0);
  spanId = new Uint32Array(0);
  parentSpanId = new Uint32Array(0);
  startLow = new Uint32Array(0);
  startHigh = new Uint32Array(0);
  duration = new Float64Array(0);
  name = new Uint32Array(0);
  resource = new Uint32Array(0);
  scope = new Uint32Array(0);
  kindStatus = new Uint8Array(0);
  next = new Uint32Array(0);
  /** Place of the message in the slab; empty when sealed. */
  offset = new Uint32Array(0);
  length = new Uint32Array(0);
  #blockResources: Uint32Array | undefined;
  #times: { rows: number; earliest: number; latest: number } | undefined;

  constructor(slot: number, slab: Uint8Array, capacity: number) {
    this.slot = slot;
    this.slab = slab;
    this.reserve(capacity);
  }

  /** An empty segment in the memory of another one, which must not be used any more. */
  static reusing(slot: number, old: Segment): Segment {
    const segment = new Segment(slot, old.slab, 0);
    const { trace, spanId, parentSpanId, startLow, startHigh, duration, name, resource, scope } = old;
    const { kindStatus, next, offset, length, capacity } = old;
    return Object.assign(segment, {
      ...{ trace, spanId, parentSpanId, startLow, startHigh, duration, name, resource, scope },
      ...{ kindStatus, next, offset, length, capacity },
    });
  }

  /** The `Span` message of a live row as received, in protobuf; valid until the span is evicted or its segment sealed. */
  bytes(row: number): Uint8Array {
    return this.sealed?.bytes(this, row) ?? this.#slabBytes(row);
  }

  /**
   * A part of the `Span` message with its trace state and all that is no header field and no attribute (events, links,
   * status, flags); of some rows, all of the message. Costs less than `bytes`.
   */
  rest(row: number): Uint8Array {
    return this.sealed?.restOf(row) ?? this.#slabBytes(row);
  }

  /** The length of a live row's message. */
  messageBytes(row: number): number {
    return this.sealed?.messageBytes(this, row) ?? this.length[row];
  }

  /** Writes the message of a live row into `target` at `offset`. */
  copyMessage(row: number, target: Uint8Array, offset: number): void {
    if (this.sealed !== undefined) this.sealed.copyMessage(this, row, target, offset);
    else target.set(this.#slabBytes(row), offset);
  }

  #slabBytes(row: number): Uint8Array {
    return this.slab.subarray(this.offset[row], this.offset[row] + this.length[row]);
  }

  isLive(row: number): boolean {
    return this.trace[row] !== noTrace;
  }

  /**
   * Which resources occur in each block of rows: bit `id % 32`. Requests bring many spans of one resource, so a block has few.
   * Undefined while rows may be added.
   */
  get blockResources(): Uint32Array | undefined {
    if (!this.full) return undefined;
    if (this.#blockResources === undefined) {
      const { count, resource } = this;
      const blocks = new Uint32Array(Math.ceil(count / rowsOfBlock));
      for (let row = 0; row < count; row++) blocks[(row / rowsOfBlock) | 0] |= 1 << (resource[row] & 31);
      this.#blockResources = blocks;
    }
    return this.#blockResources;
  }

  /** Between which instants its spans began and ended, dead ones too: nanoseconds since 1970, rounded outwards. */
  get times(): { readonly earliest: number; readonly latest: number } {
    if (this.#times?.rows === this.count) return this.#times;
    let earliest = Number.POSITIVE_INFINITY;
    let latest = 0;
    for (let row = 0; row < this.count; row++) {
      const start = this.startHigh[row] * 0x1_0000_0000 + this.startLow[row];
      if (start < earliest) earliest = start;
      const end = this.duration[row] > 0 ? start + this.duration[row] : start;
      if (end > latest) latest = end;
    }
    this.#times = { rows: this.count, earliest: earliest - doubleStep, latest: latest + doubleStep };
    return this.#times;
  }

  /** Takes over what it holds in sealed form, and returns the memory of its slab and columns for another segment. */
  seal(sealed: SealedRows, columns: SegmentColumns): Segment {
    const spare = Segment.reusing(this.slot, this);
    Object.assign(this, columns, { slab: noBytes, offset: noWords, length: noWords });
    this.sealed = sealed;
    this.capacity = this.count;
    return spare;
  }

  /** Bytes held: slab and columns, used or not. */
  get heldBytes(): number {
    if (this.sealed !== undefined) return this.sealed.parts.buffer.byteLength;
    return this.slab.byteLength + this.capacity * columnBytes;
  }

  get unusedBytes(): number {
    return this.slab.length - this.slabUsed + (this.capacity - this.count) * columnBytes;
  }

  /** Gives back so many bytes that are not in use, or all of them. */
  giveBack(bytes: number): void {
    const ofSlab = Math.min(bytes, this.slab.length - this.slabUsed);
    this.slab = this.slab.slice(0, this.slab.length - ofSlab);
    const rows = Math.ceil((bytes - ofSlab) / columnBytes);
    this.#resize(Math.max(this.count, this.capacity - rows));
  }

  /** Makes room for `rows` rows in all, keeping what is there. */
  reserve(rows: number): void {
    if (rows > this.capacity) this.#resize(rows);
  }

  #resize(rows: number): void {
    const { count } = this;
    const resized = (old: Uint32Array, width = 1): Uint32Array<ArrayBuffer> => {
      const column = new Uint32Array(rows * width);
      column.set(old.subarray(0, count * width));
      return column;
    };
    this.trace = resized(this.trace);
    this.spanId = resized(this.spanId, 2);
    this.parentSpanId = resized(this.parentSpanId, 2);
    this.startLow = resized(this.startLow);
    this.startHigh = resized(this.startHigh);
    const duration = new Float64Array(rows);
    duration.set(this.duration.subarray(0, count));
    this.duration = duration;
    this.name = resized(this.name);
    this.resource = resized(this.resource);
    this.scope = resized(this.scope);
    const kindStatus = new Uint8Array(rows);
    kindStatus.set(this.kindStatus.subarray(0, count));
    this.kindStatus = kindStatus;
    this.next = resized(this.next);
    this.offset = resized(this.offset);
    this.length = resized(this.length);
    this.capacity = rows;
  }
}

/** Bytes of all columns per row: 13 words (ids two each), one double, one byte. */
const columnBytes = 13 * 4 + 8 + 1;

/** Between doubles of the size of an instant: what an instant is rounded by, at most. */
const doubleStep = 512;

const noBytes = new Uint8Array(0);
const noWords = new Uint32Array(0);
