import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Random } from '../../../bench/support/random.ts';
import { long, seed } from './modes.ts';

/** Something that reads bytes that anybody may have sent. */
export interface Decoder {
  readonly name: string;
  /** Reads a body; what it gives shows what was understood. Throws for a body that it refuses. */
  decode(body: Uint8Array): unknown;
  /** Whether an error is the refusal of a bad body; any other is a fault. */
  isRefusal(error: unknown): boolean;
  /** Valid bodies, the more kinds of fields the better; of a kilobyte or so, as many are read. */
  readonly seeds: readonly Uint8Array[];
}

const bodies = long ? 1_000_000 : 20_000;
const bodiesPerTurn = 500;
/** What reading a body of a few kilobytes may leave behind. */
const mostBytes = 400e6;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Defines a test: mutated and random bodies are read or refused, and valid ones are understood afterwards as before. */
export function withstandsMutation(decoder: Decoder): void {
  it(`${decoder.name}: ${bodies} mutated and random bodies (seed ${seed})`, async function () {
    this.timeout(long ? 3_600_000 : 60_000);
    const random = new Random(seed);
    const before = decoder.seeds.map(body => understood(decoder, body));
    for (const [index, each] of before.entries())
      assert.ok(!(each instanceof Error), `seed ${index} is refused: ${each}`);
    const memory = usedBytes();
    for (let count = 0; count < bodies; count++) {
      const body = mutate(random, decoder.seeds);
      const result = understood(decoder, body);
      if (result instanceof Error && !decoder.isRefusal(result))
        assert.fail(
          `body ${count} is a fault: ${result.stack}\n${Buffer.from(body).toString('base64').slice(0, 4000)}`,
        );
      if (count % bodiesPerTurn !== 0) continue;
      // Garbage of half a million bodies may have gathered.
      if (usedBytes() - memory >= mostBytes) collect();
      assert.ok(usedBytes() - memory < mostBytes, `${usedBytes() - memory} bytes more after ${count} bodies`);
      await nextTurn();
    }
    assert.deepEqual(
      decoder.seeds.map(body => understood(decoder, body)),
      before,
    );
  });
}

/** What a decoder makes of a body, or the error it throws. */
function understood(decoder: Decoder, body: Uint8Array): unknown {
  try {
    // A decoder may keep what it is given, but must not write to it.
    return decoder.decode(Uint8Array.from(body));
  } catch (error) {
    return error instanceof Error ? error : new Error(`no Error was thrown, but ${error}`);
  }
}

function usedBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** A seed with some damage, two seeds in one, or noise; the seeds are left as they are. */
export function mutate(random: Random, seeds: readonly Uint8Array[]): Uint8Array {
  if (random.next() < 0.05) return noise(random, random.between(0, 300));
  let body: Uint8Array = Uint8Array.from(random.pick(seeds));
  for (let left = random.between(1, 4); left > 0; left--) body = random.pick(damages)(body, random, seeds);
  return body;
}

type Damage = (body: Uint8Array, random: Random, seeds: readonly Uint8Array[]) => Uint8Array;

/** Bytes at which readers err: ends of ranges of varints, types and lengths, and signs of JSON. */
const oddBytes = [
  0,
  1,
  0x7f,
  0x80,
  0x81,
  0xc0,
  0xc1,
  0xdc,
  0xdd,
  0xdf,
  0xfe,
  0xff,
  ...Buffer.from('{}[]",:\\0-e'),
];

const damages: readonly Damage[] = [
  (body, random) => changed(body, random, byte => byte ^ (1 << random.between(0, 7))),
  (body, random) => changed(body, random, () => random.pick(oddBytes)),
  (body, random) => changed(body, random, byte => byte + random.pick([-1, 1])),
  (body, random) => body.subarray(0, place(body, random)),
  (body, random) => body.subarray(place(body, random)),
  (body, random) => {
    const [from, to] = range(body, random);
    return Buffer.concat([body.subarray(0, from), body.subarray(to)]);
  },
  (body, random) => {
    const [from, to] = range(body, random);
    return Buffer.concat([body.subarray(0, to), body.subarray(from)]);
  },
  (body, random) => {
    const at = place(body, random);
    return Buffer.concat([body.subarray(0, at), noise(random, random.between(1, 12)), body.subarray(at)]);
  },
  (body, random, seeds) => {
    const other = random.pick(seeds);
    return Buffer.concat([body.subarray(0, place(body, random)), other.subarray(place(other, random))]);
  },
];

function changed(body: Uint8Array, random: Random, change: (byte: number) => number): Uint8Array {
  if (body.length > 0) {
    const at = Math.min(body.length - 1, place(body, random));
    body[at] = change(body[at]);
  }
  return body;
}

function place(body: Uint8Array, random: Random): number {
  return random.between(0, body.length);
}

function range(body: Uint8Array, random: Random): [from: number, to: number] {
  const from = place(body, random);
  return [from, Math.min(body.length, from + random.between(1, 64))];
}

function noise(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.between(0, 255));
}
