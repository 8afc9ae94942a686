import { randomBytes } from 'node:crypto';

/** Of this process: whoever sends ids and names cannot choose where they fall in our tables. */
const seed = randomBytes(4).readUInt32LE();

/** Hash of a byte range: a signed word, as V8 allocates memory for unsigned ones that a function returns. */
export function hashBytes(bytes: Uint8Array, view: DataView, offset: number, length: number): number {
  let h = seed ^ length;
  const end = offset + length;
  if (length < 8) {
    for (let at = offset; at < end; at++) h = Math.imul(h ^ bytes[at], 0x85ebca6b);
    return finish(h);
  }
  // Two lanes, each word of one of them: the processor works on both at once.
  let g = ~seed;
  const lastPair = end - 8;
  for (let at = offset; at < lastPair; at += 8) {
    h = Math.imul(h ^ view.getUint32(at, true), 0x9e3779b1);
    g = Math.imul(g ^ view.getUint32(at + 4, true), 0xc2b2ae35);
    h ^= h >>> 15;
    g ^= g >>> 13;
  }
  // The last pair may overlap the one before: a loop over the last bytes costs a mispredicted branch.
  h = Math.imul(h ^ view.getUint32(lastPair, true), 0x9e3779b1);
  g = Math.imul(g ^ view.getUint32(lastPair + 4, true), 0xc2b2ae35);
  return finish(Math.imul(h ^ (h >>> 15) ^ (g >>> 16) ^ (g << 16), 0x85ebca6b));
}

/** Hash of three words, unsigned. */
export function hashWords(a: number, b: number, c: number): number {
  let h = Math.imul(seed ^ a, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15) ^ b, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13) ^ c, 0xc2b2ae35);
  return finish(h) >>> 0;
}

function finish(value: number): number {
  const h = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
