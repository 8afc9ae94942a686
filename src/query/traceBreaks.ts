import type { TraceBreak } from '../protocol/traceView.ts';
import { noSpan, noTrace, type SpanRef } from '../store/spanRef.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { rootOf } from './spanFields.ts';

/** Pieces beyond these tell nothing new. */
const mostBreaks = 3;

/**
 * The traces that a trace is a piece of, as its ids tell: one whose id is the same but for the upper half, which somebody on the
 * way has cut off; or one that has the parent of its first span. Goes over the ids of the store once.
 */
export function traceBreaks(store: TraceStore, traceId: string): TraceBreak[] {
  const row = store.traces.rowOf(traceId);
  if (row < 0) return [];
  const halves = halvesOf(store, row).map(other => ({ kind: 'halfId' as const, other }));
  const parent = traceOfParent(store, row);
  const isKnown = parent < 0 || halves.some(({ other }) => other === parent);
  return [...halves, ...(isKnown ? [] : [{ kind: 'parentElsewhere' as const, other: parent }])].map(
    ({ kind, other }) => ({
      kind,
      traceId: store.traces.idOf(other),
      hasDatadog: [row, other].some(each => isOfDatadog(store, each)),
    }),
  );
}

function halvesOf({ traces }: TraceStore, row: number): number[] {
  const { id } = traces;
  const [a, b, c, d] = id.subarray(4 * row, 4 * row + 4);
  const isHalf = a === 0 && b === 0;
  const found: number[] = [];
  for (let other = 0; other < traces.rows && found.length < mostBreaks; other++) {
    const at = 4 * other;
    if (id[at + 3] !== d || id[at + 2] !== c || other === row || !traces.isLive(other)) continue;
    if (isHalf || (id[at] === 0 && id[at + 1] === 0)) found.push(other);
  }
  return found;
}

/** The row of another trace that has the parent of the first span; −1: none, or there is a root. */
function traceOfParent(store: TraceStore, row: number): number {
  if (store.traces.root[row] !== noSpan) return -1;
  const first: SpanRef = rootOf(store, row);
  const { parentSpanId } = store.segmentOf(first);
  const at = 2 * store.rowOf(first);
  const [low, high] = [parentSpanId[at], parentSpanId[at + 1]];
  for (const { count, trace, spanId } of store.segments())
    for (let each = 0; each < count; each++)
      if (spanId[2 * each] === low && spanId[2 * each + 1] === high && trace[each] !== noTrace)
        if (trace[each] !== row) return trace[each];
  return -1;
}

function isOfDatadog(store: TraceStore, row: number): boolean {
  const resources = new Set(
    Array.from(store.spansOf(row), ref => store.segmentOf(ref).resource[store.rowOf(ref)]),
  );
  return [...resources].some(resource =>
    store.resources
      .get(resource)
      .resource.attributes?.some(
        ({ key, value }) =>
          key === 'telemetry.sdk.name' && 'stringValue' in value && value.stringValue === 'datadog',
      ),
  );
}
