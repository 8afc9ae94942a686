import { hexId, type LooseObject, nanosOfMicros, objectOf, objectsOf, textOf } from '../looseJson.ts';
import type {
  JaegerBatch,
  JaegerLog,
  JaegerProcess,
  JaegerReference,
  JaegerSpan,
  JaegerTag,
} from './jaegerSpan.ts';

/**
 * A trace as Jaeger's pages download it and its older API answers: `{ data: [{ traceID, spans, processes }] }`, or one
 * such trace by itself. Times are microseconds.
 */
export function readJaegerJson(document: unknown): JaegerBatch[] {
  const root = objectOf(document);
  if (root === undefined) return [];
  return (Array.isArray(root['data']) ? objectsOf(root['data']) : [root]).flatMap(readTrace);
}

export function isJaegerJson(document: unknown): boolean {
  const root = objectOf(document);
  // A document that was cut off has lost the processes, which come last.
  const isTrace = (trace: LooseObject | undefined) =>
    Array.isArray(trace?.['spans']) &&
    (objectOf(trace['processes']) !== undefined ||
      objectsOf(trace['spans']).some(span => Object.hasOwn(span, 'operationName')));
  return isTrace(root) || (Array.isArray(root?.['data']) && objectsOf(root['data']).some(isTrace));
}

function readTrace(trace: LooseObject): JaegerBatch[] {
  const processes = objectOf(trace['processes']) ?? {};
  const batches = new Map<string, { process: JaegerProcess; spans: JaegerSpan[] }>();
  for (const span of objectsOf(trace['spans'])) {
    const own = objectOf(span['process']);
    const id = textOf(span['processID']);
    const key = own === undefined ? id : JSON.stringify(own);
    let batch = batches.get(key);
    if (batch === undefined)
      batches.set(key, (batch = { process: readProcess(own ?? objectOf(processes[id])), spans: [] }));
    batch.spans.push(readSpan(span, trace));
  }
  return [...batches.values()];
}

function readProcess(process: LooseObject | undefined): JaegerProcess {
  return { serviceName: textOf(process?.['serviceName']), tags: readTags(process?.['tags']) };
}

function readSpan(span: LooseObject, trace: LooseObject): JaegerSpan {
  return {
    traceId: hexId(span['traceID'] ?? trace['traceID'], 32),
    spanId: hexId(span['spanID'], 16),
    parentSpanId: hexId(span['parentSpanID'], 16),
    operationName: textOf(span['operationName']),
    references: objectsOf(span['references']).map(readReference),
    flags: Number(span['flags']) || 0,
    start: nanosOfMicros(span['startTime']) ?? 0n,
    duration: nanosOfMicros(span['duration']) ?? 0n,
    tags: readTags(span['tags']),
    logs: objectsOf(span['logs']).map(readLog),
    warnings: Array.isArray(span['warnings']) ? span['warnings'].map(textOf).filter(Boolean) : [],
  };
}

function readReference(reference: LooseObject): JaegerReference {
  return {
    kind: reference['refType'] === 'FOLLOWS_FROM' ? 'follows_from' : 'child_of',
    traceId: hexId(reference['traceID'], 32),
    spanId: hexId(reference['spanID'], 16),
  };
}

function readLog(log: LooseObject): JaegerLog {
  return { time: nanosOfMicros(log['timestamp']) ?? 0n, fields: readTags(log['fields']) };
}

function readTags(tags: unknown): JaegerTag[] {
  return objectsOf(tags).map(tag => ({
    key: textOf(tag['key']),
    value: readValue(textOf(tag['type']).toLowerCase(), tag['value']),
  }));
}

/** The type goes before the form of the value: `1` can be a whole number or a double. */
function readValue(type: string, value: unknown): JaegerTag['value'] {
  switch (type) {
    case 'bool':
      return value === true || value === 'true';
    case 'int64': {
      const text = textOf(value);
      return /^-?\d+$/.test(text) ? BigInt.asIntN(64, BigInt(text)) : text;
    }
    case 'float64':
      return typeof value === 'number' ? value : Number(textOf(value));
    case 'binary':
      return new Uint8Array(Buffer.from(textOf(value), 'base64'));
    case 'string':
      return textOf(value);
    default:
      return typeof value === 'boolean' || typeof value === 'number' ? value : textOf(value);
  }
}
