import { type CancellationToken, ResponseError } from 'vscode-jsonrpc/node';
import { nanos } from '../../model/time.ts';
import { controlErrors } from '../../protocol/control.ts';
import { SamplingConfigError } from '../../query/sampling/configPlace.ts';
import { previewSampling } from '../../query/sampling/preview.ts';
import { readSampler } from '../../query/sampling/readSampler.ts';
import { search } from '../../query/search.ts';
import { QueryError } from '../../query/traceql/errors.ts';
import type { ControlAnswers } from '../controlConnection.ts';
import type { AnswerParts } from './parts.ts';

/** Questions that are put in a language: TraceQL, sampling configurations. */
export function queryAnswers({ store, readers: { summaries } }: AnswerParts) {
  return {
    'traces/query': async ({ startUnixNano, endUnixNano, ...options }, cancellation) => {
      try {
        const traces = await search(store, summaries, {
          ...options,
          ...(startUnixNano !== undefined && { start: nanos(startUnixNano) }),
          ...(endUnixNano !== undefined && { end: nanos(endUnixNano) }),
          signal: signalOf(cancellation),
        });
        return { traces };
      } catch (error) {
        if (!(error instanceof QueryError)) throw error;
        const { message, line, column } = error;
        throw new ResponseError(controlErrors.badQuery, message, { line, column });
      }
    },
    'sampling/preview': async ({ config }, cancellation) => {
      try {
        return await previewSampling(store, readSampler(config), signalOf(cancellation));
      } catch (error) {
        if (!(error instanceof SamplingConfigError)) throw error;
        throw new ResponseError(controlErrors.badFile, error.message);
      }
    },
  } satisfies Partial<ControlAnswers>;
}

function signalOf(cancellation: CancellationToken): { readonly aborted: boolean } {
  return {
    get aborted() {
      return cancellation.isCancellationRequested;
    },
  };
}
