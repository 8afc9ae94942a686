import { DecodeError } from '../protobuf/decodeError.ts';
import { endOfVarint, skipValue, varint32, wireType } from '../protobuf/wire.ts';

/** Requests in protobuf, and what was left of the file. */
export interface ProtobufFile {
  readonly requests: Uint8Array[];
  /** What is wrong, and where; absent if nothing is. */
  readonly problem?: string;
}

/** Tag of `resource_spans`, the only field of `TracesData` and of an `ExportTraceServiceRequest`. */
const firstTag = 0x0a;

/** A `TracesData`, or (the collector's file exporter) one after the other with its length as four bytes before it. Undefined: neither. */
export function readProtobufFile(content: Uint8Array): ProtobufFile | undefined {
  return readPrefixed(content) ?? readWhole(content);
}

function readPrefixed(content: Uint8Array): ProtobufFile | undefined {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const requests: Uint8Array[] = [];
  for (let at = 0; at < content.length; ) {
    const length = at + 4 <= content.length ? view.getUint32(at) : -1;
    const end = at + 4 + length;
    const isMessage = length > 0 && content[at + 4] === firstTag;
    if (length !== 0 && (!isMessage || end > content.length))
      return requests.length === 0 && !(isMessage && holdsMessage(content.subarray(at + 4)))
        ? undefined
        : { requests, problem: `the file ends in the middle of a message that begins at byte ${at}` };
    if (length > 0) requests.push(content.subarray(at + 4, end));
    at = end;
  }
  return { requests };
}

/** About as much is stored at once. */
const requestBytes = 256 * 1024;

/** Of a message that was cut off, what is whole of its list. A part of the list is a message of the same type. */
function readWhole(content: Uint8Array): ProtobufFile | undefined {
  if (content[0] !== firstTag) return undefined;
  const requests: Uint8Array[] = [];
  let from = 0;
  let at = 0;
  try {
    while (at < content.length) {
      const afterTag = endOfVarint(content, at, content.length);
      at = skipValue(content, afterTag, content.length, varint32(content, at, afterTag) & 7);
      if (at - from < requestBytes && at < content.length) continue;
      requests.push(content.subarray(from, at));
      from = at;
    }
    return { requests };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    if (at === 0) return undefined;
    if (from < at) requests.push(content.subarray(from, at));
    return { requests, problem: error.message };
  }
}

/** Whether a `ResourceSpans` begins here: its first field is a message or text. */
function holdsMessage(message: Uint8Array): boolean {
  try {
    const from = endOfVarint(message, 1, message.length);
    return (message[from] & 7) === wireType.bytes;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return false;
  }
}
