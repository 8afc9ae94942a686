/** Nanoseconds since 1970, exact. A plain bigint must not be passed where an instant is meant, hence the brand. */
export type Nanos = bigint & { readonly __unit: 'ns since 1970' };

export function nanos(value: bigint | string): Nanos {
  return BigInt(value) as Nanos;
}

/** Nanoseconds as text for people: `870 ns`, `12.3 µs`, `4.56 ms`, `1.23 s`, `2 m 5 s`, `1 h 4 m`, `3 d 7 h`. */
export function formatDuration(nanoseconds: number): string {
  const value = Math.abs(nanoseconds);
  const sign = nanoseconds < 0 ? '-' : '';
  // What would be rounded to a thousand of a unit is one of the next.
  if (value < 999.5) return `${sign}${Math.round(value)} ns`;
  if (value < 999.5e3) return `${sign}${threeDigits(value / 1e3)} µs`;
  if (value < 999.5e6) return `${sign}${threeDigits(value / 1e6)} ms`;
  if (value < 59.95e9) return `${sign}${threeDigits(value / 1e9)} s`;
  const seconds = Math.round(value / 1e9);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours === 0) return `${sign}${minutes} m ${seconds % 60} s`;
  if (hours < 48) return `${sign}${hours} h ${minutes % 60} m`;
  return `${sign}${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function threeDigits(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}

/** The instant that two little-endian words of a fixed64 column hold. */
export function nanosOfWords(low: number, high: number): Nanos {
  return ((BigInt(high) << 32n) | BigInt(low)) as Nanos;
}

/** Nanoseconds from one instant to another, both as words; exact up to 104 days. */
export function nanosBetween(fromLow: number, fromHigh: number, toLow: number, toHigh: number): number {
  return (toHigh - fromHigh) * 0x1_0000_0000 + (toLow - fromLow);
}
