/** Half of a trace id: 64 bits as words, signed or not. */
export interface Half {
  readonly high: number;
  readonly low: number;
}

/** A trace of which spans came under its lower half alone before the upper one was known. */
export interface LateJoin {
  /** 32 hex digits, the upper 16 zeros. */
  readonly from: string;
  readonly to: string;
}

/** Traces remembered: at 100 bytes each, a few megabytes. */
const most = 1 << 15;

const noHalf: Half = { high: 0, low: 0 };

/**
 * Puts trace ids together. On the wire a span has the lower half; the upper one stands on one span of a chunk, or, where
 * a tracer does not know of it, on none. So it is remembered by the lower half, whichever comes first.
 */
export class TraceIds {
  /** Lower half → upper one; `noHalf`: not known yet; undefined: two traces have this lower half, so it tells nothing. */
  readonly #upper = new Map<string, Half | undefined>();
  #late: LateJoin[] = [];

  /** The upper half for a chunk's spans. `told`: what the chunk itself says. */
  join(lower: Half, told: Half | undefined): Half {
    const key = hex(lower);
    const known = this.#upper.has(key) ? this.#upper.get(key) : noHalf;
    if (told === undefined) {
      this.#remember(key, known);
      return known ?? noHalf;
    }
    if (known === noHalf && this.#upper.has(key))
      this.#late.push({ from: '0'.repeat(16) + key, to: hex(told) + key });
    const isOther =
      known !== undefined && known !== noHalf && ((known.high ^ told.high) | (known.low ^ told.low)) !== 0;
    this.#remember(key, isOther || known === undefined ? undefined : told);
    return told;
  }

  /** Traces whose upper half became known since the last call although spans had come without. */
  takeLate(): LateJoin[] {
    const late = this.#late;
    if (late.length > 0) this.#late = [];
    return late;
  }

  #remember(key: string, upper: Half | undefined): void {
    this.#upper.delete(key);
    this.#upper.set(key, upper);
    if (this.#upper.size > most) this.#upper.delete(this.#upper.keys().next().value as string);
  }
}

function hex({ high, low }: Half): string {
  return hexWord(high) + hexWord(low);
}

function hexWord(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
