import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** `node-int64`: eight bytes. */
interface Int64 {
  readonly buffer: Buffer;
}

interface Protocol {
  writeMessageBegin(name: string, type: number, sequence: number): void;
  writeFieldBegin(name: string, type: number, id: number): void;
  writeFieldStop(): void;
  writeStructBegin(name: string): void;
  writeStructEnd(): void;
  writeListBegin(type: number, size: number): void;
  writeBool(value: boolean): void;
  writeI16(value: number): void;
  writeI32(value: number): void;
  writeI64(value: Int64): void;
  writeDouble(value: number): void;
  writeString(value: string): void;
  writeBinary(value: Buffer): void;
}

interface Reader {
  readMessageBegin(): object;
  readStructBegin(): void;
  readFieldBegin(): { readonly ftype: number; readonly fid: number };
  readListBegin(): { readonly etype: number; readonly size: number };
  readBool(): boolean;
  readI16(): number;
  readI32(): number;
  readI64(): Int64;
  readDouble(): number;
  readString(): string;
  readStructEnd(): void;
}

interface Library {
  TFramedTransport: new (buffer: Buffer) => object;
  Int64: new (high: number, low: number) => Int64;
  TBufferedTransport: new (buffer: undefined, flushed: (bytes: Buffer) => void) => { flush(): void };
  TBinaryProtocol: new (transport: object, strictRead?: boolean, strictWrite?: boolean) => Protocol & Reader;
  TCompactProtocol: new (transport: object) => Protocol & Reader;
}

/** The library of Apache Thrift, which has no types of its own. */
const thrift = require('thrift') as Library;

const types = { bool: 2, double: 4, i16: 6, i32: 8, i64: 10, string: 11, struct: 12, list: 15 } as const;

/** A value and what it is; of lists only those of structs. */
export type Typed =
  | readonly ['bool', boolean]
  | readonly ['double' | 'i16' | 'i32', number]
  | readonly ['i64', bigint]
  | readonly ['string', string | Uint8Array]
  | readonly ['struct', Fields]
  | readonly ['list', readonly Fields[]];

/** Field number → value; what is undefined is not written. */
export type Fields = { readonly [id: number]: Typed | undefined };

export type ThriftEncoding = 'binary' | 'old binary' | 'compact';

/** A struct as Apache's library writes it. */
export function thriftStruct(encoding: ThriftEncoding, fields: Fields): Uint8Array {
  return written(encoding, protocol => writeStruct(protocol, fields));
}

/** A list of structs. */
export function thriftList(encoding: ThriftEncoding, list: readonly Fields[]): Uint8Array {
  return written(encoding, protocol => writeValue(protocol, ['list', list]));
}

/** A call that is not answered. */
export function thriftCall(encoding: ThriftEncoding, name: string, fields: Fields): Uint8Array {
  const oneway = 4;
  return written(encoding, protocol => {
    protocol.writeMessageBegin(name, oneway, 77);
    writeStruct(protocol, fields);
  });
}

function written(encoding: ThriftEncoding, write: (protocol: Protocol) => void): Uint8Array {
  let bytes = Buffer.alloc(0);
  const transport = new thrift.TBufferedTransport(undefined, flushed => (bytes = Buffer.from(flushed)));
  const protocol =
    encoding === 'compact'
      ? new thrift.TCompactProtocol(transport)
      : new thrift.TBinaryProtocol(transport, false, encoding === 'binary');
  write(protocol);
  transport.flush();
  return bytes;
}

function writeStruct(protocol: Protocol, fields: Fields): void {
  protocol.writeStructBegin('');
  for (const [id, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    protocol.writeFieldBegin('', types[value[0]], Number(id));
    writeValue(protocol, value);
  }
  protocol.writeFieldStop();
  protocol.writeStructEnd();
}

function writeValue(protocol: Protocol, [type, value]: Typed) {
  switch (type) {
    case 'bool':
      return protocol.writeBool(value);
    case 'double':
      return protocol.writeDouble(value);
    case 'i16':
      return protocol.writeI16(value);
    case 'i32':
      return protocol.writeI32(value);
    case 'i64': {
      const bits = BigInt.asUintN(64, value);
      return protocol.writeI64(new thrift.Int64(Number(bits >> 32n), Number(bits & 0xffffffffn)));
    }
    case 'string':
      return typeof value === 'string'
        ? protocol.writeString(value)
        : protocol.writeBinary(Buffer.from(value));
    case 'struct':
      return writeStruct(protocol, value);
    case 'list':
      protocol.writeListBegin(types.struct, value.length);
      for (const each of value) writeStruct(protocol, each);
  }
}

/** What Apache's library makes of a message, a struct, or a list of structs. */
export function thriftObjects(
  encoding: 'binary' | 'compact',
  body: Uint8Array,
  what: 'message' | 'struct' | 'list',
): unknown {
  const transport = new thrift.TFramedTransport(Buffer.from(body.buffer, body.byteOffset, body.length));
  const reader =
    encoding === 'compact' ? new thrift.TCompactProtocol(transport) : new thrift.TBinaryProtocol(transport);
  if (what === 'message') reader.readMessageBegin();
  return what === 'list' ? readValue(reader, types.list) : readStruct(reader);
}

function readStruct(reader: Reader): { [id: number]: unknown } {
  const fields: { [id: number]: unknown } = {};
  reader.readStructBegin();
  for (;;) {
    const { ftype, fid } = reader.readFieldBegin();
    if (ftype === 0) break;
    fields[fid] = readValue(reader, ftype);
  }
  reader.readStructEnd();
  return fields;
}

function readValue(reader: Reader, type: number): unknown {
  switch (type) {
    case types.bool:
      return reader.readBool();
    case types.double:
      return reader.readDouble();
    case types.i16:
      return reader.readI16();
    case types.i32:
      return reader.readI32();
    case types.i64:
      return reader.readI64();
    case types.string:
      return reader.readString();
    case types.struct:
      return readStruct(reader);
    default: {
      const { etype, size } = reader.readListBegin();
      return Array.from({ length: size }, () => readValue(reader, etype));
    }
  }
}
