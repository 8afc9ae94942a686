import assert from 'node:assert/strict';
import { sameBytes } from '../../../src/store/byteRanges.ts';

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  const viewOf = ({ buffer, byteOffset, length }: Uint8Array) => new DataView(buffer, byteOffset, length);
  return sameBytes(one, viewOf(one), 1, other, viewOf(other), 2, one.length - 1);
}

describe('ranges of bytes', () => {
  const lengths = [0, 1, 7, 8, 9, 15, 16, 17, 31, 40];
  /** What doubles could be confused about: zeros, zeros with a sign, not-a-number, infinities, plain text. */
  const fills: readonly (readonly number[])[] = [
    [0],
    [0, 0, 0, 0, 0, 0, 0, 0x80],
    [0xff],
    [0, 0, 0, 0, 0, 0, 0xf8, 0x7f],
    [0, 0, 0, 0, 0, 0, 0xf0, 0x7f],
    [...Buffer.from('trace_id')],
  ];

  it('are the same if all bytes are', () => {
    for (const fill of fills)
      for (const length of lengths) {
        const content = Uint8Array.from({ length }, (_, i) => fill[i % fill.length]);
        const [one, other] = [Uint8Array.of(1, ...content), Uint8Array.of(2, 3, ...content)];
        assert.ok(isSame(one, other), `${length} bytes of ${fill}`);
      }
  });

  it('differ if one bit does', () => {
    for (const fill of fills)
      for (const length of lengths)
        for (let bit = 0; bit < 8 * length; bit++) {
          const content = Uint8Array.from({ length }, (_, i) => fill[i % fill.length]);
          const one = Uint8Array.of(1, ...content);
          content[bit >> 3] ^= 1 << (bit & 7);
          assert.ok(
            !isSame(one, Uint8Array.of(2, 3, ...content)),
            `bit ${bit} of ${length} bytes of ${fill}`,
          );
        }
  });
});
