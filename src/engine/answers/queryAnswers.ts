import { ResponseError } from 'vscode-jsonrpc/node';
import { nanos } from '../../model/time.ts';
import { controlErrors } from '../../protocol/control.ts';
import { search } from '../../query/search.ts';
import { QueryError } from '../../query/traceql/errors.ts';
import type { ControlAnswers } from '../controlConnection.ts';
import type { AnswerParts } from './parts.ts';

/** TraceQL. */
export function queryAnswers({ store, readers: { summaries } }: AnswerParts) {
  return {
    'traces/query': async ({ startUnixNano, endUnixNano, ...options }, cancellation) => {
      try {
        const traces = await search(store, summaries, {
          ...options,
          ...(startUnixNano !== undefined && { start: nanos(startUnixNano) }),
          ...(endUnixNano !== undefined && { end: nanos(endUnixNano) }),
          signal: {
            get aborted() {
              return cancellation.isCancellationRequested;
            },
          },
        });
        return { traces };
      } catch (error) {
        if (!(error instanceof QueryError)) throw error;
        const { message, line, column } = error;
        throw new ResponseError(controlErrors.badQuery, message, { line, column });
      }
    },
  } satisfies Partial<ControlAnswers>;
}
