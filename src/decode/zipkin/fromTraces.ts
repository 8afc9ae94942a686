import { displayValue, type KeyValue } from '../../model/anyValue.ts';
import type { Resource, Scope, Span, SpanEvent, SpanLink, TracesData } from '../../model/span.ts';

const kinds = [undefined, undefined, 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] as const;
/** Attributes that name the other side, the best first (specification, "Transforming Span Attributes to Remote Endpoint"). */
const remoteNames = [
  'peer.service',
  'server.address',
  'net.peer.name',
  'network.peer.address',
  'server.socket.domain',
  'db.name',
];

/** Spans of Zipkin's second model in JSON, as the OpenTelemetry specification says ("OpenTelemetry to Zipkin Transformation"). */
export function tracesToZipkin({ resourceSpans }: TracesData): object[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) => spans.map(span => zipkinSpan(span, resource, scope))),
  );
}

function zipkinSpan(span: Span, resource: Resource | undefined, scope: Scope | undefined): object {
  const start = BigInt(span.startTimeUnixNano);
  const end = BigInt(span.endTimeUnixNano);
  const serviceName = textOf(resource?.attributes, 'service.name');
  const remote = span.kind === 3 || span.kind === 4 ? remoteName(span) : '';
  return {
    traceId: span.traceId,
    id: span.spanId,
    ...(span.parentSpanId !== undefined && { parentId: span.parentSpanId }),
    name: span.name,
    ...(kinds[span.kind ?? 0] !== undefined && { kind: kinds[span.kind ?? 0] }),
    timestamp: Number(start / 1000n),
    // A span that lasted no microsecond lasted one: 0 stands for not known.
    ...(end >= start && end > 0n && { duration: Math.max(1, Number((end - start) / 1000n)) }),
    ...(serviceName !== '' && { localEndpoint: { serviceName } }),
    ...(remote !== '' && { remoteEndpoint: { serviceName: remote } }),
    ...((span.events ?? []).length > 0 && { annotations: (span.events ?? []).map(annotationOf) }),
    tags: Object.fromEntries(tagsOf(span, resource, scope)),
  };
}

function tagsOf(span: Span, resource: Resource | undefined, scope: Scope | undefined): Map<string, string> {
  const tags = new Map<string, string>();
  for (const { key, value } of resource?.attributes ?? [])
    if (key !== 'service.name') tags.set(key, displayValue(value));
  for (const { key, value } of span.attributes ?? []) tags.set(key, displayValue(value));
  if (scope?.name) tags.set('otel.scope.name', scope.name);
  if (scope?.version) tags.set('otel.scope.version', scope.version);
  (span.links ?? []).forEach((link, index) => {
    tags.set(`otlp.link.${index}`, linkText(link));
  });
  if (span.status?.code === 1) tags.set('otel.status_code', 'OK');
  if (span.status?.code === 2) {
    tags.set('otel.status_code', 'ERROR');
    tags.set('error', span.status.message ?? '');
  }
  return tags;
}

function annotationOf({ timeUnixNano, name, attributes = [] }: SpanEvent): object {
  const value = attributes.length === 0 ? name : `${JSON.stringify(name)}: ${jsonOf(attributes)}`;
  return { timestamp: Number(BigInt(timeUnixNano) / 1000n), value };
}

/** As the collector's exporter writes it; the specification has no place for links. */
function linkText({ traceId, spanId, traceState = '', attributes = [] }: SpanLink): string {
  return `${traceId}|${spanId}|${traceState}|${jsonOf(attributes)}|0`;
}

function jsonOf(attributes: readonly KeyValue[]): string {
  return JSON.stringify(
    Object.fromEntries(
      attributes.map(({ key, value }) => {
        if ('boolValue' in value) return [key, value.boolValue];
        if ('intValue' in value && Number.isSafeInteger(Number(value.intValue)))
          return [key, Number(value.intValue)];
        return [key, 'doubleValue' in value ? value.doubleValue : displayValue(value)];
      }),
    ),
  );
}

function remoteName({ attributes }: Span): string {
  for (const name of remoteNames) {
    const found = textOf(attributes, name);
    if (found !== '') return found;
  }
  return '';
}

function textOf(attributes: readonly KeyValue[] | undefined, key: string): string {
  const found = attributes?.find(each => each.key === key);
  return found === undefined ? '' : displayValue(found.value);
}
