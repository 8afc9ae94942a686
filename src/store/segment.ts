import { noTrace } from './spanRef.ts';

/**
 * Spans in the order of their arrival: header fields in columns, whole `Span` messages in one slab.
 * Rows `0 … count` are used. A row whose trace was dropped stays as a dead row: `trace[row] === noTrace`.
 */
export class Segment {
  readonly slot: number;
  /** Bytes of the `Span` messages; rows point into it. */
  readonly slab: Uint8Array;
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

  /** Row in the store's `TraceTable`, or `noTrace`. */
  trace = new Uint32Array(0);
  /** Two little-endian words at `2 * row`. */
  spanId = new Uint32Array(0);
  /** Two little-endian words at `2 * row`; zeros for a root. */
  parentSpanId = new Uint32Array(0);
  /** Nanoseconds since 1970, exact, as two words; 0 if the sender gave none. */
  startLow = new Uint32Array(0);
  startHigh = new Uint32Array(0);
  /** End − start, nanoseconds; negative if the sender said so, NaN if there is no end yet. */
  duration = new Float64Array(0);
  /** Id in `TraceStore.names`. */
  name = new Uint32Array(0);
  /** Id in `TraceStore.resources`. */
  resource = new Uint32Array(0);
  /** Id in `TraceStore.scopes`. */
  scope = new Uint32Array(0);
  /** See `kindOf`, `statusOf`, `isDuplicate`. */
  kindStatus = new Uint8Array(0);
  /** Next span of the same trace, `noSpan` at the end. */
  next = new Uint32Array(0);
  offset = new Uint32Array(0);
  length = new Uint32Array(0);

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

  /** The `Span` message as received, in protobuf: a view that is valid until the span is evicted. */
  bytes(row: number): Uint8Array {
    return this.slab.subarray(this.offset[row], this.offset[row] + this.length[row]);
  }

  isLive(row: number): boolean {
    return this.trace[row] !== noTrace;
  }

  /** Bytes held: slab and columns, used or not. */
  get heldBytes(): number {
    return this.slab.byteLength + this.capacity * columnBytes;
  }

  /** Makes room for `rows` rows in all, keeping what is there. */
  reserve(rows: number): void {
    if (rows <= this.capacity) return;
    const wider32 = (old: Uint32Array, width = 1): Uint32Array<ArrayBuffer> => {
      const column = new Uint32Array(rows * width);
      column.set(old);
      return column;
    };
    this.trace = wider32(this.trace);
    this.spanId = wider32(this.spanId, 2);
    this.parentSpanId = wider32(this.parentSpanId, 2);
    this.startLow = wider32(this.startLow);
    this.startHigh = wider32(this.startHigh);
    const duration = new Float64Array(rows);
    duration.set(this.duration);
    this.duration = duration;
    this.name = wider32(this.name);
    this.resource = wider32(this.resource);
    this.scope = wider32(this.scope);
    const kindStatus = new Uint8Array(rows);
    kindStatus.set(this.kindStatus);
    this.kindStatus = kindStatus;
    this.next = wider32(this.next);
    this.offset = wider32(this.offset);
    this.length = wider32(this.length);
    this.capacity = rows;
  }
}

/** Bytes of all columns per row: 13 words (ids two each), one double, one byte. */
const columnBytes = 13 * 4 + 8 + 1;
