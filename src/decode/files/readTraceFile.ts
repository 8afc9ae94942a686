import { setImmediate as nextTurn } from 'node:timers/promises';
import { DecodeError } from '../protobuf/decodeError.ts';
import { isBlank } from './jsonSlices.ts';
import { readProtobufFile } from './protobufFile.ts';
import { readJsonFile } from './readJsonFile.ts';
import type { TakeRequest, TraceFile } from './traceFile.ts';
import { unpack, unpackAside } from './unpack.ts';

/** Milliseconds of work after which others have their turn. */
const turnMs = 4;

/** Reads a file by its content; `name` is only for messages. Throws a `DecodeError` that says what was found instead. */
export function readTraceFile(name: string, data: Uint8Array): TraceFile & { requests: Uint8Array[] } {
  const requests: Uint8Array[] = [];
  const work = readContent(name, unpack(name, data), request => requests.push(request));
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return { ...value, requests };
  }
}

/** The same in short turns, for who has something else to do as well; never more than a part of the file is held parsed. */
export async function readTraceFileInTurns(
  name: string,
  data: Uint8Array,
  take: TakeRequest,
): Promise<TraceFile> {
  const work = readContent(name, await unpackAside(name, data), take);
  let began = performance.now();
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
    if (performance.now() - began < turnMs) continue;
    await nextTurn();
    began = performance.now();
  }
}

/** Yields when there is a good place for a pause. */
function* readContent(name: string, content: Buffer, take: TakeRequest): Generator<void, TraceFile> {
  if (isBlank(content, 0, content.length)) throw new DecodeError(`${name} is empty`, -1);
  if (isText(content)) return yield* readJsonFile(name, content, take);
  return yield* readBinary(name, content, take);
}

/** Neither protobuf nor anything that is compressed begins like JSON. */
function isText(content: Buffer): boolean {
  let at = 0;
  while (isBlank(content, at, at + 1)) at++;
  // A tag of protobuf and a new line are one byte.
  return content[at] >= 0x20 && content[at] < 0x7f && !(content[0] === 0x0a && readProtobufFile(content));
}

function* readBinary(name: string, content: Buffer, take: TakeRequest): Generator<void, TraceFile> {
  const file = readProtobufFile(content);
  if (file === undefined)
    throw new DecodeError(
      `${name} is neither JSON nor OTLP in protobuf: it begins with ${[...content.subarray(0, 4)].map(byte => byte.toString(16).padStart(2, '0')).join(' ')}`,
      -1,
    );
  for (const request of file.requests) {
    take(request);
    yield;
  }
  const { problem } = file;
  return { format: 'OTLP protobuf', rejected: 0, warnings: problem === undefined ? [] : [problem] };
}
