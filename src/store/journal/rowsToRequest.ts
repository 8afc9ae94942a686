import { ProtobufWriter } from '../../decode/protobuf/writer.ts';
import type { RawMessage } from '../messageTable.ts';

/** Spans or log records as the store holds them. */
export interface StoredRows {
  /** Ids in the tables below. */
  readonly resource: Uint32Array;
  readonly scope: Uint32Array;
  bytes(row: number): Uint8Array;
}

export interface MessageSource {
  raw(id: number): RawMessage;
}

const lengthDelimited = 2;

/**
 * Rows of the store → an `ExportTraceServiceRequest` or `ExportLogsServiceRequest` (their envelopes have the same field
 * numbers), the messages byte for byte as received. Rows that follow each other and have resource and scope in common share one envelope.
 */
export function rowsToRequest(
  rows: Iterable<number>,
  stored: StoredRows,
  resources: MessageSource,
  scopes: MessageSource,
): Uint8Array {
  const { resource, scope } = stored;
  const writer = new ProtobufWriter();
  let openResource = -1;
  let openScope = -1;
  let resourceStart = 0;
  let scopeStart = 0;
  const closeScope = () => {
    writeText(writer, 3, scopes.raw(openScope).schemaUrl);
    writer.end(scopeStart);
  };
  const closeResource = () => {
    closeScope();
    writeText(writer, 3, resources.raw(openResource).schemaUrl);
    writer.end(resourceStart);
  };
  for (const row of rows) {
    if (resource[row] !== openResource) {
      if (openResource >= 0) closeResource();
      openResource = resource[row];
      openScope = -1;
      writer.tag(1, lengthDelimited);
      resourceStart = writer.begin();
      writeBytes(writer, 1, resources.raw(openResource).bytes);
    }
    if (scope[row] !== openScope) {
      if (openScope >= 0) closeScope();
      openScope = scope[row];
      writer.tag(2, lengthDelimited);
      scopeStart = writer.begin();
      writeBytes(writer, 1, scopes.raw(openScope).bytes);
    }
    writeBytes(writer, 2, stored.bytes(row));
  }
  if (openResource >= 0) closeResource();
  return writer.finish();
}

function writeBytes(writer: ProtobufWriter, field: number, bytes: Uint8Array): void {
  writer.tag(field, lengthDelimited);
  writer.bytes(bytes);
}

function writeText(writer: ProtobufWriter, field: number, text: string): void {
  if (text === '') return;
  writer.tag(field, lengthDelimited);
  writer.string(text);
}
