import { noSpan } from '../store/spanRef.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { KeyIds } from './keyIds.ts';
import type { TraceRoot, TraceSummaries } from './traceSummary.ts';

/** Tells traces apart by service and name of their roots. */
export class RootOperations {
  /** By id. */
  readonly roots: TraceRoot[] = [];
  readonly #store: TraceStore;
  readonly #summaries: TraceSummaries;
  readonly #ids = new Map<string, number>();
  /** Of roots that are there, by resource and name: texts are only compared for the first one. */
  #keys = new KeyIds();
  #ofKey: (number | undefined)[] = [];
  #idGeneration: number;

  constructor(store: TraceStore, summaries: TraceSummaries) {
    this.#store = store;
    this.#summaries = summaries;
    this.#idGeneration = store.idGeneration;
  }

  idOf(traceRow: number): number {
    const ref = this.#store.traces.root[traceRow];
    if (ref === noSpan) return this.#intern(traceRow);
    const { idGeneration } = this.#store;
    if (idGeneration !== this.#idGeneration) {
      this.#idGeneration = idGeneration;
      this.#keys = new KeyIds();
      this.#ofKey = [];
    }
    const segment = this.#store.segmentOf(ref);
    const row = this.#store.rowOf(ref);
    const key = this.#keys.idOf(segment.resource[row], segment.name[row], 0);
    return (this.#ofKey[key] ??= this.#intern(traceRow));
  }

  #intern(traceRow: number): number {
    const root = this.#summaries.root(traceRow);
    const text = JSON.stringify([root.rootServiceName, root.rootSpanName]);
    let id = this.#ids.get(text);
    if (id === undefined) {
      id = this.roots.push(root) - 1;
      this.#ids.set(text, id);
    }
    return id;
  }
}
