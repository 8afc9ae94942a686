import type { ControlAnswers } from '../controlConnection.ts';
import { lastReceivedView } from '../remoteViews.ts';
import type { AnswerParts } from './parts.ts';
import { traceAnswers } from './traceAnswers.ts';
import { viewAnswers } from './viewAnswers.ts';

/** One trace and its views: as it was received, or as it was fetched from a backend, whichever has more of it. */
export function oneTraceAnswers(parts: AnswerParts) {
  const { store, remote, remoteViews } = parts;
  const received = { ...traceAnswers(parts), ...viewAnswers(parts) };
  let ofRemote: typeof received | undefined;
  const fetched = () => {
    ofRemote ??= { ...traceAnswers(remote.shelf), ...viewAnswers({ views: remoteViews() }) };
    return ofRemote;
  };
  const ofTrace = (traceId: string) => {
    const row = store.traces.rowOf(traceId);
    const spansReceived = row < 0 ? 0 : store.traces.spanCount[row];
    return remote.spanCount(traceId) > spansReceived ? fetched() : received;
  };
  const ofView = (viewId: number) => (viewId > lastReceivedView ? fetched() : received);
  return {
    'trace/get': params => ofTrace(params.traceId)['trace/get'](params),
    'trace/analyze': params => ofTrace(params.traceId)['trace/analyze'](params),
    'trace/summary': params => ofTrace(params.traceId)['trace/summary'](params),
    'span/details': params => ofTrace(params.traceId)['span/details'](params),
    'view/open': params => ofTrace(params.traceId)['view/open'](params),
    'view/close': params => ofView(params.viewId)['view/close'](params),
    'view/rows': params => ofView(params.viewId)['view/rows'](params),
    'view/expand': params => ofView(params.viewId)['view/expand'](params),
    'view/filter': params => ofView(params.viewId)['view/filter'](params),
    'view/reveal': params => ofView(params.viewId)['view/reveal'](params),
    'view/find': params => ofView(params.viewId)['view/find'](params),
    'view/minimap': params => ofView(params.viewId)['view/minimap'](params),
    'view/criticalPath': params => ofView(params.viewId)['view/criticalPath'](params),
  } satisfies Partial<ControlAnswers>;
}
