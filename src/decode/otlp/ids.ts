/**
 * Ids as they really arrive: 16 or 8 bytes as the specification says, or, from some senders, the hex digits as text.
 */

/** Writes the words of the id in `bytes[from … to)` at `column[at]`; the reason if it is not one. `words`: 4 or 2. */
export function readId(
  bytes: Uint8Array,
  from: number,
  to: number,
  column: Uint32Array,
  at: number,
  words: 2 | 4,
): string | undefined {
  const length = to - from;
  if (length === words * 8) {
    if (!isHexText(bytes, from, to)) return `has ${length} bytes instead of ${words * 4}`;
    for (let w = 0; w < words; w++) column[at + w] = wordOfHexText(bytes, from + 8 * w);
  } else if (length === words * 4) {
    for (let w = 0; w < words; w++) column[at + w] = wordAt(bytes, from + 4 * w);
  } else {
    return length === 0 ? 'is missing' : `has ${length} bytes instead of ${words * 4}`;
  }
  for (let w = 0; w < words; w++) if (column[at + w] !== 0) return undefined;
  return 'is all zeros';
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}

function isHexText(bytes: Uint8Array, from: number, to: number): boolean {
  for (let p = from; p < to; p++) if (hexDigit(bytes[p]) < 0) return false;
  return true;
}

/** The word whose bytes in order are spelled by eight digits. */
function wordOfHexText(bytes: Uint8Array, at: number): number {
  let word = 0;
  for (let i = 3; i >= 0; i--)
    word = (word << 8) | (hexDigit(bytes[at + 2 * i]) << 4) | hexDigit(bytes[at + 2 * i + 1]);
  return word >>> 0;
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
