import { KeySet, readSpanAttributes } from '../../decode/otlp/readSpanParts.ts';
import type { SpanExample } from '../../model/evidence.ts';
import { idWords } from '../../model/ids.ts';
import type { SpanToLocate } from '../../model/source.ts';
import { codeKeys } from '../../semconv/code.ts';
import { routeKeys } from '../../semconv/http.ts';
import { maskSensitive } from '../../semconv/sensitive/values.ts';
import { kindOf, noSpan } from '../../store/spanRef.ts';
import type { TraceStore } from '../../store/traceStore.ts';

/** Others may be personal, and lead nowhere. */
const locatingKeys = new KeySet([...Object.values(codeKeys).flat(), ...Object.values(routeKeys).flat()]);

/** What leads to the line of a stored span; `undefined` if it is not stored any more. */
export function spanToLocate(store: TraceStore, { traceId, spanId }: SpanExample): SpanToLocate | undefined {
  const traceRow = store.traces.rowOf(traceId);
  if (traceRow < 0) return undefined;
  const [low, high] = idWords(spanId);
  const ref = store.findSpan(traceRow, low, high);
  if (ref === noSpan) return undefined;
  const segment = store.segmentOf(ref);
  const row = store.rowOf(ref);
  return {
    name: maskSensitive(store.names.string(segment.name[row])),
    serviceName: store.resources.get(segment.resource[row]).serviceName,
    scopeName: store.scopes.get(segment.scope[row]).name,
    kind: kindOf(segment.kindStatus[row]),
    attributes: readSpanAttributes(segment.bytes(row), locatingKeys),
    stackTraces: [],
  };
}
