import type { ControlAnswers } from '../controlConnection.ts';
import { lastReceivedView } from '../remoteViews.ts';
import type { AnswerParts } from './parts.ts';
import { traceAnswers } from './traceAnswers.ts';
import { viewAnswers } from './viewAnswers.ts';

/** One trace and its views: of the file that is named, else as it was received or fetched from a backend, whichever has more of it. */
export function oneTraceAnswers(parts: AnswerParts) {
  const { store, remote, remoteViews, files } = parts;
  const received = answersOf(parts);
  let ofRemote: ReturnType<typeof answersOf> | undefined;
  const fetched = () => {
    ofRemote ??= answersOf({ ...remote.shelf, views: remoteViews() });
    return ofRemote;
  };
  const ofTrace = ({ traceId, fileId }: { traceId: string; fileId?: number }) => {
    if (fileId !== undefined) return answersOf(files.get(fileId));
    const row = store.traces.rowOf(traceId);
    const spansReceived = row < 0 ? 0 : store.traces.spanCount[row];
    return remote.spanCount(traceId) > spansReceived ? fetched() : received;
  };
  const ofView = (viewId: number) => {
    const file = files.ofView(viewId);
    if (file !== undefined) return answersOf(file);
    return viewId > lastReceivedView ? fetched() : received;
  };
  return {
    'trace/get': params => ofTrace(params)['trace/get'](params),
    'trace/analyze': params => ofTrace(params)['trace/analyze'](params),
    'trace/breaks': params => ofTrace(params)['trace/breaks'](params),
    'trace/summary': params => ofTrace(params)['trace/summary'](params),
    'span/details': params => ofTrace(params)['span/details'](params),
    'view/open': params => ofTrace(params)['view/open'](params),
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

function answersOf(parts: Pick<AnswerParts, 'store' | 'readers' | 'views'>) {
  return { ...traceAnswers(parts), ...viewAnswers(parts) };
}
