const two32 = 0x1_0000_0000;

/** Nanoseconds as 64 bits in words, without the detour by bigint. */
export class Nanos {
  /** Words in two's complement, with signs: such numbers need no room of their own. */
  low = 0;
  high = 0;
  /** About as many, with their sign: for what 64 bits cannot hold. */
  value = 0;

  clear(): void {
    this.low = 0;
    this.high = 0;
    this.value = 0;
  }

  /** @param high with the sign, if there is one */
  setMicros(low: number, high: number): void {
    const unsigned = low >>> 0;
    const product = unsigned * 1000;
    this.low = product | 0;
    this.high = ((high >>> 0) * 1000 + Math.floor(product / two32)) | 0;
    this.value = (high * two32 + unsigned) * 1000;
  }

  /** Seconds in words, and nanoseconds. */
  setSeconds(low: number, high: number, nanos: number): void {
    if (high !== 0 || nanos < 0) {
      this.set(((BigInt(high) << 32n) | BigInt(low >>> 0)) * 1_000_000_000n + BigInt(nanos));
      return;
    }
    // As upper × 2¹⁶ + lower: each part is exact in a double.
    const upper = (low >>> 16) * 1e9;
    const carried = Math.floor(upper / 0x1_0000);
    const sum = (upper - carried * 0x1_0000) * 0x1_0000 + (low & 0xffff) * 1e9 + nanos;
    this.low = sum | 0;
    this.high = (carried + Math.floor(sum / two32)) | 0;
    this.value = (low >>> 0) * 1e9 + nanos;
  }

  /** Sets these to the sum of two others. */
  setSum(a: Nanos, b: Nanos): void {
    const sum = (a.low >>> 0) + (b.low >>> 0);
    this.low = sum | 0;
    this.high = (a.high + b.high + (sum >= two32 ? 1 : 0)) | 0;
    this.value = a.value + b.value;
  }

  /** Sets these to what `a` is more than `b`; both are below 2⁶³. */
  setDifference(a: Nanos, b: Nanos): void {
    this.low = (a.low - b.low) | 0;
    this.high = (a.high - b.high - (a.low >>> 0 < b.low >>> 0 ? 1 : 0)) | 0;
    this.value = this.high * two32 + (this.low >>> 0);
  }

  copy(other: Nanos): void {
    this.low = other.low;
    this.high = other.high;
    this.value = other.value;
  }

  /** Whether OTLP can tell this time: not before 1970, and less than 2⁶⁴. */
  get isTime(): boolean {
    return this.value >= 0 && this.value < 2 ** 64;
  }

  set(nanos: bigint): void {
    this.low = Number(BigInt.asIntN(32, nanos));
    this.high = Number(BigInt.asIntN(32, nanos >> 32n));
    this.value = Number(nanos);
  }
}
