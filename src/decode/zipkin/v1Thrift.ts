import { checkSpans } from '../checkSpans.ts';
import { readBinaryList } from '../thrift/readBinary.ts';
import {
  bigintOf,
  numberOf,
  structOf,
  structsOf,
  type ThriftStruct,
  type ThriftValue,
  textOf,
} from '../thrift/thriftValue.ts';
import { ipText } from './ip.ts';
import type { V1Binary, V1Span } from './v1.ts';
import { noEndpoint, type ZipkinEndpoint } from './zipkinSpan.ts';

// Field numbers: zipkin-api `thrift/zipkinCore.thrift`.

/** A list of `Span`s in the binary encoding. Throws a `DecodeError`. */
export function readV1Thrift(bytes: Uint8Array): V1Span[] {
  const spans = structsOf(readBinaryList(bytes));
  checkSpans(spans.length);
  return spans.map(span => ({
    traceId: idOf(span.get(12)) + idOf(span.get(1)),
    id: idOf(span.get(4)),
    parentId: span.has(5) ? idOf(span.get(5)) : '',
    name: textOf(span.get(3)),
    start: microsOf(span.get(10)),
    duration: microsOf(span.get(11)),
    annotations: structsOf(span.get(6)).map(each => ({
      time: bigintOf(each.get(1)) * 1000n,
      value: textOf(each.get(2)),
      endpoint: endpointOf(each.get(3)),
    })),
    binaryAnnotations: structsOf(span.get(8)).map(binaryOf),
  }));
}

function binaryOf(binary: ThriftStruct): V1Binary {
  const value = binary.get(2);
  const bytes = value instanceof Uint8Array ? value : new Uint8Array(0);
  const type = numberOf(binary.get(3));
  return {
    key: textOf(binary.get(1)),
    value: binaryText(type, bytes),
    endpoint: endpointOf(binary.get(4)),
    isTrue: type === 0 && bytes[0] === 1,
  };
}

/** BOOL 0, BYTES 1, I16 2, I32 3, I64 4, DOUBLE 5, STRING 6; numbers in network order. */
function binaryText(type: number, bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type === 0) return String(bytes[0] === 1);
  if (type === 2 && bytes.length === 2) return String(view.getInt16(0));
  if (type === 3 && bytes.length === 4) return String(view.getInt32(0));
  if (type === 4 && bytes.length === 8) return String(view.getBigInt64(0));
  if (type === 5 && bytes.length === 8) return String(view.getFloat64(0));
  return type === 6 ? textOf(bytes) : Buffer.from(bytes).toString('base64');
}

function endpointOf(value: ThriftValue | undefined): ZipkinEndpoint {
  const endpoint = structOf(value);
  if (endpoint === undefined) return noEndpoint;
  const ipv4 = Buffer.alloc(4);
  ipv4.writeInt32BE(numberOf(endpoint.get(1)) | 0);
  const ipv6 = endpoint.get(4);
  return {
    serviceName: textOf(endpoint.get(3)),
    ip: ipText(ipv4) || (ipv6 instanceof Uint8Array ? ipText(ipv6) : ''),
    port: numberOf(endpoint.get(2)) & 0xffff,
  };
}

/** Microseconds; 0 stands for what is not known. */
function microsOf(value: ThriftValue | undefined): bigint | undefined {
  const micros = bigintOf(value);
  return micros === 0n ? undefined : micros * 1000n;
}

function idOf(value: ThriftValue | undefined): string {
  return BigInt.asUintN(64, bigintOf(value)).toString(16).padStart(16, '0');
}
