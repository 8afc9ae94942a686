import { ResponseError } from 'vscode-jsonrpc/node';
import { type Nanos, nanos } from '../../model/time.ts';
import { controlErrors } from '../../protocol/control.ts';
import { completeQuery } from '../../query/completeQuery.ts';
import { querySeries } from '../../query/metricsQuery.ts';
import { SamplingConfigError } from '../../query/sampling/configPlace.ts';
import { previewSampling } from '../../query/sampling/preview.ts';
import { readSampler } from '../../query/sampling/readSampler.ts';
import { search } from '../../query/search.ts';
import { QueryError } from '../../query/traceql/errors.ts';
import type { ControlAnswers } from '../controlConnection.ts';
import type { AnswerParts } from './parts.ts';
import { signalOf } from './signalOf.ts';

/** Questions that are put in a language: TraceQL, sampling configurations. */
export function queryAnswers({ store, readers: { summaries } }: Pick<AnswerParts, 'store' | 'readers'>) {
  return {
    'traces/query': ({ startUnixNano, endUnixNano, ...options }, cancellation) =>
      refusing(async () => {
        const times = timesOf(startUnixNano, endUnixNano);
        const signal = signalOf(cancellation);
        return { traces: await search(store, summaries, { ...options, ...times, signal }) };
      }),
    'series/query': ({ query, startUnixNano, endUnixNano, stepNano }, cancellation) =>
      refusing(async () => {
        const times = timesOf(startUnixNano, endUnixNano);
        const step = stepNano === undefined ? undefined : BigInt(stepNano);
        const signal = signalOf(cancellation);
        return { series: await querySeries(store, summaries, { query, ...times, step, signal }) };
      }),
    'query/complete': ({ query, offset }, cancellation) =>
      completeQuery(store, { query, offset, signal: signalOf(cancellation) }),
    'sampling/preview': async ({ config, pipeline }, cancellation) => {
      try {
        return await previewSampling(store, readSampler(config, pipeline), signalOf(cancellation));
      } catch (error) {
        if (!(error instanceof SamplingConfigError)) throw error;
        const { message, pipelines } = error;
        throw new ResponseError(
          controlErrors.badFile,
          message,
          pipelines.length > 0 ? { pipelines } : undefined,
        );
      }
    },
  } satisfies Partial<ControlAnswers>;
}

/** What a query is refused for is an error of the protocol, with its place. */
async function refusing<T>(answer: () => Promise<T>): Promise<T> {
  try {
    return await answer();
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    const { message, line, column } = error;
    throw new ResponseError(controlErrors.badQuery, message, { line, column });
  }
}

function timesOf(start: string | undefined, end: string | undefined): { start?: Nanos; end?: Nanos } {
  return {
    ...(start !== undefined && { start: nanos(start) }),
    ...(end !== undefined && { end: nanos(end) }),
  };
}
