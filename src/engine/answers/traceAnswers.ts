import { findingsOf, findingsOfTrace, plainFinding } from '../../insight/findings/findings.ts';
import { analyzeTrace } from '../../query/analyzeTrace.ts';
import { exportTraces } from '../../query/exportTraces.ts';
import { traceBreaks } from '../../query/traceBreaks.ts';
import { traceDrop } from '../../query/traceDrop.ts';
import { groupTraces, listTraces } from '../../query/traceList.ts';
import { Turns } from '../../query/turns.ts';
import type { ControlAnswers } from '../controlConnection.ts';
import type { AnswerParts } from './parts.ts';
import { signalOf } from './signalOf.ts';

/** Traces and their spans, listed and looked up. */
export function traceAnswers({ store, readers }: Pick<AnswerParts, 'store' | 'readers'>) {
  const { summaries, details } = readers;
  return {
    'traces/list': async ({ filter, limit }, cancellation) => {
      const turns = new Turns(signalOf(cancellation));
      const found = await turns.run(listTraces(store, summaries, filter, limit));
      return { generation: store.generation, ...(found ?? { total: 0, traces: [] }) };
    },
    'traces/groups': async ({ filter, limit }, cancellation) => {
      const { generation } = store;
      const turns = new Turns(signalOf(cancellation));
      const found = await turns.run(groupTraces(store, summaries, filter, limit));
      return { generation, ...(found ?? { total: 0, groups: [] }) };
    },
    'traces/export': ({ traceIds }) => exportTraces(store, traceIds),
    'trace/get': ({ traceId }) => (store.traces.rowOf(traceId) < 0 ? null : exportTraces(store, [traceId])),
    'trace/analyze': async ({ traceId }) => {
      if (store.traces.rowOf(traceId) < 0) return null;
      const findings = findingsOf((await readers.evidence().read()).evidence);
      return analyzeTrace(store, traceId, findingsOfTrace(findings, traceId).map(plainFinding)) ?? null;
    },
    'trace/breaks': ({ traceId }) => ({ breaks: traceBreaks(store, traceId) }),
    'trace/summary': ({ traceId }) => {
      const row = store.traces.rowOf(traceId);
      return row < 0 ? null : summaries.summary(row);
    },
    'trace/dropped': ({ traceId }) => traceDrop(store, traceId),
    'span/details': ({ traceId, spanId }) => details.read(traceId, spanId) ?? null,
  } satisfies Partial<ControlAnswers>;
}
