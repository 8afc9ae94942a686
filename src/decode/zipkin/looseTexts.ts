import type { KeyValue } from '../../model/anyValue.ts';
import type { SpanEvent, SpanLink } from '../../model/span.ts';

/** Texts in which exporters of OpenTelemetry write what Zipkin has no place for. Undefined for all others. */

/** The OpenTelemetry exporters write `"name": {attributes}` for an event, the collector `name|{attributes}|dropped`. */
export function eventIn(text: string): Omit<SpanEvent, 'timeUnixNano'> | undefined {
  const quoted = /^"((?:[^"\\]|\\.)*)":\s*(\{.*\})$/s.exec(text);
  const piped = /^([^|]*)\|(\{.*\})\|\d+$/s.exec(text);
  const [, name, json] = quoted ?? piped ?? [];
  const attributes = json === undefined ? undefined : attributesOf(json);
  return name === undefined || attributes === undefined ? undefined : { name, attributes };
}

/** The collector's `trace|span|state|{attributes}|dropped`. */
export function linkIn(text: string): SpanLink | undefined {
  const parts = text.split('|');
  const [traceId, spanId, traceState] = parts;
  if (parts.length < 5 || !/^[0-9a-f]{32}$/.test(traceId) || !/^[0-9a-f]{16}$/.test(spanId)) return undefined;
  const attributes = attributesOf(parts.slice(3, -1).join('|')) ?? [];
  return { traceId, spanId, ...(traceState !== '' && { traceState }), attributes };
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
    return { key, value: { stringValue: typeof value === 'string' ? value : JSON.stringify(value) } };
  });
}
