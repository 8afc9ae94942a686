import { ByteDictionary } from './byteDictionary.ts';
import { createResourceTable, type ResourceTable } from './resourceTable.ts';
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
  };
}

export function heldBytes(tables: SpanTables): number {
  const { ring, index, traces, names, resources, scopes } = tables;
  return (
    ring.heldBytes +
    index.heldBytes +
    traces.heldBytes +
    names.heldBytes +
    resources.heldBytes +
    scopes.heldBytes
  );
}
