import type { SpanKind } from '../model/span.ts';
import type { Attribution, OperationStatistics, ServiceStatistics } from '../protocol/control.ts';
import { kindOf } from '../store/spanRef.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { SegmentSums } from './segmentSums.ts';
import { nanoText } from './spanFields.ts';
import { SpanTotal } from './spanTotal.ts';
import { belongsTo } from './traceSelection.ts';

/** Of a service, the operations that are told apart; spans of others still count for the service. */
const mostOperations = 1000;

interface Operation {
  /** Id in the store's names, good as long as spans of the group are stored. */
  readonly name: number;
  readonly kind: number;
}

interface Service {
  spanCount: number;
  errorCount: number;
  /** By name and kind. */
  readonly operations: Map<number, SpanTotal<Operation>>;
}

/** Statistics of all stored spans by service and operation; an operation is a span name with a kind. */
export class Services {
  readonly #store: TraceStore;
  readonly #sums = new SegmentSums<Operation>(segment => ({
    markOf: () => 0,
    factsOf: row => ({ name: segment.name[row], kind: kindOf(segment.kindStatus[row]) }),
  }));

  constructor(store: TraceStore) {
    this.#store = store;
  }

  /** Reads what is new, with pauses: makes the next `list` short. */
  catchUp(): Generator<void, void> {
    return this.#sums.catchUp(this.#store);
  }

  /** Services by name, their operations by count. */
  list(attribution: Attribution): ServiceStatistics[] {
    const services = new Map<string, Service>();
    const serviceOf = (resource: number): Service | undefined => {
      const { serviceName, workspace } = this.#store.resources.get(resource);
      if (!belongsTo(attribution, workspace)) return undefined;
      const service = services.get(serviceName) ?? { spanCount: 0, errorCount: 0, operations: new Map() };
      services.set(serviceName, service);
      return service;
    };
    for (const { groups, resources, facts, rest } of this.#sums.newestFirst(this.#store)) {
      for (const [group, resource] of resources.entries()) {
        const service = serviceOf(resource);
        if (service === undefined) continue;
        service.spanCount += groups.count[group];
        service.errorCount += groups.errors[group];
        operationOf(service, facts[group])?.addEarlier(groups, group);
      }
      for (const [resource, { spans, errors }] of rest) {
        const service = serviceOf(resource);
        if (service === undefined) continue;
        service.spanCount += spans;
        service.errorCount += errors;
      }
    }
    return [...services]
      .map(([serviceName, { spanCount, errorCount, operations }]) => ({
        serviceName,
        spanCount,
        errorCount,
        operations: [...operations.values()]
          .map(total => this.#statistics(total))
          .sort((a, b) => b.count - a.count || compare(a.name, b.name)),
      }))
      .sort((a, b) => compare(a.serviceName, b.serviceName));
  }

  #statistics(total: SpanTotal<Operation>): OperationStatistics {
    const { facts, count, errors, durations, firstStart, lastStart } = total;
    return {
      name: this.#store.names.string(facts.name),
      kind: facts.kind as SpanKind,
      count,
      errors,
      ratePerSecond: ratePerSecond(count, (lastStart - firstStart) / 1e9),
      p50Nano: nanoText(durations.quantile(0.5)),
      p95Nano: nanoText(durations.quantile(0.95)),
      p99Nano: nanoText(durations.quantile(0.99)),
    };
  }
}

/** Undefined if there are too many. */
function operationOf({ operations }: Service, facts: Operation): SpanTotal<Operation> | undefined {
  const key = facts.name * 16 + facts.kind;
  let operation = operations.get(key);
  if (operation === undefined && operations.size < mostOperations)
    operations.set(key, (operation = new SpanTotal(facts)));
  return operation;
}

/** Calls a second between the first and the last start seen, of which there must be a second at least. */
function ratePerSecond(count: number, seconds: number): number {
  return Math.round((count / Math.max(1, seconds)) * 1000) / 1000;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
