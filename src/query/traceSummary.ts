import { nanosOfWords } from '../model/time.ts';
import type { TraceSummary } from '../protocol/control.ts';
import { noSpan, type SpanRef } from '../store/spanRef.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { nameOf, nanoText, rootOf, serviceOf } from './spanFields.ts';

/** Distinct facts that are shared: more traces than that have little in common. */
const mostShared = 4096;

/** Makes summaries of traces. What is costly of one (its root if that is missing, its services) is kept until the trace grows. */
export class TraceSummaries {
  readonly #store: TraceStore;
  /** By trace row; rows are used again, so there are never many more than traces at the store's fullest. */
  readonly #facts: (TraceFacts | undefined)[] = [];
  /** The same: the generation of the trace that they are of. */
  readonly #generations: number[] = [];
  /** One for all traces that have them in common: an object each took 8 MB of heap beside a store of 256 MB. */
  readonly #shared = new Map<string, TraceFacts>();

  constructor(store: TraceStore) {
    this.#store = store;
  }

  /** Names of the root: where there is one, they are read off the columns. */
  root(traceRow: number): TraceRoot {
    const ref = this.#store.traces.root[traceRow];
    return ref === noSpan ? this.facts(traceRow) : readRoot(this.#store, ref);
  }

  /** Service names, root names and workspaces of a stored trace. */
  facts(traceRow: number): TraceFacts {
    const generation = this.#store.traces.lastUpdateGeneration[traceRow];
    const known = this.#facts[traceRow];
    if (known !== undefined && this.#generations[traceRow] === generation) return known;
    const facts = this.#share(readFacts(this.#store, traceRow));
    // Without holes, arrays take a word an item.
    while (this.#facts.length < traceRow) {
      this.#facts.push(undefined);
      this.#generations.push(-1);
    }
    this.#facts[traceRow] = facts;
    this.#generations[traceRow] = generation;
    return facts;
  }

  #share(facts: TraceFacts): TraceFacts {
    const { rootServiceName, rootSpanName, serviceNames, workspaces } = facts;
    const key = JSON.stringify([rootServiceName, rootSpanName, serviceNames, workspaces]);
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    if (this.#shared.size >= mostShared) this.#shared.clear();
    this.#shared.set(key, facts);
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

export interface TraceRoot {
  readonly rootServiceName: string;
  readonly rootSpanName: string;
}

export interface TraceFacts extends TraceRoot {
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
  const found = [...resources].map(resource => store.resources.get(resource));
  const { rootServiceName, rootSpanName } = readRoot(store, rootOf(store, traceRow));
  return {
    rootServiceName,
    rootSpanName,
    serviceNames: [...new Set(found.map(({ serviceName }) => serviceName))],
    workspaces: [...new Set(found.flatMap(({ workspace }) => workspace ?? []))],
  };
}

function readRoot(store: TraceStore, ref: SpanRef): TraceRoot {
  const segment = store.segmentOf(ref);
  const row = store.rowOf(ref);
  return {
    rootServiceName: serviceOf(store, segment, row),
    rootSpanName: nameOf(store, segment, row),
  };
}
