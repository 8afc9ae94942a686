/** Bodies up to this size never wait. */
const smallBytes = 1024 * 1024;
/** What large bodies may take together; one alone may take more. */
export const sharedBytes = 8e6;
/** How much larger a packed body is expected to become. */
const packing = 8;
/** A body of which nothing comes for so long makes way for the next one. */
const stalledMs = 500;

/** A body, from its first byte until it is stored. */
export interface BodyInFlight {
  /** Bytes that have arrived. */
  readonly length: number;
  /** Of the whole on the wire, as far as it is known: else 0. */
  readonly announced: number;
  readonly isPacked: boolean;
  /** Reads on; it may be reading already. */
  resume(): void;
}

/**
 * Large bodies take turns, so that many at once take no more memory than one or a few: each waits, and its sender with it, until
 * it has room beside those before it, or is the first.
 */
export class BodyTurns {
  /** Of large bodies, all that ever arrived or was unpacked. */
  arrivedBytes = 0;
  /** In the order of their coming. */
  readonly #inFlight = new Set<BodyInFlight>();
  #isWatching = false;

  /** Whether a body goes on, of which so many bytes have just arrived. If not, it is resumed when it is its turn. */
  goesOn(body: BodyInFlight, bytes: number): boolean {
    if (expected(body) <= smallBytes) return true;
    this.arrivedBytes += bytes;
    this.#inFlight.add(body);
    if (this.#hasTurn(body)) return true;
    this.#watchFirst();
    return false;
  }

  /** A body is stored, or will not be. */
  ended(body: BodyInFlight): void {
    if (this.#inFlight.delete(body)) this.#wake();
  }

  #wake(): void {
    for (const body of this.#inFlight) {
      if (!this.#hasTurn(body)) return;
      body.resume();
    }
  }

  /** The first one always goes on: so nobody waits for ever. */
  #hasTurn(body: BodyInFlight): boolean {
    let taken = 0;
    for (const each of this.#inFlight) {
      taken += expected(each);
      if (each === body) return taken === expected(body) || taken <= sharedBytes;
    }
    return true;
  }

  /** While somebody waits: the first must not keep all others waiting because its sender does not send. */
  #watchFirst(): void {
    const [first] = this.#inFlight;
    if (this.#isWatching || this.#inFlight.size < 2) return;
    this.#isWatching = true;
    const { length } = first;
    setTimeout(() => {
      this.#isWatching = false;
      if (this.#inFlight.has(first) && first.length === length) {
        this.#inFlight.delete(first);
        this.#inFlight.add(first);
        this.#wake();
      }
      this.#watchFirst();
    }, stalledMs).unref();
  }
}

function expected({ announced, length, isPacked }: BodyInFlight): number {
  return Math.max(announced, length) * (isPacked ? packing : 1);
}
