import { displayValue, type KeyValue } from '../../model/anyValue.ts';
import type {
  Resource,
  ResourceSpans,
  Scope,
  Span,
  SpanEvent,
  SpanLink,
  TracesData,
} from '../../model/span.ts';

const kinds = ['', 'internal', 'server', 'client', 'producer', 'consumer'] as const;

interface JsonTag {
  readonly key: string;
  readonly type: 'string' | 'bool' | 'int64' | 'float64' | 'binary';
  readonly value: string | boolean | number;
}

interface JsonTrace {
  readonly traceID: string;
  readonly spans: object[];
  readonly processes: { [id: string]: object };
}

/** Traces as Jaeger's pages upload them: `{ data: [{ traceID, spans, processes }] }`, times in microseconds. */
export function tracesToJaeger({ resourceSpans }: TracesData): { readonly data: readonly JsonTrace[] } {
  const traces = new Map<string, JsonTrace>();
  resourceSpans.forEach((each: ResourceSpans, index) => {
    const processID = `p${index + 1}`;
    const process = processOf(each.resource);
    for (const { scope, spans } of each.scopeSpans)
      for (const span of spans) {
        const { traceId } = span;
        let trace = traces.get(traceId);
        if (trace === undefined)
          traces.set(traceId, (trace = { traceID: traceId, spans: [], processes: {} }));
        trace.processes[processID] = process;
        trace.spans.push(spanOf(span, scope, processID));
      }
  });
  return { data: [...traces.values()] };
}

function processOf(resource: Resource | undefined): object {
  const attributes = resource?.attributes ?? [];
  const name = attributes.find(({ key }) => key === 'service.name');
  return {
    serviceName: name === undefined ? 'unknown_service' : displayValue(name.value),
    tags: attributes.filter(each => each !== name).map(tagOf),
  };
}

function spanOf(span: Span, scope: Scope | undefined, processID: string): object {
  const { traceId, spanId, parentSpanId, links = [], events = [] } = span;
  const start = BigInt(span.startTimeUnixNano);
  const duration = BigInt(span.endTimeUnixNano) - start;
  return {
    traceID: traceId,
    spanID: spanId,
    flags: 1,
    operationName: span.name,
    references: [
      ...(parentSpanId === undefined
        ? []
        : [{ refType: 'CHILD_OF', traceID: traceId, spanID: parentSpanId }]),
      ...links.map(referenceOf),
    ],
    startTime: micros(start),
    duration: duration > 0n ? micros(duration) : 0,
    tags: tagsOf(span, scope),
    logs: events.map(logOf),
    processID,
    warnings: null,
  };
}

/** Nanoseconds that are no whole microseconds are kept behind the point. */
function micros(nanos: bigint): number {
  return Number(nanos / 1000n) + Number(nanos % 1000n) / 1000;
}

function referenceOf({ traceId, spanId, attributes = [] }: SpanLink): object {
  const type = attributes.find(({ key }) => key === 'opentracing.ref_type');
  const isChild = type !== undefined && displayValue(type.value) === 'child_of';
  return { refType: isChild ? 'CHILD_OF' : 'FOLLOWS_FROM', traceID: traceId, spanID: spanId };
}

function tagsOf(
  { attributes = [], kind = 0, status, traceState }: Span,
  scope: Scope | undefined,
): JsonTag[] {
  const tags = attributes.map(tagOf);
  const add = (key: string, value: string | undefined) => {
    if (value) tags.push({ key, type: 'string', value });
  };
  add('otel.scope.name', scope?.name);
  add('otel.scope.version', scope?.version);
  add('span.kind', kinds[kind]);
  add('w3c.tracestate', traceState);
  if (status?.code === 1) add('otel.status_code', 'OK');
  if (status?.code === 2) {
    add('otel.status_code', 'ERROR');
    add('otel.status_description', status.message);
    tags.push({ key: 'error', type: 'bool', value: true });
  }
  return tags;
}

function logOf({ timeUnixNano, name, attributes = [] }: SpanEvent): object {
  const named: JsonTag[] = name === '' ? [] : [{ key: 'event', type: 'string', value: name }];
  return { timestamp: micros(BigInt(timeUnixNano)), fields: [...named, ...attributes.map(tagOf)] };
}

function tagOf({ key, value }: KeyValue): JsonTag {
  if ('boolValue' in value) return { key, type: 'bool', value: value.boolValue as boolean };
  if ('intValue' in value) {
    const text = value.intValue as string;
    const number = Number(text);
    return { key, type: 'int64', value: Number.isSafeInteger(number) ? number : text };
  }
  if ('doubleValue' in value) return { key, type: 'float64', value: value.doubleValue as number };
  if ('bytesValue' in value) return { key, type: 'binary', value: value.bytesValue as string };
  return { key, type: 'string', value: displayValue(value) };
}
