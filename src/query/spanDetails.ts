import { readSpan } from '../decode/otlp/readSpan.ts';
import { readLinkTargets } from '../decode/otlp/readSpanParts.ts';
import { idWords } from '../model/ids.ts';
import type { SpanDetails } from '../protocol/control.ts';
import { treeFlags } from '../store/assembly/treeFlags.ts';
import type { Segment } from '../store/segment.ts';
import { noSpan } from '../store/spanRef.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { TraceModel } from './rows/traceModel.ts';
import { nameOf, nanoText, serviceOf, spanIdOf } from './spanFields.ts';

const mostBackLinks = 100;

const notes: readonly [flag: number, text: string][] = [
  [treeFlags.orphan, 'parent not received'],
  [treeFlags.duplicate, 'its id occurs more than once in this trace'],
  [treeFlags.cycle, 'it is its own ancestor; the circle is cut here'],
  [treeFlags.endBeforeStart, 'it ends before it starts'],
  [treeFlags.unfinished, 'no end time: it has not ended, or ended without being exported'],
  [treeFlags.startUnknown, 'no start time: drawn from the start of its parent'],
];

/** Answers for single spans. The trace of the last one is kept, because the next one is mostly of the same trace. */
export class SpanDetailsReader {
  readonly #store: TraceStore;
  #last: { traceId: string; generation: number; model: TraceModel } | undefined;

  constructor(store: TraceStore) {
    this.#store = store;
  }

  /** `undefined` if the span is not stored. */
  read(traceId: string, spanId: string): SpanDetails | undefined {
    const store = this.#store;
    const traceRow = store.traces.rowOf(traceId);
    if (traceRow < 0) return undefined;
    const [low, high] = idWords(spanId);
    const ref = store.findSpan(traceRow, low, high);
    if (ref === noSpan) return undefined;
    const segment = store.segmentOf(ref);
    const row = store.rowOf(ref);
    const { resource, schemaUrl: resourceUrl, serviceName } = store.resources.get(segment.resource[row]);
    const { scope, schemaUrl: scopeUrl } = store.scopes.get(segment.scope[row]);
    const model = this.#modelOf(traceId, traceRow);
    const i = model.indexOf(store, low, high);
    return {
      span: readSpan(segment.bytes(row)),
      serviceName,
      resource,
      ...(resourceUrl === '' ? {} : { resourceSchemaUrl: resourceUrl }),
      scope,
      ...(scopeUrl === '' ? {} : { scopeSchemaUrl: scopeUrl }),
      logs: store.logs.forSpan(traceId, spanId),
      linkedFrom: this.#backLinks(traceId, spanId),
      selfTimeNano: nanoText(model.selfTime[i]),
      onCriticalPath: model.criticalFirst[i + 1] > model.criticalFirst[i],
      notes: notes.filter(([flag]) => (model.tree.flags[i] & flag) !== 0).map(([, text]) => text),
    };
  }

  #modelOf(traceId: string, traceRow: number): TraceModel {
    const { generation } = this.#store;
    if (this.#last?.traceId === traceId && this.#last.generation === generation) return this.#last.model;
    const model = new TraceModel(this.#store, traceRow);
    this.#last = { traceId, generation, model };
    return model;
  }

  #backLinks(traceId: string, spanId: string): SpanDetails['linkedFrom'] {
    const store = this.#store;
    const found: SpanDetails['linkedFrom'] = [];
    for (const segment of store.segments().toReversed()) {
      for (const row of rowsWithBytes(segment, Buffer.from(spanId, 'hex'))) {
        if (!segment.isLive(row)) continue;
        const targets = readLinkTargets(segment.bytes(row));
        if (!targets.some(target => target.spanId === spanId && target.traceId === traceId)) continue;
        found.push({
          traceId: store.traces.idOf(segment.trace[row]),
          spanId: spanIdOf(segment, row),
          name: nameOf(store, segment, row),
          serviceName: serviceOf(store, segment, row),
        });
        if (found.length === mostBackLinks) return found;
      }
    }
    return found;
  }
}

/** Rows whose messages contain the bytes. A span id in a slab stands in few places, and finding them is native work. */
function* rowsWithBytes(segment: Segment, wanted: Uint8Array): Generator<number> {
  const slab = Buffer.from(segment.slab.buffer, segment.slab.byteOffset, segment.slabUsed);
  let last = -1;
  for (let at = slab.indexOf(wanted); at >= 0; at = slab.indexOf(wanted, at + 1)) {
    const row = rowAt(segment, at);
    if (row > last) yield row;
    last = row;
  }
}

/** The last row whose message begins at `offset` or before; messages lie in the order of their rows. */
function rowAt(segment: Segment, offset: number): number {
  let low = 0;
  let high = segment.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (segment.offset[middle] <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
