import type { SpanBatch } from '../model/spanBatch.ts';
import { nanosBetween } from '../model/time.ts';
import { hashBytes } from './hash.ts';
import type { Segment } from './segment.ts';
import { idHash } from './spanIndex.ts';
import { duplicateFlag, noSpan, rowOf, type SpanRef, slotOf, spanRef, statusOf } from './spanRef.ts';
import type { SpanTables } from './spanTables.ts';

/** A row in the columns and a place in the index, at its average load. */
const spanOverhead = 64 + 16;

/** A batch's resources and scopes as ids of the store. */
export interface InternedIds {
  readonly resources: Uint32Array;
  readonly scopes: Uint32Array;
}

export function internMessages({ resources, scopes }: SpanTables, batch: SpanBatch): InternedIds {
  return {
    resources: internAll(resources, batch, batch.resources),
    scopes: internAll(scopes, batch, batch.scopes),
  };
}

function internAll(
  table: SpanTables['resources'] | SpanTables['scopes'],
  { bytes, view }: SpanBatch,
  ranges: readonly number[],
): Uint32Array {
  const ids = new Uint32Array(ranges.length >> 2);
  for (let i = 0, at = 0; i < ids.length; i++, at += 4)
    ids[i] = table.intern(bytes, view, ranges[at], ranges[at + 1], ranges[at + 2], ranges[at + 3]);
  return ids;
}

/** How many spans of the batch from `first` on fit into the segment, by bytes and rows. */
export function fitting(batch: SpanBatch, first: number, freeBytes: number, freeRows: number): number {
  const { spanOffset, spanLength } = batch;
  const limit = spanOffset[first] + freeBytes;
  const most = Math.min(batch.count, first + freeRows);
  if (most === first) return 0;
  if (spanOffset[most - 1] + spanLength[most - 1] <= limit) return most - first;
  let low = first;
  let high = most - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spanOffset[middle] + spanLength[middle] <= limit) low = middle + 1;
    else high = middle;
  }
  return low - first;
}

/**
 * Adds spans `first … end` of the batch to a segment that has room for them. Returns how many were added; the others
 * were there already, byte for byte. A span with a known id and other content is added with `duplicateFlag`.
 */
export function appendSpans(
  tables: SpanTables,
  segment: Segment,
  batch: SpanBatch,
  ids: InternedIds,
  first: number,
  end: number,
  generation: number,
): number {
  const { traces, index, names, ring, resources, shares } = tables;
  const { bytes, view, traceId, spanId, parentSpanId, start, end: endTime, kindStatus } = batch;
  const { nameOffset, nameLength, spanOffset, spanLength, resource, scope } = batch;
  const rowsBefore = segment.count;
  segment.reserve(nextCapacity(segment, rowsBefore + end - first));
  const { slot, trace: traceColumn, spanId: idColumn, parentSpanId: parentColumn, next } = segment;
  const { startLow, startHigh, duration, name, resource: resourceColumn, scope: scopeColumn } = segment;
  const { kindStatus: kindStatusColumn, offset, length } = segment;
  const shift = segment.slabUsed - spanOffset[first];
  const slabEnd = shift + spanOffset[end - 1] + spanLength[end - 1];
  segment.slab.set(
    bytes.subarray(spanOffset[first], spanOffset[end - 1] + spanLength[end - 1]),
    segment.slabUsed,
  );

  let row = rowsBefore;
  // Most batches carry the spans of a trace one after the other: what concerns the trace is done once a run.
  for (let i = first; i < end; ) {
    const trace = traces.rowFor(traceId[4 * i], traceId[4 * i + 1], traceId[4 * i + 2], traceId[4 * i + 3]);
    const runEnd = endOfRun(traceId, i, end);
    if (traces.spanCount[trace] === 0) index.reserve(trace, runEnd - i);
    const runRow = row;
    let errors = 0;
    let heldBytes = 0;
    let earliest = traces.startLow[trace];
    let earliestHigh = traces.startHigh[trace];
    let latest = traces.endLow[trace];
    let latestHigh = traces.endHigh[trace];
    for (; i < runEnd; i++) {
      const low = spanId[2 * i];
      const high = spanId[2 * i + 1];
      const hash = idHash(trace, low, high);
      const ref = spanRef(slot, row);
      let flags = kindStatus[i];
      const known = index.add(trace, hash, low, high, ref);
      if (known !== noSpan) {
        const message = bytes.subarray(spanOffset[i], spanOffset[i] + spanLength[i]);
        if (Buffer.compare(ring.bySlot[slotOf(known)]!.bytes(rowOf(known)), message) === 0) continue;
        const ofContent = contentHash(hash, bytes, view, spanOffset[i], spanLength[i]);
        if (index.addContent(trace, ofContent, message, ref) !== noSpan) continue;
        flags |= duplicateFlag;
      }
      const parentLow = parentSpanId[2 * i];
      const parentHigh = parentSpanId[2 * i + 1];
      const from = start[2 * i];
      const fromHigh = start[2 * i + 1];
      const to = endTime[2 * i];
      const toHigh = endTime[2 * i + 1];
      traceColumn[row] = trace;
      idColumn[2 * row] = low;
      idColumn[2 * row + 1] = high;
      parentColumn[2 * row] = parentLow;
      parentColumn[2 * row + 1] = parentHigh;
      startLow[row] = from;
      startHigh[row] = fromHigh;
      duration[row] = (to | toHigh) === 0 ? Number.NaN : nanosBetween(from, fromHigh, to, toHigh);
      name[row] = names.intern(bytes, view, nameOffset[i], nameLength[i]);
      resourceColumn[row] = ids.resources[resource[i]];
      scopeColumn[row] = ids.scopes[scope[i]];
      kindStatusColumn[row] = flags;
      next[row] = ref + 1;
      offset[row] = spanOffset[i] + shift;
      length[row] = spanLength[i];

      // A time of 0 is not known.
      if ((from | fromHigh) !== 0) {
        if ((earliest | earliestHigh) === 0 || isBefore(from, fromHigh, earliest, earliestHigh)) {
          earliest = from;
          earliestHigh = fromHigh;
        }
        if (isBefore(latest, latestHigh, from, fromHigh)) {
          latest = from;
          latestHigh = fromHigh;
        }
      }
      if (isBefore(latest, latestHigh, to, toHigh)) {
        latest = to;
        latestHigh = toHigh;
      }
      if ((parentLow | parentHigh) === 0) noteRoot(tables, trace, ref, from, fromHigh);
      if (statusOf(flags) === 2) errors++;
      heldBytes += spanLength[i] + spanOverhead;
      row++;
    }
    if (row === runRow) continue;
    next[row - 1] = noSpan;
    const tail = traces.tail[trace];
    if (tail === noSpan) {
      traces.head[trace] = spanRef(slot, runRow);
      traces.service[trace] = shares.idOf(resources.get(resourceColumn[runRow]).serviceName);
    } else ring.bySlot[slotOf(tail)]!.next[rowOf(tail)] = spanRef(slot, runRow);
    shares.add(traces.service[trace], heldBytes);
    traces.tail[trace] = spanRef(slot, row - 1);
    traces.startLow[trace] = earliest;
    traces.startHigh[trace] = earliestHigh;
    traces.endLow[trace] = latest;
    traces.endHigh[trace] = latestHigh;
    traces.spanCount[trace] += row - runRow;
    traces.errorCount[trace] += errors;
    traces.heldBytesOf[trace] += heldBytes;
    traces.lastUpdateGeneration[trace] = generation;
  }
  const added = row - rowsBefore;
  if (added === 0) return 0;
  if (rowsBefore === 0) segment.firstGeneration = generation;
  segment.count = row;
  segment.live += added;
  segment.slabUsed = slabEnd;
  segment.generation++;
  return added;
}

/** Where the spans of the trace of span `i` end. */
function endOfRun(traceId: Uint32Array, i: number, end: number): number {
  const a = traceId[4 * i];
  const b = traceId[4 * i + 1];
  const c = traceId[4 * i + 2];
  const d = traceId[4 * i + 3];
  let at = i + 1;
  for (; at < end; at++) {
    const quad = 4 * at;
    if (traceId[quad] !== a || traceId[quad + 1] !== b || traceId[quad + 2] !== c || traceId[quad + 3] !== d)
      break;
  }
  return at;
}

/** Compares instants by their words. */
function isBefore(low: number, high: number, otherLow: number, otherHigh: number): boolean {
  return high < otherHigh || (high === otherHigh && low < otherLow);
}

/** Of several spans without a parent, the earliest is the root. */
function noteRoot(
  { ring, traces }: SpanTables,
  trace: number,
  ref: SpanRef,
  from: number,
  fromHigh: number,
): void {
  const root = traces.root[trace];
  if (root !== noSpan) {
    const { startLow, startHigh } = ring.bySlot[slotOf(root)]!;
    const row = rowOf(root);
    if (fromHigh > startHigh[row] || (fromHigh === startHigh[row] && from >= startLow[row])) return;
  }
  traces.root[trace] = ref;
}

/** Under which later spans of one id are indexed: the hash of the id mixed with that of the message. */
export function contentHash(
  ofId: number,
  bytes: Uint8Array,
  view: DataView,
  offset: number,
  length: number,
): number {
  return Math.imul(ofId ^ hashBytes(bytes, view, offset, length), 0x9e3779b1) >>> 0;
}

function nextCapacity(segment: Segment, rows: number): number {
  return rows <= segment.capacity ? rows : Math.max(rows, segment.capacity * 2);
}
