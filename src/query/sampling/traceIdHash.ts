/** FNV-1a, 64 bits (draft-eastlake-fnv). */
const offsetBasis = 0xcbf29ce484222325n;
const prime = 0x100000001b3n;
const mask64 = 0xffff_ffff_ffff_ffffn;
const defaultSalt = 'default-hash-seed';

/**
 * The policy `probabilistic` of the collector: the salt and the 16 bytes of the id, hashed, at or under the percentage of
 * 2^64. The same traces are kept there and here.
 */
export function keepsByHash(percentage: number, salt: string): (traceId: string) => boolean {
  let seeded = offsetBasis;
  for (const byte of Buffer.from(salt === '' ? defaultSalt : salt)) seeded = step(seeded, byte);
  const share = Math.min(1, Math.max(0, percentage / 100));
  // 2^64 − 1 is no double: the share is taken in 2^-53 steps.
  const threshold = (mask64 * BigInt(Math.round(share * 2 ** 53))) >> 53n;
  return traceId => {
    let hash = seeded;
    for (const byte of Buffer.from(traceId, 'hex')) hash = step(hash, byte);
    return hash <= threshold;
  };
}

function step(hash: bigint, byte: number): bigint {
  return ((hash ^ BigInt(byte)) * prime) & mask64;
}

/**
 * `TraceIdRatioBased` as the specification has it since 1.42: the last 56 bits of the id are at or above `(1 − ratio) · 2^56`
 * (https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/). Older SDKs keep as many, but other ones.
 */
export function keepsByRandomness(ratio: number): (traceId: string) => boolean {
  const threshold = BigInt(Math.round((1 - Math.min(1, Math.max(0, ratio))) * 2 ** 56));
  return traceId => BigInt(`0x${traceId.slice(18)}`) >= threshold;
}
