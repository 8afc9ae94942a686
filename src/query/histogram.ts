/** Relative error of quantiles. */
const alpha = 0.01;
const gamma = (1 + alpha) / (1 - alpha);
const logGamma = Math.log(gamma);

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
  /** Bucket `#first + i` holds values in (γ^(b − 1), γ^b]. */
  #first = 0;
  #buckets = new Uint32Array(0);

  add(value: number): void {
    this.count++;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    if (value <= 0) this.#zero++;
    else this.#addTo(Math.ceil(Math.log(value) / logGamma), 1);
  }

  merge(other: Histogram): void {
    if (other.count === 0) return;
    this.count += other.count;
    this.sum += other.sum;
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
    this.#zero += other.#zero;
    other.#buckets.forEach((count, i) => {
      if (count > 0) this.#addTo(other.#first + i, count);
    });
  }

  /** The value below which the share `q` (0–1) of all values lies; 0 if there are none. */
  quantile(q: number): number {
    if (this.count === 0) return 0;
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

  #addTo(bucket: number, count: number): void {
    if (this.#buckets.length === 0) {
      this.#buckets = new Uint32Array(8);
      this.#first = bucket - 4;
    }
    const end = this.#first + this.#buckets.length;
    if (bucket < this.#first || bucket >= end) {
      const first = bucket < this.#first ? bucket - 4 : this.#first;
      const wider = new Uint32Array(Math.max(end, bucket + 5) - first);
      wider.set(this.#buckets, this.#first - first);
      this.#buckets = wider;
      this.#first = first;
    }
    this.#buckets[bucket - this.#first] += count;
  }
}
