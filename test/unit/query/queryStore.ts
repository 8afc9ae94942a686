import type { KeyValue } from '../../../src/model/anyValue.ts';
import type { SpanKind } from '../../../src/model/span.ts';
import { type SearchOptions, search } from '../../../src/query/search.ts';
import { TraceSummaries } from '../../../src/query/traceSummary.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { add, span, spanId, traceId } from '../store/testSpans.ts';

/** Attributes from native values: whole numbers become integers. */
export function attributes(values: { [key: string]: string | number | boolean }): KeyValue[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value:
      typeof value === 'string'
        ? { stringValue: value }
        : typeof value === 'boolean'
          ? { boolValue: value }
          : Number.isInteger(value)
            ? { intValue: String(value) }
            : { doubleValue: value },
  }));
}

export async function runQuery(store: TraceStore, query: string, more: Partial<SearchOptions> = {}) {
  return search(store, new TraceSummaries(store), { query, limit: 1000, spansPerTrace: 1000, ...more });
}

/** Numbers of the spans (see `spanId`) that a query finds, in order. */
export async function foundSpans(store: TraceStore, query: string): Promise<number[]> {
  const traces = await runQuery(store, query);
  return traces
    .flatMap(({ matchedSpans }) => matchedSpans.map(({ spanId: id }) => Number.parseInt(id, 16) - 1))
    .sort((a, b) => a - b);
}

/**
 * One trace, a tree as it is drawn:
 *
 *     0 frontend  GET /        server
 *     ├─ 1 frontend  auth        client   error
 *     │  └─ 2 auth  check        server   error
 *     └─ 3 frontend  render      internal
 *        ├─ 4 db  SELECT          client
 *        └─ 5 db  SELECT          client   slow
 */
export function shopStore(): TraceStore {
  const store = new TraceStore({ budgetBytes: 16 << 20 });
  const at = (
    number: number,
    parent: number | undefined,
    name: string,
    kind: SpanKind,
    duration: number,
  ) => ({
    ...span(number, { start: 1000 * number, duration, name, kind, attributes: attributes({ n: number }) }),
    traceId: traceId(0),
    ...(parent !== undefined && { parentSpanId: spanId(parent) }),
  });
  const failed = { status: { code: 2 } } as const;
  add(
    store,
    [
      at(0, undefined, 'GET /', 2, 90_000_000),
      { ...at(1, 0, 'auth', 3, 20_000_000), ...failed },
      at(3, 0, 'render', 1, 60_000_000),
    ],
    'frontend',
  );
  add(store, [{ ...at(2, 1, 'check', 2, 10_000_000), ...failed }], 'auth');
  add(store, [at(4, 3, 'SELECT', 3, 5_000_000), at(5, 3, 'SELECT', 3, 50_000_000)], 'db');
  return store;
}
