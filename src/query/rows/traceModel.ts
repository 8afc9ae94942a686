import { type CriticalPath, criticalPath } from '../../insight/criticalPath.ts';
import { selfTimes } from '../../insight/selfTime.ts';
import { startGrains } from '../../insight/startGrains.ts';
import { nanosBetween, nanosOfWords } from '../../model/time.ts';
import { markKinds, type ServiceInTrace } from '../../protocol/traceView.ts';
import { assembleTrace, type TraceTree } from '../../store/assembly/traceTree.ts';
import { kindOf, statusOf } from '../../store/spanRef.ts';
import type { TraceStore } from '../../store/traceStore.ts';

const producer = 4;
const consumer = 5;
const errorStatus = 2;
/** First severity of errors in the log data model. */
const errorSeverity = 17;

export interface Mark {
  /** Offset from the trace's start, nanoseconds. */
  readonly at: number;
  /** `markKinds`. */
  readonly kind: number;
}

/**
 * A trace as the store has it at one moment, with all that its rows are made of. Columns are by tree index. Valid as long as the
 * trace neither grows nor moves in the store.
 */
export class TraceModel {
  readonly tree: TraceTree;
  readonly selfTime: Float64Array;
  readonly critical: CriticalPath;
  /** Critical sections of span `i`: places `criticalFirst[i] … criticalFirst[i + 1]` of `criticalOrder`. */
  readonly criticalFirst: Uint32Array;
  readonly criticalOrder: Uint32Array;
  readonly services: ServiceInTrace[];
  readonly service: Uint16Array;
  readonly kind: Uint8Array;
  /** 1 where the status is error. */
  readonly error: Uint8Array;
  /** Errors among spans `0 … i`, not counting `i`. */
  readonly errorsBefore: Uint32Array;
  readonly maxDepth: number;
  readonly #logMarks = new Map<number, Mark[]>();

  constructor(store: TraceStore, traceRow: number) {
    const tree = assembleTrace(store, traceRow);
    const { count, refs, parent, depth } = tree;
    this.tree = tree;
    this.service = new Uint16Array(count);
    this.kind = new Uint8Array(count);
    this.error = new Uint8Array(count);
    this.errorsBefore = new Uint32Array(count + 1);
    this.services = [];
    const byName = new Map<string, number>();
    const byResource = new Map<number, number>();
    let maxDepth = 0;
    for (let i = 0; i < count; i++) {
      const segment = store.segmentOf(refs[i]);
      const row = store.rowOf(refs[i]);
      const resource = segment.resource[row];
      let service = byResource.get(resource);
      if (service === undefined) {
        const name = store.resources.get(resource).serviceName;
        service = byName.get(name) ?? this.services.push({ name, spanCount: 0, errorCount: 0 }) - 1;
        byName.set(name, service);
        byResource.set(resource, service);
      }
      this.service[i] = service;
      this.kind[i] = kindOf(segment.kindStatus[row]);
      this.error[i] = statusOf(segment.kindStatus[row]) === errorStatus ? 1 : 0;
      this.errorsBefore[i + 1] = this.errorsBefore[i] + this.error[i];
      this.services[service].spanCount++;
      this.services[service].errorCount += this.error[i];
      if (depth[i] > maxDepth) maxDepth = depth[i];
    }
    this.maxDepth = maxDepth;
    this.selfTime = selfTimes(tree);
    // Whoever sends a message does not wait for the one that takes it.
    this.critical = criticalPath(tree, {
      blocks: i => this.kind[i] !== consumer || this.kind[parent[i]] !== producer,
      grain: startGrains(tree.start, nanosOfWords(tree.originLow, tree.originHigh), this.service),
    });
    [this.criticalFirst, this.criticalOrder] = groupBySpan(this.critical.span, count);
    this.#collectLogMarks(store, traceRow);
  }

  /** Log records of a span as marks. */
  logMarks(i: number): readonly Mark[] {
    return this.#logMarks.get(i) ?? noMarks;
  }

  get errorCount(): number {
    return this.errorsBefore[this.tree.count];
  }

  /** Tree index of a span by the words of its id: the first that has it; −1 if there is none. */
  indexOf(store: TraceStore, low: number, high: number): number {
    const { refs, count } = this.tree;
    for (let i = 0; i < count; i++) {
      const { spanId } = store.segmentOf(refs[i]);
      const row = store.rowOf(refs[i]);
      if (spanId[2 * row] === low && spanId[2 * row + 1] === high) return i;
    }
    return -1;
  }

  #collectLogMarks(store: TraceStore, traceRow: number): void {
    const marks = store.logs.marks(store.traces.idOf(traceRow));
    if (marks.length === 0) return;
    const byId = new Map<string, number>();
    const { tree } = this;
    for (let i = 0; i < tree.count; i++) {
      const { spanId } = store.segmentOf(tree.refs[i]);
      const row = store.rowOf(tree.refs[i]);
      const key = `${spanId[2 * row]} ${spanId[2 * row + 1]}`;
      if (!byId.has(key)) byId.set(key, i);
    }
    for (const { spanIdLow, spanIdHigh, timeLow, timeHigh, severity } of marks) {
      const span = byId.get(`${spanIdLow} ${spanIdHigh}`);
      if (span === undefined) continue;
      const at = nanosBetween(tree.originLow, tree.originHigh, timeLow, timeHigh);
      const list = this.#logMarks.get(span) ?? [];
      list.push({ at, kind: severity >= errorSeverity ? markKinds.errorLog : markKinds.log });
      this.#logMarks.set(span, list);
    }
  }
}

const noMarks: readonly Mark[] = [];

function groupBySpan(spans: Uint32Array, count: number): [first: Uint32Array, order: Uint32Array] {
  const first = new Uint32Array(count + 1);
  for (const span of spans) first[span + 1]++;
  for (let i = 0; i < count; i++) first[i + 1] += first[i];
  const fill = first.slice();
  const order = new Uint32Array(spans.length);
  for (let section = 0; section < spans.length; section++) order[fill[spans[section]]++] = section;
  return [first, order];
}
