import { setImmediate as nextTurn } from 'node:timers/promises';
import { ResponseError } from 'vscode-jsonrpc/node';
import { readTraceFileInTurns } from '../decode/files/readTraceFile.ts';
import type { TakeRequest, TraceFile } from '../decode/files/traceFile.ts';
import { decodeTraces } from '../decode/otlp/requests.ts';
import { DecodeError } from '../decode/protobuf/decodeError.ts';
import { SpanBatch } from '../model/spanBatch.ts';
import { type ControlRequests, controlErrors } from '../protocol/control.ts';
import { TraceViews } from '../query/traceViews.ts';
import { TraceStore } from '../store/traceStore.ts';
import { Readers } from './answers/readers.ts';
import { firstFileView } from './remoteViews.ts';

/** A stored span takes about what it has in protobuf, and what tells it apart. */
const bytesPerByte = 4;
const budgetBytes = { least: 16 << 20, most: 256 << 20 } as const;
/** The file that was opened first makes room; its client opens it anew when it is looked at again. */
const mostFiles = 8;
/** A file's views are numbered within so many. */
const viewsOfFile = 2 ** 31;

/** A file that is looked at: a store of its own, so that nothing in it is counted as, kept or forwarded with what was received. */
export interface OpenFile {
  readonly store: TraceStore;
  readonly readers: Readers;
  readonly views: TraceViews;
}

/** The files that one client has open. */
export class OpenFiles {
  readonly #files = new Map<number, OpenFile>();
  #lastId = 0;

  /** Throws a `ResponseError` if the file is in no format that can be read. */
  async open({ path, data }: ControlRequests['file/open'][0]): Promise<ControlRequests['file/open'][1]> {
    const requests: Uint8Array[] = [];
    const { format, rejected, warnings } = await read(path, data, request => requests.push(request));
    const bytes = requests.reduce((sum, { length }) => sum + length, 0);
    const store = new TraceStore({
      budgetBytes: Math.min(Math.max(bytes * bytesPerByte, budgetBytes.least), budgetBytes.most),
    });
    const batch = new SpanBatch();
    let leftOut = rejected;
    for (const request of requests) {
      decodeTraces(request, 'protobuf', batch);
      store.append(batch);
      leftOut += batch.rejected;
      if (batch.rejected > 0) warnings.push(`${batch.rejected} spans left out: ${batch.rejectedReason}`);
      // What is received in the meantime does not wait for the whole file.
      await nextTurn();
    }
    const { spansStored, spansEvicted, tracesStored } = store.counters;
    if (spansEvicted > 0)
      warnings.push(
        `the file is too large to be shown whole: ${spansEvicted} spans at its beginning left out`,
      );
    const fileId = ++this.#lastId;
    const readers = new Readers(store);
    const views = new TraceViews(store, readers.summaries, firstFileView + fileId * viewsOfFile);
    this.#files.set(fileId, { store, readers, views });
    for (const oldest of this.#files.keys()) {
      if (this.#files.size <= mostFiles) break;
      this.#files.delete(oldest);
    }
    return { fileId, format, spans: spansStored, traces: tracesStored, rejected: leftOut, warnings };
  }

  close(fileId: number): void {
    this.#files.delete(fileId);
  }

  /** Throws a `ResponseError` with code `noSuchFile`. */
  get(fileId: number): OpenFile {
    const file = this.#files.get(fileId);
    if (file === undefined) throw new ResponseError(controlErrors.noSuchFile, `no file ${fileId} is open`);
    return file;
  }

  /** The file that a view is of; `undefined` for other views. Throws a `ResponseError` with code `noSuchView`. */
  ofView(viewId: number): OpenFile | undefined {
    if (viewId < firstFileView) return undefined;
    const file = this.#files.get(Math.floor((viewId - firstFileView) / viewsOfFile));
    if (file === undefined) throw new ResponseError(controlErrors.noSuchView, `no view ${viewId} is open`);
    return file;
  }
}

async function read(path: string, data: Uint8Array, take: TakeRequest): Promise<TraceFile> {
  try {
    return await readTraceFileInTurns(path, data, take);
  } catch (error) {
    if (error instanceof DecodeError) throw new ResponseError(controlErrors.badFile, error.message);
    throw error;
  }
}
