import { listTraces } from '../../query/traceList.ts';
import type { ControlAnswers } from '../controlConnection.ts';
import type { AnswerParts } from './parts.ts';

/** Files of traces that the client looks at. */
export function fileAnswers({ files }: Pick<AnswerParts, 'files'>) {
  return {
    'file/open': params => files.open(params),
    'file/close': ({ fileId }) => {
      files.close(fileId);
      return {};
    },
    'file/traces': ({ fileId, text, limit }) => {
      const { store, readers } = files.get(fileId);
      return listTraces(store, readers.summaries, { attribution: { kind: 'all' }, text }, limit);
    },
  } satisfies Partial<ControlAnswers>;
}
