import { rowsOfBlock, type Segment } from '../../../store/segment.ts';

/** What is known of an id: whether rows that have it are kept. */
export const no = 0;
export const yes = 1;
export const unknown = 2;

/** Rows that are asked one by one before a pause. */
const rowsAtOnce = 512;
/** Rows whose ids are looked up in one call. */
const rowsInOneGo = 1024;
const everyBit = -1;

/** Both ends included; `inside`: whether numbers in it are meant, or those outside of it. */
export interface NumberRange {
  readonly least: number;
  readonly most: number;
  readonly inside: boolean;
}

/** Rows of a segment, ascending. Tests of a filter take rows out of it, one test after the other. */
export class Selection {
  /** Rows are those from here on, as many as `count`; undefined: they are listed in `#rows`. */
  #first: number | undefined = 0;
  #count = 0;
  /** Room for all rows that may be selected. */
  #rows = new Uint32Array(0);
  #next = new Uint32Array(0);

  get count(): number {
    return this.#count;
  }

  /** The live rows of a segment from `from` on and below `to`. */
  selectLive(segment: Segment, from: number, to: number): void {
    if (this.#rows.length < to - from) {
      this.#rows = new Uint32Array(segment.capacity);
      this.#next = new Uint32Array(segment.capacity);
    }
    this.#first = from;
    this.#count = to - from;
    if (segment.live < segment.count) this.filter(row => segment.isLive(row));
  }

  /** The selected rows; valid until it changes. */
  rows(): Uint32Array {
    if (this.#first !== undefined) for (let i = 0; i < this.#count; i++) this.#rows[i] = this.#first + i;
    this.#first = undefined;
    return this.#rows.subarray(0, this.#count);
  }

  clear(): void {
    this.#keep(0);
  }

  filter(keeps: (row: number) => boolean): void {
    const next = this.#next;
    let kept = 0;
    for (const row of this.rows()) if (keeps(row)) next[kept++] = row;
    this.#keep(kept);
  }

  /** As `filter`, with pauses. */
  *filterInSteps(keeps: (row: number) => boolean): Generator<void> {
    const rows = this.rows();
    const next = this.#next;
    let kept = 0;
    for (let from = 0; from < rows.length; from += rowsAtOnce) {
      if (from > 0) yield;
      const to = Math.min(from + rowsAtOnce, rows.length);
      for (let i = from; i < to; i++) if (keeps(rows[i])) next[kept++] = rows[i];
    }
    this.#keep(kept);
  }

  /**
   * Keeps rows whose id in a column has the answer `yes`; `answers` has one for every id. False, and nothing has changed, if one
   * of them is `unknown`. A million rows take one to two milliseconds. `blocks`: ids that occur in blocks of the segment's rows,
   * bit `id % 32`.
   *
   * Some rows at a time: a loop that is compiled while it runs for the first time is compiled without what comes after it, and
   * left for the interpreter every time.
   */
  keepAnswered(ids: Uint32Array, answers: Uint8Array, blocks?: Uint32Array): boolean {
    const first = this.#first;
    const wanted = first === 0 && blocks !== undefined ? bitsOf(answers) : everyBit;
    const step = wanted === everyBit ? rowsInOneGo : rowsOfBlock;
    let kept = 0;
    for (let from = 0; from < this.#count && kept >= 0; from += step) {
      const to = Math.min(from + step, this.#count);
      if (first === undefined) kept = keepListed(this.#rows, from, to, ids, answers, this.#next, kept);
      else if (wanted === everyBit || (blocks![from / rowsOfBlock] & wanted) !== 0)
        kept = keepInRange(first + from, first + to, ids, answers, this.#next, kept);
    }
    if (kept < 0) return false;
    this.#keep(kept);
    return true;
  }

  /** Keeps rows whose value in a column lies in a range, or outside of it; what is no number, or below 0, counts as 0. */
  keepRange(values: Float64Array, range: NumberRange): void {
    const first = this.#first;
    let kept = 0;
    for (let from = 0; from < this.#count; from += rowsInOneGo) {
      const to = Math.min(from + rowsInOneGo, this.#count);
      if (first === undefined) kept = keepListedIn(this.#rows, from, to, values, range, this.#next, kept);
      else kept = keepAllIn(first + from, first + to, values, range, this.#next, kept);
    }
    this.#keep(kept);
  }

  /** Holds those of `all`, which is ascending too, that it does not hold now. */
  invert(all: Uint32Array): void {
    const own = this.rows();
    let at = 0;
    let count = 0;
    for (const row of all)
      if (at < own.length && own[at] === row) at++;
      else this.#next[count++] = row;
    this.#keep(count);
  }

  /** Takes in rows, ascending too, that it does not hold; there has been room for all of them before. */
  add(others: Uint32Array): void {
    const own = this.rows();
    const next = this.#next;
    let at = 0;
    let count = 0;
    for (const row of others) {
      while (at < own.length && own[at] < row) next[count++] = own[at++];
      next[count++] = row;
    }
    while (at < own.length) next[count++] = own[at++];
    this.#keep(count);
  }

  /** What is left are the first `count` of `#next`. */
  #keep(count: number): void {
    [this.#rows, this.#next] = [this.#next, this.#rows];
    this.#first = undefined;
    this.#count = count;
  }
}

// These loops are functions of their own: what is a closure of a query is compiled anew with every query.

/** Bits of ids that may be kept. */
function bitsOf(answers: Uint8Array): number {
  let bits = 0;
  for (let id = 0; id < answers.length; id++) if (answers[id] !== no) bits |= 1 << (id & 31);
  return bits;
}

/** Index of the first row from `from` on whose id has no answer; `rows.length` if there is none. */
export function nextUnknown(rows: Uint32Array, from: number, ids: Uint32Array, answers: Uint8Array): number {
  let i = from;
  while (i < rows.length && answers[ids[rows[i]]] !== unknown) i++;
  return i;
}

/**
 * Writes the rows that are kept to `kept`, behind the first `count`. Returns their number then; −1 if an answer is unknown. Four
 * rows at a time, for mostly none of them is kept; else there is no branch on an answer, which would be mispredicted too often.
 */
function keepInRange(
  from: number,
  to: number,
  ids: Uint32Array,
  answers: Uint8Array,
  kept: Uint32Array,
  count: number,
): number {
  let end = count;
  let seen = 0;
  let row = from;
  for (; row + 3 < to; row += 4) {
    const a = answers[ids[row]];
    const b = answers[ids[row + 1]];
    const c = answers[ids[row + 2]];
    const d = answers[ids[row + 3]];
    const any = a | b | c | d;
    if (any === no) continue;
    seen |= any;
    kept[end] = row;
    end += a & yes;
    kept[end] = row + 1;
    end += b & yes;
    kept[end] = row + 2;
    end += c & yes;
    kept[end] = row + 3;
    end += d & yes;
  }
  for (; row < to; row++) {
    const answer = answers[ids[row]];
    seen |= answer;
    kept[end] = row;
    end += answer & yes;
  }
  return (seen & unknown) === 0 ? end : -1;
}

function keepListed(
  rows: Uint32Array,
  from: number,
  to: number,
  ids: Uint32Array,
  answers: Uint8Array,
  kept: Uint32Array,
  count: number,
): number {
  let end = count;
  let seen = 0;
  let i = from;
  for (; i + 3 < to; i += 4) {
    const [row0, row1, row2, row3] = [rows[i], rows[i + 1], rows[i + 2], rows[i + 3]];
    const a = answers[ids[row0]];
    const b = answers[ids[row1]];
    const c = answers[ids[row2]];
    const d = answers[ids[row3]];
    const any = a | b | c | d;
    if (any === no) continue;
    seen |= any;
    kept[end] = row0;
    end += a & yes;
    kept[end] = row1;
    end += b & yes;
    kept[end] = row2;
    end += c & yes;
    kept[end] = row3;
    end += d & yes;
  }
  for (; i < to; i++) {
    const row = rows[i];
    const answer = answers[ids[row]];
    seen |= answer;
    kept[end] = row;
    end += answer & yes;
  }
  return (seen & unknown) === 0 ? end : -1;
}

/** Not by `keepListedIn`: listing a million rows first takes as long again. */
function keepAllIn(
  from: number,
  to: number,
  values: Float64Array,
  { least, most, inside }: NumberRange,
  kept: Uint32Array,
  count: number,
): number {
  let end = count;
  for (let row = from; row < to; row++) {
    const value = values[row] > 0 ? values[row] : 0;
    kept[end] = row;
    if ((value >= least && value <= most) === inside) end++;
  }
  return end;
}

function keepListedIn(
  rows: Uint32Array,
  from: number,
  to: number,
  values: Float64Array,
  { least, most, inside }: NumberRange,
  kept: Uint32Array,
  count: number,
): number {
  let end = count;
  for (let i = from; i < to; i++) {
    const row = rows[i];
    const value = values[row] > 0 ? values[row] : 0;
    kept[end] = row;
    if ((value >= least && value <= most) === inside) end++;
  }
  return end;
}
