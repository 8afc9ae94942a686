import { readSpan } from '../decode/otlp/readSpan.ts';
import { idWords } from '../model/ids.ts';
import type { SpanDetails } from '../protocol/control.ts';
import { treeFlags } from '../store/assembly/treeFlags.ts';
import { noSpan } from '../store/spanRef.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { BackLinks } from './backLinks.ts';
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
  readonly #backLinks: BackLinks;
  #last: { traceId: string; generation: number; model: TraceModel } | undefined;

  constructor(store: TraceStore) {
    this.#store = store;
    this.#backLinks = new BackLinks(store);
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
      linkedFrom: this.#linkedFrom(traceId, spanId),
      selfTimeNano: nanoText(model.selfTime[i]),
      onCriticalPath: model.criticalFirst[i + 1] > model.criticalFirst[i],
      notes: notes.filter(([flag]) => (model.tree.flags[i] & flag) !== 0).map(([, text]) => text),
    };
  }

  #modelOf(traceId: string, traceRow: number): TraceModel {
    // Others may be received all the while: only the trace itself counts.
    const generation = this.#store.traces.lastUpdateGeneration[traceRow];
    if (this.#last?.traceId === traceId && this.#last.generation === generation) return this.#last.model;
    const model = new TraceModel(this.#store, traceRow);
    this.#last = { traceId, generation, model };
    return model;
  }

  #linkedFrom(traceId: string, spanId: string): SpanDetails['linkedFrom'] {
    const store = this.#store;
    return this.#backLinks.to(traceId, spanId, mostBackLinks).map(ref => {
      const segment = store.segmentOf(ref);
      const row = store.rowOf(ref);
      return {
        traceId: store.traces.idOf(segment.trace[row]),
        spanId: spanIdOf(segment, row),
        name: nameOf(store, segment, row),
        serviceName: serviceOf(store, segment, row),
      };
    });
  }
}
