import { checkSpans } from '../checkSpans.ts';
import { DecodeError } from '../protobuf/decodeError.ts';
import { readBinaryMessage, readBinaryStruct } from '../thrift/readBinary.ts';
import { compactProtocol, readCompactMessage } from '../thrift/readCompact.ts';
import {
  bigintOf,
  numberOf,
  structOf,
  structsOf,
  type ThriftStruct,
  type ThriftValue,
  textOf,
} from '../thrift/thriftValue.ts';
import type { JaegerBatch, JaegerReference, JaegerSpan, JaegerTag } from './jaegerSpan.ts';

// Field numbers: jaeger-idl `thrift/jaeger.thrift` and `agent.thrift`.

/** A `Batch` in the binary encoding: the body of `POST /api/traces`. Throws a `DecodeError`. */
export function readThriftBatch(bytes: Uint8Array): JaegerBatch {
  return batchOf(readBinaryStruct(bytes));
}

/**
 * A datagram to an agent, `emitBatch`. Either encoding may come to either port: the first byte tells. Throws a `DecodeError`.
 */
export function readDatagram(bytes: Uint8Array): JaegerBatch {
  const { name, content } =
    bytes[0] === compactProtocol ? readCompactMessage(bytes) : readBinaryMessage(bytes);
  const batch = structOf(content.get(1));
  if (name !== 'emitBatch' || batch === undefined)
    throw new DecodeError(`'${name.slice(0, 40)}' is called, emitBatch is expected`, -1);
  return batchOf(batch);
}

function batchOf(batch: ThriftStruct): JaegerBatch {
  const process = structOf(batch.get(1));
  if (process === undefined) throw new DecodeError('the batch tells no process', -1);
  const spans = structsOf(batch.get(2));
  checkSpans(spans.length);
  return {
    process: { serviceName: textOf(process.get(1)), tags: tagsOf(process.get(2)) },
    spans: spans.map(spanOf),
  };
}

function spanOf(span: ThriftStruct): JaegerSpan {
  return {
    traceId: traceIdOf(span.get(2), span.get(1)),
    spanId: idOf(span.get(3)),
    parentSpanId: idOf(span.get(4)),
    operationName: textOf(span.get(5)),
    references: structsOf(span.get(6)).map(referenceOf),
    flags: numberOf(span.get(7)),
    start: bigintOf(span.get(8)) * 1000n,
    duration: bigintOf(span.get(9)) * 1000n,
    tags: tagsOf(span.get(10)),
    logs: structsOf(span.get(11)).map(log => ({
      time: bigintOf(log.get(1)) * 1000n,
      fields: tagsOf(log.get(2)),
    })),
    warnings: [],
  };
}

function referenceOf(reference: ThriftStruct): JaegerReference {
  return {
    kind: numberOf(reference.get(1)) === 1 ? 'follows_from' : 'child_of',
    traceId: traceIdOf(reference.get(3), reference.get(2)),
    spanId: idOf(reference.get(4)),
  };
}

function tagsOf(tags: ThriftValue | undefined): JaegerTag[] {
  return structsOf(tags).map(tag => ({ key: textOf(tag.get(1)), value: valueIn(tag) }));
}

/** By the type: clients in JavaScript write all values, those that are not meant as zeros. */
function valueIn(tag: ThriftStruct): JaegerTag['value'] {
  switch (numberOf(tag.get(2))) {
    case 1:
      return numberOf(tag.get(4));
    case 2:
      return tag.get(5) === true;
    case 3:
      return bigintOf(tag.get(6));
    case 4: {
      const bytes = tag.get(7);
      return bytes instanceof Uint8Array ? bytes : new Uint8Array(0);
    }
    default:
      return textOf(tag.get(3));
  }
}

function traceIdOf(high: ThriftValue | undefined, low: ThriftValue | undefined): string {
  return idOf(high) + idOf(low);
}

/** The bits of a signed number as hex. */
function idOf(value: ThriftValue | undefined): string {
  return BigInt.asUintN(64, bigintOf(value)).toString(16).padStart(16, '0');
}
