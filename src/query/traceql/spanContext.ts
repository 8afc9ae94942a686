import { readSpan } from '../../decode/otlp/readSpan.ts';
import { readEventMarks, readLinkTargets } from '../../decode/otlp/readSpanParts.ts';
import type { KeyValue } from '../../model/anyValue.ts';
import { idHex } from '../../model/ids.ts';
import type { Span, SpanEvent, SpanLink } from '../../model/span.ts';
import { nanos } from '../../model/time.ts';
import type { Segment } from '../../store/segment.ts';
import { kindOf, noSpan, statusOf } from '../../store/spanRef.ts';
import type { TraceStore } from '../../store/traceStore.ts';
import { durationOf, nameOf } from '../spanFields.ts';
import type { TraceSummaries } from '../traceSummary.ts';
import type { Intrinsic, Static } from './ast.ts';

/** The span that a query is being asked about. One is made for a query and moved from span to span. */
export class SpanContext {
  segment!: Segment;
  row = 0;
  readonly store: TraceStore;
  readonly #summaries: TraceSummaries;
  #decoded: Span | undefined;
  #childCounts: { trace: number; counts: Map<string, number> } | undefined;

  constructor(store: TraceStore, summaries: TraceSummaries) {
    this.store = store;
    this.#summaries = summaries;
  }

  moveTo(segment: Segment, row: number): void {
    this.segment = segment;
    this.row = row;
    this.#decoded = undefined;
  }

  /** All of the span; kept until the next one. */
  get span(): Span {
    this.#decoded ??= readSpan(this.segment.bytes(this.row));
    return this.#decoded;
  }

  /** Few spans have events or links: whether this one does is seen without decoding all of it. */
  get events(): readonly SpanEvent[] {
    return readEventMarks(this.segment.bytes(this.row)).length === 0 ? [] : (this.span.events ?? []);
  }

  get links(): readonly SpanLink[] {
    return readLinkTargets(this.segment.bytes(this.row)).length === 0 ? [] : (this.span.links ?? []);
  }

  get resourceAttributes(): readonly KeyValue[] {
    return this.store.resources.get(this.segment.resource[this.row]).resource.attributes ?? [];
  }

  get scopeAttributes(): readonly KeyValue[] {
    return this.store.scopes.get(this.segment.scope[this.row]).scope.attributes ?? [];
  }

  intrinsic(name: Intrinsic): readonly Static[] {
    const { segment, row, store } = this;
    switch (name) {
      case 'duration':
      case 'span:duration':
        return duration(durationOf(segment, row));
      case 'name':
      case 'span:name':
        return text(nameOf(store, segment, row));
      case 'status':
      case 'span:status':
        return [{ type: 'status', value: statusOf(segment.kindStatus[row]) }];
      case 'kind':
      case 'span:kind':
        return [{ type: 'kind', value: kindOf(segment.kindStatus[row]) }];
      case 'statusMessage':
      case 'span:statusMessage':
        return text(this.span.status?.message ?? '');
      case 'rootName':
      case 'trace:rootName':
        return text(this.#summaries.root(segment.trace[row]).rootSpanName);
      case 'rootServiceName':
      case 'trace:rootService':
        return text(this.#summaries.root(segment.trace[row]).rootServiceName);
      case 'traceDuration':
      case 'trace:duration':
        return duration(store.traces.durationOf(segment.trace[row]));
      case 'trace:id':
        return text(store.traces.idOf(segment.trace[row]));
      case 'span:id':
        return text(idHex(segment.spanId, 2 * row, 2));
      case 'span:parentID': {
        const root = (segment.parentSpanId[2 * row] | segment.parentSpanId[2 * row + 1]) === 0;
        return text(root ? '' : idHex(segment.parentSpanId, 2 * row, 2));
      }
      case 'span:childCount':
        return [{ type: 'int', value: BigInt(this.#childCount()) }];
      case 'event:name':
        return this.events.flatMap(event => text(event.name));
      case 'event:timeSinceStart':
        return this.events.flatMap(event =>
          duration(Number(nanos(event.timeUnixNano) - nanos(this.span.startTimeUnixNano))),
        );
      case 'link:traceID':
        return this.links.flatMap(link => text(link.traceId));
      case 'link:spanID':
        return this.links.flatMap(link => text(link.spanId));
      case 'instrumentation:name':
        return text(store.scopes.get(segment.scope[row]).name);
      case 'instrumentation:version':
        return text(store.scopes.get(segment.scope[row]).version);
      case 'nestedSetLeft':
      case 'nestedSetRight':
      case 'nestedSetParent':
        return [];
    }
  }

  /** Spans come trace by trace more often than not, so the counts of one trace are kept. */
  #childCount(): number {
    const trace = this.segment.trace[this.row];
    if (this.#childCounts?.trace !== trace) {
      const counts = new Map<string, number>();
      for (let ref = this.store.traces.head[trace]; ref !== noSpan; ) {
        const segment = this.store.segmentOf(ref);
        const row = this.store.rowOf(ref);
        const parent = idHex(segment.parentSpanId, 2 * row, 2);
        counts.set(parent, (counts.get(parent) ?? 0) + 1);
        ref = segment.next[row];
      }
      this.#childCounts = { trace, counts };
    }
    return this.#childCounts.counts.get(idHex(this.segment.spanId, 2 * this.row, 2)) ?? 0;
  }
}

function text(value: string): [Static] {
  return [{ type: 'string', value }];
}

function duration(value: number): [Static] {
  return [{ type: 'duration', value }];
}
