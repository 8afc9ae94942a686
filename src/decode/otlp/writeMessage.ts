import { DecodeError } from '../protobuf/decodeError.ts';
import { checkItems, wireType } from '../protobuf/wire.ts';
import type { ProtobufWriter } from '../protobuf/writer.ts';
import { toBytes, toDouble, toEnum, toId, toInteger, toText, Unrepresentable } from './jsonValues.ts';
import { depthLimit, tooDeep } from './readMessage.ts';
import { anyValueSchema, type Field, type MessageSchema, type ScalarType } from './schema.ts';

/** Told of an element that was left out, and why. */
export type Rejected = (field: string, reason: string) => void;

/**
 * Writes a message in OTLP/JSON form as protobuf. Lenient where senders err (see `jsonValues.ts`); unknown fields and
 * nulls are ignored. Elements marked `separable` that cannot be represented are left out and told to `rejected`;
 * anything else that cannot be throws a `DecodeError`.
 */
export function writeMessage(
  schema: MessageSchema,
  value: unknown,
  writer: ProtobufWriter,
  rejected: Rejected,
): void {
  try {
    writeFields(schema, value, writer, rejected, 0);
  } catch (error) {
    if (error instanceof Unrepresentable) throw new DecodeError(error.message, -1);
    throw error;
  }
}

function writeFields(
  schema: MessageSchema,
  value: unknown,
  writer: ProtobufWriter,
  rejected: Rejected,
  depth: number,
): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Unrepresentable(`${schema.name} is not an object`);
  const message = schema === anyValueSchema ? normalizedValue(value, depth) : value;
  for (const name in message) {
    const field = schema.byName.get(name);
    const content = (message as { [name: string]: unknown })[name];
    if (field === undefined || content === null || content === undefined) continue;
    if (!field.repeated) {
      writeField(field, content, writer, rejected, depth);
      continue;
    }
    if (!Array.isArray(content)) throw new Unrepresentable(`${schema.name}.${field.name} is not a list`);
    checkItems(content.length, -1);
    if (typeof field.type === 'string') writePacked(field, field.type, content, writer);
    else for (const element of content) writeElement(field, element, writer, rejected, depth);
  }
}

function writeElement(
  field: Field,
  element: unknown,
  writer: ProtobufWriter,
  rejected: Rejected,
  depth: number,
): void {
  if (!field.separable) {
    writeField(field, element, writer, rejected, depth);
    return;
  }
  const before = writer.position;
  try {
    writeField(field, element, writer, rejected, depth);
  } catch (error) {
    if (!(error instanceof Unrepresentable)) throw error;
    writer.rewind(before);
    rejected(field.name, error.message);
  }
}

function writeField(
  field: Field,
  content: unknown,
  writer: ProtobufWriter,
  rejected: Rejected,
  depth: number,
): void {
  const { type } = field;
  if (typeof type === 'string') {
    writeScalar(field, type, content, writer);
    return;
  }
  writer.tag(field.number, wireType.bytes);
  const start = writer.begin();
  writeFields(type, content, writer, rejected, type === anyValueSchema ? depth + 1 : depth);
  writer.end(start);
}

function writeScalar(field: Field, type: ScalarType, content: unknown, writer: ProtobufWriter): void {
  switch (type) {
    case 'string': {
      const text = toText(field, content);
      if (text === '' && !field.presence) return;
      writer.tag(field.number, wireType.bytes);
      writer.string(text);
      return;
    }
    case 'bytes':
      writer.tag(field.number, wireType.bytes);
      writer.bytes(toBytes(field, content));
      return;
    case 'traceId':
    case 'spanId': {
      const id = toId(field, content, type === 'traceId' ? 16 : 8);
      if (id.length === 0) return;
      writer.tag(field.number, wireType.bytes);
      writer.bytes(id);
      return;
    }
    case 'double': {
      const number = toDouble(field, content);
      if (number === 0 && !Object.is(number, -0) && !field.presence) return;
      writer.tag(field.number, wireType.fixed64);
      writer.double(number);
      return;
    }
    case 'fixed64':
      // Almost always a time: up to 19 digits are less than 2^64.
      if (typeof content === 'string' && /^[1-9]\d{0,18}$/.test(content)) {
        writer.tag(field.number, wireType.fixed64);
        writer.decimal64(content);
        return;
      }
      writeNumber(field, type, content, writer);
      return;
    default:
      writeNumber(field, type, content, writer);
  }
}

function writeNumber(field: Field, type: ScalarType, content: unknown, writer: ProtobufWriter): void {
  const number = toNumber(field, type, content);
  if (number === 0 && !field.presence) return;
  writer.tag(field.number, wireTypeOfInteger(type));
  writeInteger(type, number, writer);
}

function writePacked(field: Field, type: ScalarType, list: readonly unknown[], writer: ProtobufWriter): void {
  if (list.length === 0) return;
  writer.tag(field.number, wireType.bytes);
  const start = writer.begin();
  for (const element of list) {
    if (type === 'double') writer.double(toDouble(field, element));
    else writeInteger(type, toNumber(field, type, element), writer);
  }
  writer.end(start);
}

function writeInteger(type: ScalarType, number: number | bigint, writer: ProtobufWriter): void {
  if (type === 'fixed64' || type === 'sfixed64') writer.fixed64(BigInt(number));
  else if (type === 'fixed32') writer.fixed32(Number(number));
  else if (type === 'sint32') writer.varint(zigzag(Number(number)));
  else writer.varint64(number);
}

/** sint32: small negative numbers as small positive ones. */
function zigzag(number: number): number {
  return number < 0 ? -2 * number - 1 : 2 * number;
}

function wireTypeOfInteger(type: ScalarType): number {
  if (type === 'fixed64' || type === 'sfixed64') return wireType.fixed64;
  return type === 'fixed32' ? wireType.fixed32 : wireType.varint;
}

/** Whole numbers by type: the smallest and the largest. */
const ranges: { readonly [type: string]: readonly [bigint, bigint] } = {
  bool: [0n, 1n],
  enum: [-(2n ** 31n), 2n ** 31n - 1n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  sint32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  fixed32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  sfixed64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
  fixed64: [0n, 2n ** 64n - 1n],
};

function toNumber(field: Field, type: ScalarType, content: unknown): number | bigint {
  if (type === 'bool') {
    if (typeof content !== 'boolean') throw new Unrepresentable(`${field.name} is not a boolean`);
    return content ? 1 : 0;
  }
  const number = type === 'enum' ? toEnum(field, content) : toInteger(content);
  const [least, most] = ranges[type];
  if (number === undefined || number < least || number > most)
    throw new Unrepresentable(`${field.name} is not a number of type ${type}: ${JSON.stringify(content)}`);
  return number;
}

/**
 * An attribute value as it can be written: one nested too deep becomes a marker, and an `intValue` that is no int64
 * what it comes nearest to (some senders write `{"intValue":1e+300}` for large doubles).
 */
function normalizedValue(value: object, depth: number): object {
  if (depth > depthLimit) return tooDeep;
  const integer = (value as { intValue?: unknown }).intValue;
  if (integer === undefined || integer === null) return value;
  const number = toInteger(integer);
  const [least, most] = ranges['int64'];
  if (number !== undefined && number >= least && number <= most) return value;
  return typeof integer === 'number' ? { doubleValue: integer } : { stringValue: String(integer) };
}
