/**
 * The packed form of a row window: columns one after the other, widest elements first, so that each is aligned.
 * Both ends use `layout`; a reader makes views and copies nothing.
 */
export interface RowColumns {
  /** Offset from the trace's start and duration, nanoseconds. */
  readonly start: Float64Array;
  readonly duration: Float64Array;
  readonly selfTime: Float64Array;
  /** Row `i` owns marks `markFirst[i] … markFirst[i + 1]` and critical sections `criticalFirst[i] … criticalFirst[i + 1]`. */
  readonly markAt: Float64Array;
  readonly criticalStart: Float64Array;
  readonly criticalEnd: Float64Array;
  /** Span id as two little-endian words at `2 * i`. */
  readonly spanId: Uint32Array;
  /** Index into the window's `names`. */
  readonly name: Uint32Array;
  /** Row of the parent, 0xffffffff for a root. */
  readonly parentRow: Uint32Array;
  /** Spans below this one, hidden ones included. */
  readonly descendants: Uint32Array;
  /** ARIA: 1-based place among its siblings, and how many there are. */
  readonly posInSet: Uint32Array;
  readonly setSize: Uint32Array;
  readonly markFirst: Uint32Array;
  readonly criticalFirst: Uint32Array;
  /** 0-based depth. */
  readonly depth: Uint32Array;
  /** Index into the head's `services`. */
  readonly service: Uint16Array;
  /** `rowFlags`. */
  readonly flags: Uint16Array;
  readonly kind: Uint8Array;
  readonly markKind: Uint8Array;
}

export interface RowWindowSize {
  readonly rows: number;
  readonly marks: number;
  readonly criticalSections: number;
}

const headerBytes = 16;

/** Makes empty columns over one exact-size buffer; fill them and send `bytes`. */
export function allocateRowColumns(size: RowWindowSize): { bytes: Uint8Array; columns: RowColumns } {
  const bytes = new Uint8Array(layout(size, new ArrayBuffer(0)).byteLength);
  new Uint32Array(bytes.buffer, 0, 3).set([size.rows, size.marks, size.criticalSections]);
  return { bytes, columns: layout(size, bytes.buffer).columns };
}

/** Reads what `allocateRowColumns` made. Throws a RangeError if the bytes are too short for what they announce. */
export function readRowColumns(bytes: Uint8Array): RowColumns {
  // A view into a pooled buffer may be unaligned: copy it once.
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  if (aligned.byteLength < headerBytes) throw new RangeError('row window without a header');
  const [rows, marks, criticalSections] = new Uint32Array(aligned.buffer, aligned.byteOffset, 3);
  const { byteLength, columns } = layout(
    { rows, marks, criticalSections },
    aligned.buffer as ArrayBuffer,
    aligned.byteOffset,
    aligned.byteLength,
  );
  if (byteLength > aligned.byteLength)
    throw new RangeError(`row window of ${aligned.byteLength} bytes announces ${byteLength}`);
  return columns;
}

function layout(
  size: RowWindowSize,
  buffer: ArrayBuffer,
  base = 0,
  available = buffer.byteLength,
): { byteLength: number; columns: RowColumns } {
  let offset = headerBytes;
  const place = (length: number, width: number): number => {
    const at = offset;
    offset += length * width;
    return at;
  };
  const { rows, marks, criticalSections } = size;
  const f64 = [rows, rows, rows, marks, criticalSections, criticalSections].map(length => [
    place(length, 8),
    length,
  ]);
  const u32 = [2 * rows, rows, rows, rows, rows, rows, rows + 1, rows + 1, rows].map(length => [
    place(length, 4),
    length,
  ]);
  const u16 = [rows, rows].map(length => [place(length, 2), length]);
  const u8 = [rows, marks].map(length => [place(length, 1), length]);
  const byteLength = offset;
  if (byteLength > available) return { byteLength, columns: emptyColumns };
  const [start, duration, selfTime, markAt, criticalStart, criticalEnd] = f64.map(
    ([at, n]) => new Float64Array(buffer, base + at, n),
  );
  const [spanId, name, parentRow, descendants, posInSet, setSize, markFirst, criticalFirst, depth] = u32.map(
    ([at, n]) => new Uint32Array(buffer, base + at, n),
  );
  const [service, flags] = u16.map(([at, n]) => new Uint16Array(buffer, base + at, n));
  const [kind, markKind] = u8.map(([at, n]) => new Uint8Array(buffer, base + at, n));
  return {
    byteLength,
    columns: {
      start,
      duration,
      selfTime,
      markAt,
      criticalStart,
      criticalEnd,
      spanId,
      name,
      parentRow,
      descendants,
      posInSet,
      setSize,
      markFirst,
      criticalFirst,
      depth,
      service,
      flags,
      kind,
      markKind,
    },
  };
}

const none64 = new Float64Array(0);
const none32 = new Uint32Array(0);
const none16 = new Uint16Array(0);
const none8 = new Uint8Array(0);
const emptyColumns: RowColumns = {
  start: none64,
  duration: none64,
  selfTime: none64,
  markAt: none64,
  criticalStart: none64,
  criticalEnd: none64,
  spanId: none32,
  name: none32,
  parentRow: none32,
  descendants: none32,
  posInSet: none32,
  setSize: none32,
  markFirst: none32,
  criticalFirst: none32,
  depth: none32,
  service: none16,
  flags: none16,
  kind: none8,
  markKind: none8,
};
