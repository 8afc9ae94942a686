import type { LogRecord, Resource, Scope, Span } from '../../model/span.ts';
import { type MessageObject, readMessage } from './readMessage.ts';
import { logRecordSchema, type MessageSchema, resourceSchema, scopeSchema, spanSchema } from './schema.ts';

/** The attribute that says what of a message could not be read. */
const decodeErrorAttribute = 'spanline.decode_error';

/**
 * Messages in protobuf → OTLP/JSON shapes. None of these throws: what is malformed inside is left out, and
 * `decodeErrorAttribute` says so.
 */
export function readSpan(bytes: Uint8Array): Span {
  return readMarked(spanSchema, bytes) as unknown as Span;
}

export function readResource(bytes: Uint8Array): Resource {
  return readMarked(resourceSchema, bytes) as unknown as Resource;
}

export function readScope(bytes: Uint8Array): Scope {
  return readMarked(scopeSchema, bytes) as unknown as Scope;
}

export function readLogRecord(bytes: Uint8Array): LogRecord {
  return readMarked(logRecordSchema, bytes) as unknown as LogRecord;
}

function readMarked(schema: MessageSchema, bytes: Uint8Array): MessageObject {
  const problems: string[] = [];
  const message = readMessage(schema, bytes, problem => problems.push(problem));
  if (problems.length === 0) return message;
  const attributes = (message['attributes'] ??= []) as unknown[];
  attributes.push({ key: decodeErrorAttribute, value: { stringValue: problems.slice(0, 3).join('; ') } });
  return message;
}
