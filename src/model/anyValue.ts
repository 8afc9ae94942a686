/**
 * Attribute values in the form of OTLP/JSON, which keeps apart what JavaScript would mix up (`1` and `1.0`, bytes and
 * text) and crosses every process boundary as it is. Source: opentelemetry-proto, `common/v1/common.proto` and the
 * "JSON Protobuf Encoding" section of the OTLP specification.
 */
export type AnyValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  /** int64 as a decimal string. */
  | { readonly intValue: string }
  /** `NaN` and the infinities as the strings of proto3 JSON. */
  | { readonly doubleValue: number | 'NaN' | 'Infinity' | '-Infinity' }
  | { readonly arrayValue: { readonly values: readonly AnyValue[] } }
  | { readonly kvlistValue: { readonly values: readonly KeyValue[] } }
  /** base64. */
  | { readonly bytesValue: string }
  /** The empty value: a key without a value is legal. */
  | { readonly [none: string]: never };

export interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

/** A value in native JSON: int64 and bytes as strings, maps as objects. The form of the command line's answers. */
export type PlainValue = string | number | boolean | null | PlainValue[] | { [key: string]: PlainValue };

/** The native JSON form of a value: `{"intValue":"7"}` → `"7"`, an empty value → `null`. Walks iteratively deep input only as deep as decode allows (64). */
export function plainValue(value: AnyValue): PlainValue {
  if ('stringValue' in value) return value.stringValue;
  if ('boolValue' in value) return value.boolValue;
  if ('intValue' in value) return value.intValue;
  if ('doubleValue' in value) return value.doubleValue;
  if ('bytesValue' in value) return value.bytesValue;
  if ('arrayValue' in value) return value.arrayValue.values.map(plainValue);
  if ('kvlistValue' in value) return plainAttributes(value.kvlistValue.values);
  return null;
}

/** `[{key, value}]` → `{key: native JSON}`; of repeated keys the last wins. */
export function plainAttributes(attributes: readonly KeyValue[]): { [key: string]: PlainValue } {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plainValue(value)]));
}

/**
 * One line of text for lists, search, the clipboard and formats that have text only: strings bare, everything structured as
 * JSON, in which an int64 is a number (OpenTelemetry specification, "Mapping to non-OTLP": `[1,2]`).
 */
export function displayValue(value: AnyValue): string {
  const plain = 'arrayValue' in value || 'kvlistValue' in value ? undefined : plainValue(value);
  return typeof plain === 'string' ? plain : jsonText(value);
}

function jsonText(value: AnyValue): string {
  if ('intValue' in value) return value.intValue;
  if ('arrayValue' in value) return `[${value.arrayValue.values.map(jsonText).join(',')}]`;
  if (!('kvlistValue' in value)) return JSON.stringify(plainValue(value));
  const members = new Map(value.kvlistValue.values.map(member => [member.key, member.value]));
  return `{${[...members].map(([key, each]) => `${JSON.stringify(key)}:${jsonText(each)}`).join(',')}}`;
}
