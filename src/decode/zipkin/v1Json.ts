import { hexId, type LooseObject, nanosOfMicros, objectsOf, textOf } from '../looseJson.ts';
import type { V1Span } from './v1.ts';
import { readEndpoint } from './v2Json.ts';

/** Whether a span in JSON is one of the first model, wherever it was sent to. */
export function isV1Span(span: LooseObject): boolean {
  return (
    Array.isArray(span['binaryAnnotations']) ||
    objectsOf(span['annotations']).some(annotation => Object.hasOwn(annotation, 'endpoint'))
  );
}

/** A span of `POST /api/v1/spans` in JSON. */
export function readV1Span(span: LooseObject): V1Span {
  return {
    traceId: hexId(span['traceId'], 32),
    id: hexId(span['id'], 16),
    parentId: hexId(span['parentId'], 16),
    name: textOf(span['name']),
    start: nanosOfMicros(span['timestamp']),
    duration: nanosOfMicros(span['duration']),
    annotations: objectsOf(span['annotations']).map(each => ({
      time: nanosOfMicros(each['timestamp']) ?? 0n,
      value: textOf(each['value']),
      endpoint: readEndpoint(each['endpoint']),
    })),
    binaryAnnotations: objectsOf(span['binaryAnnotations']).map(each => ({
      key: textOf(each['key']),
      value: textOf(each['value']),
      endpoint: readEndpoint(each['endpoint']),
      isTrue: each['value'] === true || each['value'] === 'true',
    })),
  };
}
