import { DecodeError } from '../../decode/protobuf/decodeError.ts';
import { endOfVarint, skipValue, startOfValue, varint32, wireType } from '../../decode/protobuf/wire.ts';
import type { FetchedTrace } from '../backend.ts';

const partial = 1;

/**
 * `TraceByIDResponse { trace = 1, metrics = 2, status = 3, message = 4 }` of Tempo's `tempopb/tempo.proto`, where `Trace` is laid out
 * as an `ExportTraceServiceRequest`. Throws a `DecodeError`. No requests: Tempo has no such trace, and answers with one that is empty.
 */
export function readTraceById(response: Uint8Array): FetchedTrace {
  const requests: Uint8Array[] = [];
  let status = 0;
  let message = '';
  for (let at = 0; at < response.length; ) {
    const from = endOfVarint(response, at, response.length);
    const tag = varint32(response, at, from);
    const type = tag & 7;
    at = skipValue(response, from, response.length, type);
    if (type === wireType.bytes) {
      const value = response.subarray(startOfValue(response, from), at);
      if (tag >>> 3 === 1 && value.length > 0) requests.push(value);
      if (tag >>> 3 === 4) message = new TextDecoder().decode(value.subarray(0, 1000));
    } else if (type === wireType.varint && tag >>> 3 === 3) status = varint32(response, from, at);
  }
  const warnings = status === partial ? [message || 'the trace is not complete'] : [];
  if (requests.length === 0 && warnings.length > 0) throw new DecodeError(warnings[0], 0);
  return { requests, warnings };
}
