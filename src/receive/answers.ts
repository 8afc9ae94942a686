import type { Encoding } from './signal.ts';

/** Codes of google.rpc.Status that receivers answer with; gRPC's `grpc-status` are the same numbers. */
export const statusCodes = {
  ok: 0,
  invalidArgument: 3,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
} as const;
export type StatusCode = (typeof statusCodes)[keyof typeof statusCodes];

const noBytes = new Uint8Array(0);
const emptyJson = Buffer.from('{}');

/** Names of the count of rejected items in the three ExportXPartialSuccess messages; in protobuf all are field 1. */
const rejectedFields = {
  traces: 'rejectedSpans',
  logs: 'rejectedLogRecords',
  metrics: 'rejectedDataPoints',
} as const;

/** ExportXServiceResponse. `rejected` 0 without message is full success: an empty message. */
export function exportResponse(
  signal: keyof typeof rejectedFields,
  encoding: Encoding,
  rejected: number,
  message: string,
): Uint8Array {
  if (rejected === 0 && message === '') return encoding === 'json' ? emptyJson : noBytes;
  if (encoding === 'json') {
    return Buffer.from(
      JSON.stringify({
        partialSuccess: { [rejectedFields[signal]]: String(rejected), errorMessage: message },
      }),
    );
  }
  return lengthDelimited(1, Buffer.concat([varintField(1, rejected), stringField(2, message)]));
}

/** google.rpc.Status, the body of every OTLP error answer. */
export function statusMessage(encoding: Encoding, code: StatusCode, message: string): Uint8Array {
  if (encoding === 'json') return Buffer.from(JSON.stringify({ code, message }));
  return Buffer.concat([varintField(1, code), stringField(2, message)]);
}

function varintField(field: number, value: number): Uint8Array {
  return value === 0 ? noBytes : Uint8Array.of(field << 3, ...varint(value));
}

function stringField(field: number, value: string): Uint8Array {
  return value === '' ? noBytes : lengthDelimited(field, Buffer.from(value));
}

function lengthDelimited(field: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of((field << 3) | 2, ...varint(bytes.length)), bytes]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  bytes.push(value);
  return bytes;
}
