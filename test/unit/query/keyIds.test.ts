import assert from 'node:assert/strict';
import { KeyIds } from '../../../src/query/keyIds.ts';

describe('KeyIds', () => {
  it('gives each key an id of its own, in the order of their first time, and the same again', () => {
    const ids = new KeyIds();
    const known = new Map<string, number>();
    const words = [0, 1, 2, 15, 16, 0x7fffffff, 0x80000000, 0xffffffff];
    for (let round = 0; round < 2; round++)
      for (const a of words)
        for (const b of words)
          for (const c of words) {
            const key = `${a} ${b} ${c}`;
            if (!known.has(key)) known.set(key, known.size);
            assert.equal(ids.idOf(a, b, c), known.get(key), key);
          }
    assert.equal(ids.size, words.length ** 3);
  });
});
