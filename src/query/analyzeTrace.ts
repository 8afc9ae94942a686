import { nanosOfWords } from '../model/time.ts';
import type { Finding, TraceAnalysis } from '../protocol/control.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { Histogram } from './histogram.ts';
import { TraceModel } from './rows/traceModel.ts';
import { nameOf, nanoText, spanIdOf } from './spanFields.ts';

/** What a trace tells of itself; `undefined` if it is not stored. */
export function analyzeTrace(
  store: TraceStore,
  traceId: string,
  findings: readonly Finding[],
): TraceAnalysis | undefined {
  const traceRow = store.traces.rowOf(traceId);
  if (traceRow < 0) return undefined;
  const model = new TraceModel(store, traceRow);
  const { tree, critical, selfTime } = model;
  const idAt = (i: number): string => spanIdOf(store.segmentOf(tree.refs[i]), store.rowOf(tree.refs[i]));
  const origin = nanosOfWords(tree.originLow, tree.originHigh);
  const instant = (offset: number): string => (origin + BigInt(Math.round(offset))).toString();
  const heads = Array.from(tree.parent.keys()).filter(i => tree.parent[i] < 0);
  return {
    traceId,
    rootSpanIds: heads.map(idAt),
    durationNano: nanoText(tree.traceDuration),
    spanCount: tree.count,
    criticalPath: Array.from(critical.span, (i, at) => ({
      spanId: idAt(i),
      startTimeUnixNano: instant(critical.start[at]),
      endTimeUnixNano: instant(critical.end[at]),
    })),
    selfTimeNano: Object.fromEntries(Array.from(selfTime, (time, i) => [idAt(i), nanoText(time)])),
    statistics: statistics(store, model),
    findings: [...findings],
  };
}

/** By service and name, what took the most time first. */
function statistics(store: TraceStore, model: TraceModel): TraceAnalysis['statistics'] {
  const { tree, selfTime, service, services, error } = model;
  const groups = new Map<
    string,
    { serviceName: string; name: string; durations: Histogram; self: number; errors: number }
  >();
  for (let i = 0; i < tree.count; i++) {
    const serviceName = services[service[i]].name;
    const name = nameOf(store, store.segmentOf(tree.refs[i]), store.rowOf(tree.refs[i]));
    const key = JSON.stringify([serviceName, name]);
    const group = groups.get(key) ?? { serviceName, name, durations: new Histogram(), self: 0, errors: 0 };
    groups.set(key, group);
    group.durations.add(tree.duration[i]);
    group.self += selfTime[i];
    group.errors += error[i];
  }
  return [...groups.values()]
    .sort((a, b) => b.durations.sum - a.durations.sum)
    .map(({ serviceName, name, durations, self, errors }) => ({
      serviceName,
      name,
      count: durations.count,
      totalNano: nanoText(durations.sum),
      selfNano: nanoText(self),
      p50Nano: nanoText(durations.quantile(0.5)),
      p95Nano: nanoText(durations.quantile(0.95)),
      errors,
    }));
}
