import { nanosOfWords } from '../model/time.ts';
import type { TraceSummary } from '../protocol/control.ts';
import { noSpan } from '../store/spanRef.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { nameOf, nanoText, rootOf, serviceOf } from './spanFields.ts';

/** Makes summaries of traces. What is costly of one (its root if that is missing, its services) is kept until the trace grows. */
export class TraceSummaries {
  readonly #store: TraceStore;
  readonly #known = new Map<number, { generation: number; facts: TraceFacts }>();

  constructor(store: TraceStore) {
    this.#store = store;
  }

  /** Service names, root names and workspaces of a stored trace. */
  facts(traceRow: number): TraceFacts {
    const generation = this.#store.traces.lastUpdateGeneration[traceRow];
    const known = this.#known.get(traceRow);
    if (known?.generation === generation) return known.facts;
    const facts = readFacts(this.#store, traceRow);
    // Rows are used again, so there are never many more entries than traces at the store's fullest.
    this.#known.set(traceRow, { generation, facts });
    return facts;
  }

  summary(traceRow: number): TraceSummary {
    const { traces } = this.#store;
    return {
      traceId: traces.idOf(traceRow),
      startTimeUnixNano: nanosOfWords(traces.startLow[traceRow], traces.startHigh[traceRow]).toString(),
      durationNano: nanoText(traces.durationOf(traceRow)),
      spanCount: traces.spanCount[traceRow],
      errorCount: traces.errorCount[traceRow],
      rootMissing: traces.root[traceRow] === noSpan,
      pinned: traces.pinned[traceRow] !== 0,
      ...this.facts(traceRow),
    };
  }
}

export interface TraceFacts {
  readonly rootServiceName: string;
  readonly rootSpanName: string;
  /** In the order of arrival. */
  readonly serviceNames: string[];
  readonly workspaces: string[];
}

function readFacts(store: TraceStore, traceRow: number): TraceFacts {
  const resources = new Set<number>();
  let ref = store.traces.head[traceRow];
  while (ref !== noSpan) {
    const segment = store.segmentOf(ref);
    const row = store.rowOf(ref);
    resources.add(segment.resource[row]);
    ref = segment.next[row];
  }
  const root = rootOf(store, traceRow);
  const segment = store.segmentOf(root);
  const row = store.rowOf(root);
  const found = [...resources].map(resource => store.resources.get(resource));
  return {
    rootServiceName: serviceOf(store, segment, row),
    rootSpanName: nameOf(store, segment, row),
    serviceNames: [...new Set(found.map(({ serviceName }) => serviceName))],
    workspaces: [...new Set(found.flatMap(({ workspace }) => workspace ?? []))],
  };
}
