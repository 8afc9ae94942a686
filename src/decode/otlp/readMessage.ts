import { idHex } from '../../model/ids.ts';
import { DecodeError } from '../protobuf/decodeError.ts';
import { endOfVarint, skipValue, startOfValue, varint32, wireType } from '../protobuf/wire.ts';
import { readId } from './ids.ts';
import { anyValueSchema, type Field, type MessageSchema, type ScalarType } from './schema.ts';

/** Attribute values nested deeper than this are replaced by `tooDeep`. */
export const depthLimit = 64;
export const tooDeep = { stringValue: `[nested more than ${depthLimit} levels deep]` };

export interface MessageObject {
  [field: string]: unknown;
}

/**
 * Reads a message into its OTLP/JSON form. Fields that do not fit together are left out; `onProblem` is told why, at
 * most once per field of this message. Unknown fields and, as in proto3, default values are left out too.
 */
export function readMessage(
  schema: MessageSchema,
  bytes: Uint8Array,
  onProblem: (problem: string) => void,
): MessageObject {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const message: MessageObject = {};
  let at = 0;
  try {
    while (at < text.length) {
      const { field, type, from, to } = fieldAt(schema, text, at, text.length);
      at = to;
      if (field === undefined) continue;
      try {
        readField(message, field, type, text, from, to, 0);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        onProblem(`${schema.name}.${field.name}: ${error.message}`);
      }
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    onProblem(`${schema.name}: ${error.message}`);
  }
  return withRequired(schema, message);
}

function readNested(
  schema: MessageSchema,
  text: Buffer,
  start: number,
  end: number,
  depth: number,
): MessageObject {
  if (depth > depthLimit) return tooDeep;
  const message: MessageObject = {};
  for (let at = start; at < end; ) {
    const { field, type, from, to } = fieldAt(schema, text, at, end);
    at = to;
    if (field !== undefined) readField(message, field, type, text, from, to, depth);
  }
  return withRequired(schema, message);
}

interface FieldPlace {
  /** Undefined for a field that is not in the schema, or comes in another wire type. */
  readonly field: Field | undefined;
  readonly type: number;
  readonly from: number;
  readonly to: number;
}

function fieldAt(schema: MessageSchema, text: Buffer, at: number, end: number): FieldPlace {
  const afterTag = endOfVarint(text, at, end);
  const tag = varint32(text, at, afterTag);
  const type = tag & 7;
  if (tag >>> 3 === 0) throw new DecodeError('field number out of range', at);
  const to = skipValue(text, afterTag, end, type);
  const from = type === wireType.bytes ? startOfValue(text, afterTag) : afterTag;
  const field = schema.byNumber[tag >>> 3];
  const fits =
    field !== undefined &&
    (type === wireTypeOf(field.type) ||
      (field.repeated && type === wireType.bytes && isPackable(field.type)));
  return { field: fits ? field : undefined, type, from, to };
}

function readField(
  message: MessageObject,
  field: Field,
  type: number,
  text: Buffer,
  from: number,
  to: number,
  depth: number,
): void {
  if (field.repeated) {
    const list = (message[field.name] ??= []) as unknown[];
    if (type === wireType.bytes && isPackable(field.type)) readPacked(list, field.type, text, from, to);
    else list.push(readValue(field, text, from, to, depth));
    return;
  }
  const value = readValue(field, text, from, to, depth);
  if (!field.presence && isDefault(field.type, value)) delete message[field.name];
  else message[field.name] = value;
}

function readPacked(list: unknown[], type: ScalarType, text: Buffer, start: number, end: number): void {
  const wire = wireTypeOf(type);
  for (let at = start; at < end; ) {
    const to = skipValue(text, at, end, wire);
    list.push(readScalar(type, text, at, to));
    at = to;
  }
}

function readValue(field: Field, text: Buffer, from: number, to: number, depth: number): unknown {
  const { type } = field;
  if (typeof type === 'string') return readScalar(type, text, from, to);
  return readNested(type, text, from, to, type === anyValueSchema ? depth + 1 : depth);
}

function readScalar(type: ScalarType, text: Buffer, from: number, to: number): unknown {
  switch (type) {
    case 'string':
      return text.toString('utf8', from, to);
    case 'bool':
      return varint64(text, from, to) !== 0n;
    case 'double': {
      const value = text.readDoubleLE(from);
      return Number.isFinite(value) ? value : String(value);
    }
    case 'int64':
      return BigInt.asIntN(64, varint64(text, from, to)).toString();
    case 'uint64':
      return varint64(text, from, to).toString();
    case 'fixed64':
      return text.readBigUInt64LE(from).toString();
    case 'sfixed64':
      return text.readBigInt64LE(from).toString();
    case 'uint32':
      return varint32(text, from, to);
    case 'fixed32':
      return text.readUInt32LE(from);
    case 'int32':
    case 'enum':
      return varint32(text, from, to) | 0;
    case 'sint32': {
      const zigzag = varint32(text, from, to);
      return (zigzag >>> 1) ^ -(zigzag & 1);
    }
    case 'bytes':
      return text.toString('base64', from, to);
    case 'traceId':
      return readHexId(text, from, to, 4);
    case 'spanId':
      return readHexId(text, from, to, 2);
  }
}

/** Hex of an id; of zeros the empty string; of what is no id the hex of whatever there is. */
function readHexId(text: Buffer, from: number, to: number, words: 2 | 4): string {
  const column = new Uint32Array(words);
  const reason = readId(text, from, to, column, 0, words);
  if (reason === undefined) return idHex(column, 0, words);
  return reason === 'is all zeros' ? '' : text.toString('hex', from, to);
}

function varint64(text: Buffer, from: number, to: number): bigint {
  let low = 0;
  let scale = 1;
  let at = from;
  for (const exact = Math.min(to, from + 7); at < exact; at++, scale *= 128) low += (text[at] & 127) * scale;
  let value = BigInt(low);
  for (let shift = 49n; at < to; at++, shift += 7n) value |= BigInt(text[at] & 127) << shift;
  return BigInt.asUintN(64, value);
}

function wireTypeOf(type: ScalarType | MessageSchema): number {
  switch (type) {
    case 'bool':
    case 'int64':
    case 'uint64':
    case 'uint32':
    case 'int32':
    case 'sint32':
    case 'enum':
      return wireType.varint;
    case 'double':
    case 'fixed64':
    case 'sfixed64':
      return wireType.fixed64;
    case 'fixed32':
      return wireType.fixed32;
    default:
      return wireType.bytes;
  }
}

function isPackable(type: ScalarType | MessageSchema): type is ScalarType {
  return typeof type === 'string' && wireTypeOf(type) !== wireType.bytes;
}

function isDefault(type: ScalarType | MessageSchema, value: unknown): boolean {
  if (type === 'fixed64' || type === 'uint64' || type === 'int64' || type === 'sfixed64')
    return value === '0';
  return value === '' || value === 0 || value === false;
}

function withRequired(schema: MessageSchema, message: MessageObject): MessageObject {
  for (const field of schema.required) message[field.name] ??= defaultOf(field);
  return message;
}

function defaultOf({ type, repeated }: Field): unknown {
  if (repeated) return [];
  if (type === 'fixed64') return '0';
  return typeof type === 'string' ? '' : {};
}
