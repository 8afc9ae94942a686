import type { DropReason } from '../../model/dropReason.ts';
import { idWords } from '../../model/ids.ts';

/** Traces remembered: fewer with a small budget, which they are a part of. */
const mostTraces = 16_384;
const budgetPerTrace = 1024;
const bytesPerTrace = 4 * 4 + 8 + 1;
const reasons: readonly DropReason[] = ['oldest', 'pinnedLimit', 'keptLimit', 'tooLarge'];

export interface Drop {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly reason: DropReason;
}

/** The traces that were dropped last, so that a link to one of them can say what became of it. */
export class DroppedTraces {
  readonly #ids: Uint32Array;
  readonly #times: Float64Array;
  readonly #reasons: Uint8Array;
  #next = 0;

  constructor(budgetBytes: number) {
    const capacity = Math.min(mostTraces, Math.floor(budgetBytes / budgetPerTrace));
    this.#ids = new Uint32Array(4 * capacity);
    this.#times = new Float64Array(capacity);
    this.#reasons = new Uint8Array(capacity);
  }

  get heldBytes(): number {
    return this.#times.length * bytesPerTrace;
  }

  /** The id lies at `at` in `ids`. */
  add(ids: Uint32Array, at: number, { time, reason }: Drop): void {
    const place = this.#next;
    this.#ids.set(ids.subarray(at, at + 4), 4 * place);
    this.#times[place] = time;
    this.#reasons[place] = reasons.indexOf(reason);
    this.#next = (place + 1) % this.#times.length;
  }

  /** When and why a trace was dropped last; undefined if it was not, or long ago. */
  find(traceId: string): Drop | undefined {
    const [a, b, c, d] = idWords(traceId);
    const ids = this.#ids;
    const capacity = this.#times.length;
    // Newest first. A walk over all takes some ten microseconds.
    for (let step = 1; step <= capacity; step++) {
      const place = (this.#next - step + capacity) % capacity;
      const at = 4 * place;
      if (ids[at] !== a || ids[at + 1] !== b || ids[at + 2] !== c || ids[at + 3] !== d) continue;
      if (this.#times[place] === 0) return undefined;
      return { time: this.#times[place], reason: reasons[this.#reasons[place]] };
    }
    return undefined;
  }

  clear(): void {
    this.#ids.fill(0);
    this.#times.fill(0);
    this.#next = 0;
  }
}
