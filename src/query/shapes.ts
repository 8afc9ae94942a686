import { KeySet, readSpanAttributes } from '../decode/otlp/readSpanParts.ts';
import type { KeyValue } from '../model/anyValue.ts';
import { idHex } from '../model/ids.ts';
import type { SpanKind } from '../model/span.ts';
import type { Attribution, SpanShape } from '../protocol/control.ts';
import { codeKeys } from '../semconv/code.ts';
import { routeKeys } from '../semconv/http.ts';
import type { Segment } from '../store/segment.ts';
import { kindOf, statusOf } from '../store/spanRef.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { Histogram } from './histogram.ts';
import { durationOf, nanoText } from './spanFields.ts';
import { belongsTo } from './traceList.ts';

const errorStatus = 2;
const latestPerShape = 20;
const locatingKeys = new KeySet([...Object.values(codeKeys).flat(), ...Object.values(routeKeys).flat()]);

/** Statistics of the spans that are alike in all that leads to a source line. */
export interface ShapeStatistics {
  readonly serviceName: string;
  readonly workspace: string | undefined;
  readonly scopeName: string;
  readonly name: string;
  readonly kind: SpanKind;
  /** See `SpanShape`. */
  readonly attributes: KeyValue[];
  readonly durations: Histogram;
  errors: number;
  /** First and last start, milliseconds since 1970: enough for rates. */
  firstMs: number;
  lastMs: number;
  /** The newest to arrive, newest first. */
  latest: { traceId: string; spanId: string }[];
}

/**
 * Counts spans by shape. Segments that are full and whole do not change any more: what was counted in them once is
 * kept, and only the newest segment is counted again.
 */
export class Shapes {
  readonly #store: TraceStore;
  readonly #counted = new WeakMap<Segment, { generation: number; shapes: Map<string, ShapeStatistics> }>();
  #merged: { generation: number; shapes: ShapeStatistics[] } | undefined;

  constructor(store: TraceStore) {
    this.#store = store;
  }

  /** All shapes in the store. */
  all(): readonly ShapeStatistics[] {
    const { generation } = this.#store;
    if (this.#merged?.generation === generation) return this.#merged.shapes;
    const merged = new Map<string, ShapeStatistics>();
    for (const segment of this.#store.segments())
      for (const [key, shape] of this.#shapesOf(segment)) mergeInto(merged, key, shape);
    this.#merged = { generation, shapes: [...merged.values()] };
    return this.#merged.shapes;
  }

  list(attribution: Attribution): SpanShape[] {
    return this.all()
      .filter(({ workspace }) => belongsTo(attribution, workspace === undefined ? [] : [workspace]))
      .map(({ serviceName, scopeName, name, kind, attributes, durations, errors, latest }) => ({
        serviceName,
        scopeName,
        name,
        kind,
        attributes,
        count: durations.count,
        errors,
        p50Nano: nanoText(durations.quantile(0.5)),
        p95Nano: nanoText(durations.quantile(0.95)),
        minNano: nanoText(durations.min),
        maxNano: nanoText(durations.max),
        latest,
      }));
  }

  #shapesOf(segment: Segment): Map<string, ShapeStatistics> {
    const counted = this.#counted.get(segment);
    if (counted !== undefined && counted.generation === segment.generation) return counted.shapes;
    const shapes = countShapes(this.#store, segment);
    this.#counted.set(segment, { generation: segment.generation, shapes });
    return shapes;
  }
}

function countShapes(store: TraceStore, segment: Segment): Map<string, ShapeStatistics> {
  const shapes = new Map<string, ShapeStatistics>();
  for (let row = 0; row < segment.count; row++) {
    if (!segment.isLive(row)) continue;
    const attributes = readSpanAttributes(segment.bytes(row), locatingKeys);
    const kind = kindOf(segment.kindStatus[row]) as SpanKind;
    const { serviceName, workspace } = store.resources.get(segment.resource[row]);
    const scopeName = store.scopes.get(segment.scope[row]).name;
    const name = store.names.string(segment.name[row]);
    const key = JSON.stringify([serviceName, workspace, scopeName, name, kind, attributes]);
    let shape = shapes.get(key);
    if (shape === undefined) {
      const durations = new Histogram();
      shape = { serviceName, workspace, scopeName, name, kind, attributes, durations, ...noneSeen() };
      shapes.set(key, shape);
    }
    const startMs = (segment.startHigh[row] * 0x1_0000_0000 + segment.startLow[row]) / 1e6;
    shape.durations.add(durationOf(segment, row));
    if (statusOf(segment.kindStatus[row]) === errorStatus) shape.errors++;
    shape.firstMs = Math.min(shape.firstMs, startMs);
    shape.lastMs = Math.max(shape.lastMs, startMs);
    shape.latest.push({
      traceId: store.traces.idOf(segment.trace[row]),
      spanId: idHex(segment.spanId, 2 * row, 2),
    });
    if (shape.latest.length > 2 * latestPerShape) shape.latest.splice(0, latestPerShape);
  }
  for (const shape of shapes.values()) shape.latest = shape.latest.slice(-latestPerShape).reverse();
  return shapes;
}

function noneSeen(): Pick<ShapeStatistics, 'errors' | 'firstMs' | 'lastMs' | 'latest'> {
  return { errors: 0, firstMs: Number.POSITIVE_INFINITY, lastMs: Number.NEGATIVE_INFINITY, latest: [] };
}

/** Segments come oldest first, so what is merged later is newer. */
function mergeInto(merged: Map<string, ShapeStatistics>, key: string, shape: ShapeStatistics): void {
  let sum = merged.get(key);
  if (sum === undefined) {
    sum = { ...shape, durations: new Histogram(), ...noneSeen() };
    merged.set(key, sum);
  }
  sum.durations.merge(shape.durations);
  sum.errors += shape.errors;
  sum.firstMs = Math.min(sum.firstMs, shape.firstMs);
  sum.lastMs = Math.max(sum.lastMs, shape.lastMs);
  sum.latest = [...shape.latest, ...sum.latest].slice(0, latestPerShape);
}
