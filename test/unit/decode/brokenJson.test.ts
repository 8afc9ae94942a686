import assert from 'node:assert/strict';
import { Random } from '../../../bench/support/random.ts';
import { faultIn, wholePart } from '../../../src/decode/files/brokenJson.ts';

const text = JSON.stringify(
  { spans: [1, -2.5e3, 'x\n"', { b: null, c: [], d: {} }, true], é: 'ö' },
  undefined,
  1,
);

describe('broken JSON', () => {
  it('is found broken where JSON.parse finds it, and nothing else is', () => {
    const random = new Random(5);
    let broken = 0;
    for (let i = 0; i < 20_000; i++) {
      const at = random.between(0, text.length - 1);
      const letter = random.pick(['', '"', ',', '}', ']', '{', '[', '1', ':', '\\', 'e', '-', ' ']);
      const damaged = text.slice(0, at) + letter + text.slice(at + random.between(0, 1));
      const fault = faultIn(damaged);
      if (isJson(damaged)) assert.equal(fault, damaged.length, damaged);
      else {
        broken++;
        const part = wholePart(damaged, fault);
        assert.ok(part === undefined || isJson(part), `${damaged}\n${fault}: ${part}`);
      }
    }
    assert.ok(broken > 5000);
  });

  it('says the place of the first letter that is wrong', () => {
    for (const [json, place] of [
      ['{"a":1,}', 7],
      ['[1 2]', 3],
      ['{"a" 1}', 5],
      ['[1,2', 4],
      ['[1]]', 3],
      ['["a\nb"]', 1],
    ] as const)
      assert.equal(faultIn(json), place, json);
  });
});

function isJson(candidate: string): boolean {
  try {
    JSON.parse(candidate);
    return true;
  } catch {
    return false;
  }
}
