import { ResponseError } from 'vscode-jsonrpc/node';
import { DecodeError } from '../../decode/protobuf/decodeError.ts';
import { isTraceId } from '../../model/ids.ts';
import { controlErrors } from '../../protocol/control.ts';
import type { ControlAnswers } from '../controlConnection.ts';
import { importFile } from '../importFile.ts';
import type { AnswerParts } from './parts.ts';

/** What changes the store. */
export function storeAnswers({ store, ingest, journal, eraseJournal }: AnswerParts) {
  return {
    'store/clear': async () => {
      store.clear();
      await eraseJournal();
      return {};
    },
    'traces/pin': async ({ traceId, pinned }) => {
      const row = isTraceId(traceId) ? store.traces.rowOf(traceId) : -1;
      if (row < 0) throw new ResponseError(controlErrors.pinRefused, `no trace ${traceId} is stored`);
      if (!store.pin(row, pinned))
        throw new ResponseError(
          controlErrors.pinRefused,
          'pinned traces would take more than half of the memory budget',
        );
      await journal?.savePins();
      return { pinned };
    },
    'traces/import': async ({ path, data }) => {
      try {
        return await importFile(path, data, ingest);
      } catch (error) {
        if (error instanceof DecodeError) throw new ResponseError(controlErrors.badFile, error.message);
        throw error;
      }
    },
  } satisfies Partial<ControlAnswers>;
}
