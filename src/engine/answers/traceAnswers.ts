import { analyzeTrace } from '../../query/analyzeTrace.ts';
import { exportTraces } from '../../query/exportTraces.ts';
import { groupTraces, listTraces } from '../../query/traceList.ts';
import type { ControlAnswers } from '../controlConnection.ts';
import type { AnswerParts } from './parts.ts';

/** Traces and their spans, listed and looked up. */
export function traceAnswers({ store, readers: { summaries, details } }: AnswerParts) {
  return {
    'traces/list': ({ filter, limit }) => ({
      generation: store.generation,
      ...listTraces(store, summaries, filter, limit),
    }),
    'traces/groups': ({ filter, limit }) => ({
      generation: store.generation,
      ...groupTraces(store, summaries, filter, limit),
    }),
    'traces/export': ({ traceIds }) => exportTraces(store, traceIds),
    'trace/get': ({ traceId }) => (store.traces.rowOf(traceId) < 0 ? null : exportTraces(store, [traceId])),
    'trace/analyze': ({ traceId }) => analyzeTrace(store, traceId) ?? null,
    'trace/summary': ({ traceId }) => {
      const row = store.traces.rowOf(traceId);
      return row < 0 ? null : summaries.summary(row);
    },
    'span/details': ({ traceId, spanId }) => details.read(traceId, spanId) ?? null,
  } satisfies Partial<ControlAnswers>;
}
