/** A span in the store: segment slot << 20 | row, as an unsigned 32-bit number. Valid until the span is evicted. */
export type SpanRef = number;

export const noSpan: SpanRef = 0xffffffff;

/** A row of a segment whose span was dropped with its trace has this in the column `trace`. */
export const noTrace = 0xffffffff;

export const rowBits = 20;
/** A segment has fewer rows than this. */
export const maximumRows = 1 << rowBits;
/** There are fewer segments than this, so that no reference equals `noSpan`. */
export const maximumSegments = 0xfff;

export function spanRef(slot: number, row: number): SpanRef {
  return ((slot << rowBits) | row) >>> 0;
}

export function slotOf(ref: SpanRef): number {
  return ref >>> rowBits;
}

export function rowOf(ref: SpanRef): number {
  return ref & (maximumRows - 1);
}

/** Parts of the column `kindStatus`: `kind | status << 4 | duplicate << 7`. */
export const duplicateFlag = 0x80;

/** Span kind as in OTLP: 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
export function kindOf(kindStatus: number): number {
  return kindStatus & 15;
}

/** Status code as in OTLP: 0 unset, 1 ok, 2 error. */
export function statusOf(kindStatus: number): number {
  return (kindStatus >>> 4) & 3;
}

/** The span's id was already taken in its trace by a span with other content. */
export function isDuplicate(kindStatus: number): boolean {
  return kindStatus >= duplicateFlag;
}
