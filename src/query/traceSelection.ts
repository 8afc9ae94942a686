import type { Attribution, TraceFilter } from '../protocol/control.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { RootOperations } from './rootOperations.ts';
import { TraceBits } from './traceBits.ts';
import type { TraceSummaries } from './traceSummary.ts';

/** Words of a filter beyond this many are not looked at: there is a bit for each. */
const mostWords = 31;

interface Test {
  /** Goes over the spans, if it asks about them: good for traces that do not change from then on. Yields where a pause is good. */
  prepare?(): Generator<void, void>;
  /** Of a stored trace, as it is now. */
  accepts(traceRow: number): boolean;
}

/** Which traces a filter accepts. Strings are compared once per distinct name and service: nothing is made for each trace. */
export class TraceSelection {
  readonly #tests: Test[] = [];

  constructor(
    store: TraceStore,
    summaries: TraceSummaries,
    { attribution, text = '', errorsOnly, rootServiceName, rootSpanName }: TraceFilter,
  ) {
    if (errorsOnly === true) this.#tests.push({ accepts: traceRow => store.traces.errorCount[traceRow] > 0 });
    if (attribution.kind !== 'all') this.#tests.push(attributionTest(store, attribution));
    if (rootServiceName !== undefined || rootSpanName !== undefined)
      this.#tests.push(rootTest(new RootOperations(store, summaries), rootServiceName, rootSpanName));
    const words = text.toLowerCase().split(/\s+/).filter(Boolean).slice(0, mostWords);
    if (words.length > 0) this.#tests.push(wordTest(store, words));
  }

  /** Before `accepts`. Yields where there is a good place for a pause. */
  *prepare(): Generator<void, void> {
    for (const test of this.#tests) if (test.prepare !== undefined) yield* test.prepare();
  }

  /** Whether the filter accepts a stored trace as it is now. */
  accepts(traceRow: number): boolean {
    for (const test of this.#tests) if (!test.accepts(traceRow)) return false;
    return true;
  }
}

/** Whether something that carries this workspace, or none, belongs to whom is asked for. */
export function belongsTo(attribution: Attribution, workspace: string | undefined): boolean {
  if (attribution.kind === 'all') return true;
  return attribution.kind === 'unattributed' ? workspace === undefined : workspace === attribution.uri;
}

function rootTest(operations: RootOperations, serviceName?: string, spanName?: string): Test {
  const isWanted: (boolean | undefined)[] = [];
  return {
    accepts(traceRow) {
      const id = operations.idOf(traceRow);
      const root = operations.roots[id];
      return (isWanted[id] ??=
        (serviceName ?? root.rootServiceName) === root.rootServiceName &&
        (spanName ?? root.rootSpanName) === root.rootSpanName);
    },
  };
}

/** A trace belongs where any of its spans does, and is unattributed if none of them belongs anywhere. */
function attributionTest(store: TraceStore, attribution: Attribution): Test {
  const { kind } = attribution;
  const bits = new TraceBits(store, {
    ofResource: ({ workspace }) =>
      Number(kind === 'unattributed' ? workspace !== undefined : belongsTo(attribution, workspace)),
    ofName: () => 0,
  });
  const wanted = kind === 'unattributed' ? 0 : 1;
  return { prepare: () => bits.prepare(), accepts: traceRow => bits.of(traceRow) === wanted };
}

/** Each word must occur in a span name, a service name or the trace id. */
function wordTest(store: TraceStore, words: readonly string[]): Test {
  const bitsOf = (text: string): number => {
    const folded = text.toLowerCase();
    return words.reduce((bits, word, i) => (folded.includes(word) ? bits | (1 << i) : bits), 0);
  };
  const found = new TraceBits(store, {
    ofResource: ({ serviceName }) => bitsOf(serviceName),
    ofName: bitsOf,
  });
  const all = 2 ** words.length - 1;
  const maybeOfIds = words.reduce(
    (bits, word, i) => (/^[0-9a-f]{1,32}$/.test(word) ? bits | (1 << i) : bits),
    0,
  );
  return {
    prepare: () => found.prepare(),
    accepts(traceRow) {
      const missing = all & ~found.of(traceRow);
      if (missing === 0) return true;
      return (missing & ~maybeOfIds) === 0 && (missing & ~bitsOf(store.traces.idOf(traceRow))) === 0;
    },
  };
}
