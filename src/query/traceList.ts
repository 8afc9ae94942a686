import { nanosOfWords } from '../model/time.ts';
import type { Attribution, TraceFilter, TraceGroup, TraceSummary } from '../protocol/control.ts';
import { noSpan } from '../store/spanRef.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { Histogram } from './histogram.ts';
import { nanoText } from './spanFields.ts';
import type { TraceFacts, TraceSummaries } from './traceSummary.ts';

/** The newest traces that the filter accepts, at most `limit`, and how many it accepts in all. */
export function listTraces(
  store: TraceStore,
  summaries: TraceSummaries,
  filter: TraceFilter,
  limit: number,
): { total: number; traces: TraceSummary[] } {
  const accepted = acceptedBy(store, summaries, filter);
  let total = 0;
  const { traces } = store;
  const passes = new Uint8Array(traces.rows);
  for (let row = 0; row < traces.rows; row++) {
    if (traces.spanCount[row] === 0 || !accepted(row)) continue;
    passes[row] = 1;
    total++;
  }
  const rows = traces.newest(limit, row => passes[row] !== 0);
  return { total, traces: rows.map(row => summaries.summary(row)) };
}

/** Traces by their root operation, the group with the newest trace first. */
export function groupTraces(
  store: TraceStore,
  summaries: TraceSummaries,
  filter: TraceFilter,
  limit: number,
): { total: number; groups: TraceGroup[] } {
  const { traces } = store;
  const accepted = acceptedBy(store, summaries, filter);
  const groups = new Map<string, Group>();
  for (let row = 0; row < traces.rows; row++) {
    if (traces.spanCount[row] === 0 || !accepted(row)) continue;
    const { rootServiceName, rootSpanName } = summaries.facts(row);
    const key = JSON.stringify([rootServiceName, rootSpanName]);
    let group = groups.get(key);
    if (group === undefined) {
      group = { rootServiceName, rootSpanName, durations: new Histogram(), errors: 0, latestRow: row };
      groups.set(key, group);
    }
    group.durations.add(traces.durationOf(row));
    if (traces.errorCount[row] > 0) group.errors++;
    if (startsLater(store, row, group.latestRow)) group.latestRow = row;
  }
  const newestFirst = [...groups.values()].sort((a, b) =>
    startsLater(store, a.latestRow, b.latestRow) ? -1 : startsLater(store, b.latestRow, a.latestRow) ? 1 : 0,
  );
  return {
    total: newestFirst.length,
    groups: newestFirst
      .slice(0, limit)
      .map(({ rootServiceName, rootSpanName, durations, errors, latestRow }) => ({
        rootServiceName,
        rootSpanName,
        traceCount: durations.count,
        errorTraceCount: errors,
        p50Nano: nanoText(durations.quantile(0.5)),
        p95Nano: nanoText(durations.quantile(0.95)),
        latestUnixNano: nanosOfWords(traces.startLow[latestRow], traces.startHigh[latestRow]).toString(),
      })),
  };
}

/** Whether something that carries these workspaces belongs to whom is asked for. */
export function belongsTo(attribution: Attribution, workspaces: readonly string[]): boolean {
  if (attribution.kind === 'all') return true;
  return attribution.kind === 'unattributed' ? workspaces.length === 0 : workspaces.includes(attribution.uri);
}

interface Group {
  readonly rootServiceName: string;
  readonly rootSpanName: string;
  readonly durations: Histogram;
  errors: number;
  latestRow: number;
}

function startsLater({ traces }: TraceStore, a: number, b: number): boolean {
  const { startHigh, startLow } = traces;
  return startHigh[a] > startHigh[b] || (startHigh[a] === startHigh[b] && startLow[a] > startLow[b]);
}

function acceptedBy(
  store: TraceStore,
  summaries: TraceSummaries,
  filter: TraceFilter,
): (row: number) => boolean {
  const words = (filter.text ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const { rootServiceName, rootSpanName, attribution, errorsOnly } = filter;
  const names = new NameWords(store, words);
  return row => {
    if (errorsOnly === true && store.traces.errorCount[row] === 0) return false;
    if (
      attribution.kind === 'all' &&
      rootSpanName === undefined &&
      rootServiceName === undefined &&
      words.length === 0
    )
      return true;
    const facts = summaries.facts(row);
    if (!belongsTo(attribution, facts.workspaces)) return false;
    if (rootServiceName !== undefined && facts.rootServiceName !== rootServiceName) return false;
    if (rootSpanName !== undefined && facts.rootSpanName !== rootSpanName) return false;
    return words.length === 0 || names.matches(row, facts);
  };
}

/** Words against the names in a trace: each must occur in a span name, a service name or the trace id. */
class NameWords {
  readonly #store: TraceStore;
  readonly #words: readonly string[];
  /** Name id → bit set of the words it contains. */
  readonly #byName = new Map<number, number>();

  constructor(store: TraceStore, words: readonly string[]) {
    this.#store = store;
    // A bit a word; nobody types more than 30.
    this.#words = words.slice(0, 30);
  }

  matches(row: number, facts: TraceFacts): boolean {
    const all = 2 ** this.#words.length - 1;
    let found = this.#wordsIn(
      `${this.#store.traces.idOf(row)}\n${facts.serviceNames.join('\n')}`.toLowerCase(),
    );
    for (let ref = this.#store.traces.head[row]; ref !== noSpan && found !== all; ) {
      const segment = this.#store.segmentOf(ref);
      const at = this.#store.rowOf(ref);
      found |= this.#wordsInName(segment.name[at]);
      ref = segment.next[at];
    }
    return found === all;
  }

  #wordsInName(name: number): number {
    let found = this.#byName.get(name);
    if (found === undefined)
      this.#byName.set(name, (found = this.#wordsIn(this.#store.names.string(name).toLowerCase())));
    return found;
  }

  #wordsIn(text: string): number {
    return this.#words.reduce((found, word, i) => (text.includes(word) ? found | (1 << i) : found), 0);
  }
}
