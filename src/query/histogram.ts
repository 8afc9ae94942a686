/** Relative error of quantiles. */
const alpha = 0.01;
const gamma = (1 + alpha) / (1 - alpha);
const logGamma = Math.log(gamma);
/** The buckets of so many values are listed: durations spread over hundreds of buckets, and there are many small histograms. */
const mostListed = 256;
const noBuckets = new Int16Array(0);
/** Buckets made beside those that are needed. */
const slack = 4;

/** What stands for a value in lists of buckets: no value, and those that are not positive. */
export const noBucket = -0x8000;
const zeroBucket = noBucket + 1;

/**
 * Values from 1 to 2⁵³ by their exponent and the first bits of their fraction: cells narrower than a bucket, so that at most one
 * bound lies in each. Takes a third of the time of a logarithm.
 */
const fractionBits = 6;
const cellShift = 20 - fractionBits;
const firstCell = 1023 << fractionBits;
const cells = 53 << fractionBits;
/** By cell: the bucket of its least values, and where that ends. */
const cellBucket = new Int16Array(cells);
const cellBound = new Float64Array(cells);
const double = new Float64Array(1);
/** The second one is its high word: all machines that VS Code runs on are little-endian. */
const doubleWords = new Uint32Array(double.buffer);
for (let cell = 0; cell < cells; cell++) {
  doubleWords[1] = (firstCell + cell) << cellShift;
  cellBucket[cell] = bucketByLogarithm(double[0]);
  cellBound[cell] = gamma ** cellBucket[cell];
}

/** Of a value that is a number. */
export function bucketOf(value: number): number {
  if (value <= 0) return zeroBucket;
  double[0] = value;
  const cell = (doubleWords[1] >>> cellShift) - firstCell;
  if (!(cell >= 0 && cell < cells)) return bucketByLogarithm(value);
  return value <= cellBound[cell] ? cellBucket[cell] : cellBucket[cell] + 1;
}

function bucketByLogarithm(value: number): number {
  return Math.ceil(Math.log(value) / logGamma);
}

/**
 * Counts of positive values in buckets that grow by 2 %: quantiles within 1 % of the true value, mergeable, of a size
 * that does not depend on how many values there are (DDSketch, Masson et al., VLDB 2019). Zero and below share a bucket.
 */
export class Histogram {
  count = 0;
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  #zero = 0;
  /** Buckets of the first values, until they are counted by bucket. */
  #listed = noBuckets;
  #listedCount = 0;
  /** Bucket `#first + i` holds values in (γ^(b − 1), γ^b]. */
  #first = 0;
  #buckets = new Uint32Array(0);

  add(value: number): void {
    this.count++;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    if (value <= 0) this.#zero++;
    else this.#put(bucketOf(value));
  }

  /** Adds values that are known by their buckets (`bucketOf`), `buckets[from … to]`, and by the least and the greatest of them; not their sum. */
  addBuckets(
    buckets: Int16Array,
    from: number,
    to: number,
    { min, max }: { min: number; max: number },
  ): void {
    const isFew = this.#buckets.length === 0 && this.#listedCount + to - from <= mostListed;
    if (!isFew) {
      this.#countListed();
      this.#includeAll(buckets, from, to);
    }
    for (let i = from; i < to; i++) {
      const bucket = buckets[i];
      if (bucket === noBucket) continue;
      this.count++;
      if (bucket === zeroBucket) this.#zero++;
      else if (isFew) this.#put(bucket);
      else this.#buckets[bucket - this.#first]++;
    }
    this.min = Math.min(this.min, min);
    this.max = Math.max(this.max, max);
  }

  /** The value below which the share `q` (0–1) of all values lies; 0 if there are none. */
  quantile(q: number): number {
    if (this.count === 0) return 0;
    this.#countListed();
    const rank = Math.max(1, Math.ceil(q * this.count));
    if (rank === this.count) return this.max;
    let seen = this.#zero;
    if (rank <= seen) return Math.min(0, this.max);
    for (let i = 0; i < this.#buckets.length; i++) {
      seen += this.#buckets[i];
      if (rank > seen) continue;
      const middle = (2 * gamma ** (this.#first + i)) / (gamma + 1);
      return Math.min(this.max, Math.max(this.min, middle));
    }
    return this.max;
  }

  #put(bucket: number): void {
    if (this.#buckets.length === 0 && this.#listedCount < mostListed) {
      if (this.#listedCount === this.#listed.length) {
        const longer = new Int16Array(Math.max(8, 2 * this.#listedCount));
        longer.set(this.#listed);
        this.#listed = longer;
      }
      this.#listed[this.#listedCount++] = bucket;
      return;
    }
    this.#countListed();
    this.#include(bucket, bucket + 1);
    this.#buckets[bucket - this.#first]++;
  }

  #countListed(): void {
    const listed = this.#listed.subarray(0, this.#listedCount);
    this.#listed = noBuckets;
    this.#listedCount = 0;
    this.#includeAll(listed, 0, listed.length);
    for (const bucket of listed) this.#buckets[bucket - this.#first]++;
  }

  #includeAll(buckets: Int16Array, from: number, to: number): void {
    let lowest = Number.POSITIVE_INFINITY;
    let highest = Number.NEGATIVE_INFINITY;
    for (let i = from; i < to; i++) {
      const bucket = buckets[i];
      if (bucket <= zeroBucket) continue;
      if (bucket < lowest) lowest = bucket;
      if (bucket > highest) highest = bucket;
    }
    if (lowest <= highest) this.#include(lowest, highest + 1);
  }

  /** Makes room for the buckets `first … end`. */
  #include(first: number, end: number): void {
    const old = this.#buckets;
    const oldEnd = this.#first + old.length;
    if (old.length > 0 && first >= this.#first && end <= oldEnd) return;
    const from = old.length > 0 && first >= this.#first ? this.#first : first - slack;
    const to = old.length > 0 && end <= oldEnd ? oldEnd : end + slack;
    this.#buckets = new Uint32Array(to - from);
    this.#buckets.set(old, old.length > 0 ? this.#first - from : 0);
    this.#first = from;
  }
}
