import assert from 'node:assert/strict';
import { byteSize } from '../../../src/base/byteSize.ts';

describe('byteSize', () => {
  const sizes: { [text: string]: number } = {
    '512000000': 512_000_000,
    '512MB': 512_000_000,
    '512 mb': 512_000_000,
    ' 512 MiB ': 536_870_912,
    '0.5GB': 500_000_000,
    '1.5kb': 1500,
    '1 KiB': 1024,
    '2TB': 2_000_000_000_000,
    '300B': 300,
  };
  for (const [text, bytes] of Object.entries(sizes))
    it(`reads '${text}'`, () => assert.equal(byteSize(text, 1), bytes));

  it('counts a number without a unit in the unit of who asks', () => {
    assert.equal(byteSize('512', 1_000_000), 512_000_000);
    assert.equal(byteSize('512 kB', 1_000_000), 512_000);
  });

  for (const text of [
    '',
    ' ',
    'MB',
    '-1',
    '-1MB',
    '1e9',
    '0',
    '0GB',
    '0.1B',
    '512M',
    '1,5GB',
    '1 G B',
    '.5GB',
    '0x10',
    '99999999TB',
    'Infinity',
    '1 constructor',
  ])
    it(`refuses '${text}'`, () => assert.equal(byteSize(text, 1), undefined));
});
