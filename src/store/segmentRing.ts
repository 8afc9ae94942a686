import { SealedBuffers } from './sealed/sealedBuffers.ts';
import { Segment } from './segment.ts';
import { maximumRows, maximumSegments } from './spanRef.ts';

/** Of a slab at the default budget, and the share of a small budget that one slab takes. */
const largestSlab = 8 << 20;
const budgetShare = 8;
const smallestSlab = 16 << 10;
/** Spans of OpenTelemetry SDKs take about 450 bytes: at this ratio, rows and slab fill together (16,384 rows in 8 MiB). */
const bytesPerRow = 512;
/** A segment of small spans may have this many times its usual rows. */
const rowGrowth = 4;

/** The segments in the order of their filling, and the memory they are made of, which is used again. */
export class SegmentRing {
  readonly slabBytes: number;
  /** By slot. */
  readonly bySlot: (Segment | undefined)[] = [];
  /** Oldest first; the last is being filled, unless it is full. */
  readonly order: Segment[] = [];
  /** Memory of sealed segments. */
  readonly buffers: SealedBuffers;
  readonly #rows: number;
  readonly #freeSlots: number[] = [];
  #spare: Segment | undefined;

  constructor(budgetBytes: number) {
    this.slabBytes = Math.min(largestSlab, Math.max(smallestSlab, Math.floor(budgetBytes / budgetShare)));
    this.#rows = Math.floor(this.slabBytes / bytesPerRow);
    this.buffers = new SealedBuffers(this.slabBytes);
  }

  /** Walks the segments: there are few hundred even at the largest budgets. Asked after each request, hence a loop. */
  get heldBytes(): number {
    let sum = (this.#spare?.heldBytes ?? 0) + this.buffers.heldBytes;
    for (let i = 0; i < this.order.length; i++) sum += this.order[i].heldBytes;
    return sum;
  }

  /** Of them, what is not in use: memory kept for the next segments, and what is left of the one being filled. */
  get unusedBytes(): number {
    return (this.#spare?.heldBytes ?? 0) + this.buffers.heldBytes + (this.current?.unusedBytes ?? 0);
  }

  /** The segment being filled. */
  get current(): Segment | undefined {
    const last = this.order.at(-1);
    return last === undefined || last.full ? undefined : last;
  }

  /** What the next `open` will add to `heldBytes`. */
  costOfOpening(messageBytes: number): number {
    if (messageBytes > this.slabBytes) return messageBytes + 1024;
    return this.#spare === undefined ? this.segmentBytes : 0;
  }

  /** What a segment of the usual size takes before it is sealed. */
  get segmentBytes(): number {
    return this.slabBytes + this.#rows * 64;
  }

  get exhausted(): boolean {
    return this.#freeSlots.length === 0 && this.bySlot.length >= maximumSegments;
  }

  /** Closes the current segment and begins one with room for a message; a huge one gets a slab of its own size. */
  open(messageBytes: number): Segment {
    this.close();
    const slot = this.#freeSlots.pop() ?? this.bySlot.length;
    let segment: Segment;
    if (messageBytes > this.slabBytes) {
      segment = new Segment(slot, new Uint8Array(messageBytes), 8);
    } else if (this.#spare !== undefined) {
      segment = Segment.reusing(slot, this.#spare);
      this.#spare = undefined;
    } else {
      segment = new Segment(slot, new Uint8Array(this.slabBytes), this.#rows);
    }
    this.bySlot[slot] = segment;
    this.order.push(segment);
    return segment;
  }

  close(): void {
    const current = this.current;
    if (current !== undefined) current.full = true;
  }

  /** Rows a segment may still take. */
  rowsLeft(segment: Segment): number {
    return Math.min(this.#rows * rowGrowth, maximumRows) - segment.count;
  }

  /** Takes the oldest segment out of the order; its rows stay readable until `release`. */
  takeOldest(): Segment | undefined {
    const oldest = this.order.shift();
    if (oldest !== undefined) oldest.full = true;
    return oldest;
  }

  /** Gives up a segment that was taken; its memory serves the next one. */
  release(segment: Segment): void {
    this.bySlot[segment.slot] = undefined;
    this.#freeSlots.push(segment.slot);
    if (segment.sealed === undefined) this.keep(segment);
    else this.buffers.give(segment.sealed.parts.buffer);
  }

  /** Keeps slab and columns of a segment that is not used any more for the next one, if there are none yet. */
  keep(memory: Segment): void {
    if (memory.slab.length === this.slabBytes) this.#spare ??= memory;
  }

  /** Gives memory kept for the next segments back. */
  dropSpares(): void {
    this.#spare = undefined;
    this.buffers.drop();
  }

  clear(): void {
    for (let oldest = this.takeOldest(); oldest !== undefined; oldest = this.takeOldest())
      this.release(oldest);
    this.dropSpares();
  }
}
