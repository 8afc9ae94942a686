import type { AnyValue, KeyValue, PlainValue } from '../model/anyValue.ts';

export type MetricType = 'gauge' | 'sum' | 'histogram' | 'exponentialHistogram' | 'summary';

export interface LatestPoint {
  readonly serviceName: string;
  readonly name: string;
  readonly unit: string;
  readonly type: MetricType;
  readonly attributes: KeyValue[];
  readonly latestUnixNano: string;
  /** The value of a number point; a histogram's or summary's point in OTLP/JSON. */
  readonly latest: AnyValue | { [field: string]: PlainValue };
}

export declare class MetricStore {
  readonly pointsReceived: number;
  readonly heldBytes: number;
  /** The newest point of each series (resource, scope, name and attributes), those that came last first. */
  latest(): LatestPoint[];
}
