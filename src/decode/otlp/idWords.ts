/**
 * Ids of other protocols as words, as they are in columns (`model/ids.ts`). Functions set those of an id, two or four, at
 * `id[first]`, and give the reason if it is none.
 */

/** By code of a hex digit, its value; −1 for all else. */
const hexValues = new Int8Array(256).fill(-1);
for (let digit = 0; digit < 16; digit++) {
  hexValues[digit.toString(16).charCodeAt(0)] = digit;
  hexValues[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/** Bytes; fewer than the id has come after zeros. */
export function setIdBytes(
  id: Int32Array,
  first: number,
  words: 2 | 4,
  bytes: Uint8Array,
  from: number,
  to: number,
): string | undefined {
  const missing = 4 * words - (to - from);
  if (missing < 0) return `${nameOf(words)} has ${to - from} bytes instead of ${4 * words}`;
  if (missing === 0) {
    for (let word = first, at = from; at < to; word++, at += 4)
      id[word] = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    return undefined;
  }
  for (let word = 0, at = from - missing; word < words; word++, at += 4)
    id[first + word] =
      byteAt(bytes, at, from) |
      (byteAt(bytes, at + 1, from) << 8) |
      (byteAt(bytes, at + 2, from) << 16) |
      (byteAt(bytes, at + 3, from) << 24);
  return undefined;
}

/** Hex digits; fewer than the id has come after zeros. */
export function setIdHex(
  id: Int32Array,
  first: number,
  words: 2 | 4,
  bytes: Buffer,
  from: number,
  to: number,
): string | undefined {
  let all = to - from > 8 * words ? -1 : 0;
  let at = to;
  for (let word = words - 1; word >= 0; word--) {
    let value = 0;
    for (let shift = 0; shift < 32 && at > from; shift += 4) {
      const digit = hexValues[bytes[--at]];
      all |= digit;
      value |= digit << shift;
    }
    id[first + word] = swapped(value);
  }
  if (all >= 0) return undefined;
  const text = JSON.stringify(bytes.toString('utf8', from, Math.min(to, from + 64)));
  return `${nameOf(words)} is not ${8 * words} hex digits: ${text}`;
}

/** The bytes of a word in reverse: of a number, the highest byte comes first in an id. */
export function swapped(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}

function byteAt(bytes: Uint8Array, at: number, from: number): number {
  return at < from ? 0 : bytes[at];
}

function nameOf(words: number): string {
  return words === 4 ? 'trace id' : 'span id';
}
