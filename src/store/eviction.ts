import { contentHash } from './appendSpans.ts';
import type { EvictionTally } from './evictionTally.ts';
import { type RetentionRules, SpareTraces, tracesIn } from './retention/spareTraces.ts';
import type { Segment } from './segment.ts';
import { idHash } from './spanIndex.ts';
import { isDuplicate, noSpan, noTrace, rowOf, type SpanRef, slotOf, spanRef } from './spanRef.ts';
import type { SpanTables } from './spanTables.ts';

/** Told of spans that go, by the id of their resource. */
export type Evicted = (resource: number, spans: number) => void;

/** Told of rows `first … end` of a segment that were carried over from an older one. */
export type Carried = (segment: Segment, first: number, end: number) => void;

/**
 * Gives up the oldest segment: every trace with a span in it goes whole, wherever its other spans lie, unless the rules
 * spare it. Spans of spared traces are carried over into new segments. Returns false if there is nothing to give up.
 */
export function evictOldest(
  tables: SpanTables,
  generation: number,
  rules: RetentionRules,
  evictions: EvictionTally,
  carried: Carried,
): boolean {
  const { ring, traces, dropped } = tables;
  const segment = ring.takeOldest();
  if (segment === undefined) return false;
  const spare = new SpareTraces(tables, segment, rules);
  const time = Date.now();
  for (const trace of tracesIn(segment)) {
    const reason = spare.verdict(trace);
    if (reason === 'spared') continue;
    dropped.add(traces.id, 4 * trace, { time, reason });
    dropTrace(tables, trace, (resource, spans) => evictions.add(resource, spans, reason));
  }
  if (segment.live > 0) carryOver(tables, segment, generation, carried);
  ring.release(segment);
  return true;
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

/** The hash under which a span is indexed. */
function hashOf(segment: Segment, row: number, trace: number): number {
  const hash = idHash(trace, segment.spanId[2 * row], segment.spanId[2 * row + 1]);
  if (!isDuplicate(segment.kindStatus[row])) return hash;
  const bytes = segment.bytes(row);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return contentHash(hash, bytes, view, 0, bytes.length);
}

/** Copies the live rows of a segment that was taken from the ring to its end, and leads all references there. */
function carryOver(tables: SpanTables, from: Segment, generation: number, carried: Carried): void {
  const { ring, index, traces } = tables;
  const moved = new Map<SpanRef, SpanRef>();
  const touched = new Set<number>();
  const firstRows = new Map<Segment, number>();
  for (let row = 0; row < from.count; row++) {
    const trace = from.trace[row];
    if (trace === noTrace) continue;
    const bytes = from.bytes(row);
    let to = ring.current;
    if (to === undefined || to.slab.length - to.slabUsed < bytes.length || ring.rowsLeft(to) === 0)
      to = ring.open(bytes.length);
    if (to.count === 0) to.firstGeneration = generation;
    if (!firstRows.has(to)) firstRows.set(to, to.count);
    const ref = copyRow(from, row, bytes, to);
    index.replace(trace, hashOf(from, row, trace), spanRef(from.slot, row), ref);
    moved.set(spanRef(from.slot, row), ref);
    touched.add(trace);
  }
  const target = (ref: SpanRef): SpanRef => moved.get(ref) ?? ref;
  for (const trace of touched) {
    traces.head[trace] = target(traces.head[trace]);
    traces.tail[trace] = target(traces.tail[trace]);
    traces.root[trace] = target(traces.root[trace]);
    traces.lastUpdateGeneration[trace] = generation;
    for (let ref = traces.head[trace]; ref !== noSpan; ) {
      const { next } = ring.bySlot[slotOf(ref)]!;
      next[rowOf(ref)] = target(next[rowOf(ref)]);
      ref = next[rowOf(ref)];
    }
  }
  for (const [segment, first] of firstRows) carried(segment, first, segment.count);
}

function copyRow(from: Segment, row: number, bytes: Uint8Array, to: Segment): SpanRef {
  const at = to.count;
  if (at === to.capacity) to.reserve(2 * at);
  to.slab.set(bytes, to.slabUsed);
  for (const column of ['spanId', 'parentSpanId'] as const) {
    to[column][2 * at] = from[column][2 * row];
    to[column][2 * at + 1] = from[column][2 * row + 1];
  }
  for (const column of plainColumns) to[column][at] = from[column][row];
  to.offset[at] = to.slabUsed;
  to.length[at] = bytes.length;
  to.slabUsed += bytes.length;
  to.count++;
  to.live++;
  to.generation++;
  return spanRef(to.slot, at);
}

const plainColumns = [
  'trace',
  'startLow',
  'startHigh',
  'duration',
  'name',
  'resource',
  'scope',
  'kindStatus',
  'next',
] as const;
