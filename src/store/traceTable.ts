import { idHex, idWords } from '../model/ids.ts';
import { nanosBetween } from '../model/time.ts';
import { hashWords } from './hash.ts';
import { noSpan } from './spanRef.ts';

const initialRows = 128;
/** Rows are added by this factor: doubling a large table could take more than what eviction can make free. */
const growth = 1.25;

/** Facts about traces, in columns by trace row. Rows of dropped traces are used again. */
export class TraceTable {
  /** Live traces. */
  count = 0;
  /** Rows ever used are below this; a free row has `spanCount` 0. */
  rows = 0;
  /** Trace id as four little-endian words at `4 * row`. */
  id = new Uint32Array(0);
  /** First and last span to arrive. */
  head = new Uint32Array(0);
  tail = new Uint32Array(0);
  spanCount = new Uint32Array(0);
  /** Spans with status error. */
  errorCount = new Uint32Array(0);
  /** Earliest start, nanoseconds since 1970 as words; spans without a start do not count. */
  startLow = new Uint32Array(0);
  startHigh = new Uint32Array(0);
  /** Latest end, or start where that is later. */
  endLow = new Uint32Array(0);
  endHigh = new Uint32Array(0);
  /** The earliest span without a parent, or `noSpan`. */
  root = new Uint32Array(0);
  pinned = new Uint8Array(0);
  /** It was spared by an eviction because the store's policy wants it kept longer. */
  kept = new Uint8Array(0);
  /** Id in `ServiceShares` of the service that its first span came from. */
  service = new Uint16Array(0);
  /** The store's generation when the trace last grew, or its spans were moved. */
  lastUpdateGeneration = new Float64Array(0);
  /** What the trace's spans take: their messages and their places in columns and index. */
  heldBytesOf = new Float64Array(0);
  /** Row + 1, 0 for an empty place. */
  #table = new Uint32Array(initialRows * 2);
  #free: number[] = [];
  #capacity = 0;

  constructor() {
    this.#grow();
  }

  get heldBytes(): number {
    return (
      this.#capacity * (4 * 4 + 9 * 4 + 1 + 1 + 2 + 2 * 8) + this.#table.byteLength + this.#free.length * 8
    );
  }

  /** Row of a trace by its id in hex (32 lower-case digits), −1 if it is not stored. */
  rowOf(traceId: string): number {
    const [a, b, c, d] = idWords(traceId);
    const table = this.#table;
    const mask = table.length - 1;
    for (let at = hashId(a, b, c, d) & mask; table[at] !== 0; at = (at + 1) & mask)
      if (this.#is(table[at] - 1, a, b, c, d)) return table[at] - 1;
    return -1;
  }

  idOf(row: number): string {
    return idHex(this.id, 4 * row, 4);
  }

  isLive(row: number): boolean {
    return row >= 0 && row < this.rows && this.spanCount[row] > 0;
  }

  /** The ids of some traces, four words each: to tell later whether they still have their rows. */
  idsOf(rows: readonly number[]): Uint32Array {
    const ids = new Uint32Array(4 * rows.length);
    for (let i = 0; i < rows.length; i++)
      for (let word = 0; word < 4; word++) ids[4 * i + word] = this.id[4 * rows[i] + word];
    return ids;
  }

  /** Whether a row is still that of the trace whose id lies at `at`. */
  isTrace(row: number, ids: Uint32Array, at: number): boolean {
    return this.isLive(row) && this.#is(row, ids[at], ids[at + 1], ids[at + 2], ids[at + 3]);
  }

  /** Latest end − earliest start, nanoseconds. */
  durationOf(row: number): number {
    return nanosBetween(this.startLow[row], this.startHigh[row], this.endLow[row], this.endHigh[row]);
  }

  /**
   * Rows of at most `limit` traces, of all or of those given, that `accept`, those that started last first. `accept` is only
   * asked about traces that would make it into the answer so far.
   */
  newest(limit: number, accept: (row: number) => boolean = () => true, among?: Uint32Array): number[] {
    // A heap with the earliest of the chosen on top: n log limit, and mostly one comparison a trace.
    const heap: number[] = [];
    if (limit <= 0) return heap;
    // Later rows mostly began later: from the end, few of the others come into the heap.
    for (let i = (among?.length ?? this.rows) - 1; i >= 0; i--) {
      const row = among === undefined ? i : among[i];
      if (this.spanCount[row] === 0) continue;
      if (heap.length === limit && this.#compareStart(row, heap[0]) <= 0) continue;
      if (!accept(row)) continue;
      if (heap.length < limit) this.#siftUp(heap, row);
      else this.#replaceTop(heap, row);
    }
    return heap.sort((a, b) => this.#compareStart(b, a));
  }

  /** The row of a trace, made if there is none. A new row has no spans yet. */
  rowFor(a: number, b: number, c: number, d: number): number {
    const table = this.#table;
    const mask = table.length - 1;
    let at = hashId(a, b, c, d) & mask;
    for (; table[at] !== 0; at = (at + 1) & mask)
      if (this.#is(table[at] - 1, a, b, c, d)) return table[at] - 1;
    const row = this.#free.pop() ?? this.rows++;
    if (row === this.#capacity) this.#grow();
    this.id[4 * row] = a;
    this.id[4 * row + 1] = b;
    this.id[4 * row + 2] = c;
    this.id[4 * row + 3] = d;
    this.head[row] = noSpan;
    this.tail[row] = noSpan;
    this.root[row] = noSpan;
    this.spanCount[row] = 0;
    this.errorCount[row] = 0;
    this.startLow[row] = 0;
    this.startHigh[row] = 0;
    this.endLow[row] = 0;
    this.endHigh[row] = 0;
    this.pinned[row] = 0;
    this.kept[row] = 0;
    this.service[row] = 0;
    this.heldBytesOf[row] = 0;
    this.#table[at] = row + 1;
    if (++this.count * 2 > this.#table.length) this.#growTable();
    return row;
  }

  remove(row: number): void {
    const table = this.#table;
    const mask = table.length - 1;
    let hole = this.#hashOf(row) & mask;
    while (table[hole] !== row + 1) hole = (hole + 1) & mask;
    for (let at = (hole + 1) & mask; table[at] !== 0; at = (at + 1) & mask) {
      const home = this.#hashOf(table[at] - 1) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      table[hole] = table[at];
      hole = at;
    }
    table[hole] = 0;
    this.spanCount[row] = 0;
    this.pinned[row] = 0;
    this.kept[row] = 0;
    this.service[row] = 0;
    this.#free.push(row);
    this.count--;
  }

  clear(): void {
    this.count = 0;
    this.rows = 0;
    this.#capacity = 0;
    this.#free = [];
    this.#table = new Uint32Array(initialRows * 2);
    this.#grow();
  }

  #is(row: number, a: number, b: number, c: number, d: number): boolean {
    const { id } = this;
    const at = 4 * row;
    return id[at] === a && id[at + 1] === b && id[at + 2] === c && id[at + 3] === d;
  }

  #hashOf(row: number): number {
    const { id } = this;
    const at = 4 * row;
    return hashId(id[at], id[at + 1], id[at + 2], id[at + 3]);
  }

  #compareStart(a: number, b: number): number {
    return this.startHigh[a] - this.startHigh[b] || this.startLow[a] - this.startLow[b];
  }

  #siftUp(heap: number[], row: number): void {
    let at = heap.push(row) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#compareStart(heap[parent], row) <= 0) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = row;
  }

  #replaceTop(heap: number[], row: number): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#compareStart(heap[child + 1], heap[child]) < 0) child++;
      if (this.#compareStart(row, heap[child]) <= 0) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = row;
  }

  #grow(): void {
    const capacity = Math.max(initialRows, Math.ceil(this.#capacity * growth));
    const used = this.#capacity;
    const wider32 = (old: Uint32Array, width = 1): Uint32Array<ArrayBuffer> => {
      const column = new Uint32Array(capacity * width);
      column.set(old.subarray(0, used * width));
      return column;
    };
    const wider64 = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const column = new Float64Array(capacity);
      column.set(old.subarray(0, used));
      return column;
    };
    this.id = wider32(this.id, 4);
    this.head = wider32(this.head);
    this.tail = wider32(this.tail);
    this.spanCount = wider32(this.spanCount);
    this.errorCount = wider32(this.errorCount);
    this.startLow = wider32(this.startLow);
    this.startHigh = wider32(this.startHigh);
    this.endLow = wider32(this.endLow);
    this.endHigh = wider32(this.endHigh);
    this.root = wider32(this.root);
    const wider8 = (old: Uint8Array): Uint8Array<ArrayBuffer> => {
      const column = new Uint8Array(capacity);
      column.set(old.subarray(0, used));
      return column;
    };
    this.pinned = wider8(this.pinned);
    this.kept = wider8(this.kept);
    const service = new Uint16Array(capacity);
    service.set(this.service.subarray(0, used));
    this.service = service;
    this.lastUpdateGeneration = wider64(this.lastUpdateGeneration);
    this.heldBytesOf = wider64(this.heldBytesOf);
    this.#capacity = capacity;
  }

  #growTable(): void {
    const table = new Uint32Array(this.#table.length * 2);
    const mask = table.length - 1;
    for (const entry of this.#table) {
      if (entry === 0) continue;
      let at = this.#hashOf(entry - 1) & mask;
      while (table[at] !== 0) at = (at + 1) & mask;
      table[at] = entry;
    }
    this.#table = table;
  }
}

function hashId(a: number, b: number, c: number, d: number): number {
  return hashWords(a ^ Math.imul(b, 0x27d4eb2f), c, d);
}
