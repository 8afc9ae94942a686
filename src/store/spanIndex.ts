import { hashWords } from './hash.ts';
import type { Segment } from './segment.ts';
import { noSpan, rowOf, type SpanRef, slotOf } from './spanRef.ts';

const initialPlaces = 256;
/** Of the block of a new trace. */
const smallestBlock = 4;
/** Room beside the blocks in use whenever the arena is made anew: doubling could take more than eviction makes free. */
const slack = 1.25;
/** Words by trace row: offset and places of the block, spans in it, and one that makes it a power of two. */
const [offsetAt, placesAt, usedAt, traceWords] = [0, 1, 2, 4];
const noBlock = 0xffffffff;

/**
 * (trace row, span id) → span. Every trace has a block of places of its own: open addressing with linear probing, at
 * most 3/5 full, twice as large whenever that is reached. Spans of a trace arrive together, so its block is in the
 * processor's cache (one table for all cost two misses a span, 150 ns at 512 MB), and dropping a trace is no search.
 * Reference and hash lie side by side, so that a probe and growing touch no segment.
 *
 * The first span under an id is entered under the hash of the id; later ones with other content under a hash that
 * includes the content, so that thousands of spans under one id cost no more than others.
 */
export class SpanIndex {
  count = 0;
  /** Blocks of `[reference, hash]` each; reference `noSpan` for an empty place. In a free block, first the next one. */
  #arena = new Uint32Array(initialPlaces * 2);
  /** Blocks lie below this, in words. */
  #end = 0;
  /** Words in free blocks. */
  #free = 0;
  /** Offset of the first free block by the logarithm of its places. */
  readonly #freeBlocks = new Uint32Array(32).fill(noBlock);
  /** By trace row. */
  #blocks = new Uint32Array(128 * traceWords);
  readonly #segments: readonly (Segment | undefined)[];

  /** `segments` by slot. */
  constructor(segments: readonly (Segment | undefined)[]) {
    this.#segments = segments;
  }

  get heldBytes(): number {
    return this.#arena.byteLength + this.#blocks.byteLength;
  }

  /** The first span under an id, or `noSpan`; `hash` is `idHash` of the same words. */
  find(traceRow: number, hash: number, idLow: number, idHigh: number): SpanRef {
    const places = this.#placesOf(traceRow);
    if (places === 0) return noSpan;
    return this.#arena[this.#placeOfId(traceRow, hash, idLow, idHigh)];
  }

  /** Makes room for a trace's first spans at once: growing to it took a tenth of the time of an append. */
  reserve(traceRow: number, spans: number): void {
    if (this.#placesOf(traceRow) === 0) this.#moveBlock(traceRow, placesFor(spans));
  }

  /** Enters the first span under an id, and returns `noSpan`; or returns the one that is known already. */
  add(traceRow: number, hash: number, idLow: number, idHigh: number, ref: SpanRef): SpanRef {
    this.#makeRoom(traceRow);
    const at = this.#placeOfId(traceRow, hash, idLow, idHigh);
    const known = this.#arena[at];
    if (known === noSpan) this.#enter(traceRow, at, hash, ref);
    return known;
  }

  /**
   * Enters a later span under an id, and returns `noSpan`; or returns the one of the trace whose message is exactly
   * `message`. `hash` is its `contentHash`.
   */
  addContent(traceRow: number, hash: number, message: Uint8Array, ref: SpanRef): SpanRef {
    this.#makeRoom(traceRow);
    const arena = this.#arena;
    const base = this.#blocks[traceRow * traceWords + offsetAt];
    const last = 2 * this.#placesOf(traceRow) - 2;
    let at = (2 * hash) & last;
    for (let known = arena[base + at]; known !== noSpan; known = arena[base + at]) {
      if (arena[base + at + 1] === hash) {
        const segment = this.#segments[slotOf(known)]!;
        if (Buffer.compare(segment.bytes(rowOf(known)), message) === 0) return known;
      }
      at = (at + 2) & last;
    }
    this.#enter(traceRow, base + at, hash, ref);
    return noSpan;
  }

  /** The span has moved. */
  replace(traceRow: number, hash: number, from: SpanRef, to: SpanRef): void {
    const arena = this.#arena;
    const base = this.#blocks[traceRow * traceWords + offsetAt];
    const mask = this.#placesOf(traceRow) - 1;
    for (let at = hash & mask; arena[base + 2 * at] !== noSpan; at = (at + 1) & mask) {
      if (arena[base + 2 * at] !== from) continue;
      arena[base + 2 * at] = to;
      return;
    }
  }

  /** Forgets all spans of a trace. */
  drop(traceRow: number): void {
    const places = this.#placesOf(traceRow);
    if (places === 0) return;
    const block = traceRow * traceWords;
    this.count -= this.#blocks[block + usedAt];
    this.#release(this.#blocks[block + offsetAt], places);
    this.#blocks[block + placesAt] = 0;
    this.#blocks[block + usedAt] = 0;
  }

  /** Gives memory back once most of it is unused. */
  shrink(): void {
    if (this.#arena.length > initialPlaces * 2 && (this.#end - this.#free) * 2 < this.#arena.length)
      this.#compact(0);
  }

  clear(): void {
    this.count = 0;
    this.#arena = new Uint32Array(initialPlaces * 2);
    this.#blocks = new Uint32Array(128 * traceWords);
    this.#end = 0;
    this.#free = 0;
    this.#freeBlocks.fill(noBlock);
  }

  /** 0 for a trace without spans. */
  #placesOf(traceRow: number): number {
    const at = traceRow * traceWords + placesAt;
    return at < this.#blocks.length ? this.#blocks[at] : 0;
  }

  /** Where in the arena the span under an id is, or would be. */
  #placeOfId(traceRow: number, hash: number, idLow: number, idHigh: number): number {
    const arena = this.#arena;
    const blocks = this.#blocks;
    const base = blocks[traceRow * traceWords + offsetAt];
    const last = 2 * blocks[traceRow * traceWords + placesAt] - 2;
    let at = (2 * hash) & last;
    for (let ref = arena[base + at]; ref !== noSpan; ref = arena[base + at]) {
      if (arena[base + at + 1] === hash) {
        const { spanId } = this.#segments[slotOf(ref)]!;
        const row = rowOf(ref);
        if (spanId[2 * row] === idLow && spanId[2 * row + 1] === idHigh) break;
      }
      at = (at + 2) & last;
    }
    return base + at;
  }

  #enter(traceRow: number, at: number, hash: number, ref: SpanRef): void {
    this.#arena[at] = ref;
    this.#arena[at + 1] = hash;
    this.#blocks[traceRow * traceWords + usedAt]++;
    this.count++;
  }

  #makeRoom(traceRow: number): void {
    const places = this.#placesOf(traceRow);
    if (places === 0) this.#moveBlock(traceRow, smallestBlock);
    else if ((this.#blocks[traceRow * traceWords + usedAt] + 1) * 5 > places * 3)
      this.#moveBlock(traceRow, 2 * places);
  }

  /** Gives a trace another block of empty places, and enters its spans there. */
  #moveBlock(traceRow: number, places: number): void {
    const block = traceRow * traceWords;
    if (block >= this.#blocks.length) this.#growBlocks(traceRow + 1);
    const old = this.#blocks[block + placesAt];
    const to = this.#allocate(places);
    // Read only now: allocating may move blocks.
    const from = this.#blocks[block + offsetAt];
    const arena = this.#arena;
    const last = 2 * places - 2;
    for (let at = 0; at <= last; at += 2) arena[to + at] = noSpan;
    for (let entry = from; entry < from + 2 * old; entry += 2) {
      if (arena[entry] === noSpan) continue;
      let at = (2 * arena[entry + 1]) & last;
      while (arena[to + at] !== noSpan) at = (at + 2) & last;
      arena[to + at] = arena[entry];
      arena[to + at + 1] = arena[entry + 1];
    }
    if (old > 0) this.#release(from, old);
    this.#blocks[block + offsetAt] = to;
    this.#blocks[block + placesAt] = places;
  }

  #growBlocks(rows: number): void {
    const blocks = new Uint32Array(Math.ceil(rows * slack) * traceWords);
    blocks.set(this.#blocks);
    this.#blocks = blocks;
  }

  #allocate(places: number): number {
    const size = logarithm(places);
    const free = this.#freeBlocks[size];
    if (free !== noBlock) {
      this.#freeBlocks[size] = this.#arena[free];
      this.#free -= 2 * places;
      return free;
    }
    if (this.#end + 2 * places > this.#arena.length) this.#compact(2 * places);
    const offset = this.#end;
    this.#end += 2 * places;
    return offset;
  }

  #release(offset: number, places: number): void {
    const size = logarithm(places);
    this.#arena[offset] = this.#freeBlocks[size];
    this.#freeBlocks[size] = offset;
    this.#free += 2 * places;
  }

  /** Moves the blocks in use into an arena without free ones, that has room for `words` more. */
  #compact(words: number): void {
    const old = this.#arena;
    const blocks = this.#blocks;
    const length = Math.ceil((this.#end - this.#free + words) * slack);
    const arena = new Uint32Array(Math.max(initialPlaces * 2, length));
    let end = 0;
    for (let block = 0; block < blocks.length; block += traceWords) {
      const from = blocks[block + offsetAt];
      const used = 2 * blocks[block + placesAt];
      // Most blocks are small: a loop is faster than a view of each.
      for (let word = 0; word < used; word++) arena[end + word] = old[from + word];
      blocks[block + offsetAt] = end;
      end += used;
    }
    this.#arena = arena;
    this.#end = end;
    this.#free = 0;
    this.#freeBlocks.fill(noBlock);
  }
}

/** Places of a block that these spans fill to at most 3/5. */
function placesFor(spans: number): number {
  let places = smallestBlock;
  while (spans * 5 > places * 3) places *= 2;
  return places;
}

/** Of a power of two. */
function logarithm(places: number): number {
  return 31 - Math.clz32(places);
}

export function idHash(traceRow: number, idLow: number, idHigh: number): number {
  return hashWords(idLow, idHigh, traceRow);
}
