/**
 * Trace and span ids: lower-case hex (32 and 16 digits) wherever people and JSON see them, little-endian 32-bit words
 * in columns. Word `w` of a column holds hex digits `8 * w … 8 * w + 7`.
 */
const byteHex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Eight hex digits of one little-endian word. */
function wordHex(word: number): string {
  return (
    byteHex[word & 255] + byteHex[(word >>> 8) & 255] + byteHex[(word >>> 16) & 255] + byteHex[word >>> 24]
  );
}

/** Hex of `words` consecutive words of a column. */
export function idHex(column: Uint32Array, at: number, words: 2 | 4): string {
  return words === 2
    ? wordHex(column[at]) + wordHex(column[at + 1])
    : wordHex(column[at]) + wordHex(column[at + 1]) + wordHex(column[at + 2]) + wordHex(column[at + 3]);
}

/** The words of an id in hex; the inverse of `idHex`. The length must be a multiple of 8 and all digits hex. */
export function idWords(hex: string): number[] {
  const words: number[] = [];
  for (let at = 0; at < hex.length; at += 8) {
    const bigEndian = Number.parseInt(hex.slice(at, at + 8), 16);
    words.push(
      ((bigEndian << 24) |
        ((bigEndian & 0xff00) << 8) |
        ((bigEndian >>> 8) & 0xff00) |
        (bigEndian >>> 24)) >>>
        0,
    );
  }
  return words;
}

export function isTraceId(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text) && !/^0+$/.test(text);
}

export function isSpanId(text: string): boolean {
  return /^[0-9a-f]{16}$/.test(text) && !/^0+$/.test(text);
}
