import { readSpan } from '../decode/otlp/readSpan.ts';
import type { ResourceSpans, ScopeSpans, Span, TracesData } from '../model/span.ts';
import type { SpanRef } from '../store/spanRef.ts';
import type { TraceStore } from '../store/traceStore.ts';

/** Whole traces as OTLP/JSON, grouped by resource and scope; ids that are not stored are left out. */
export function exportTraces(store: TraceStore, traceIds: readonly string[]): TracesData {
  return exportSpans(
    store,
    traceIds.flatMap(id => {
      const row = store.traces.rowOf(id);
      return row < 0 ? [] : [...store.spansOf(row)];
    }),
  );
}

export function exportSpans(store: TraceStore, refs: Iterable<SpanRef>): TracesData {
  const byResource = new Map<number, Map<number, Span[]>>();
  for (const ref of refs) {
    const segment = store.segmentOf(ref);
    const row = store.rowOf(ref);
    const byScope = byResource.get(segment.resource[row]) ?? new Map<number, Span[]>();
    byResource.set(segment.resource[row], byScope);
    const spans = byScope.get(segment.scope[row]) ?? [];
    byScope.set(segment.scope[row], spans);
    spans.push(readSpan(segment.bytes(row)));
  }
  return {
    resourceSpans: [...byResource].map(([resourceId, byScope]): ResourceSpans => {
      const { resource, schemaUrl } = store.resources.get(resourceId);
      const scopeSpans = [...byScope].map(([scopeId, spans]): ScopeSpans => {
        const { scope, schemaUrl: scopeUrl } = store.scopes.get(scopeId);
        return scopeUrl === '' ? { scope, spans } : { scope, spans, schemaUrl: scopeUrl };
      });
      return schemaUrl === '' ? { resource, scopeSpans } : { resource, scopeSpans, schemaUrl };
    }),
  };
}
