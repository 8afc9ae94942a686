import { listTraces } from '../../query/traceList.ts';
import { Turns } from '../../query/turns.ts';
import type { ControlAnswers } from '../controlConnection.ts';
import type { AnswerParts } from './parts.ts';
import { signalOf } from './signalOf.ts';

/** Files of traces that the client looks at. */
export function fileAnswers({ files }: Pick<AnswerParts, 'files'>) {
  return {
    'file/open': params => files.open(params),
    'file/close': ({ fileId }) => {
      files.close(fileId);
      return {};
    },
    'file/traces': async ({ fileId, text, limit }, cancellation) => {
      const { store, readers } = files.get(fileId);
      const turns = new Turns(signalOf(cancellation));
      const filter = { attribution: { kind: 'all' }, text } as const;
      const found = await turns.run(listTraces(store, readers.summaries, filter, limit));
      return found ?? { total: 0, traces: [] };
    },
  } satisfies Partial<ControlAnswers>;
}
