import { contentHash } from './appendSpans.ts';
import type { EvictionTally } from './evictionTally.ts';
import { type RetentionRules, SpareTraces } from './retention/spareTraces.ts';
import type { Segment } from './segment.ts';
import { idHash } from './spanIndex.ts';
import { isDuplicate, noSpan, noTrace, rowOf, type SpanRef, slotOf, spanRef } from './spanRef.ts';
import type { SpanTables } from './spanTables.ts';

/** Told of spans that go, by the id of their resource. */
export type Evicted = (resource: number, spans: number) => void;

/** Told of rows `first … end` of a segment that were carried over from an older one. */
export type Carried = (segment: Segment, first: number, end: number) => void;

export interface EvictionOptions {
  readonly tables: SpanTables;
  readonly tally: EvictionTally;
  readonly carried: Carried;
  /** Called before a segment is opened for spans that leave another one. */
  opening(leaving: Segment): void;
}

/**
 * Gives up the oldest segment, some rows at a time: every trace with a span in it goes whole, wherever its other spans lie, unless
 * the rules spare it. Spans of spared traces are carried over into new segments. Between two steps the store is as it should be.
 */
export class Eviction {
  readonly #options: EvictionOptions;
  /** The segment that is being given up; its rows before `#row` are dead. */
  #segment: Segment | undefined;
  #row = 0;
  #rules: RetentionRules | undefined;
  #spare: SpareTraces | undefined;

  constructor(options: EvictionOptions) {
    this.#options = options;
  }

  /** Gives up about so many rows. `done` with the last one of a segment, `none` if there is no segment. */
  advance(rows: number, rules: RetentionRules, generation: number): 'more' | 'done' | 'none' {
    const { tables, carried } = this.#options;
    const { ring, traces } = tables;
    const segment = ring.order[0];
    if (segment === undefined) return 'none';
    if (segment !== this.#segment) {
      segment.full = true;
      this.#segment = segment;
      this.#row = 0;
      this.#rules = undefined;
    }
    if (rules !== this.#rules) {
      this.#rules = rules;
      this.#spare = new SpareTraces(tables, segment, rules);
    }
    const time = Date.now();
    const moved: Moved = { generation, firstRows: new Map() };
    const end = this.#row + rows;
    // As sealing replaces columns, but not between two steps.
    const { trace: traceColumn, count } = segment;
    for (; this.#row < count && this.#row < end; this.#row++) {
      const trace = traceColumn[this.#row];
      if (trace === noTrace) continue;
      const reason = this.#spare!.verdict(trace);
      if (reason === 'spared') {
        this.#carryOver(segment, trace, moved);
        continue;
      }
      tables.dropped.add(traces.id, 4 * trace, { time, reason });
      dropTrace(tables, trace, (resource, spans) => this.#options.tally.add(resource, spans, reason));
    }
    for (const [to, first] of moved.firstRows) carried(to, first, to.count);
    if (this.#row < count) return 'more';
    ring.takeOldest();
    ring.release(segment);
    this.#segment = undefined;
    this.#spare = undefined;
    return 'done';
  }

  /** Moves the spans of a trace out of a segment to the end of the ring, and leads all references there. */
  #carryOver(from: Segment, trace: number, { generation, firstRows }: Moved): void {
    const { ring, index, traces } = this.#options.tables;
    let before: SpanRef = noSpan;
    for (let ref: SpanRef = traces.head[trace]; ref !== noSpan; ) {
      const segment = ring.bySlot[slotOf(ref)]!;
      const row = rowOf(ref);
      const next = segment.next[row];
      let place = ref;
      if (segment === from) {
        const bytes = from.messageBytes(row);
        const to = this.#segmentFor(bytes, from);
        if (to.count === 0) to.firstGeneration = generation;
        if (!firstRows.has(to)) firstRows.set(to, to.count);
        place = copyRow(from, row, bytes, to);
        index.replace(trace, hashOf(to, rowOf(place)), ref, place);
        from.trace[row] = noTrace;
        from.live--;
        from.generation++;
        if (before === noSpan) traces.head[trace] = place;
        else ring.bySlot[slotOf(before)]!.next[rowOf(before)] = place;
        if (traces.tail[trace] === ref) traces.tail[trace] = place;
        if (traces.root[trace] === ref) traces.root[trace] = place;
      }
      before = place;
      ref = next;
    }
    traces.lastUpdateGeneration[trace] = generation;
  }

  #segmentFor(bytes: number, leaving: Segment): Segment {
    const { ring } = this.#options.tables;
    const { current } = ring;
    if (
      current !== undefined &&
      current.slab.length - current.slabUsed >= bytes &&
      ring.rowsLeft(current) > 0
    )
      return current;
    ring.close();
    this.#options.opening(leaving);
    return ring.open(bytes);
  }
}

/** What all pinned traces take. */
export function pinnedTraceBytes({ traces }: SpanTables): number {
  let sum = 0;
  for (let row = 0; row < traces.rows; row++) if (traces.pinned[row] !== 0) sum += traces.heldBytesOf[row];
  return sum;
}

/** Gives up the spans of one trace. */
export function dropTrace(tables: SpanTables, trace: number, evicted: Evicted): void {
  const { ring, index, traces, shares } = tables;
  shares.add(traces.service[trace], -traces.heldBytesOf[trace]);
  let resource = -1;
  let spans = 0;
  for (let ref = traces.head[trace]; ref !== noSpan; ) {
    const segment = ring.bySlot[slotOf(ref)]!;
    const row = rowOf(ref);
    segment.trace[row] = noTrace;
    segment.live--;
    segment.generation++;
    // Told once per run of spans of one resource, as counting costs more than the rest of this loop.
    if (segment.resource[row] !== resource) {
      if (spans > 0) evicted(resource, spans);
      resource = segment.resource[row];
      spans = 0;
    }
    spans++;
    ref = segment.next[row];
  }
  if (spans > 0) evicted(resource, spans);
  index.drop(trace);
  traces.remove(trace);
}

/** The hash under which a span of a segment that is not sealed is indexed. */
function hashOf({ trace, spanId, kindStatus, slab, offset, length }: Segment, row: number): number {
  const hash = idHash(trace[row], spanId[2 * row], spanId[2 * row + 1]);
  if (!isDuplicate(kindStatus[row])) return hash;
  const view = new DataView(slab.buffer, slab.byteOffset, slab.byteLength);
  return contentHash(hash, slab, view, offset[row], length[row]);
}

/** What one step of an eviction carries over. */
interface Moved {
  readonly generation: number;
  /** Where it begins, by segment. */
  readonly firstRows: Map<Segment, number>;
}

function copyRow(from: Segment, row: number, bytes: number, to: Segment): SpanRef {
  const at = to.count;
  if (at === to.capacity) to.reserve(2 * at);
  from.copyMessage(row, to.slab, to.slabUsed);
  // Column by column: a loop over their names takes ten times as long.
  to.spanId[2 * at] = from.spanId[2 * row];
  to.spanId[2 * at + 1] = from.spanId[2 * row + 1];
  to.parentSpanId[2 * at] = from.parentSpanId[2 * row];
  to.parentSpanId[2 * at + 1] = from.parentSpanId[2 * row + 1];
  to.trace[at] = from.trace[row];
  to.startLow[at] = from.startLow[row];
  to.startHigh[at] = from.startHigh[row];
  to.duration[at] = from.duration[row];
  to.name[at] = from.name[row];
  to.resource[at] = from.resource[row];
  to.scope[at] = from.scope[row];
  to.kindStatus[at] = from.kindStatus[row];
  to.next[at] = from.next[row];
  to.offset[at] = to.slabUsed;
  to.length[at] = bytes;
  to.slabUsed += bytes;
  to.count++;
  to.live++;
  to.generation++;
  return spanRef(to.slot, at);
}
