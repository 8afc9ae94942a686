/**
 * A layout says in which order a `Span` message has its parts, one code each: the tags of header fields that columns hold
 * (each at most once), and these. With the parts, that is all it takes to write the message again.
 */
export const layoutCodes = {
  /** All attributes, one after the other. */
  attributes: 0x4a,
  /** One field of the rest. */
  restField: 1,
  /** All that is left of the rest. */
  restToEnd: 2,
} as const;

/** In place of the number of a layout: the message is kept as it came. */
export const wholeLayout = 0xff;
/** Layouts of a segment, and codes of a layout: messages with others are kept whole. */
export const mostLayouts = wholeLayout;
export const longestLayout = 32;

/** Tags of a `Span`'s fields (trace/v1/trace.proto): field number and wire type. */
export const spanTags = {
  traceId: 0x0a,
  spanId: 0x12,
  traceState: 0x1a,
  parent: 0x22,
  name: 0x2a,
  kind: 0x30,
  start: 0x39,
  end: 0x41,
  attribute: 0x4a,
} as const;

/** Lengths of this many bytes and more are written as three bytes or more. */
export const longLength = 1 << 14;

/** Bytes of a varint below 2^21. */
export function varintBytes(value: number): number {
  return value < 128 ? 1 : value < longLength ? 2 : 3;
}

/** Writes a varint below 2^21; returns the offset behind it. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  if (value < 128) {
    bytes[at] = value;
    return at + 1;
  }
  bytes[at] = (value & 127) | 128;
  if (value < longLength) {
    bytes[at + 1] = value >>> 7;
    return at + 2;
  }
  bytes[at + 1] = ((value >>> 7) & 127) | 128;
  bytes[at + 2] = value >>> 14;
  return at + 3;
}

/** An instant `duration` nanoseconds after another, as words; 0 if the duration is NaN: there is no end. */
export function addDuration(low: number, high: number, duration: number, words: Uint32Array): void {
  if (Number.isNaN(duration)) {
    words.fill(0);
    return;
  }
  const durationHigh = Math.floor(duration / 0x1_0000_0000);
  const sum = low + (duration - durationHigh * 0x1_0000_0000);
  words[0] = sum;
  words[1] = high + durationHigh + (sum > 0xffff_ffff ? 1 : 0);
}
