import { hexId, type LooseObject, nanosOfMicros, objectOf, objectsOf, textOf } from '../looseJson.ts';
import { kindOf, noEndpoint, type ZipkinEndpoint, type ZipkinSpan } from './zipkinSpan.ts';

/** A span of `POST /api/v2/spans` in JSON. */
export function readV2Span(span: LooseObject): ZipkinSpan {
  return {
    traceId: hexId(span['traceId'], 32),
    id: hexId(span['id'], 16),
    parentId: hexId(span['parentId'], 16),
    name: textOf(span['name']),
    kind: kindOf(textOf(span['kind'])),
    start: nanosOfMicros(span['timestamp']),
    duration: nanosOfMicros(span['duration']),
    local: readEndpoint(span['localEndpoint']),
    remote: readEndpoint(span['remoteEndpoint']),
    annotations: objectsOf(span['annotations']).map(each => ({
      time: nanosOfMicros(each['timestamp']) ?? 0n,
      value: textOf(each['value']),
    })),
    tags: Object.entries(objectOf(span['tags']) ?? {}).map(([key, value]) => [key, textOf(value)]),
    shared: span['shared'] === true,
  };
}

export function readEndpoint(value: unknown): ZipkinEndpoint {
  const endpoint = objectOf(value);
  if (endpoint === undefined) return noEndpoint;
  return {
    serviceName: textOf(endpoint['serviceName']),
    ip: textOf(endpoint['ipv4']) || textOf(endpoint['ipv6']),
    port: Number(endpoint['port']) || 0,
  };
}
