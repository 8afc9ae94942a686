import type { Segment } from '../segment.ts';
import type { CarriedRows, TraceStore } from '../traceStore.ts';
import type { RecordKind } from './journalFormat.ts';
import { rowsToRequest, type StoredRows } from './rowsToRequest.ts';

/** Rows of one request, and so the time that making it takes, are bounded. */
const partRows = 4096;

export interface BacklogPart {
  readonly kind: RecordKind;
  /** A request in protobuf. */
  readonly content: Uint8Array;
}

/**
 * What of the store is not in the journal. The store is written in the order of arrival, so a place in it tells:
 * everything before is in the journal. Metrics are left out: senders repeat them.
 */
export class Backlog {
  readonly #store: TraceStore;
  #generation = -1;
  #segment: Segment | undefined;
  #rows = 0;
  #logRecords = 0;

  constructor(store: TraceStore) {
    this.#store = store;
  }

  /** Everything that is stored is in the journal now. */
  clear(): void {
    this.#segment = this.#store.segments().at(-1);
    this.#rows = this.#segment?.count ?? 0;
    this.#generation = this.#store.generation;
    this.#logRecords = this.#store.logs.appended;
  }

  /** Hands the next part over; it is in the journal if `write` returns. False if there is none. */
  writeNext(write: (part: BacklogPart) => void): boolean {
    return this.#writeSpans(write) || this.#writeLogs(write);
  }

  #writeSpans(write: (part: BacklogPart) => void): boolean {
    for (const segment of this.#store.segments()) {
      if (segment !== this.#segment) {
        if (segment.firstGeneration <= this.#generation) continue;
        this.#segment = segment;
        this.#rows = 0;
        this.#generation = segment.firstGeneration;
      }
      if (this.#rows === segment.count) continue;
      const first = this.#rows;
      const end = Math.min(segment.count, first + partRows);
      const content = spansToRequest(this.#store, { segment, first, end });
      if (content.length > 0) write({ kind: 'traces', content });
      this.#rows = end;
      return true;
    }
    return false;
  }

  #writeLogs(write: (part: BacklogPart) => void): boolean {
    const { logs } = this.#store;
    for (const chunk of logs.chunks) {
      const first = Math.max(0, this.#logRecords - chunk.firstRecord);
      if (first >= chunk.count) continue;
      const end = Math.min(chunk.count, first + partRows);
      write({ kind: 'logs', content: storedToRequest(this.#store, chunk, range(first, end)) });
      this.#logRecords = chunk.firstRecord + end;
      return true;
    }
    return false;
  }
}

/** Rows of a segment that are still stored, as an `ExportTraceServiceRequest`; empty if there are none. */
export function spansToRequest(store: TraceStore, { segment, first, end }: CarriedRows): Uint8Array {
  return storedToRequest(
    store,
    segment,
    range(first, end).filter(row => segment.isLive(row)),
  );
}

/** Rows of one resource and scope follow each other, so that each is written once. */
function storedToRequest(store: TraceStore, stored: StoredRows, rows: number[]): Uint8Array {
  const { resource, scope } = stored;
  rows.sort((a, b) => resource[a] - resource[b] || scope[a] - scope[b] || a - b);
  return rowsToRequest(rows, stored, store.resources, store.scopes);
}

function range(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, index) => first + index);
}
