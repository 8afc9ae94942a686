import type { AnyValue, KeyValue } from '../../model/anyValue.ts';
import type { SpanEvent, SpanLink } from '../../model/span.ts';

/**
 * Links and events as tracers write them, in MessagePack or as JSON in an attribute, in the shapes of OTLP/JSON. What is
 * not of the expected form is left out: it costs nothing but itself.
 */
type Loose = { readonly [field: string]: unknown };

const deepest = 64;

/** `[{trace_id, trace_id_high, span_id, attributes, tracestate, flags}]`; ids as numbers, in JSON as hex. */
export function linksOf(list: unknown): SpanLink[] {
  return objectsOf(list).flatMap(link => {
    const traceId = traceIdOf(link);
    const spanId = idOf(link['span_id'], 16);
    if (traceId === undefined || spanId === undefined) return [];
    const { tracestate, flags } = link;
    return [
      {
        traceId,
        spanId,
        attributes: attributesOf(link['attributes']),
        ...(typeof tracestate === 'string' && { traceState: tracestate }),
        ...(isUint32(flags) && { flags: Number(flags) }),
      },
    ];
  });
}

/** `[{name, time_unix_nano, attributes}]`. */
export function eventsOf(list: unknown): SpanEvent[] {
  return objectsOf(list).map(({ name, time_unix_nano: time, attributes }) => ({
    timeUnixNano: timeOf(time),
    name: typeof name === 'string' ? name : '',
    attributes: attributesOf(attributes),
  }));
}

function traceIdOf(link: Loose): string | undefined {
  const low = link['trace_id'];
  const high = link['trace_id_high'];
  if (typeof low === 'string' && low.length > 16) return idOf(low, 32);
  const lowDigits = idOf(low, 16);
  const highDigits = high === undefined || high === null ? '0'.repeat(16) : idOf(high, 16);
  return lowDigits === undefined || highDigits === undefined ? undefined : highDigits + lowDigits;
}

function idOf(id: unknown, digits: number): string | undefined {
  if (typeof id === 'bigint' || (typeof id === 'number' && Number.isInteger(id)))
    return BigInt.asUintN(64, BigInt(id)).toString(16).padStart(digits, '0');
  if (typeof id !== 'string' || id.length > digits || !/^[0-9a-fA-F]+$/.test(id)) return undefined;
  return id.toLowerCase().padStart(digits, '0');
}

/** As a JSON number it has lost what is below 256 ns. */
function timeOf(time: unknown): string {
  const isTime = (typeof time === 'number' && Number.isFinite(time)) || typeof time === 'bigint';
  if (!isTime || time < 0 || time >= 2 ** 64) return '0';
  return `${BigInt(typeof time === 'number' ? Math.trunc(time) : time)}`;
}

function isUint32(value: unknown): value is number | bigint {
  if (typeof value === 'number') return Number.isInteger(value) && value >= 0 && value < 2 ** 32;
  return typeof value === 'bigint' && value >= 0n && value < 2n ** 32n;
}

function attributesOf(attributes: unknown): KeyValue[] {
  if (!isObject(attributes)) return [];
  return Object.entries(attributes).map(([key, value]) => ({ key, value: typedValue(value, 0) }));
}

/** Native span events say the type of each value: `{type: 2, int_value: 7}`. */
function typedValue(value: unknown, depth: number): AnyValue {
  if (!isObject(value) || depth > deepest) return anyValue(value, depth);
  const number = value['type'];
  if (typeof number !== 'number') return anyValue(value, depth);
  if (number === 0) return { stringValue: String(value['string_value'] ?? '') };
  if (number === 1) return { boolValue: value['bool_value'] === true };
  if (number === 2) return integerValue(value['int_value']);
  if (number === 3) return { doubleValue: Number(value['double_value'] ?? 0) };
  if (number !== 4) return anyValue(value, depth);
  const array = value['array_value'];
  const values = isObject(array) && Array.isArray(array['values']) ? array['values'] : [];
  return { arrayValue: { values: values.map(each => typedValue(each, depth + 1)) } };
}

function integerValue(value: unknown): AnyValue {
  if (typeof value === 'bigint') return { intValue: `${BigInt.asIntN(64, value)}` };
  if (typeof value !== 'number') return { intValue: '0' };
  return Number.isInteger(value) && Math.abs(value) < 2 ** 63
    ? { intValue: `${BigInt(value)}` }
    : { doubleValue: value };
}

function anyValue(value: unknown, depth: number): AnyValue {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'bigint') return integerValue(value);
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? integerValue(value) : { doubleValue: value };
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString('base64') };
  if (depth > deepest) return {};
  if (Array.isArray(value)) return { arrayValue: { values: value.map(each => anyValue(each, depth + 1)) } };
  if (!isObject(value)) return {};
  return {
    kvlistValue: {
      values: Object.entries(value).map(([key, each]) => ({ key, value: anyValue(each, depth + 1) })),
    },
  };
}

function objectsOf(list: unknown): Loose[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function isObject(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
