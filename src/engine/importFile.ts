import { readTraceFileInTurns } from '../decode/files/readTraceFile.ts';
import { idHex } from '../model/ids.ts';
import type { ControlRequests } from '../protocol/control.ts';
import type { Ingest } from './ingest.ts';

/** Stores the traces of a file, while others are received. Throws a `DecodeError` if it is in no format that can be read. */
export async function importFile(
  path: string,
  data: Uint8Array,
  ingest: Ingest,
): Promise<ControlRequests['traces/import'][1]> {
  const traceIds = new Set<string>();
  let spans = 0;
  let rejected = 0;
  const file = await readTraceFileInTurns(path, data, request => {
    const batch = ingest.addTraces('protobuf', request);
    spans += batch.count;
    rejected += batch.rejected;
    for (let row = 0; row < batch.count; row++) traceIds.add(idHex(batch.traceId, 4 * row, 4));
  });
  ingest.spansRejected += file.rejected;
  rejected += file.rejected;
  await ingest.written;
  return { path, format: file.format, spans, traces: traceIds.size, rejected, warnings: file.warnings };
}
