import { ByteDictionary } from './byteDictionary.ts';
import { createResourceTable, type ResourceTable } from './resourceTable.ts';
import { DroppedTraces } from './retention/droppedTraces.ts';
import { ServiceShares } from './retention/serviceShares.ts';
import { createScopeTable, type ScopeTable } from './scopeTable.ts';
import { SegmentRing } from './segmentRing.ts';
import { SpanIndex } from './spanIndex.ts';
import { TraceTable } from './traceTable.ts';

/** The tables that hold spans; appending and evicting keep them consistent with each other. */
export interface SpanTables {
  readonly ring: SegmentRing;
  readonly index: SpanIndex;
  readonly traces: TraceTable;
  readonly names: ByteDictionary;
  readonly resources: ResourceTable;
  readonly scopes: ScopeTable;
  readonly shares: ServiceShares;
  readonly dropped: DroppedTraces;
}

export function createSpanTables(budgetBytes: number): SpanTables {
  const ring = new SegmentRing(budgetBytes);
  return {
    ring,
    index: new SpanIndex(ring.bySlot),
    traces: new TraceTable(),
    names: new ByteDictionary(),
    resources: createResourceTable(),
    scopes: createScopeTable(),
    shares: new ServiceShares(),
    dropped: new DroppedTraces(budgetBytes),
  };
}

export function heldBytes(tables: SpanTables): number {
  const { ring, index, traces, names, resources, scopes, dropped } = tables;
  return (
    ring.heldBytes +
    index.heldBytes +
    traces.heldBytes +
    names.heldBytes +
    resources.heldBytes +
    scopes.heldBytes +
    dropped.heldBytes
  );
}
