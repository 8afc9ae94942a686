import type { AnyValue, KeyValue } from '../../../../src/model/anyValue.ts';
import type {
  ResourceSpans,
  Span,
  SpanEvent,
  SpanKind,
  SpanLink,
  Status,
  TracesData,
} from '../../../../src/model/span.ts';
import type {
  JaegerBatch,
  JaegerLog,
  JaegerProcess,
  JaegerReference,
  JaegerSpan,
  JaegerTag,
} from './jaegerSpan.ts';

/** What Jaeger's spans are in OTLP, made as simply as can be. */
export function jaegerToTraces(batches: readonly JaegerBatch[]): TracesData {
  return { resourceSpans: batches.filter(({ spans }) => spans.length > 0).map(resourceSpans) };
}

function resourceSpans({ process, spans }: JaegerBatch): ResourceSpans {
  const scopes = new Map<string, { name: string; version: string; spans: Span[] }>();
  for (const span of spans) {
    const [name, version] = scopeOf(span);
    const key = `${name}\n${version}`;
    const scope = scopes.get(key) ?? { name, version, spans: [] };
    scope.spans.push(otlpSpan(span));
    scopes.set(key, scope);
  }
  return {
    resource: { attributes: resourceAttributes(process) },
    scopeSpans: [...scopes.values()].map(({ name, version, spans: own }) => ({
      scope: { ...(name !== '' && { name }), ...(version !== '' && { version }) },
      spans: own,
    })),
  };
}

/** Names of Jaeger's clients → those of the conventions. */
const resourceNames: ReadonlyMap<string, string> = new Map([
  ['hostname', 'host.name'],
  ['jaeger.version', 'telemetry.exporter.version'],
]);

function resourceAttributes({ serviceName, tags }: JaegerProcess): KeyValue[] {
  const named = tags
    .filter(({ key }) => key !== 'service.name')
    .map(tag => {
      const name = resourceNames.get(tag.key);
      return name === undefined ? attributeOf(tag) : { key: name, value: { stringValue: textOf(tag) } };
    });
  return serviceName === ''
    ? named
    : [{ key: 'service.name', value: { stringValue: serviceName } }, ...named];
}

/** They say what has its own place in OTLP. */
const scopeNames = ['otel.scope.name', 'otel.library.name'];
const scopeVersions = ['otel.scope.version', 'otel.library.version'];
const placed: ReadonlySet<string> = new Set([
  ...scopeNames,
  ...scopeVersions,
  'span.kind',
  'w3c.tracestate',
  'otel.status_code',
  'otel.status_description',
]);

function scopeOf({ tags }: JaegerSpan): [name: string, version: string] {
  return [textTag(tags, ...scopeNames), textTag(tags, ...scopeVersions)];
}

const kinds: ReadonlyMap<string, SpanKind> = new Map([
  ['internal', 1],
  ['server', 2],
  ['client', 3],
  ['producer', 4],
  ['consumer', 5],
]);

function otlpSpan(span: JaegerSpan): Span {
  const { tags, references, warnings } = span;
  const kind = kinds.get(textTag(tags, 'span.kind').toLowerCase()) ?? 1;
  const parent = parentOf(span);
  const links = references
    .filter(({ spanId, traceId }) => spanId !== parent || traceId !== span.traceId)
    .map(linkOf);
  const status = statusOf(tags, kind);
  const traceState = textTag(tags, 'w3c.tracestate');
  const attributes = tags
    .filter(({ key, value }) => !placed.has(key) && !(key === 'error' && isTrue(value)))
    .map(attributeOf);
  for (const text of warnings) attributes.push({ key: 'jaeger.warning', value: { stringValue: text } });
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(parent !== undefined && { parentSpanId: parent }),
    ...(traceState !== '' && { traceState }),
    flags: span.flags & 1,
    name: span.operationName,
    kind,
    startTimeUnixNano: String(span.start),
    endTimeUnixNano: String(span.start + span.duration),
    ...(attributes.length > 0 && { attributes }),
    ...(span.logs.length > 0 && { events: span.logs.map(eventOf) }),
    ...(links.length > 0 && { links }),
    ...(status !== undefined && { status }),
  };
}

/** What the span names; else the first span of its trace that it is a child of, or follows from. */
function parentOf({ parentSpanId, traceId, references }: JaegerSpan): string | undefined {
  if (!isZero(parentSpanId)) return parentSpanId;
  const own = references.filter(each => each.traceId === traceId && !isZero(each.spanId));
  return (own.find(({ kind }) => kind === 'child_of') ?? own[0])?.spanId;
}

function isZero(id: string): boolean {
  return /^0*$/.test(id);
}

function linkOf({ traceId, spanId, kind }: JaegerReference): SpanLink {
  return { traceId, spanId, attributes: [{ key: 'opentracing.ref_type', value: { stringValue: kind } }] };
}

function eventOf({ time, fields }: JaegerLog): SpanEvent {
  const named = fields.find(({ key }) => key === 'event');
  const attributes = fields.filter(each => each !== named).map(attributeOf);
  return {
    timeUnixNano: String(time),
    name: named === undefined ? '' : textOf(named),
    ...(attributes.length > 0 && { attributes }),
  };
}

/** The first of these that says something: `error`, `otel.status_code`, the status of an HTTP answer. */
function statusOf(tags: readonly JaegerTag[], kind: SpanKind): Status | undefined {
  const message = textTag(tags, 'otel.status_description');
  const error = tags.find(({ key }) => key === 'error');
  if (error !== undefined && isTrue(error.value)) {
    const text = message || textTag(tags, 'http.status_message');
    return { code: 2, ...(text !== '' && { message: text }) };
  }
  switch (textTag(tags, 'otel.status_code').toUpperCase()) {
    case 'ERROR':
      return { code: 2, ...(message !== '' && { message }) };
    case 'OK':
      return { code: 1 };
  }
  const http = Number(textTag(tags, 'http.status_code', 'http.response.status_code'));
  return http >= 500 || (http >= 400 && kind === 3) ? { code: 2 } : undefined;
}

function isTrue(value: JaegerTag['value']): boolean {
  return value === true || (typeof value === 'string' && value.toLowerCase() === 'true');
}

function textTag(tags: readonly JaegerTag[], ...keys: readonly string[]): string {
  for (const key of keys) {
    const tag = tags.find(each => each.key === key);
    if (tag !== undefined) return textOf(tag);
  }
  return '';
}

function textOf({ value }: JaegerTag): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : String(value);
}

function attributeOf({ key, value }: JaegerTag): KeyValue {
  return { key, value: anyValueOf(value) };
}

function anyValueOf(value: JaegerTag['value']): AnyValue {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'boolean':
      return { boolValue: value };
    case 'bigint':
      return { intValue: String(value) };
    case 'number':
      return { doubleValue: Number.isFinite(value) ? value : (String(value) as 'NaN') };
    default:
      return { bytesValue: Buffer.from(value).toString('base64') };
  }
}
