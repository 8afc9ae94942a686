import { DecodeError } from '../../decode/protobuf/decodeError.ts';
import { endOfVarint, skipValue, startOfValue, varint32, wireType } from '../../decode/protobuf/wire.ts';

/** A field of a protobuf message in place. */
interface Field {
  readonly number: number;
  readonly type: number;
  readonly from: number;
  readonly to: number;
}

const utf8 = new TextDecoder();

/** ExportXServiceResponse { partial_success = 1 { rejected = 1, error_message = 2 } }, alike for all signals. */
export function readPartialSuccess(response: Uint8Array): { rejected: number; message: string } {
  let rejected = 0;
  let message = '';
  for (const outer of fieldsOf(response)) {
    if (outer.number !== 1 || outer.type !== wireType.bytes) continue;
    const success = response.subarray(outer.from, outer.to);
    for (const { number, type, from, to } of fieldsOf(success)) {
      if (number === 1 && type === wireType.varint) rejected = numberAt(success, from, to);
      if (number === 2 && type === wireType.bytes) message = textAt(success, from, to);
    }
  }
  return { rejected, message };
}

/** google.rpc.Status { code = 1, message = 2, details = 3 } as far as it matters here. */
export interface RpcStatus {
  readonly message: string;
  /** RetryInfo.retry_delay, if the status has one. */
  readonly retryMs?: number;
}

const retryInfo = /\/google\.rpc\.RetryInfo$/;

export function readStatus(status: Uint8Array): RpcStatus {
  let message = '';
  let retryMs: number | undefined;
  for (const { number, type, from, to } of fieldsOf(status)) {
    if (type !== wireType.bytes) continue;
    if (number === 2) message = textAt(status, from, to);
    if (number === 3) retryMs ??= retryDelay(status.subarray(from, to));
  }
  return { message, ...(retryMs !== undefined && { retryMs }) };
}

/** google.protobuf.Any { type_url = 1, value = 2 }, RetryInfo { retry_delay = 1 }, Duration { seconds = 1, nanos = 2 } */
function retryDelay(any: Uint8Array): number | undefined {
  let url = '';
  let value = new Uint8Array(0);
  for (const { number, type, from, to } of fieldsOf(any)) {
    if (type !== wireType.bytes) continue;
    if (number === 1) url = textAt(any, from, to);
    if (number === 2) value = any.slice(from, to);
  }
  if (!retryInfo.test(url)) return undefined;
  let milliseconds = 0;
  for (const info of fieldsOf(value)) {
    if (info.number !== 1 || info.type !== wireType.bytes) continue;
    const duration = value.subarray(info.from, info.to);
    for (const { number, type, from, to } of fieldsOf(duration)) {
      if (type !== wireType.varint) continue;
      const amount = numberAt(duration, from, to);
      if (number === 1) milliseconds += amount * 1000;
      if (number === 2) milliseconds += amount / 1e6;
    }
  }
  return milliseconds;
}

/** The fields of a message; stops where it is malformed: what a target says of itself is not worth more. */
function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  try {
    for (let at = 0; at < bytes.length; ) {
      const afterTag = endOfVarint(bytes, at, bytes.length);
      const tag = varint32(bytes, at, afterTag);
      const to = skipValue(bytes, afterTag, bytes.length, tag & 7);
      const from = (tag & 7) === wireType.bytes ? startOfValue(bytes, afterTag) : afterTag;
      yield { number: tag >>> 3, type: tag & 7, from, to };
      at = to;
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
}

function numberAt(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let at = to - 1; at >= from; at--) value = value * 128 + (bytes[at] & 127);
  return value;
}

function textAt(bytes: Uint8Array, from: number, to: number): string {
  return utf8.decode(bytes.subarray(from, Math.min(to, from + 1_000)));
}
