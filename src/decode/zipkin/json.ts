import { objectOf } from '../looseJson.ts';
import type { NormalizedRequest } from '../otlp/requests.ts';
import { ZipkinDecoder } from './zipkinDecoder.ts';

/** Spans in parsed JSON, in either model: a list of them, or a list of such lists. Throws a `DecodeError`. */
export function zipkinJson(document: unknown): NormalizedRequest {
  return new ZipkinDecoder().decode('json', Buffer.from(JSON.stringify(document)));
}

/** Whether parsed JSON is such a list, and not an empty one. */
export function isZipkinJson(document: unknown): boolean {
  if (!Array.isArray(document)) return false;
  const [first] = document.flatMap((each: unknown): unknown[] => (Array.isArray(each) ? each : [each]));
  const span = objectOf(first);
  return span !== undefined && Object.hasOwn(span, 'traceId') && Object.hasOwn(span, 'id');
}
