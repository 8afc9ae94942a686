import type { AnyValue, KeyValue, PlainValue } from '../../model/anyValue.ts';
import { readMessage } from './readMessage.ts';
import type { MetricType } from './scanMetrics.ts';
import { dataPointSchemas } from './schema.ts';

export interface DataPoint {
  readonly attributes: KeyValue[];
  /** The value of a gauge or a sum; the point of another type in OTLP/JSON, without attributes, times and exemplars. */
  readonly value: AnyValue | { [field: string]: PlainValue };
}

/** Reads a data point message. What is malformed in it is left out. */
export function readDataPoint(type: MetricType, bytes: Uint8Array): DataPoint {
  const point = readMessage(dataPointSchemas[type], bytes, () => {});
  const {
    attributes = [],
    timeUnixNano: _time,
    startTimeUnixNano: _start,
    exemplars: _exemplars,
    ...rest
  } = point;
  return { attributes: attributes as KeyValue[], value: pointValue(type, rest) };
}

function pointValue(type: MetricType, rest: { [field: string]: unknown }): DataPoint['value'] {
  if (type !== 'gauge' && type !== 'sum') return rest as { [field: string]: PlainValue };
  if (rest['asInt'] !== undefined) return { intValue: rest['asInt'] as string };
  if (rest['asDouble'] !== undefined) return { doubleValue: rest['asDouble'] as number };
  return {};
}
