import type { Attribution, TraceFilter } from '../protocol/control.ts';
import { noTrace } from '../store/spanRef.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { RootOperations } from './rootOperations.ts';
import type { TraceSummaries } from './traceSummary.ts';

/** Words of a filter beyond this many are not looked at: there is a bit for each. */
const mostWords = 31;

/**
 * Tells which traces a filter accepts, until the store changes. Strings are compared once per distinct name and service, then
 * columns are scanned: nothing is made for each trace.
 */
export function selectTraces(
  store: TraceStore,
  summaries: TraceSummaries,
  { attribution, text = '', errorsOnly, rootServiceName, rootSpanName }: TraceFilter,
): (traceRow: number) => boolean {
  const tests: ((traceRow: number) => boolean)[] = [];
  if (errorsOnly === true) tests.push(traceRow => store.traces.errorCount[traceRow] > 0);
  if (attribution.kind !== 'all') tests.push(attributionTest(store, attribution));
  if (rootServiceName !== undefined || rootSpanName !== undefined) {
    const operations = new RootOperations(store, summaries);
    const isWanted: (boolean | undefined)[] = [];
    tests.push(traceRow => {
      const id = operations.idOf(traceRow);
      const root = operations.roots[id];
      return (isWanted[id] ??=
        (rootServiceName ?? root.rootServiceName) === root.rootServiceName &&
        (rootSpanName ?? root.rootSpanName) === root.rootSpanName);
    });
  }
  const words = text.toLowerCase().split(/\s+/).filter(Boolean).slice(0, mostWords);
  if (words.length > 0) tests.push(wordTest(store, words));
  return traceRow => {
    for (const test of tests) if (!test(traceRow)) return false;
    return true;
  };
}

/** Whether something that carries this workspace, or none, belongs to whom is asked for. */
export function belongsTo(attribution: Attribution, workspace: string | undefined): boolean {
  if (attribution.kind === 'all') return true;
  return attribution.kind === 'unattributed' ? workspace === undefined : workspace === attribution.uri;
}

/** A trace belongs where any of its spans does, and is unattributed if none of them belongs anywhere. */
function attributionTest(store: TraceStore, attribution: Attribution): (traceRow: number) => boolean {
  const { kind } = attribution;
  const bits = bitsOfResources(store, ({ workspace }) =>
    Number(kind === 'unattributed' ? workspace !== undefined : belongsTo(attribution, workspace)),
  );
  const found = bitsOfTraces(store, bits);
  const wanted = kind === 'unattributed' ? 0 : 1;
  return traceRow => found[traceRow] === wanted;
}

/** Each word must occur in a span name, a service name or the trace id. */
function wordTest(store: TraceStore, words: readonly string[]): (traceRow: number) => boolean {
  const bitsOf = (text: string): number => {
    const folded = text.toLowerCase();
    return words.reduce((bits, word, i) => (folded.includes(word) ? bits | (1 << i) : bits), 0);
  };
  const ofNames = Uint32Array.from({ length: store.names.size }, (_, id) => bitsOf(store.names.string(id)));
  const found = bitsOfTraces(
    store,
    bitsOfResources(store, ({ serviceName }) => bitsOf(serviceName)),
    ofNames,
  );
  const all = 2 ** words.length - 1;
  const maybeOfIds = words.reduce(
    (bits, word, i) => (/^[0-9a-f]{1,32}$/.test(word) ? bits | (1 << i) : bits),
    0,
  );
  return traceRow => {
    const missing = all & ~found[traceRow];
    if (missing === 0) return true;
    return (missing & ~maybeOfIds) === 0 && (missing & ~bitsOf(store.traces.idOf(traceRow))) === 0;
  };
}

/** By resource id; 0 for ids that no span has. */
function bitsOfResources(
  store: TraceStore,
  bitsOf: (resource: { serviceName: string; workspace: string | undefined }) => number,
): Uint32Array {
  const used = new Uint8Array(store.resources.size);
  for (const { count, trace, resource } of store.segments())
    for (let row = 0; row < count; row++) if (trace[row] !== noTrace) used[resource[row]] = 1;
  return Uint32Array.from(used, (isUsed, id) => (isUsed === 0 ? 0 : bitsOf(store.resources.get(id))));
}

/** By trace row: what the resource or the name of any of its spans has. */
function bitsOfTraces(store: TraceStore, ofResources: Uint32Array, ofNames?: Uint32Array): Uint32Array {
  const found = new Uint32Array(store.traces.rows);
  for (const { count, trace, resource, name } of store.segments())
    for (let row = 0; row < count; row++)
      if (trace[row] !== noTrace)
        found[trace[row]] |= ofResources[resource[row]] | (ofNames === undefined ? 0 : ofNames[name[row]]);
  return found;
}
