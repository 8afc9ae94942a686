import type { TracesData } from '../../model/span.ts';
import { DecodeError } from '../protobuf/decodeError.ts';
import { ProtobufWriter } from '../protobuf/writer.ts';
import { tracesSchema } from './schema.ts';
import { writeMessage } from './writeMessage.ts';

/**
 * Traces in OTLP/JSON shapes → an `ExportTraceServiceRequest` in protobuf. Unlike `tracesFromJson`, it leaves no span
 * out: what cannot be represented throws a `DecodeError`.
 */
export function writeTraces(traces: TracesData): Uint8Array {
  const writer = new ProtobufWriter();
  writeMessage(tracesSchema, traces, writer, (field, reason) => {
    throw new DecodeError(`${field}: ${reason}`, -1);
  });
  return writer.finish();
}
