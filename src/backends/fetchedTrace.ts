import { readTraceFileInTurns } from '../decode/files/readTraceFile.ts';
import { DecodeError } from '../decode/protobuf/decodeError.ts';
import type { FetchedTrace } from './backend.ts';
import type { BackendAnswer } from './http/backendClient.ts';
import { BackendError } from './http/backendError.ts';

/**
 * The trace in an answer: JSON of any kind that files may have, or protobuf. Throws a `BackendError` if it is neither.
 * @param readProtobuf for protobuf that is not laid out as an `ExportTraceServiceRequest`; throws a `DecodeError`
 */
export async function fetchedTrace(
  { contentType, body }: BackendAnswer,
  host: string,
  readProtobuf: (body: Uint8Array) => FetchedTrace = only => ({ requests: [only], warnings: [] }),
): Promise<FetchedTrace> {
  return readingTrace(host, async () => {
    if (/protobuf|octet-stream/.test(contentType)) return readProtobuf(body);
    const requests: Uint8Array[] = [];
    const take = (request: Uint8Array) => requests.push(request);
    const { warnings } = await readTraceFileInTurns(`the answer of ${host}`, body, take);
    return { requests, warnings };
  });
}

/** What `read` gives; a `DecodeError` becomes a `BackendError`. */
export async function readingTrace(
  host: string,
  read: () => FetchedTrace | Promise<FetchedTrace>,
): Promise<FetchedTrace> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new BackendError('unreadable', `a trace from ${host} cannot be read: ${error.message}`);
  }
}
