import type { KeyValue } from '../../../../src/model/anyValue.ts';
import type {
  ResourceSpans,
  Span,
  SpanEvent,
  SpanLink,
  Status,
  TracesData,
} from '../../../../src/model/span.ts';
import type { ZipkinAnnotation, ZipkinEndpoint, ZipkinSpan } from './zipkinSpan.ts';

/** What Zipkin's spans are in OTLP, made as simply as can be. */
export function zipkinToTraces(spans: readonly ZipkinSpan[]): TracesData {
  const resources = new Map<string, ResourceGroup>();
  for (const span of spans) {
    const { resource, scope, rest } = partTags(span);
    const attributes = [...endpointAttributes(span.local), ...resource.map(textAttribute)];
    const key = JSON.stringify(attributes);
    const group = resources.get(key) ?? { attributes, scopes: new Map<string, ScopeGroup>() };
    resources.set(key, group);
    const scopeKey = JSON.stringify(scope);
    const inScope = group.scopes.get(scopeKey) ?? { ...scope, spans: [] };
    group.scopes.set(scopeKey, inScope);
    inScope.spans.push(otlpSpan(span, rest));
  }
  return { resourceSpans: [...resources.values()].map(resourceSpans) };
}

interface ResourceGroup {
  readonly attributes: readonly KeyValue[];
  readonly scopes: Map<string, ScopeGroup>;
}

interface ScopeGroup {
  readonly name: string;
  readonly version: string;
  readonly spans: Span[];
}

type Tag = readonly [key: string, value: string];

function resourceSpans({ attributes, scopes }: ResourceGroup): ResourceSpans {
  return {
    resource: { attributes },
    scopeSpans: [...scopes.values()].map(({ name, version, spans }) => ({
      scope: { ...(name !== '' && { name }), ...(version !== '' && { version }) },
      spans,
    })),
  };
}

/** Exporters of OpenTelemetry put the attributes of the resource among the tags of each span. */
const ofResource =
  /^(?:service\.(?:name|version|namespace|instance\.id)|telemetry\.(?:sdk|distro)\.|process\.|host\.|os\.|k8s\.|container\.|cloud\.|deployment\.|device\.|webengine\.)/;
const scopeNames: ReadonlySet<string> = new Set(['otel.scope.name', 'otel.library.name']);
const scopeVersions: ReadonlySet<string> = new Set(['otel.scope.version', 'otel.library.version']);

function partTags({ tags, local }: ZipkinSpan): {
  resource: Tag[];
  scope: { name: string; version: string };
  rest: Tag[];
} {
  const resource: Tag[] = [];
  const rest: Tag[] = [];
  const scope = { name: '', version: '' };
  for (const tag of tags) {
    const [key, value] = tag;
    if (scopeNames.has(key)) scope.name = value;
    else if (scopeVersions.has(key)) scope.version = value;
    else if (!ofResource.test(key)) rest.push(tag);
    else if (key !== 'service.name' || local.serviceName === '') resource.push(tag);
  }
  return { resource, scope, rest };
}

function endpointAttributes({ serviceName, ip, port }: ZipkinEndpoint): KeyValue[] {
  return [
    ...(serviceName === '' ? [] : [textAttribute(['service.name', serviceName])]),
    ...(ip === '' ? [] : [textAttribute(['net.host.ip', ip])]),
    ...(port === 0 ? [] : [{ key: 'net.host.port', value: { intValue: String(port) } }]),
  ];
}

const linkTag = /^otlp\.link\.\d+$/;
const statusTags: ReadonlySet<string> = new Set(['otel.status_code', 'otel.status_description', 'error']);

function otlpSpan(span: ZipkinSpan, tags: readonly Tag[]): Span {
  const { id, parentId, start = 0n, duration, remote } = span;
  const links = tags.filter(([key]) => linkTag.test(key)).flatMap(([, value]) => linkOf(value) ?? []);
  const attributes = [
    ...tags.filter(([key]) => !linkTag.test(key) && !statusTags.has(key)).map(textAttribute),
    ...remoteAttributes(remote, tags),
  ];
  const status = statusOf(new Map(tags));
  return {
    traceId: span.traceId,
    spanId: id,
    // A span that names itself is a root.
    ...(parentId !== '' && parentId !== id && { parentSpanId: parentId }),
    name: span.name,
    kind: span.kind,
    startTimeUnixNano: String(start),
    endTimeUnixNano: duration === undefined ? '0' : String(start + duration),
    ...(attributes.length > 0 && { attributes }),
    ...(span.annotations.length > 0 && { events: span.annotations.map(eventOf) }),
    ...(links.length > 0 && { links }),
    ...(status !== undefined && { status }),
  };
}

function remoteAttributes({ serviceName, ip, port }: ZipkinEndpoint, tags: readonly Tag[]): KeyValue[] {
  const has = (key: string) => tags.some(tag => tag[0] === key);
  return [
    ...(serviceName === '' || has('peer.service') ? [] : [textAttribute(['peer.service', serviceName])]),
    ...(ip === '' || has('net.peer.ip') ? [] : [textAttribute(['net.peer.ip', ip])]),
    ...(port === 0 || has('net.peer.port')
      ? []
      : [{ key: 'net.peer.port', value: { intValue: String(port) } }]),
  ];
}

/** Zipkin's pages take any `error` for a failure; its value tells what it was. */
function statusOf(tags: ReadonlyMap<string, string>): Status | undefined {
  const error = tags.get('error');
  const told = tags.get('otel.status_description') ?? (error === 'true' ? '' : (error ?? ''));
  switch (tags.get('otel.status_code')?.toUpperCase().replace('STATUS_CODE_', '')) {
    case 'OK':
      return { code: 1 };
    case 'ERROR':
      return { code: 2, ...(told !== '' && { message: told }) };
  }
  if (error === undefined || error === 'false') return undefined;
  return { code: 2, ...(told !== '' && { message: told }) };
}

/** The OpenTelemetry exporters write `"name": {attributes}` for an event, the collector `name|{attributes}|dropped`. */
function eventOf({ time, value }: ZipkinAnnotation): SpanEvent {
  const quoted = /^"((?:[^"\\]|\\.)*)":\s*(\{.*\})$/s.exec(value);
  const piped = /^([^|]*)\|(\{.*\})\|\d+$/s.exec(value);
  const [, name, json] = quoted ?? piped ?? [];
  const attributes = json === undefined ? undefined : attributesOf(json);
  if (name === undefined || attributes === undefined) return { timeUnixNano: String(time), name: value };
  return { timeUnixNano: String(time), name, ...(attributes.length > 0 && { attributes }) };
}

/** The collector's `trace|span|state|{attributes}|dropped`. */
function linkOf(text: string): SpanLink | undefined {
  const parts = text.split('|');
  const [traceId, spanId, traceState] = parts;
  if (parts.length < 5 || !/^[0-9a-f]{32}$/.test(traceId) || !/^[0-9a-f]{16}$/.test(spanId)) return undefined;
  const attributes = attributesOf(parts.slice(3, -1).join('|'));
  return {
    traceId,
    spanId,
    ...(traceState !== '' && { traceState }),
    ...(attributes !== undefined && attributes.length > 0 && { attributes }),
  };
}

function attributesOf(json: string): KeyValue[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    // It only looked like one: the text stays as it is.
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  return Object.entries(parsed).map(([key, value]) => {
    if (typeof value === 'boolean') return { key, value: { boolValue: value } };
    if (typeof value === 'number')
      return Number.isSafeInteger(value)
        ? { key, value: { intValue: String(value) } }
        : { key, value: { doubleValue: value } };
    return textAttribute([key, typeof value === 'string' ? value : JSON.stringify(value)]);
  });
}

function textAttribute([key, stringValue]: Tag): KeyValue {
  return { key, value: { stringValue } };
}
