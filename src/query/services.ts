import type { SpanKind } from '../model/span.ts';
import type { Attribution, OperationStatistics, ServiceStatistics } from '../protocol/control.ts';
import type { StoredResource } from '../store/resourceTable.ts';
import { kindOf } from '../store/spanRef.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { SegmentSums } from './segmentSums.ts';
import { nameOf, nanoText } from './spanFields.ts';
import { SpanTotal } from './spanTotal.ts';
import { belongsTo } from './traceSelection.ts';

/** Of a service, the operations that are told apart; spans of others still count for the service. */
const mostOperations = 1000;

interface Operation {
  readonly name: string;
  readonly kind: SpanKind;
}

interface Service {
  spanCount: number;
  errorCount: number;
  /** By name, then by kind. */
  readonly operations: Map<string, (SpanTotal<Operation> | undefined)[]>;
  operationCount: number;
}

/** Statistics of all stored spans by service and operation; an operation is a span name with a kind. */
export class Services {
  readonly #sums: SegmentSums<Operation>;

  constructor(store: TraceStore) {
    this.#sums = new SegmentSums(store, segment => ({
      markOf: () => 0,
      factsOf: row => ({
        name: nameOf(store, segment, row),
        kind: kindOf(segment.kindStatus[row]) as SpanKind,
      }),
    }));
  }

  /** Counts what has come, so that the next list takes less time. Yields where there is a good place for a pause. */
  readNew(): Generator<void, void> {
    return this.#sums.readNew();
  }

  /** Services by name, their operations by count. Yields where there is a good place for a pause. */
  *list(attribution: Attribution): Generator<void, ServiceStatistics[]> {
    const services = new Map<string, Service>();
    const serviceOf = ({ serviceName, workspace }: StoredResource): Service | undefined => {
      if (!belongsTo(attribution, workspace)) return undefined;
      let service = services.get(serviceName);
      if (service === undefined) {
        service = { spanCount: 0, errorCount: 0, operations: new Map(), operationCount: 0 };
        services.set(serviceName, service);
      }
      return service;
    };
    yield* this.#sums.newestFirst(({ groups, resources, facts, rest }) => {
      for (let group = 0; group < resources.length; group++) {
        const service = serviceOf(resources[group]);
        if (service === undefined) continue;
        service.spanCount += groups.count[group];
        service.errorCount += groups.errors[group];
        operationOf(service, facts[group])?.addEarlier(groups, group);
      }
      for (const { resource, spans, errors } of rest) {
        const service = serviceOf(resource);
        if (service === undefined) continue;
        service.spanCount += spans;
        service.errorCount += errors;
      }
    });
    const listed: ServiceStatistics[] = [];
    for (const [serviceName, { spanCount, errorCount, operations }] of services) {
      const own: OperationStatistics[] = [];
      for (const byKind of operations.values()) {
        for (const total of byKind) if (total !== undefined) own.push(statistics(total));
        yield;
      }
      own.sort((a, b) => b.count - a.count || compare(a.name, b.name) || a.kind - b.kind);
      listed.push({ serviceName, spanCount, errorCount, operations: own });
    }
    return listed.sort((a, b) => compare(a.serviceName, b.serviceName));
  }
}

function statistics(total: SpanTotal<Operation>): OperationStatistics {
  const { facts, count, errors, durations, firstStart, lastStart } = total;
  return {
    name: facts.name,
    kind: facts.kind,
    count,
    errors,
    ratePerSecond: ratePerSecond(count, (lastStart - firstStart) / 1e9),
    p50Nano: nanoText(durations.quantile(0.5)),
    p95Nano: nanoText(durations.quantile(0.95)),
    p99Nano: nanoText(durations.quantile(0.99)),
  };
}

/** Undefined if there are too many. */
function operationOf(service: Service, facts: Operation): SpanTotal<Operation> | undefined {
  let byKind = service.operations.get(facts.name);
  const known = byKind?.[facts.kind];
  if (known !== undefined || service.operationCount === mostOperations) return known;
  service.operationCount++;
  if (byKind === undefined) service.operations.set(facts.name, (byKind = []));
  return (byKind[facts.kind] = new SpanTotal(facts));
}

/** Calls a second between the first and the last start seen, of which there must be a second at least. */
function ratePerSecond(count: number, seconds: number): number {
  return Math.round((count / Math.max(1, seconds)) * 1000) / 1000;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
