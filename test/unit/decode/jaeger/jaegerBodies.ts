import protobuf from 'protobufjs';
import type { Fields } from '../thriftLibrary.ts';
import type {
  JaegerBatch,
  JaegerLog,
  JaegerProcess,
  JaegerReference,
  JaegerSpan,
  JaegerTag,
} from './jaegerSpan.ts';

// Batches as clients write them; the encoders are libraries, and the numbers are those of jaeger-idl.

/** `Batch` of `jaeger.thrift`; times in it are whole microseconds. */
export function thriftBatch({ process, spans }: JaegerBatch): Fields {
  return { 1: ['struct', thriftProcess(process)], 2: ['list', spans.map(thriftSpan)] };
}

function thriftProcess({ serviceName, tags }: JaegerProcess): Fields {
  return { 1: ['string', serviceName], 2: ['list', tags.map(thriftTag)] };
}

function thriftSpan(span: JaegerSpan): Fields {
  return {
    1: ['i64', low(span.traceId)],
    2: ['i64', high(span.traceId)],
    3: ['i64', low(span.spanId)],
    4: ['i64', low(span.parentSpanId)],
    5: ['string', span.operationName],
    6: ['list', span.references.map(thriftReference)],
    7: ['i32', span.flags],
    8: ['i64', span.start / 1000n],
    9: ['i64', span.duration / 1000n],
    10: ['list', span.tags.map(thriftTag)],
    11: ['list', span.logs.map(thriftLog)],
  };
}

function thriftReference({ kind, traceId, spanId }: JaegerReference): Fields {
  return {
    1: ['i32', kind === 'child_of' ? 0 : 1],
    2: ['i64', low(traceId)],
    3: ['i64', high(traceId)],
    4: ['i64', low(spanId)],
  };
}

function thriftLog({ time, fields }: JaegerLog): Fields {
  return { 1: ['i64', time / 1000n], 2: ['list', fields.map(thriftTag)] };
}

function thriftTag({ key, value }: JaegerTag): Fields {
  const type = { string: 0, number: 1, boolean: 2, bigint: 3, object: 4 }[typeof value as 'string'];
  return {
    1: ['string', key],
    2: ['i32', type],
    3: typeof value === 'string' ? ['string', value] : undefined,
    4: typeof value === 'number' ? ['double', value] : undefined,
    5: typeof value === 'boolean' ? ['bool', value] : undefined,
    6: typeof value === 'bigint' ? ['i64', value] : undefined,
    7: value instanceof Uint8Array ? ['string', value] : undefined,
  };
}

function high(id: string): bigint {
  return BigInt(`0x${id.slice(0, -16)}`);
}

function low(id: string): bigint {
  return BigInt(`0x${id.slice(-16)}`);
}

const types = protobuf.parse(`
  syntax = "proto3";
  message Stamp { int64 seconds = 1; int32 nanos = 2; }
  message KeyValue {
    string key = 1; int32 v_type = 2; string v_str = 3; bool v_bool = 4;
    int64 v_int64 = 5; double v_float64 = 6; bytes v_binary = 7;
  }
  message Log { Stamp timestamp = 1; repeated KeyValue fields = 2; }
  message SpanRef { bytes trace_id = 1; bytes span_id = 2; int32 ref_type = 3; }
  message Process { string service_name = 1; repeated KeyValue tags = 2; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; string operation_name = 3; repeated SpanRef references = 4;
    uint32 flags = 5; Stamp start_time = 6; Stamp duration = 7; repeated KeyValue tags = 8;
    repeated Log logs = 9; Process process = 10; string process_id = 11; repeated string warnings = 12;
  }
  message Batch { repeated Span spans = 1; Process process = 2; }
  message PostSpansRequest { Batch batch = 1; }
`).root;

export const postSpansType = types.lookupType('PostSpansRequest');

/** A `PostSpansRequest`; the parent is the first reference, as nothing else tells it. */
export function postSpans({ process, spans }: JaegerBatch, own?: JaegerProcess): Uint8Array {
  const batch = {
    process: protobufProcess(process),
    spans: spans.map((span, index) => ({
      ...protobufSpan(span),
      ...(index === 0 && own !== undefined && { process: protobufProcess(own) }),
    })),
  };
  return postSpansType.encode(postSpansType.fromObject({ batch })).finish();
}

function protobufProcess({ serviceName, tags }: JaegerProcess) {
  return { serviceName, tags: tags.map(protobufTag) };
}

function protobufSpan(span: JaegerSpan) {
  return {
    traceId: Buffer.from(span.traceId, 'hex'),
    spanId: Buffer.from(span.spanId, 'hex'),
    operationName: span.operationName,
    references: span.references.map(({ kind, traceId, spanId }) => ({
      traceId: Buffer.from(traceId, 'hex'),
      spanId: Buffer.from(spanId, 'hex'),
      refType: kind === 'child_of' ? 0 : 1,
    })),
    flags: span.flags,
    startTime: stamp(span.start),
    duration: stamp(span.duration),
    tags: span.tags.map(protobufTag),
    logs: span.logs.map(({ time, fields }) => ({ timestamp: stamp(time), fields: fields.map(protobufTag) })),
    processId: 'p1',
    warnings: span.warnings,
  };
}

function protobufTag({ key, value }: JaegerTag) {
  switch (typeof value) {
    case 'string':
      return { key, vType: 0, vStr: value };
    case 'boolean':
      return { key, vType: 1, vBool: value };
    case 'bigint':
      return { key, vType: 2, vInt64: String(value) };
    case 'number':
      return { key, vType: 3, vFloat64: value };
    default:
      return { key, vType: 4, vBinary: value };
  }
}

function stamp(nanos: bigint) {
  return { seconds: String(nanos / 1_000_000_000n), nanos: Number(nanos % 1_000_000_000n) };
}

/** A trace as Jaeger's pages download it. */
export function jaegerDocument({ process, spans }: JaegerBatch): object {
  const traceID = spans[0]?.traceId ?? '';
  return {
    data: [
      {
        traceID,
        spans: spans.map(span => ({
          traceID: span.traceId,
          spanID: span.spanId,
          parentSpanID: span.parentSpanId,
          operationName: span.operationName,
          references: span.references.map(({ kind, traceId, spanId }) => ({
            refType: kind.toUpperCase(),
            traceID: traceId,
            spanID: spanId,
          })),
          flags: span.flags,
          startTime: Number(span.start / 1000n),
          duration: Number(span.duration / 1000n),
          tags: span.tags.map(jsonTag),
          logs: span.logs.map(({ time, fields }) => ({
            timestamp: Number(time / 1000n),
            fields: fields.map(jsonTag),
          })),
          processID: 'p1',
          warnings: span.warnings.length > 0 ? span.warnings : null,
        })),
        processes: { p1: { serviceName: process.serviceName, tags: process.tags.map(jsonTag) } },
        warnings: null,
      },
    ],
    total: 0,
    limit: 0,
    offset: 0,
    errors: null,
  };
}

function jsonTag({ key, value }: JaegerTag) {
  switch (typeof value) {
    case 'string':
      return { key, type: 'string', value };
    case 'boolean':
      return { key, type: 'bool', value };
    case 'bigint':
      return {
        key,
        type: 'int64',
        value: Number.isSafeInteger(Number(value)) ? Number(value) : String(value),
      };
    case 'number':
      return { key, type: 'float64', value };
    default:
      return { key, type: 'binary', value: Buffer.from(value).toString('base64') };
  }
}
