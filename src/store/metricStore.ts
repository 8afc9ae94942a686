import { readDataPoint } from '../decode/otlp/readDataPoint.ts';
import { type MetricType, type ScannedPoint, scanMetrics } from '../decode/otlp/scanMetrics.ts';
import type { AnyValue, KeyValue, PlainValue } from '../model/anyValue.ts';
import { nanosOfWords } from '../model/time.ts';
import type { ResourceTable } from './resourceTable.ts';
import type { ScopeTable } from './scopeTable.ts';

export interface LatestPoint {
  readonly serviceName: string;
  readonly scopeName: string;
  readonly name: string;
  readonly unit: string;
  readonly type: MetricType;
  readonly attributes: KeyValue[];
  readonly latestUnixNano: string;
  /** The value of a number point; a histogram's or summary's point in OTLP/JSON. */
  readonly latest: AnyValue | { [field: string]: PlainValue };
}

interface Series {
  readonly resource: number;
  readonly scope: number;
  readonly name: string;
  readonly unit: string;
  readonly type: MetricType;
  readonly timeLow: number;
  readonly timeHigh: number;
  /** The data point message. */
  readonly bytes: Uint8Array;
  readonly heldBytes: number;
}

/** What a series costs on the heap beside its key and its point; an estimate for the limit. */
const seriesBytes = 400;

/** The newest point of each metric series, within a limit of bytes; series that were silent longest go first. */
export class MetricStore {
  /** Points that arrived. */
  pointsReceived = 0;
  heldBytes = 0;
  readonly #resources: ResourceTable;
  readonly #scopes: ScopeTable;
  readonly #limitBytes: number;
  /** In the order of their last point. */
  readonly #series = new Map<string, Series>();

  constructor(tables: { resources: ResourceTable; scopes: ScopeTable }, limitBytes: number) {
    this.#resources = tables.resources;
    this.#scopes = tables.scopes;
    this.#limitBytes = limitBytes;
  }

  /** Adds an `ExportMetricsServiceRequest`; the number of points. Throws a `DecodeError` and adds nothing if malformed. */
  append(body: Uint8Array): number {
    const points = scanMetrics(body);
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    for (const point of points) this.#add(body, view, point);
    for (const [key, { heldBytes }] of this.#series) {
      if (this.heldBytes <= this.#limitBytes) break;
      this.#series.delete(key);
      this.heldBytes -= heldBytes;
    }
    this.pointsReceived += points.length;
    return points.length;
  }

  /** The newest point of each series (resource, scope, name, type and attributes), those that came last first. */
  latest(): LatestPoint[] {
    return [...this.#series.values()].reverse().map(series => {
      const { attributes, value } = readDataPoint(series.type, series.bytes);
      return {
        serviceName: this.#resources.get(series.resource).serviceName,
        scopeName: this.#scopes.get(series.scope).name,
        name: series.name,
        unit: series.unit,
        type: series.type,
        attributes,
        latestUnixNano: nanosOfWords(series.timeLow, series.timeHigh).toString(),
        latest: value,
      };
    });
  }

  /** Marks the resources and scopes that series refer to. */
  markUsed(resources: Uint8Array, scopes: Uint8Array): void {
    for (const series of this.#series.values()) {
      resources[series.resource] = 1;
      scopes[series.scope] = 1;
    }
  }

  clear(): void {
    this.#series.clear();
    this.heldBytes = 0;
  }

  #add(body: Uint8Array, view: DataView, point: ScannedPoint): void {
    const { resource: r, scope: s, name, unit, type, timeLow, timeHigh } = point;
    const resource = this.#resources.intern(body, view, r.from, r.length, r.schemaUrlFrom, r.schemaUrlLength);
    const scope = this.#scopes.intern(body, view, s.from, s.length, s.schemaUrlFrom, s.schemaUrlLength);
    const key = `${resource} ${scope} ${type} ${JSON.stringify([name, unit])}${point.attributesKey}`;
    const known = this.#series.get(key);
    if (
      known !== undefined &&
      (known.timeHigh > timeHigh || (known.timeHigh === timeHigh && known.timeLow > timeLow))
    )
      return;
    const bytes = body.slice(point.from, point.to);
    const heldBytes = bytes.length + 2 * (key.length + name.length + unit.length) + seriesBytes;
    this.#series.delete(key);
    this.#series.set(key, { resource, scope, name, unit, type, timeLow, timeHigh, bytes, heldBytes });
    this.heldBytes += heldBytes - (known?.heldBytes ?? 0);
  }
}
