import type { SpanKind } from '../model/span.ts';
import type { Attribution, OperationStatistics, ServiceStatistics } from '../protocol/control.ts';
import { Histogram } from './histogram.ts';
import type { Shapes } from './shapes.ts';
import { nanoText } from './spanFields.ts';
import { belongsTo } from './traceList.ts';

interface Operation {
  readonly name: string;
  readonly kind: SpanKind;
  readonly durations: Histogram;
  errors: number;
  firstMs: number;
  lastMs: number;
}

/** Services by name, their operations by count; an operation is a span name with a kind. */
export function listServices(shapes: Shapes, attribution: Attribution): ServiceStatistics[] {
  const services = new Map<string, Map<string, Operation>>();
  for (const shape of shapes.all()) {
    if (!belongsTo(attribution, shape.workspace === undefined ? [] : [shape.workspace])) continue;
    const operations = services.get(shape.serviceName) ?? new Map<string, Operation>();
    services.set(shape.serviceName, operations);
    const key = `${shape.kind} ${shape.name}`;
    const operation = operations.get(key) ?? {
      ...{ name: shape.name, kind: shape.kind, durations: new Histogram(), errors: 0 },
      ...{ firstMs: Number.POSITIVE_INFINITY, lastMs: Number.NEGATIVE_INFINITY },
    };
    operations.set(key, operation);
    operation.durations.merge(shape.durations);
    operation.errors += shape.errors;
    operation.firstMs = Math.min(operation.firstMs, shape.firstMs);
    operation.lastMs = Math.max(operation.lastMs, shape.lastMs);
  }
  return [...services]
    .map(([serviceName, operations]) => ({
      serviceName,
      spanCount: sum(operations, ({ durations }) => durations.count),
      errorCount: sum(operations, ({ errors }) => errors),
      operations: [...operations.values()]
        .map(statisticsOf)
        .sort((a, b) => b.count - a.count || compare(a.name, b.name)),
    }))
    .sort((a, b) => compare(a.serviceName, b.serviceName));
}

function statisticsOf({ name, kind, durations, errors, firstMs, lastMs }: Operation): OperationStatistics {
  return {
    name,
    kind,
    count: durations.count,
    errors,
    ratePerSecond: ratePerSecond(durations.count, firstMs, lastMs),
    p50Nano: nanoText(durations.quantile(0.5)),
    p95Nano: nanoText(durations.quantile(0.95)),
    p99Nano: nanoText(durations.quantile(0.99)),
  };
}

/** Calls a second between the first and the last start seen, of which there must be a second at least. */
function ratePerSecond(count: number, firstMs: number, lastMs: number): number {
  return Math.round((count / Math.max(1, (lastMs - firstMs) / 1000)) * 1000) / 1000;
}

function sum(operations: Map<string, Operation>, of: (operation: Operation) => number): number {
  return [...operations.values()].reduce((total, operation) => total + of(operation), 0);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
