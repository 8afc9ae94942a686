import { type CancellationToken, ResponseError } from 'vscode-jsonrpc/node';
import { BackendError } from '../../backends/http/backendError.ts';
import { isTraceId } from '../../model/ids.ts';
import { controlErrors } from '../../protocol/control.ts';
import { QueryError } from '../../query/traceql/errors.ts';
import type { ControlAnswers } from '../controlConnection.ts';
import type { AnswerParts } from './parts.ts';

/** Other people's engines. */
export function remoteAnswers({ remote, announceRemote }: Pick<AnswerParts, 'remote' | 'announceRemote'>) {
  return {
    'backend/search': ({ backend, ...search }, cancellation) =>
      explained(async () => ({ traces: await remote.search(backend, search, signalOf(cancellation)) })),
    'backend/fetch': ({ backend, traceId }, cancellation) =>
      explained(async () => {
        if (!isTraceId(traceId)) return null;
        const fetched = await remote.fetch(backend, traceId, signalOf(cancellation));
        announceRemote();
        return fetched === undefined ? null : { warnings: [...fetched.warnings] };
      }),
    'backend/complete': ({ backend, name }, cancellation) =>
      explained(async () => ({ values: await remote.complete(backend, name, signalOf(cancellation)) })),
  } satisfies Partial<ControlAnswers>;
}

async function explained<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof BackendError)
      throw new ResponseError(controlErrors.backendFailed, error.message, { kind: error.kind });
    if (!(error instanceof QueryError)) throw error;
    const { message, line, column } = error;
    throw new ResponseError(controlErrors.badQuery, message, { line, column });
  }
}

function signalOf(cancellation: CancellationToken): AbortSignal {
  const abort = new AbortController();
  if (cancellation.isCancellationRequested) abort.abort();
  cancellation.onCancellationRequested(() => abort.abort());
  return abort.signal;
}
