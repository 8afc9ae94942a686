import { ResponseError } from 'vscode-jsonrpc/node';
import { controlErrors } from '../../protocol/control.ts';
import type { TraceView } from '../../query/traceView.ts';
import { NoSuchViewError } from '../../query/traceViews.ts';
import type { ControlAnswers } from '../controlConnection.ts';
import type { AnswerParts } from './parts.ts';

/** A trace on somebody's screen. */
export function viewAnswers({ views }: Pick<AnswerParts, 'views'>) {
  const view = (viewId: number): TraceView => {
    try {
      return views.get(viewId);
    } catch (error) {
      if (error instanceof NoSuchViewError) throw new ResponseError(controlErrors.noSuchView, error.message);
      throw error;
    }
  };
  return {
    'view/open': ({ traceId, intent }) => views.open(traceId, intent) ?? null,
    'view/close': ({ viewId }) => {
      views.close(viewId);
      return {};
    },
    'view/rows': ({ viewId, first, count }) => view(viewId).rows(first, count),
    'view/expand': ({ viewId, expanded, target }) => view(viewId).expand(expanded, target),
    'view/filter': ({ viewId, filter }) => view(viewId).filter(filter),
    'view/reveal': ({ viewId, spanId }) => view(viewId).reveal(spanId),
    'view/find': ({ viewId, text, fromRow, backwards }) => view(viewId).find(text, fromRow, backwards),
    'view/minimap': ({ viewId, width, height }) => view(viewId).minimap(width, height),
    'view/criticalPath': ({ viewId }) => view(viewId).criticalPath(),
  } satisfies Partial<ControlAnswers>;
}
