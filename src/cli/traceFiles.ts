import { readFile } from 'node:fs/promises';
import { readTraceFile } from '../decode/files/readTraceFile.ts';
import { decodeTraces } from '../decode/otlp/requests.ts';
import { EvidenceReader } from '../insight/evidence/evidenceReader.ts';
import type { Evidence } from '../model/evidence.ts';
import { SpanBatch } from '../model/spanBatch.ts';
import type { SensitiveSettings } from '../semconv/sensitive/options.ts';
import { TraceStore } from '../store/traceStore.ts';
import { CommandError } from './command.ts';
import { printError, reasonOf } from './output.ts';

/** Saved traces that take more than this are for an engine. */
const budgetBytes = 2 ** 31;

/** The traces of files in a store, without an engine. Throws a `CommandError` for what cannot be read, or is too much. */
export async function readTraceFiles(paths: readonly string[]): Promise<TraceStore> {
  const store = new TraceStore({ budgetBytes });
  const batch = new SpanBatch();
  for (const path of paths) {
    const { requests, warnings } = await read(path);
    for (const warning of warnings) printError(`${path}: ${warning}`);
    for (const request of requests) {
      decodeTraces(request, 'protobuf', batch);
      store.append(batch);
    }
    if (store.counters.spansEvicted > 0)
      throw new CommandError(
        `${path}: more than ${budgetBytes / 2 ** 30} GiB of traces; import them into an engine`,
      );
  }
  return store;
}

/** What complete traces say: nothing that is missing will come any more. */
export async function evidenceOf(store: TraceStore, sensitive?: SensitiveSettings): Promise<Evidence> {
  const { evidence } = await new EvidenceReader(store, () => Number.POSITIVE_INFINITY, sensitive).read();
  return evidence;
}

async function read(path: string) {
  try {
    return readTraceFile(path, await readFile(path));
  } catch (error) {
    const message = reasonOf(error);
    throw new CommandError(message.includes(path) ? message : `${path}: ${message}`);
  }
}
