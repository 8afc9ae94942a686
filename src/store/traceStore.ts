import type { Event } from '../base/events.ts';
import type { SpanBatch } from '../model/spanBatch.ts';
import type { ByteDictionary } from './byteDictionary.ts';
import type { LogStore } from './logStore.ts';
import type { MetricStore } from './metricStore.ts';
import type { ResourceTable } from './resourceTable.ts';
import type { ScopeTable } from './scopeTable.ts';
import type { Segment } from './segment.ts';
import type { SpanRef } from './spanRef.ts';
import type { TraceTable } from './traceTable.ts';

export interface StoreCounters {
  /** Valid spans that arrived, duplicates included. */
  readonly spansReceived: number;
  readonly spansStored: number;
  readonly spansEvicted: number;
  readonly tracesStored: number;
  readonly tracesEvicted: number;
  /** Bytes held: segments, tables, dictionaries, logs and metrics. Never above the budget after an append. */
  readonly bytesStored: number;
  readonly budgetBytes: number;
  /** Evicted spans by service name. */
  readonly evictedByService: ReadonlyMap<string, number>;
}

export declare class TraceStore {
  constructor(options: { budgetBytes: number });
  readonly names: ByteDictionary;
  readonly resources: ResourceTable;
  readonly scopes: ScopeTable;
  readonly traces: TraceTable;
  readonly logs: LogStore;
  readonly metrics: MetricStore;
  /** Grows with every change of the content. */
  readonly generation: number;
  /** After each append, eviction and clear, synchronously: listeners only take note. */
  readonly onDidChange: Event<void>;
  readonly counters: StoreCounters;

  /**
   * Adds the spans of a request: an idempotent upsert on (trace id, span id). The same bytes again are ignored
   * (`duplicates`); other content under the same id is kept and flagged.
   */
  append(batch: SpanBatch): { added: number; duplicates: number };
  /** Adds an `ExportLogsServiceRequest` in protobuf. Throws a `DecodeError` if it is malformed. */
  appendLogs(body: Uint8Array): { added: number; rejected: number; reason: string };
  /** Adds an `ExportMetricsServiceRequest` in protobuf. Throws a `DecodeError` if it is malformed. */
  appendMetrics(body: Uint8Array): { points: number; rejected: number; reason: string };

  /** Oldest first. */
  segments(): readonly Segment[];
  segmentOf(ref: SpanRef): Segment;
  rowOf(ref: SpanRef): number;
  /** The spans of a trace in the order of arrival. */
  spansOf(traceRow: number): Uint32Array;
  /** The first span that came under this id, or `noSpan`. */
  findSpan(traceRow: number, idLow: number, idHigh: number): SpanRef;
  /** Keeps a trace from eviction. False if pinned traces would take more than half of the budget. */
  pin(traceRow: number, pinned: boolean): boolean;
  clear(): void;
}
