import { hashWords } from './hash.ts';
import type { Segment } from './segment.ts';
import { noSpan, rowOf, type SpanRef, slotOf } from './spanRef.ts';

const initialPlaces = 256;

/**
 * (trace row, span id) → span. Open addressing with linear probing; reference and hash lie side by side, so that a
 * probe of another span touches one cache line and growing touches no segment.
 *
 * The first span under an id is entered under the hash of the id; later ones with other content under a hash that
 * includes the content, so that thousands of spans under one id cost no more than others.
 */
export class SpanIndex {
  count = 0;
  /** `[reference, hash]` each; reference `noSpan` for an empty place. */
  #places = new Uint32Array(initialPlaces * 2).fill(noSpan);
  readonly #segments: readonly (Segment | undefined)[];

  /** `segments` by slot. */
  constructor(segments: readonly (Segment | undefined)[]) {
    this.#segments = segments;
  }

  get heldBytes(): number {
    return this.#places.byteLength;
  }

  /** The first span under an id, or `noSpan`; `hash` is `idHash` of the same words. */
  find(hash: number, traceRow: number, idLow: number, idHigh: number): SpanRef {
    const places = this.#places;
    const mask = (places.length >> 1) - 1;
    let at = hash & mask;
    for (let ref = places[2 * at]; ref !== noSpan; ref = places[2 * at]) {
      if (places[2 * at + 1] === hash) {
        const segment = this.#segments[slotOf(ref)]!;
        const row = rowOf(ref);
        if (
          segment.trace[row] === traceRow &&
          segment.spanId[2 * row] === idLow &&
          segment.spanId[2 * row + 1] === idHigh
        )
          return ref;
      }
      at = (at + 1) & mask;
    }
    return noSpan;
  }

  /** The span of a trace whose message is exactly `message`, or `noSpan`; `hash` is its `contentHash`. */
  findContent(hash: number, traceRow: number, message: Uint8Array): SpanRef {
    const places = this.#places;
    const mask = (places.length >> 1) - 1;
    let at = hash & mask;
    for (let ref = places[2 * at]; ref !== noSpan; ref = places[2 * at]) {
      if (places[2 * at + 1] === hash) {
        const segment = this.#segments[slotOf(ref)]!;
        const row = rowOf(ref);
        if (segment.trace[row] === traceRow && Buffer.compare(segment.bytes(row), message) === 0) return ref;
      }
      at = (at + 1) & mask;
    }
    return noSpan;
  }

  add(hash: number, ref: SpanRef): void {
    if (++this.count * 5 > (this.#places.length >> 1) * 3) this.#resize(this.#places.length * 2);
    enter(this.#places, hash, ref);
  }

  remove(hash: number, ref: SpanRef): void {
    const places = this.#places;
    const mask = (places.length >> 1) - 1;
    let hole = this.#placeOf(hash, ref);
    if (hole < 0) return;
    this.count--;
    // Backward shift: no tombstones, and entries of one hash keep their order.
    for (let at = (hole + 1) & mask; places[2 * at] !== noSpan; at = (at + 1) & mask) {
      const home = places[2 * at + 1] & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      places[2 * hole] = places[2 * at];
      places[2 * hole + 1] = places[2 * at + 1];
      hole = at;
    }
    places[2 * hole] = noSpan;
  }

  /** The span has moved. */
  replace(hash: number, from: SpanRef, to: SpanRef): void {
    const at = this.#placeOf(hash, from);
    if (at >= 0) this.#places[2 * at] = to;
  }

  /** Gives memory back once most places are empty. */
  shrink(): void {
    let length = this.#places.length;
    while (length > initialPlaces * 2 && this.count * 16 < length) length >>= 1;
    if (length < this.#places.length) this.#resize(length);
  }

  clear(): void {
    this.count = 0;
    this.#places = new Uint32Array(initialPlaces * 2).fill(noSpan);
  }

  #placeOf(hash: number, ref: SpanRef): number {
    const places = this.#places;
    const mask = (places.length >> 1) - 1;
    for (let at = hash & mask; places[2 * at] !== noSpan; at = (at + 1) & mask)
      if (places[2 * at] === ref) return at;
    return -1;
  }

  #resize(length: number): void {
    const old = this.#places;
    const places = new Uint32Array(length).fill(noSpan);
    for (let at = 0; at < old.length; at += 2) if (old[at] !== noSpan) enter(places, old[at + 1], old[at]);
    this.#places = places;
  }
}

function enter(places: Uint32Array, hash: number, ref: SpanRef): void {
  const mask = (places.length >> 1) - 1;
  let at = hash & mask;
  while (places[2 * at] !== noSpan) at = (at + 1) & mask;
  places[2 * at] = ref;
  places[2 * at + 1] = hash;
}

export function idHash(traceRow: number, idLow: number, idHigh: number): number {
  return hashWords(idLow, idHigh, traceRow);
}
