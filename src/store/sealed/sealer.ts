import type { Segment } from '../segment.ts';
import type { SpanTables } from '../spanTables.ts';
import { sealedBytes, sealSegment } from './sealSegment.ts';
import { SegmentCompactor } from './segmentCompactor.ts';

/** How many full segments may wait, and the share of the budget that they may take: 72 MB at most. */
const mostWaiting = 8;
const waitingShare = 1 / 4;
/** A slice of work takes about this long, in steps of so many rows (0.1 ms). */
const sliceMs = 1;
const stepRows = 256;
/** While requests come in, sealing waits: a burst goes at full speed. After so long without any, a flood is over. */
const pauseMs = 20;
/** With smaller slabs (budgets below 2 MiB), the memory that sealing works in would take what it saves. */
const smallestSlab = 256 << 10;
/** Smaller gains are not worth the work. */
const worthwhile = 0.9;

/**
 * Where the memory comes from that a segment moves to: from evictions before; or from what is kept for the next segments, if
 * there would be too much afterwards; or there may be too much, as the slab is used again at once.
 */
type Room = 'evicted' | 'givenBack' | 'owed';

export interface SealerOptions {
  readonly budgetBytes: number;
  readonly enabled: boolean;
  /** Evicts until as many bytes are free as are needed then. */
  makeRoom(needed: () => number): void;
  /** Gives up some rows if that memory will not be there; false if it is. */
  evictAhead(rows: number): boolean;
  /** Whether it would be with so many bytes more. */
  isOverBudget(more?: number): boolean;
}

/**
 * Seals full segments, the oldest first: in slices when the process has nothing else to do. Once many are waiting it is a flood: then
 * it works with each request, and when it has caught up, spans are taken apart as they come, while they are in the processor's cache.
 */
export class Sealer {
  readonly #tables: SpanTables;
  readonly #options: SealerOptions;
  #compactor: SegmentCompactor;
  readonly #mostWaiting: number;
  /** Whether segments are sealed at all. */
  readonly enabled: boolean;
  /** The segment that is being taken apart; in a flood, that may be the one that is being filled. */
  #segment: Segment | undefined;
  #isFlood = false;
  #scheduled = false;
  /** Spans that came since the last slice. */
  #news = 0;
  /** A segment that was taken apart, while room is made for it. */
  #ready: { readonly segment: Segment; readonly bytes: number } | undefined;

  constructor(tables: SpanTables, options: SealerOptions) {
    this.#tables = tables;
    this.#options = options;
    this.enabled = options.enabled && tables.ring.slabBytes >= smallestSlab;
    this.#compactor = new SegmentCompactor();
    const affordable = Math.floor((options.budgetBytes * waitingShare) / tables.ring.segmentBytes);
    this.#mostWaiting = Math.max(1, Math.min(mostWaiting, affordable));
  }

  get heldBytes(): number {
    return this.#compactor.heldBytes;
  }

  /** After spans were added: works faster than they come from when half of the segments wait that may, until there is a pause. */
  keepUp(spans: number): void {
    this.#news += spans;
    const waiting = this.#waiting();
    if (2 * waiting > this.#mostWaiting) this.#isFlood = true;
    if (this.#isFlood && !this.#advance(2 * spans, 'evicted')) this.#follow(2 * spans);
    if (waiting > 0 || this.#isFlood) this.#schedule();
  }

  /** Before a segment is opened: as many as may wait are left. */
  makeWay(): void {
    while (this.#waiting() > this.#mostWaiting) this.#advance(Number.POSITIVE_INFINITY, 'evicted');
  }

  /**
   * Seals the oldest segment that waits, unless it is `leaving`, and evicts nothing for it: its slab is there for the next one
   * afterwards. False if there is none.
   */
  sealNext(leaving?: Segment): boolean {
    const ready = this.#ready;
    const segment = ready?.segment ?? this.#next();
    if (segment === undefined || segment === leaving || !this.#isCurrent(segment)) return false;
    // The budget is used up and spans come without a pause: it shall not be all at once again for the next one.
    this.#isFlood = true;
    if (ready === undefined) return this.#advance(Number.POSITIVE_INFINITY, 'owed');
    this.#seal(segment, ready.bytes);
    return true;
  }

  sealAll(): void {
    while (this.#advance(Number.POSITIVE_INFINITY, 'evicted'));
  }

  /** Gives its memory back if it does not need it at the moment. */
  shrink(): void {
    const segment = this.#segment;
    if (segment !== undefined && (this.#isCurrent(segment) || this.#isFollowed(segment))) return;
    this.#segment = undefined;
    this.#compactor = new SegmentCompactor();
  }

  #waiting(): number {
    let waiting = 0;
    const { order } = this.#tables.ring;
    for (let i = 0; i < order.length; i++) if (this.#isWaiting(order[i])) waiting++;
    return waiting;
  }

  #isWaiting({ full, sealed, unsealable, live }: Segment): boolean {
    return this.enabled && full && sealed === undefined && !unsealable && live > 0;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setTimeout(() => this.#workSlice(), pauseMs).unref();
  }

  #workSlice(): void {
    this.#scheduled = false;
    if (this.#news > 0) {
      this.#news = 0;
      if (this.#waiting() > 0 || this.#isFlood) this.#schedule();
      return;
    }
    this.#isFlood = false;
    const until = performance.now() + sliceMs;
    let more = true;
    while (more && performance.now() < until)
      more =
        this.#waiting() > 0 && (this.#options.evictAhead(stepRows) || this.#advance(stepRows, 'givenBack'));
    if (!more) return;
    this.#scheduled = true;
    setImmediate(() => this.#workSlice());
  }

  /** The segment to work on. */
  #next(): Segment | undefined {
    if (this.#segment !== undefined && this.#isCurrent(this.#segment)) return this.#segment;
    return this.#tables.ring.order.find(segment => this.#isWaiting(segment));
  }

  /** Takes rows of the oldest waiting segment apart, and seals it after the last. False if no segment waits. */
  #advance(rows: number, room: Room): boolean {
    const segment = this.#next();
    if (segment === undefined) return false;
    if (segment !== this.#segment) this.#compactor.begin();
    this.#segment = segment;
    const state = this.#compactor.advance(segment, rows);
    if (state === 'more') return true;
    this.#segment = undefined;
    const bytes = sealedBytes(segment, this.#compactor);
    if (state === 'hopeless' || bytes > segment.heldBytes * worthwhile) {
      segment.unsealable = true;
      return true;
    }
    if (room === 'evicted') this.#makeRoom(segment, bytes);
    // It may have been the one that was evicted, or be sealed already.
    if (this.#isCurrent(segment)) this.#seal(segment, bytes);
    if (room !== 'owed' && this.#options.isOverBudget()) this.#tables.ring.dropSpares();
    return true;
  }

  /** Takes rows of the segment apart that is being filled. */
  #follow(rows: number): void {
    const { current } = this.#tables.ring;
    if (current === undefined || current.unsealable) return;
    if (current !== this.#segment) this.#compactor.begin();
    this.#segment = current;
    if (this.#compactor.advance(current, rows) === 'hopeless') current.unsealable = true;
  }

  #isFollowed(segment: Segment): boolean {
    return this.#isFlood && segment === this.#tables.ring.current;
  }

  #makeRoom(segment: Segment, bytes: number): void {
    const { buffers } = this.#tables.ring;
    this.#ready = { segment, bytes };
    // What does not fit makes way for what does, but no more of it than has to: new memory costs a page fault each 4 kB.
    this.#options.makeRoom(() => {
      if (!this.#isCurrent(segment)) return 0;
      const cost = buffers.costOf(bytes);
      while (cost > 0 && buffers.heldBytes > 0 && this.#options.isOverBudget(cost)) buffers.dropSmallest();
      return cost;
    });
    this.#ready = undefined;
  }

  #seal(segment: Segment, bytes: number): void {
    const { ring } = this.#tables;
    ring.keep(sealSegment(segment, this.#compactor, ring.buffers.take(bytes), this.#tables));
  }

  #isCurrent(segment: Segment): boolean {
    return this.#tables.ring.bySlot[segment.slot] === segment && this.#isWaiting(segment);
  }
}
