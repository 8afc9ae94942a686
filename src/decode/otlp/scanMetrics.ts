import { checkItems, endOfValue, skipField, startOfValue } from '../protobuf/wire.ts';
import { forEachGroup, type Range } from './requestLevels.ts';

export const metricTypes = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const;
export type MetricType = (typeof metricTypes)[number];

/** A data point; offsets are into the request's body. */
export interface ScannedPoint {
  readonly resource: Range;
  readonly scope: Range;
  /** The `Metric` message with this point's siblings. */
  readonly name: string;
  readonly unit: string;
  readonly type: MetricType;
  /** The data point message. */
  readonly from: number;
  readonly to: number;
  /** Its attributes as they are on the wire, one after the other: what tells series apart. */
  readonly attributesKey: string;
  readonly timeLow: number;
  readonly timeHigh: number;
}

/** Tags of the kinds of data in `Metric` (`metrics/v1/metrics.proto`). */
const typeByTag = new Map<number, MetricType>([
  [0x2a, 'gauge'],
  [0x3a, 'sum'],
  [0x4a, 'histogram'],
  [0x52, 'exponentialHistogram'],
  [0x5a, 'summary'],
]);

/** Tag of `attributes` in the points of each type. */
const attributesTag: { readonly [type in MetricType]: number } = {
  gauge: 0x3a,
  sum: 0x3a,
  histogram: 0x4a,
  exponentialHistogram: 0x0a,
  summary: 0x3a,
};

const timeTag = 0x19;

/** The points of an `ExportMetricsServiceRequest`. Throws a `DecodeError`. */
export function scanMetrics(body: Uint8Array): ScannedPoint[] {
  const points: ScannedPoint[] = [];
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  forEachGroup(body, (resource, scope, start, end) => {
    let name = '';
    let unit = '';
    let type: MetricType | undefined;
    const data: number[] = [];
    for (let at = start; at < end; ) {
      const tag = body[at];
      const known = typeByTag.get(tag);
      if (known === undefined && tag !== 0x0a && tag !== 0x1a) {
        at = skipField(body, at, end);
        continue;
      }
      const to = endOfValue(body, at + 1, end);
      const from = startOfValue(body, at + 1);
      if (tag === 0x0a) name = text.toString('utf8', from, to);
      else if (tag === 0x1a) unit = text.toString('utf8', from, to);
      else data.push(from, to);
      type = known ?? type;
      at = to;
    }
    if (type === undefined) return;
    for (let i = 0; i < data.length; i += 2)
      for (let at = data[i]; at < data[i + 1]; ) {
        const after = skipField(body, at, data[i + 1]);
        if (body[at] === 0x0a) {
          checkItems(points.length + 1, at);
          const from = startOfValue(body, at + 1);
          points.push({
            resource,
            scope,
            name,
            unit,
            type,
            from,
            to: after,
            ...scanPoint(text, type, from, after),
          });
        }
        at = after;
      }
  });
  return points;
}

function scanPoint(
  text: Buffer,
  type: MetricType,
  start: number,
  end: number,
): Pick<ScannedPoint, 'attributesKey' | 'timeLow' | 'timeHigh'> {
  let attributesKey = '';
  let timeLow = 0;
  let timeHigh = 0;
  for (let at = start; at < end; ) {
    const after = skipField(text, at, end);
    if (text[at] === attributesTag[type]) attributesKey += text.toString('latin1', at, after);
    else if (text[at] === timeTag) {
      timeLow = text.readUInt32LE(at + 1);
      timeHigh = text.readUInt32LE(at + 5);
    }
    at = after;
  }
  return { attributesKey, timeLow, timeHigh };
}
