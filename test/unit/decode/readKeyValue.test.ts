import assert from 'node:assert/strict';
import { Random } from '../../../bench/support/random.ts';
import { readAttributeValue } from '../../../src/decode/otlp/readKeyValue.ts';
import { readMessage } from '../../../src/decode/otlp/readMessage.ts';
import { keyValueSchema } from '../../../src/decode/otlp/schema.ts';

/** What the reader of whole messages says. */
function expected(attribute: Uint8Array): unknown {
  let malformed = false;
  const { value } = readMessage(keyValueSchema, attribute, () => {
    malformed = true;
  });
  return malformed ? undefined : value;
}

function keyValue(key: string, value: readonly number[]): Buffer {
  return Buffer.from([0x0a, key.length, ...Buffer.from(key), 0x12, value.length, ...value]);
}

const values: readonly (readonly number[])[] = [
  [],
  [0x0a, 0],
  [0x0a, 3, 0xef, 0xbb, 0xbf],
  [0x0a, 2, 0xc3, 0x28],
  [0x0a, 2, 0x61, 0x62, 0x0a, 1, 0x63],
  [0x0a, 1, 0x61, 0x10, 1],
  [0x0a, 5, 0x61],
  [0x10, 1],
  [0x18, 0],
  [0x18, 0xf4, 0x03],
  [0x18, 0x80, 0x00],
  [0x18, 0xff, 0xff, 0xff, 0x7f],
  [0x18, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
  [0x18, 5, 0x18, 6],
  [0x18, 0x80],
  [0x21, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f],
];

describe('values of attributes', () => {
  it('are what the reader of messages says, in the usual form or another', () => {
    for (const value of values)
      for (const key of ['', 'k', 'http.response.status_code']) {
        const attribute = keyValue(key, value);
        assert.deepEqual(readAttributeValue(attribute), expected(attribute), attribute.toString('hex'));
      }
  });

  it('are the same after any change of bytes', () => {
    const random = new Random(11);
    for (let round = 0; round < 20_000; round++) {
      const attribute = keyValue('key', random.pick(values));
      for (let change = random.between(1, 3); change > 0; change--)
        attribute[random.between(0, attribute.length - 1)] = random.between(0, 255);
      const cut = attribute.subarray(0, random.between(0, attribute.length));
      assert.deepEqual(readAttributeValue(cut), expected(cut), cut.toString('hex'));
    }
  });
});
