import type { Segment } from '../segment.ts';
import type { SpanTables } from '../spanTables.ts';

/** What an eviction has to respect. */
export interface RetentionRules {
  /** What pinned traces may take at most, bytes of their messages. */
  readonly pinnedLimit: number;
  /** The same for traces that are kept longer. They may take twice as much until it is their turn again. */
  readonly keptLimit: number;
  /** Whether a trace is worth keeping longer than others. */
  readonly keepLonger: (traceRow: number) => boolean;
}

/** Of the rows of a segment, how many may be spared beside pinned ones: an eviction has to make room. */
const mostSpared = 1 / 4;

export type Verdict = 'spared' | 'oldest' | 'pinnedLimit' | 'keptLimit';

/**
 * Decides what becomes of the traces of the oldest segment: pinned ones are spared, then those that the policy wants kept
 * longer, then those of services that hold far less than an equal share.
 */
export class SpareTraces {
  readonly #tables: SpanTables;
  readonly #rules: RetentionRules;
  #pinnedBytes = 0;
  #keptBytes = 0;
  #rowsLeft: number;

  constructor(tables: SpanTables, segment: Segment, rules: RetentionRules) {
    this.#tables = tables;
    this.#rules = rules;
    this.#rowsLeft = segment.live * mostSpared;
    const { traces } = tables;
    for (let row = 0; row < traces.rows; row++) {
      if (traces.pinned[row] !== 0) this.#pinnedBytes += traces.heldBytesOf[row];
      else if (traces.kept[row] !== 0) this.#keptBytes += traces.heldBytesOf[row];
    }
  }

  /** To be asked once per trace. */
  verdict(trace: number): Verdict {
    const { traces, shares } = this.#tables;
    const { pinnedLimit, keptLimit, keepLonger } = this.#rules;
    const bytes = traces.heldBytesOf[trace];
    if (traces.pinned[trace] !== 0) {
      if (this.#pinnedBytes <= pinnedLimit) return 'spared';
      this.#pinnedBytes -= bytes;
      return 'pinnedLimit';
    }
    // Its spans in other segments count too, which matters little: most traces arrive in one piece.
    const rows = traces.spanCount[trace];
    const wasKept = traces.kept[trace] !== 0;
    if (rows <= this.#rowsLeft) {
      const isWorthIt = wasKept
        ? this.#keptBytes <= keptLimit
        : this.#keptBytes + bytes <= 2 * keptLimit && keepLonger(trace);
      if (isWorthIt && !wasKept) {
        traces.kept[trace] = 1;
        this.#keptBytes += bytes;
      }
      if (isWorthIt || shares.isProtected(traces.service[trace])) {
        this.#rowsLeft -= rows;
        return 'spared';
      }
    }
    if (!wasKept) return 'oldest';
    this.#keptBytes -= bytes;
    return 'keptLimit';
  }
}
