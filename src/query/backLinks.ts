import { readLinkTargets } from '../decode/otlp/readSpanParts.ts';
import { idWords } from '../model/ids.ts';
import type { Segment } from '../store/segment.ts';
import { type SpanRef, spanRef } from '../store/spanRef.ts';
import type { TraceStore } from '../store/traceStore.ts';

/** Rows read for one answer: about 20 ms. What is read once is remembered, so the next answers know of the rest. */
const mostRowsRead = 100_000;

/** The links of a segment's rows `0 … read`, in the order of rows. */
interface LinkColumns {
  read: number;
  /** Row that links, and the first word of the span id it links to. */
  readonly rows: number[];
  readonly targets: number[];
}

/** Finds the spans that link to a span: links are only stored with the span that has them. */
export class BackLinks {
  readonly #store: TraceStore;
  readonly #known = new WeakMap<Segment, LinkColumns>();

  constructor(store: TraceStore) {
    this.#store = store;
  }

  /** At most `limit`, those that arrived last first. */
  to(traceId: string, spanId: string, limit: number): SpanRef[] {
    const found: SpanRef[] = [];
    const [wanted] = idWords(spanId);
    let rowsLeft = mostRowsRead;
    for (const segment of this.#store.segments().toReversed()) {
      const links = this.#known.get(segment) ?? { read: 0, rows: [], targets: [] };
      this.#known.set(segment, links);
      rowsLeft -= readLinks(segment, links, rowsLeft);
      let last = -1;
      for (let at = links.rows.length - 1; at >= 0; at--) {
        const row = links.rows[at];
        if (links.targets[at] !== wanted || row === last || !segment.isLive(row)) continue;
        const targets = readLinkTargets(segment.rest(row));
        if (!targets.some(target => target.spanId === spanId && target.traceId === traceId)) continue;
        last = row;
        if (found.push(spanRef(segment.slot, row)) === limit) return found;
      }
    }
    return found;
  }
}

/** Reads at most so many rows that were not read before; how many it were. */
function readLinks(segment: Segment, links: LinkColumns, most: number): number {
  const first = links.read;
  links.read = Math.min(segment.count, first + most);
  for (let row = first; row < links.read; row++)
    for (const { spanId } of readLinkTargets(segment.rest(row))) {
      links.rows.push(row);
      links.targets.push(idWords(spanId)[0]);
    }
  return links.read - first;
}
