import type { Segment } from '../../../store/segment.ts';

/** What is known of an id: whether rows that have it are kept. */
export const no = 0;
export const yes = 1;
export const unknown = 2;

/** Rows that are asked one by one before a pause. */
const rowsAtOnce = 512;

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

  filter(keeps: (row: number) => boolean): void {
    const next = this.#next;
    let kept = 0;
    for (const row of this.rows()) if (keeps(row)) next[kept++] = row;
    this.#keep(kept);
  }

  /** As `filter`, with pauses. */
  *filterInSteps(keeps: (row: number) => boolean): Generator<void> {
    const next = this.#next;
    let kept = 0;
    for (const [i, row] of this.rows().entries()) {
      if (i % rowsAtOnce === rowsAtOnce - 1) yield;
      if (keeps(row)) next[kept++] = row;
    }
    this.#keep(kept);
  }

  /**
   * Keeps rows whose id in a column has the answer `yes`. False, and nothing has changed, if the answer for one of them is
   * unknown. A million rows take about two milliseconds, for there is no branch on an answer: mispredicted, it would cost most.
   */
  keepAnswered(ids: Uint32Array | Uint8Array, answers: Uint8Array): boolean {
    const kept =
      this.#first === undefined
        ? keepListed(this.#rows, this.#count, ids, answers, this.#next)
        : keepInRange(this.#first, this.#first + this.#count, ids, answers, this.#next);
    if (kept < 0) return false;
    this.#keep(kept);
    return true;
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

/** Writes the rows that are kept to `kept` and returns their number; −1 if an answer is unknown. */
function keepInRange(
  from: number,
  to: number,
  ids: Uint32Array | Uint8Array,
  answers: Uint8Array,
  kept: Uint32Array,
): number {
  const known = answers.length;
  let count = 0;
  let seen = 0;
  for (let row = from; row < to; row++) {
    const id = ids[row];
    const answer = id < known ? answers[id] : unknown;
    seen |= answer;
    kept[count] = row;
    count += answer & yes;
  }
  return (seen & unknown) === 0 ? count : -1;
}

function keepListed(
  rows: Uint32Array,
  end: number,
  ids: Uint32Array | Uint8Array,
  answers: Uint8Array,
  kept: Uint32Array,
): number {
  const known = answers.length;
  let count = 0;
  let seen = 0;
  for (let i = 0; i < end; i++) {
    const row = rows[i];
    const id = ids[row];
    const answer = id < known ? answers[id] : unknown;
    seen |= answer;
    kept[count] = row;
    count += answer & yes;
  }
  return (seen & unknown) === 0 ? count : -1;
}
