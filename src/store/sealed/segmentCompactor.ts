import { endOfValue, endOfVarint, skipField, startOfValue, varint32 } from '../../decode/protobuf/wire.ts';
import { ByteDictionary } from '../byteDictionary.ts';
import type { Segment } from '../segment.ts';
import { kindOf, noTrace } from '../spanRef.ts';
import { AttributeDictionary, noEntry } from './attributeDictionary.ts';
import { layoutCodes, longestLayout, longLength, mostLayouts, spanTags, wholeLayout } from './spanLayout.ts';

/** Where more than half of the first attributes are different from each other, a dictionary saves nothing. */
const sampledAttributes = 4096;
const mostDistinct = 1 / 2;
/** Places for guesses, a power of two. */
const guesses = 1 << 12;

/** Fields that columns hold, and attributes: numbers 1 to 9. */
const lastHeaderTag = 0x4f;
const isColumn = new Uint8Array(256);
for (const tag of Object.values(spanTags)) isColumn[tag] = tag === spanTags.traceState ? 0 : 1;

/**
 * Takes the messages of a segment apart, some rows at a time, into memory of its own that serves one segment after the
 * other. Rows may die meanwhile; the segment stays as it is.
 */
export class SegmentCompactor {
  readonly entries = new AttributeDictionary();
  readonly layouts = new ByteDictionary();
  /** Parts of `SealedRows`; of the first `rows` rows. */
  rows = 0;
  attributeStart = new Uint32Array(0);
  attributes = new Uint16Array(1024);
  layout = new Uint8Array(0);
  restStart = new Uint32Array(0);
  rest = new Uint8Array(1024);
  wholeRows: number[] = [];
  /**
   * Spans of one name have the same attributes in the same order, and many of the same values: by name and position, what the last one
   * had. A guess may be wrong, also because names share a place.
   */
  readonly #attributeGuesses = new Uint16Array(guesses);
  readonly #layoutGuesses = new Uint8Array(guesses);
  readonly #codes = new Uint8Array(longestLayout);
  readonly #codesView = new DataView(this.#codes.buffer);
  #attributesEnd = 0;
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** Of all rows so far, those included that had to be kept whole after all. */
  #seenAttributes = 0;
  #judged = false;

  get heldBytes(): number {
    const { entries, attributeStart, attributes, layout, restStart, rest } = this;
    return (
      entries.heldBytes +
      this.layouts.heldBytes +
      attributeStart.byteLength +
      attributes.byteLength +
      this.#attributeGuesses.byteLength +
      this.#layoutGuesses.byteLength +
      layout.byteLength +
      restStart.byteLength +
      rest.byteLength
    );
  }

  begin(): void {
    this.entries.reset();
    this.layouts.reset();
    this.rows = 0;
    this.wholeRows = [];
    this.#seenAttributes = 0;
    this.#judged = false;
  }

  /**
   * Takes up to `rows` further rows apart; more may follow while the segment is being filled. Returns `hopeless` if it had better
   * stay as it is.
   */
  advance(segment: Segment, rows: number): 'more' | 'ready' | 'hopeless' {
    const end = Math.min(segment.count, this.rows + rows);
    this.#reserve(segment);
    while (this.rows < end) {
      const row = this.rows;
      if (segment.trace[row] === noTrace) this.#keepNothing(row);
      else if (!this.#takeApart(segment, row)) this.#keepWhole(segment, row);
      this.rows = row + 1;
      if (this.#judged || this.#seenAttributes < sampledAttributes) continue;
      this.#judged = true;
      if (this.entries.size > this.#seenAttributes * mostDistinct) return 'hopeless';
    }
    return end < segment.count || !segment.full ? 'more' : 'ready';
  }

  /** The segment may have grown, and its slab been replaced. */
  #reserve({ slab, count, capacity }: Segment): void {
    if (slab.buffer !== this.#view.buffer)
      this.#view = new DataView(slab.buffer, slab.byteOffset, slab.byteLength);
    if (count <= this.layout.length) return;
    const { attributeStart, layout, restStart } = this;
    this.attributeStart = new Uint32Array(capacity + 1);
    this.attributeStart.set(attributeStart);
    this.layout = new Uint8Array(capacity);
    this.layout.set(layout);
    this.restStart = new Uint32Array(capacity + 1);
    this.restStart.set(restStart);
  }

  #keepNothing(row: number): void {
    this.layout[row] = wholeLayout;
    this.attributeStart[row + 1] = this.attributeStart[row];
    this.restStart[row + 1] = this.restStart[row];
  }

  #keepWhole({ slab, offset, length }: Segment, row: number): void {
    this.layout[row] = wholeLayout;
    this.attributeStart[row + 1] = this.attributeStart[row];
    this.restStart[row + 1] = this.#addRest(
      this.restStart[row],
      slab,
      offset[row],
      offset[row] + length[row],
    );
    this.wholeRows.push(row);
  }

  /** Adds bytes of a row's rest at `at`; returns where they end. */
  #addRest(at: number, slab: Uint8Array, from: number, to: number): number {
    const end = at + to - from;
    if (end > this.rest.length) {
      const wider = new Uint8Array(Math.max(end, 2 * this.rest.length));
      wider.set(this.rest.subarray(0, at));
      this.rest = wider;
    }
    const { rest } = this;
    // Mostly a status and flags: a loop is faster than a view.
    if (to - from < 32) for (let i = from, p = at; i < to; i++, p++) rest[p] = slab[i];
    else rest.set(slab.subarray(from, to), at);
    return end;
  }

  /**
   * False if the message could not be put together again exactly. Columns hold a header field as it was scanned: what is left to
   * see to is that it comes once, of the usual length, and that they hold all of its values.
   */
  #takeApart(segment: Segment, row: number): boolean {
    const { slab } = segment;
    const codes = this.#codes;
    const from = segment.offset[row];
    const end = from + segment.length[row];
    let attributesEnd = this.attributeStart[row];
    let restEnd = this.restStart[row];
    let count = 0;
    let seen = 0;
    let p = from;
    while (p < end) {
      if (count === longestLayout) return false;
      const tag = slab[p];
      switch (tag) {
        case spanTags.traceId:
          if (slab[p + 1] !== 16) return false;
          p += 18;
          break;
        case spanTags.spanId:
        case spanTags.parent:
          if (slab[p + 1] !== 8) return false;
          p += 10;
          break;
        case spanTags.name: {
          const to = endOfValue(slab, p + 1, end);
          const start = startOfValue(slab, p + 1);
          if (!isShortest(to - start, start - p - 1)) return false;
          p = to;
          break;
        }
        case spanTags.kind:
          if (slab[p + 1] > 5 || slab[p + 1] !== kindOf(segment.kindStatus[row])) return false;
          p += 2;
          break;
        case spanTags.start:
          p += 9;
          break;
        case spanTags.end:
          // The column is a double: longer ones it holds inexactly. NaN stands for an end of 0.
          if (Math.abs(segment.duration[row]) > Number.MAX_SAFE_INTEGER) return false;
          p += 9;
          break;
        case spanTags.attribute: {
          p = this.#takeAttributes(slab, p, end, attributesEnd, segment.name[row]);
          if (p < 0) return false;
          attributesEnd = this.#attributesEnd;
          break;
        }
        default: {
          const to = endOfRest(slab, p, end);
          if (to < 0) return false;
          restEnd = this.#addRest(restEnd, slab, p, to);
          if (to === end) {
            codes[count++] = layoutCodes.restToEnd;
            p = to;
            continue;
          }
          for (let at = skipField(slab, p, to); at < to; at = skipField(slab, at, to)) {
            if (count === longestLayout - 1) return false;
            codes[count++] = layoutCodes.restField;
          }
          codes[count++] = layoutCodes.restField;
          p = to;
          continue;
        }
      }
      const bit = 1 << (tag >> 3);
      if ((seen & bit) !== 0) return false;
      seen |= bit;
      codes[count++] = tag;
    }
    const layout = this.#layoutOf(count, segment.name[row]);
    if (layout >= mostLayouts) return false;
    this.layout[row] = layout;
    this.attributeStart[row + 1] = attributesEnd;
    this.restStart[row + 1] = restEnd;
    return true;
  }

  /** The id of the layout that is written in `#codes`. */
  #layoutOf(count: number, name: number): number {
    const { layouts } = this;
    const place = name % guesses;
    const guess = this.#layoutGuesses[place];
    if (guess < layouts.size && layouts.equals(guess, this.#codes, this.#codesView, 0, count)) return guess;
    const layout = layouts.intern(this.#codes, this.#codesView, 0, count);
    this.#layoutGuesses[place] = layout;
    return layout;
  }

  /** Takes the attributes that follow each other from `from` on; returns where they end, −1 if one is not canonical. */
  #takeAttributes(slab: Uint8Array, from: number, end: number, first: number, name: number): number {
    const view = this.#view;
    const { entries } = this;
    const guesses = this.#attributeGuesses;
    const firstGuess = Math.imul(name, 0x9e3779b1) >>> 8;
    let used = first;
    let p = from;
    while (p < end && slab[p] === spanTags.attribute) {
      let start = p + 2;
      let to = start + slab[p + 1];
      if (slab[p + 1] > 127) {
        to = endOfValue(slab, p + 1, end);
        start = startOfValue(slab, p + 1);
        if (!isShortest(to - start, start - p - 1)) return -1;
      }
      this.#seenAttributes++;
      const place = (firstGuess + used - first) & (guesses.length - 1);
      const guess = guesses[place];
      const entry = entries.intern(slab, view, start, to - start, guess);
      if (entry !== guess) {
        if (entry === noEntry) return -1;
        guesses[place] = entry;
      }
      if (used === this.attributes.length) this.attributes = doubled(this.attributes);
      this.attributes[used++] = entry;
      p = to;
    }
    this.#attributesEnd = used;
    return p;
  }
}

/** Whether a length is written with as few bytes as can be. */
function isShortest(length: number, bytes: number): boolean {
  return bytes === 1 || (bytes === 2 && length > 127) || (bytes === 3 && length >= longLength);
}

/**
 * Where the fields end that are neither header fields nor attributes, −1 if one of those follows in an unusual form: it must
 * not hide in the rest.
 */
function endOfRest(slab: Uint8Array, from: number, end: number): number {
  let p = from;
  while (p < end && !isColumn[slab[p]]) {
    if (slab[p] <= lastHeaderTag && slab[p] !== spanTags.traceState) return -1;
    if (slab[p] > 127 && varint32(slab, p, endOfVarint(slab, p, end)) <= 127) return -1;
    p = skipField(slab, p, end);
  }
  return p;
}

function doubled(old: Uint16Array<ArrayBuffer>): Uint16Array<ArrayBuffer> {
  const wider = new Uint16Array(2 * old.length);
  wider.set(old);
  return wider;
}
