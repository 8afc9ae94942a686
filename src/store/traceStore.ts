import { Emitter } from '../base/events.ts';
import type { SpanBatch } from '../model/spanBatch.ts';
import { appendSpans, fitting, type InternedIds, internMessages } from './appendSpans.ts';
import type { ByteDictionary } from './byteDictionary.ts';
import { dropTrace, Eviction, pinnedTraceBytes } from './eviction.ts';
import { type EvictionCount, EvictionTally } from './evictionTally.ts';
import { LogStore } from './logStore.ts';
import { MetricStore } from './metricStore.ts';
import type { ResourceTable } from './resourceTable.ts';
import type { Drop } from './retention/droppedTraces.ts';
import type { RetentionRules } from './retention/spareTraces.ts';
import type { ScopeTable } from './scopeTable.ts';
import { Sealer } from './sealed/sealer.ts';
import type { Segment } from './segment.ts';
import { idHash } from './spanIndex.ts';
import { rowOf, type SpanRef, slotOf } from './spanRef.ts';
import { createSpanTables, heldBytes, type SpanTables } from './spanTables.ts';
import { Sweeper } from './sweeper.ts';
import type { TraceTable } from './traceTable.ts';

/** Below this, the fixed tables leave no room for spans. */
export const smallestBudget = 256 << 10;
/** Shares of the budget: what pinned traces and those kept longer may take, what logs and metrics may take. */
const pinnedShare = 1 / 2;
const keptShare = 1 / 16;
const logShare = 1 / 8;
const metricShare = 1 / 16;

/** The share of a slab after which the next one is prepared: an eviction spares up to a quarter. Small ones are little garbage. */
const aheadShare = 3 / 4;
const smallestAhead = 1 << 20;
/** Of a slab: twice what it takes when it is sealed, so that there is room before the work is done. */
const sealedShare = 3 / 4;
/** With fewer slabs to the budget, that would be too large a part of it. */
const fewestAhead = 16;

export interface StoreCounters {
  /** Valid spans that arrived, duplicates included. */
  readonly spansReceived: number;
  readonly spansStored: number;
  readonly spansEvicted: number;
  readonly tracesStored: number;
  /** Bytes held: segments, tables, dictionaries, logs and metrics. Never above the budget after an append. */
  readonly bytesStored: number;
  readonly budgetBytes: number;
  /** Evicted spans by service and reason. */
  readonly evictions: readonly EvictionCount[];
}

/** Rows `first … end` of a segment that came there from an older one. */
export interface CarriedRows {
  readonly segment: Segment;
  readonly first: number;
  readonly end: number;
}

/** Traces, logs and metrics in memory, within a budget of bytes: the oldest go first. */
export class TraceStore {
  readonly logs: LogStore;
  readonly metrics: MetricStore;
  readonly #tables: SpanTables;
  readonly #budgetBytes: number;
  #withheldBytes = 0;
  readonly #sweeper: Sweeper;
  readonly #sealer: Sealer;
  readonly #changed = new Emitter<void>();
  readonly #carried = new Emitter<CarriedRows>();
  readonly #evictions: EvictionTally;
  readonly #eviction: Eviction;
  /** What evictions have to respect, and what they fall back on: they take from everything. */
  readonly #rules: RetentionRules;
  readonly #lastResort: RetentionRules = { pinnedLimit: 0, keptLimit: 0, keepLonger: () => false };
  #generation = 0;
  #spansReceived = 0;
  /** Whether a trace, by its row, is worth keeping longer than others. Asked when it would be evicted. */
  keepLonger: (traceRow: number) => boolean = () => false;

  #isReplaying = false;

  /** After each append, eviction and clear, synchronously: listeners only take note. */
  readonly onDidChange = this.#changed.event;
  /** When spans were kept from an eviction, synchronously: what they were told apart by, their place, is a newer one now. */
  readonly onDidCarry = this.#carried.event;

  /** Throws a RangeError for a budget under `smallestBudget`. Full segments are sealed unless `sealing` is false. */
  constructor(options: { budgetBytes: number; sealing?: boolean }) {
    if (!(options.budgetBytes >= smallestBudget))
      throw new RangeError(`a budget of ${options.budgetBytes} bytes is less than ${smallestBudget}`);
    this.#budgetBytes = options.budgetBytes;
    this.#tables = createSpanTables(options.budgetBytes);
    this.#evictions = new EvictionTally(this.#tables.resources);
    this.#eviction = new Eviction({
      tables: this.#tables,
      tally: this.#evictions,
      carried: (segment, first, end) => this.#carried.fire({ segment, first, end }),
      // Spans need a slab again to move: with a new one for each sealed segment, an eviction would need more than it frees.
      opening: leaving => {
        if (this.#isOverBudget(this.#tables.ring.costOfOpening(0))) this.#sealer.sealNext(leaving);
      },
    });
    this.#rules = {
      pinnedLimit: options.budgetBytes * pinnedShare,
      keptLimit: options.budgetBytes * keptShare,
      keepLonger: row => this.keepLonger(row),
    };
    this.logs = new LogStore(this.#tables, options.budgetBytes * logShare);
    this.metrics = new MetricStore(this.#tables, options.budgetBytes * metricShare);
    this.#sweeper = new Sweeper(this.#tables, [this.logs, this.metrics]);
    this.#sealer = new Sealer(this.#tables, {
      budgetBytes: options.budgetBytes,
      enabled: options.sealing ?? true,
      makeRoom: needed => this.#makeRoomToSeal(needed),
      evictAhead: rows => this.#evictIdly(rows),
      isOverBudget: (more = 0) => this.#isOverBudget(more),
    });
  }

  /** Grows with every change of the content. */
  get generation(): number {
    return this.#generation;
  }

  /** Grows when ids of names, resources and scopes are freed: from then on they may be given to others. */
  get idGeneration(): number {
    return this.#sweeper.sweeps;
  }

  /** Spans that were appended or carried over before this generation are not stored any more. */
  get oldestGeneration(): number {
    return this.#tables.ring.order[0]?.firstGeneration ?? this.#generation + 1;
  }

  get names(): ByteDictionary {
    return this.#tables.names;
  }

  get resources(): ResourceTable {
    return this.#tables.resources;
  }

  get scopes(): ScopeTable {
    return this.#tables.scopes;
  }

  get traces(): TraceTable {
    return this.#tables.traces;
  }

  get counters(): StoreCounters {
    return {
      spansReceived: this.#spansReceived,
      spansStored: this.#tables.index.count,
      spansEvicted: this.#evictions.total,
      tracesStored: this.traces.count,
      bytesStored: this.#heldBytes(),
      budgetBytes: this.#budgetBytes,
      evictions: this.#evictions.counts(),
    };
  }

  /**
   * Adds the spans of a request: an idempotent upsert on (trace id, span id). The same bytes again are ignored
   * (`duplicates`); other content under the same id is kept and flagged.
   */
  append(batch: SpanBatch): { added: number; duplicates: number } {
    this.#spansReceived += batch.count;
    return this.#append(batch);
  }

  /** Adds spans that were received and are stored under another id: what counts spans passes them over. */
  appendCarried(batch: SpanBatch): { added: number; duplicates: number } {
    return this.#append(batch, (segment, first) =>
      this.#carried.fire({ segment, first, end: segment.count }),
    );
  }

  /** @param appended told of each segment and its first row that is new, before the next one is begun */
  #append(
    batch: SpanBatch,
    appended?: (segment: Segment, first: number) => void,
  ): { added: number; duplicates: number } {
    if (batch.count === 0) return { added: 0, duplicates: 0 };
    this.#generation++;
    const ids = internMessages(this.#tables, batch);
    let added = 0;
    let duplicates = 0;
    for (let first = 0; first < batch.count; ) {
      const segment = this.#segmentFor(batch.spanLength[first]);
      if (segment === undefined) {
        this.#evictions.add(ids.resources[batch.resource[first]], 1, 'tooLarge');
        first++;
        continue;
      }
      const { ring } = this.#tables;
      const count = fitting(batch, first, segment.slab.length - segment.slabUsed, ring.rowsLeft(segment));
      const before = segment.count;
      const kept = this.#appendRange(segment, batch, ids, first, first + count);
      appended?.(segment, before);
      added += kept;
      duplicates += count - kept;
      first += count;
    }
    this.#evictions.flush();
    if (!this.#isReplaying) {
      this.#sealer.keepUp(added);
      this.#evictAhead(2 * batch.count);
    }
    this.#trim();
    this.#changed.fire();
    return { added, duplicates };
  }

  /** Adds an `ExportLogsServiceRequest` in protobuf. Throws a `DecodeError` if it is malformed. */
  appendLogs(body: Uint8Array): { added: number; rejected: number; reason: string } {
    const added = this.logs.append(body);
    this.#generation++;
    this.#trim();
    this.#changed.fire();
    return { added, rejected: 0, reason: '' };
  }

  /** Adds an `ExportMetricsServiceRequest` in protobuf. Throws a `DecodeError` if it is malformed. */
  appendMetrics(body: Uint8Array): { points: number; rejected: number; reason: string } {
    const points = this.metrics.append(body);
    this.#generation++;
    this.#trim();
    this.#changed.fire();
    return { points, rejected: 0, reason: '' };
  }

  /** Oldest first. */
  segments(): readonly Segment[] {
    return this.#tables.ring.order;
  }

  segmentOf(ref: SpanRef): Segment {
    return this.#tables.ring.bySlot[slotOf(ref)]!;
  }

  rowOf(ref: SpanRef): number {
    return rowOf(ref);
  }

  /** The spans of a trace in the order of arrival. */
  spansOf(traceRow: number): Uint32Array {
    const refs = new Uint32Array(this.traces.spanCount[traceRow]);
    let ref = this.traces.head[traceRow];
    for (let i = 0; i < refs.length; i++) {
      refs[i] = ref;
      ref = this.segmentOf(ref).next[rowOf(ref)];
    }
    return refs;
  }

  /** The first span that came under this id, or `noSpan`. */
  findSpan(traceRow: number, idLow: number, idHigh: number): SpanRef {
    return this.#tables.index.find(traceRow, idHash(traceRow, idLow, idHigh), idLow, idHigh);
  }

  /** Keeps a trace from eviction, or no longer. False if pinned traces would take more than half of the budget. */
  pin(traceRow: number, pinned: boolean): boolean {
    const { traces } = this.#tables;
    if (pinned && traces.pinned[traceRow] === 0) {
      const bytes = pinnedTraceBytes(this.#tables) + traces.heldBytesOf[traceRow];
      if (bytes > this.#budgetBytes * pinnedShare) return false;
    }
    traces.pinned[traceRow] = pinned ? 1 : 0;
    this.#generation++;
    this.#changed.fire();
    return true;
  }

  /** Gives up the oldest spans as if the budget were smaller. False if there are none. */
  dropOldest(): boolean {
    this.#generation++;
    const dropped = this.#evictOldest(this.#rules);
    this.#trim();
    if (dropped) this.#changed.fire();
    return dropped;
  }

  /**
   * From now on the store makes do with so much less than its budget, as the process needs it for something else. What is too much
   * goes step by step, while spans come.
   */
  withhold(bytes: number): void {
    this.#withheldBytes = bytes;
  }

  /** Seals all full segments at once, instead of step by step when there is time. */
  sealNow(): void {
    this.#sealer.sealAll();
    this.#trim();
  }

  /**
   * From now on spans come from the journal. All shall fit that did before, though segments begin elsewhere: so they are sealed
   * at once, nothing is evicted ahead, and memory counts that is in use only.
   */
  beginReplay(): void {
    this.#isReplaying = true;
  }

  /** Gives back what is too much. */
  endReplay(): void {
    this.#isReplaying = false;
    if (this.#isOverBudget()) this.#giveBack();
    const excess = this.#heldBytes() - this.#budgetBytes;
    if (excess > 0) this.#tables.ring.current?.giveBack(excess);
    this.#trim();
  }

  /** Forgets a trace whose spans are stored under another id now: none of them counts as evicted. */
  drop(traceRow: number): void {
    dropTrace(this.#tables, traceRow, () => {});
    this.#generation++;
    this.#changed.fire();
  }

  /** When and why a trace was dropped to make room; undefined if it was not, or long ago. The id in lower-case hex. */
  droppedAt(traceId: string): Drop | undefined {
    return this.#tables.dropped.find(traceId);
  }

  /** Forgets everything but the counts of what was received and evicted. */
  clear(): void {
    const { ring, index, traces, shares, dropped } = this.#tables;
    shares.clear();
    dropped.clear();
    ring.clear();
    index.clear();
    traces.clear();
    this.#sealer.shrink();
    this.logs.clear();
    this.metrics.clear();
    this.#sweeper.sweep();
    this.#generation++;
    this.#changed.fire();
  }

  #appendRange(segment: Segment, batch: SpanBatch, ids: InternedIds, first: number, end: number): number {
    return appendSpans(this.#tables, segment, batch, ids, first, end, this.#generation);
  }

  /** A segment with room for a message; undefined if the message is larger than what the budget could hold. */
  #segmentFor(messageBytes: number): Segment | undefined {
    const { ring } = this.#tables;
    const roomy = (): Segment | undefined => {
      const { current } = ring;
      return current !== undefined &&
        current.slab.length - current.slabUsed >= messageBytes &&
        ring.rowsLeft(current) > 0
        ? current
        : undefined;
    };
    const current = roomy();
    if (current !== undefined) return current;
    if (messageBytes > this.#budgetBytes / 2) return undefined;
    ring.close();
    if (this.#isReplaying) while (this.#sealer.sealNext());
    else this.#sealer.makeWay();
    // What is spared goes into a new segment, which may have room left.
    this.#evictWhile(() => {
      if (roomy() !== undefined) return this.#isOverBudget();
      const cost = this.#isReplaying ? 0 : ring.costOfOpening(messageBytes);
      return this.#isOverBudget(cost) || ring.exhausted;
    });
    return roomy() ?? ring.open(messageBytes);
  }

  /**
   * Makes room before it is needed, as fast as spans come: all at once would keep everybody waiting. Where nothing is sealed,
   * the next segment is prepared while this one has room for what is spared: later, the memory of both would be needed at once.
   */
  #evictAhead(rows: number): void {
    const { ring } = this.#tables;
    const { current } = ring;
    if (this.#sealer.enabled) {
      if (this.#needsRoomToSeal()) this.#evict(rows, this.#rules);
    } else if (
      ring.slabBytes >= smallestAhead &&
      current !== undefined &&
      current.slabUsed > ring.slabBytes * aheadShare
    )
      this.#evictWhile(() => this.#heldBytes() + ring.costOfOpening(0) > this.#availableBytes);
  }

  /** The same for a segment that is sealed while nothing comes. False if there is room. */
  #evictIdly(rows: number): boolean {
    if (!this.#needsRoomToSeal()) return false;
    this.#generation++;
    const evicted = this.#evict(rows, this.#rules);
    this.#changed.fire();
    return evicted;
  }

  #needsRoomToSeal(): boolean {
    const { slabBytes, buffers } = this.#tables.ring;
    if (slabBytes * fewestAhead > this.#budgetBytes) return false;
    return this.#heldBytes() - buffers.heldBytes + slabBytes * sealedShare > this.#availableBytes;
  }

  /** What is sealed takes less, and memory that waits is of no use: only then something is given up. */
  #evictWhile(tooFull: () => boolean): void {
    const { buffers } = this.#tables.ring;
    this.#giveUpWhile(tooFull, () => this.#sealer.sealNext() || buffers.dropSmallest());
  }

  #makeRoomToSeal(needed: () => number): void {
    this.#giveUpWhile(() => {
      const bytes = needed();
      return bytes > 0 && this.#isOverBudget(bytes);
    });
  }

  /** Gives up the oldest segments as long as there is too much and nothing else helps. */
  #giveUpWhile(tooFull: () => boolean, helps = () => false): void {
    // Spared spans go round: who has seen every segment twice and still finds no room must take from them too.
    let rounds = 2 * this.#tables.ring.order.length + 2;
    while (tooFull())
      if (!helps() && !this.#evictOldest(rounds-- > 0 ? this.#rules : this.#lastResort)) return;
  }

  /** False if there is nothing to give up. */
  #evictOldest(rules: RetentionRules): boolean {
    return this.#evict(Number.POSITIVE_INFINITY, rules);
  }

  #evict(rows: number, rules: RetentionRules): boolean {
    const state = this.#eviction.advance(rows, rules, this.#generation);
    this.#evictions.flush();
    return state !== 'none';
  }

  #heldBytes(): number {
    return heldBytes(this.#tables) + this.#sealer.heldBytes + this.logs.heldBytes + this.metrics.heldBytes;
  }

  /** Whether it would be with so many bytes more. */
  #isOverBudget(more = 0): boolean {
    const spare = this.#isReplaying ? this.#tables.ring.unusedBytes + this.#sealer.heldBytes : 0;
    return this.#heldBytes() + more - spare > this.#availableBytes;
  }

  get #availableBytes(): number {
    return this.#budgetBytes - this.#withheldBytes;
  }

  #trim(): void {
    if (this.#evictions.total > 0) this.#sweeper.sweepIfGrown();
    if (!this.#isOverBudget()) return;
    this.#giveBack();
    this.#evictWhile(() => {
      if (!this.#isOverBudget()) return false;
      this.#giveBack();
      return this.#isOverBudget();
    });
  }

  #giveBack(): void {
    this.#tables.ring.dropSpares();
    this.#sealer.shrink();
    this.#sweeper.sweep();
  }
}
