import type { StoredResource } from '../store/resourceTable.ts';
import type { Segment } from '../store/segment.ts';
import { noSpan, noTrace } from '../store/spanRef.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { oldestSegments } from './segmentWalk.ts';

/** Spans that are looked at before there may be a pause: a fraction of a millisecond. */
const stepRows = 4096;

/** Bits, 31 at most, of a resource and of a span name. */
export interface BitsOf {
  ofResource(resource: StoredResource): number;
  ofName(name: string): number;
}

/** Bits that the resource or the name of any span of a trace has. */
export class TraceBits {
  readonly #store: TraceStore;
  readonly #ofResources: BitsById;
  readonly #ofNames: BitsById;
  /** By trace row, of traces that have not changed since. */
  #found = new Uint32Array(0);
  #generation = -1;

  constructor(store: TraceStore, { ofResource, ofName }: BitsOf) {
    this.#store = store;
    this.#ofResources = new BitsById(id => ofResource(store.resources.get(id)));
    this.#ofNames = new BitsById(id => ofName(store.names.string(id)));
  }

  /** Goes over all spans, which is faster than trace by trace. Yields where there is a good place for a pause. */
  *prepare(): Generator<void, void> {
    const store = this.#store;
    this.#generation = store.generation;
    this.#found = new Uint32Array(store.traces.rows);
    for (const { segment, rows } of oldestSegments(store))
      for (let row = 0; row < rows && store.segments().includes(segment); row += stepRows) {
        this.#refresh();
        this.#addRows(segment, row, Math.min(rows, row + stepRows));
        yield;
      }
  }

  /** Of a stored trace, as it is now. */
  of(traceRow: number): number {
    const { traces } = this.#store;
    if (traces.lastUpdateGeneration[traceRow] <= this.#generation) return this.#found[traceRow];
    this.#refresh();
    let bits = 0;
    for (let ref = traces.head[traceRow]; ref !== noSpan; ) {
      const segment = this.#store.segmentOf(ref);
      const row = this.#store.rowOf(ref);
      bits |= this.#ofResources.of(segment.resource[row]) | this.#ofNames.of(segment.name[row]);
      ref = segment.next[row];
    }
    return bits;
  }

  /** Ids may have come and gone since. */
  #refresh(): void {
    const { idGeneration, resources, names } = this.#store;
    this.#ofResources.refresh(idGeneration, resources.size);
    this.#ofNames.refresh(idGeneration, names.size);
  }

  #addRows({ trace, resource, name }: Segment, from: number, to: number): void {
    const found = this.#found;
    const ofResources = this.#ofResources;
    const ofNames = this.#ofNames;
    for (let row = from; row < to; row++)
      if (trace[row] !== noTrace) found[trace[row]] |= ofResources.of(resource[row]) | ofNames.of(name[row]);
  }
}

const unread = -1;

class BitsById {
  readonly #read: (id: number) => number;
  #bits = new Int32Array(0);
  #idGeneration = -1;

  constructor(read: (id: number) => number) {
    this.#read = read;
  }

  /** @param ids that there are: all are below it */
  refresh(idGeneration: number, ids: number): void {
    if (idGeneration !== this.#idGeneration) this.#bits.fill(unread);
    this.#idGeneration = idGeneration;
    if (ids <= this.#bits.length) return;
    const bits = new Int32Array(ids + (ids >> 1)).fill(unread);
    bits.set(this.#bits);
    this.#bits = bits;
  }

  of(id: number): number {
    const bits = this.#bits[id];
    return bits === unread ? (this.#bits[id] = this.#read(id)) : bits;
  }
}
