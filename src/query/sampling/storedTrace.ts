import { readSpan } from '../../decode/otlp/readSpan.ts';
import { type KeySet, readSpanAttribute } from '../../decode/otlp/readSpanParts.ts';
import type { AnyValue } from '../../model/anyValue.ts';
import type { Span } from '../../model/span.ts';
import { nanosOfWords } from '../../model/time.ts';
import type { Segment } from '../../store/segment.ts';
import { noSpan, statusOf } from '../../store/spanRef.ts';
import type { TraceStore } from '../../store/traceStore.ts';
import { nameOf, rootOf, serviceOf } from '../spanFields.ts';

/** One span of the trace that is being decided about. Valid until the next. */
export class StoredSpan {
  readonly #store: TraceStore;
  readonly #segment: Segment;
  readonly #row: number;

  constructor(store: TraceStore, segment: Segment, row: number) {
    this.#store = store;
    this.#segment = segment;
    this.#row = row;
  }

  /** 0 unset, 1 ok, 2 error. */
  get status(): number {
    return statusOf(this.#segment.kindStatus[this.#row]);
  }

  get name(): string {
    return nameOf(this.#store, this.#segment, this.#row);
  }

  get serviceName(): string {
    return serviceOf(this.#store, this.#segment, this.#row);
  }

  /** Id within the store. */
  get resource(): number {
    return this.#segment.resource[this.#row];
  }

  get hasParent(): boolean {
    const { parentSpanId } = this.#segment;
    return (parentSpanId[2 * this.#row] | parentSpanId[2 * this.#row + 1]) !== 0;
  }

  /** Bytes of the `Span` message. */
  get bytes(): number {
    return this.#segment.messageBytes(this.#row);
  }

  attribute(key: KeySet): AnyValue | undefined {
    return readSpanAttribute(this.#segment.bytes(this.#row), key);
  }

  /** All of it; costly. */
  decoded(): Span {
    return readSpan(this.#segment.bytes(this.#row));
  }
}

/** A trace of the store that a sampler is asked about. Valid until the store changes. */
export class StoredTrace {
  readonly #store: TraceStore;
  readonly #row: number;

  constructor(store: TraceStore, row: number) {
    this.#store = store;
    this.#row = row;
  }

  get traceId(): string {
    return this.#store.traces.idOf(this.#row);
  }

  get spanCount(): number {
    return this.#store.traces.spanCount[this.#row];
  }

  get hasErrors(): boolean {
    return this.#store.traces.errorCount[this.#row] > 0;
  }

  /** Latest end − earliest start, whole milliseconds. */
  get durationMs(): number {
    return Math.floor(this.#store.traces.durationOf(this.#row) / 1e6);
  }

  /** Earliest start, seconds since 1970. */
  get startSeconds(): number {
    const { startLow, startHigh } = this.#store.traces;
    return Number(nanosOfWords(startLow[this.#row], startHigh[this.#row])) / 1e9;
  }

  /** The span without a parent, else the earliest whose parent is absent. */
  get root(): StoredSpan {
    const ref = rootOf(this.#store, this.#row);
    return new StoredSpan(this.#store, this.#store.segmentOf(ref), this.#store.rowOf(ref));
  }

  *spans(): Generator<StoredSpan> {
    for (let ref = this.#store.traces.head[this.#row]; ref !== noSpan; ) {
      const segment = this.#store.segmentOf(ref);
      const row = this.#store.rowOf(ref);
      yield new StoredSpan(this.#store, segment, row);
      ref = segment.next[row];
    }
  }

  someSpan(test: (span: StoredSpan) => boolean): boolean {
    for (const span of this.spans()) if (test(span)) return true;
    return false;
  }

  /** Whether an attribute of a resource of the trace passes; each resource is asked once. */
  someResource(test: (attribute: (key: string) => AnyValue | undefined) => boolean): boolean {
    for (const id of this.resources()) {
      const { attributes = [] } = this.#store.resources.get(id).resource;
      if (test(key => attributes.findLast(each => each.key === key)?.value)) return true;
    }
    return false;
  }

  /** About what the trace takes in protobuf. */
  get bytes(): number {
    let sum = 0;
    for (const span of this.spans()) sum += span.bytes;
    for (const id of this.resources()) sum += this.#store.resources.get(id).bytes.length;
    return sum;
  }

  resources(): Set<number> {
    const ids = new Set<number>();
    for (const { resource } of this.spans()) ids.add(resource);
    return ids;
  }
}
