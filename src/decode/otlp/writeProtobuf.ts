import type { Resource, Scope, Span, TracesData } from '../../model/span.ts';
import { DecodeError } from '../protobuf/decodeError.ts';
import { ProtobufWriter } from '../protobuf/writer.ts';
import { type MessageSchema, resourceSchema, scopeSchema, spanSchema, tracesSchema } from './schema.ts';
import { writeMessage } from './writeMessage.ts';

/** OTLP/JSON shapes → protobuf. All throw a `DecodeError` for what cannot be represented. */
export function writeSpan(span: Span): Uint8Array {
  return write(spanSchema, span);
}

export function writeResource(resource: Resource): Uint8Array {
  return write(resourceSchema, resource);
}

export function writeScope(scope: Scope): Uint8Array {
  return write(scopeSchema, scope);
}

/** An `ExportTraceServiceRequest`. */
export function writeTraces(traces: TracesData): Uint8Array {
  return write(tracesSchema, traces);
}

function write(schema: MessageSchema, value: unknown): Uint8Array {
  const writer = new ProtobufWriter();
  writeMessage(schema, value, writer, (field, reason) => {
    throw new DecodeError(`${field}: ${reason}`, -1);
  });
  return writer.finish();
}
