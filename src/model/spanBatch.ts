/** Spans; the columns of more than that (4 MB) are given back. */
const keptCapacity = 1 << 16;

/**
 * What a decoder hands to the store: the header fields of the spans of one request, in columns, beside the bytes that
 * arrived. Offsets point into `bytes`; nothing is decoded to strings or objects here. A batch is reused for the next
 * request, so whoever keeps something copies it.
 *
 * Decoding fills a batch completely before the store sees it: a body that turns out to be malformed leaves no trace.
 */
export class SpanBatch {
  /** The request: `ExportTraceServiceRequest` in protobuf, whatever the encoding it came in. */
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(this.bytes.buffer);
  /** Number of valid spans. */
  count = 0;
  /** Spans left out, with the first reason (for the partial-success answer). */
  rejected = 0;
  rejectedReason = '';

  capacity = 0;
  /** Trace id as four little-endian words at `4 * i`. */
  traceId = new Uint32Array(0);
  /** Span id and parent span id as two little-endian words at `2 * i`; a root's parent is two zeros. */
  spanId = new Uint32Array(0);
  parentSpanId = new Uint32Array(0);
  /** Start and end as the low and high word of a fixed64, at `2 * i`: nanoseconds since 1970. */
  start = new Uint32Array(0);
  end = new Uint32Array(0);
  /** Name: offset and length of its UTF-8 bytes. */
  nameOffset = new Uint32Array(0);
  nameLength = new Uint32Array(0);
  /** `kind | status << 4`. */
  kindStatus = new Uint8Array(0);
  /** The whole `Span` message: offset and length. */
  spanOffset = new Uint32Array(0);
  spanLength = new Uint32Array(0);
  /** Index into `resources` and `scopes`. */
  resource = new Uint32Array(0);
  scope = new Uint32Array(0);

  /** `Resource` and `InstrumentationScope` messages with their schema URLs: `[offset, length, urlOffset, urlLength]` each. */
  resources: number[] = [];
  scopes: number[] = [];

  /** Makes ready for a new request, keeping the memory unless it was an unusually large one. */
  reset(bytes: Uint8Array): void {
    if (this.capacity > keptCapacity) this.#resize(0);
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.count = 0;
    this.rejected = 0;
    this.rejectedReason = '';
    this.resources.length = 0;
    this.scopes.length = 0;
  }

  /** Doubles the columns; call it when `count === capacity`. */
  grow(): void {
    this.#resize(Math.max(1024, this.capacity * 2));
  }

  reject(reason: string): void {
    if (this.rejected === 0) this.rejectedReason = reason;
    this.rejected++;
  }

  #resize(capacity: number): void {
    const wider = <T extends Uint32Array | Uint8Array>(
      old: T,
      make: new (length: number) => T,
      width: number,
    ): T => {
      const column = new make(capacity * width);
      if (column.length > old.length) column.set(old);
      return column;
    };
    this.traceId = wider(this.traceId, Uint32Array, 4);
    this.spanId = wider(this.spanId, Uint32Array, 2);
    this.parentSpanId = wider(this.parentSpanId, Uint32Array, 2);
    this.start = wider(this.start, Uint32Array, 2);
    this.end = wider(this.end, Uint32Array, 2);
    this.nameOffset = wider(this.nameOffset, Uint32Array, 1);
    this.nameLength = wider(this.nameLength, Uint32Array, 1);
    this.kindStatus = wider(this.kindStatus, Uint8Array, 1);
    this.spanOffset = wider(this.spanOffset, Uint32Array, 1);
    this.spanLength = wider(this.spanLength, Uint32Array, 1);
    this.resource = wider(this.resource, Uint32Array, 1);
    this.scope = wider(this.scope, Uint32Array, 1);
    this.capacity = capacity;
  }
}
