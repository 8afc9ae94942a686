import { checkSpans } from '../checkSpans.ts';
import { type LooseObject, objectOf } from '../looseJson.ts';
import { parseJson } from '../otlp/requests.ts';
import { DecodeError } from '../protobuf/decodeError.ts';
import { convertV1 } from './v1.ts';
import { isV1Span, readV1Span } from './v1Json.ts';
import { readV1Thrift } from './v1Thrift.ts';
import { readV2Span } from './v2Json.ts';
import { readV2Protobuf } from './v2Protobuf.ts';
import type { ZipkinSpan } from './zipkinSpan.ts';

export type ZipkinEncoding = 'json' | 'protobuf' | 'thrift';

/** A body as senders of Zipkin write it. Which of the two models JSON is in, it shows itself. Throws a `DecodeError`. */
export function decodeZipkin(body: Uint8Array, encoding: ZipkinEncoding): ZipkinSpan[] {
  switch (encoding) {
    case 'protobuf':
      return readV2Protobuf(body);
    case 'thrift':
      return readV1Thrift(body).flatMap(convertV1);
    case 'json':
      return zipkinJson(checked(parseJson(body)));
  }
}

function checked(document: unknown): unknown {
  if (Array.isArray(document)) checkSpans(document.flat().length);
  return document;
}

/** Spans in parsed JSON: a list of them, or a list of such lists (an answer of Zipkin's API). Throws a `DecodeError`. */
export function zipkinJson(document: unknown): ZipkinSpan[] {
  if (!Array.isArray(document)) throw new DecodeError('not a list of Zipkin spans', -1);
  return document.flatMap((each: unknown) => {
    if (Array.isArray(each)) return zipkinJson(each.filter(inner => !Array.isArray(inner)));
    const span = objectOf(each);
    if (span === undefined) throw new DecodeError('something in the list is no Zipkin span', -1);
    return readSpan(span);
  });
}

/** Whether parsed JSON is such a list, and not an empty one. */
export function isZipkinJson(document: unknown): boolean {
  if (!Array.isArray(document)) return false;
  const [first] = document.flatMap((each: unknown): unknown[] => (Array.isArray(each) ? each : [each]));
  const span = objectOf(first);
  return span !== undefined && Object.hasOwn(span, 'traceId') && Object.hasOwn(span, 'id');
}

function readSpan(span: LooseObject): ZipkinSpan[] {
  return isV1Span(span) ? convertV1(readV1Span(span)) : [readV2Span(span)];
}
