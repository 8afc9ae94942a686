import assert from 'node:assert/strict';
import { decode, encode } from '@msgpack/msgpack';
import { Random } from '../../../bench/support/random.ts';
import { MsgpackReader } from '../../../src/decode/msgpack/reader.ts';
import { type MsgpackValue, readValue } from '../../../src/decode/msgpack/value.ts';
import { DecodeError } from '../../../src/decode/protobuf/decodeError.ts';

const options = { useBigInt64: true };

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

describe('MessagePack', () => {
  it('reads 10,000 random messages as the general library does, and skips them whole', () => {
    for (let seed = 1; seed <= 10_000; seed++) {
      const bytes = encode(randomValue(new Random(seed), 0), options);
      const reader = new MsgpackReader(bytes);
      assert.deepEqual(plain(readValue(reader)), plain(decode(bytes, options)), `seed ${seed}`);
      assert.ok(reader.isAtEnd, `seed ${seed}`);
      const skipping = new MsgpackReader(bytes);
      skipping.skip();
      assert.ok(skipping.isAtEnd, `seed ${seed}`);
    }
  });

  it('reads every width of a number as 64 bits', () => {
    const bits = (hex: string) => {
      const reader = new MsgpackReader(Buffer.from(hex, 'hex'));
      reader.integer();
      assert.ok(reader.isAtEnd, hex);
      return BigInt.asIntN(64, (BigInt(reader.high) << 32n) | BigInt(reader.low));
    };
    assert.deepEqual(
      [
        ...['00', '7f', 'e0', 'ff', 'cc80', 'cdffff', 'ceffffffff', 'cf8000000000000001', 'd080', 'd18000'],
        ...['d280000000', 'd38000000000000000', 'cbc008000000000000', 'ca4b800000', 'c0', 'c2', 'c3'],
      ].map(bits),
      [
        ...[0n, 127n, -32n, -1n, 128n, 65535n, 4294967295n, -9223372036854775807n, -128n, -32768n],
        ...[-2147483648n, -9223372036854775808n, -3n, 16777216n, 0n, 0n, 1n],
      ],
    );
    assert.throws(() => bits('cb7ff0000000000000'), /Infinity is no 64-bit number/);
    assert.throws(() => bits('a0'), /a number expected instead of MessagePack type 0xa0 at byte 0/);
  });

  it('skips extension types of every length', () => {
    for (const hex of [
      'd40100',
      'd5010000',
      'd60100000000',
      `d701${'00'.repeat(8)}`,
      `d801${'00'.repeat(16)}`,
      'c7030100ffee',
      'c800010100',
      'c9000000010100',
    ]) {
      const reader = new MsgpackReader(Buffer.from(hex, 'hex'));
      reader.skip();
      assert.ok(reader.isAtEnd, hex);
      assert.equal(readValue(new MsgpackReader(Buffer.from(hex, 'hex'))), null);
    }
  });

  it('believes no header that promises more than there is', () => {
    const lies = [
      'ddffffffff',
      'dfffffffff',
      'dbffffffffaa',
      'c6ffffffff00',
      'c9ffffffff01',
      '9f',
      '8f00',
      'c1',
      'cf00',
    ];
    for (const hex of lies) {
      const bytes = Buffer.from(hex, 'hex');
      assert.throws(() => readValue(new MsgpackReader(bytes)), DecodeError, hex);
      assert.throws(() => new MsgpackReader(bytes).skip(), DecodeError, hex);
    }
  });

  it('skips any depth, reads 64 levels, and takes no more than four million elements', () => {
    const deep = Buffer.concat([Buffer.alloc(200_000, 0x91), Buffer.of(0xc0)]);
    const reader = new MsgpackReader(deep);
    reader.skip();
    assert.ok(reader.isAtEnd);
    assert.throws(() => readValue(new MsgpackReader(deep)), /nested deeper than 64 levels/);
    const many = Buffer.alloc(5 + (1 << 22) + 1);
    many.set([0xdd, 0x00, 0x40, 0x00, 0x01]);
    assert.throws(() => new MsgpackReader(many).skip(), /more than 4194304 elements/);
  });
});

function randomValue(random: Random, depth: number): MsgpackValue {
  switch (random.between(0, depth < 4 ? 10 : 7)) {
    case 0:
      return null;
    case 1:
      return random.next() < 0.5;
    case 2:
      return random.between(-40, 300);
    case 3:
      return random.between(-(2 ** 31), 2 ** 32 - 1);
    case 4:
      return BigInt(`0x${random.hex(16)}`) - (random.next() < 0.5 ? 2n ** 63n : 0n) / 2n;
    case 5:
      return random.next() * 10 ** random.between(-300, 300);
    case 6:
      return randomText(random);
    case 7:
      return Buffer.from(random.hex(2 * random.pick([0, 1, 31, 32, 255, 256, 70_000 >> depth])), 'hex');
    case 8:
      return Array.from({ length: random.pick([0, 1, 15, 16, 40]) }, () => randomValue(random, depth + 2));
    default:
      return Object.fromEntries(
        Array.from({ length: random.pick([0, 1, 15, 16, 40]) }, () => [
          randomText(random),
          randomValue(random, depth + 2),
        ]),
      );
  }
}

function randomText(random: Random): string {
  const length = random.pick([0, 1, 31, 32, 60, 255, 256]);
  return Array.from({ length }, () => random.pick(['a', 'é', '漢', '😀', '\0', ' '])).join('');
}
