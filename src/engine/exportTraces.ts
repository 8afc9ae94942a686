import type { TracesData } from '../model/span.ts';
import type { ControlRequests } from '../protocol/control.ts';

/** About this many spans make a part; a trace is never split. A few megabytes of JSON. */
const partSpans = 5000;

/** A connection to ask: `ControlClient` or `EngineClient`. */
interface Requester {
  request<K extends keyof ControlRequests>(
    name: K,
    params: ControlRequests[K][0],
    signal?: AbortSignal,
  ): Promise<ControlRequests[K][1]>;
}

/**
 * All stored traces, or those that a TraceQL query finds, in parts that each fit into memory several times over.
 * Throws what `traces/query` throws for a bad query.
 */
export async function* exportTraces(
  engine: Requester,
  query = '{}',
  signal?: AbortSignal,
): AsyncGenerator<TracesData> {
  const params = { query, limit: Number.MAX_SAFE_INTEGER, spansPerTrace: 0 };
  const { traces } = await engine.request('traces/query', params, signal);
  let traceIds: string[] = [];
  let spans = 0;
  for (const { traceId, spanCount } of traces) {
    if (traceIds.length > 0 && spans + spanCount > partSpans) {
      yield await engine.request('traces/export', { traceIds }, signal);
      traceIds = [];
      spans = 0;
    }
    traceIds.push(traceId);
    spans += spanCount;
  }
  if (traceIds.length > 0) yield await engine.request('traces/export', { traceIds }, signal);
}
