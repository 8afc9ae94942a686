import { readSpan } from '../../decode/otlp/readSpan.ts';
import { readEventMarks, readLinkTargets, readStatusMessage } from '../../decode/otlp/readSpanParts.ts';
import type { KeyValue } from '../../model/anyValue.ts';
import { idHex } from '../../model/ids.ts';
import type { Span, SpanEvent, SpanLink } from '../../model/span.ts';
import { nanos, nanosOfWords } from '../../model/time.ts';
import type { Segment } from '../../store/segment.ts';
import { SpanAttributes } from '../../store/spanAttributes.ts';
import { kindOf, spanRef, statusOf } from '../../store/spanRef.ts';
import type { TraceStore } from '../../store/traceStore.ts';
import { durationOf, nameOf } from '../spanFields.ts';
import type { TraceSummaries } from '../traceSummary.ts';
import type { Static } from './ast.ts';
import type { Intrinsic } from './fields.ts';
import { TraceShape } from './match/traceShape.ts';

/** The span that a query is being asked about. One is made for a query and moved from span to span. */
export class SpanContext {
  segment!: Segment;
  row = 0;
  readonly store: TraceStore;
  readonly #summaries: TraceSummaries;
  readonly #attributes = new SpanAttributes();
  #decoded: Partial<Span> | undefined;
  #shape: { trace: number; generation: number; shape: TraceShape } | undefined;

  constructor(store: TraceStore, summaries: TraceSummaries) {
    this.store = store;
    this.#summaries = summaries;
  }

  moveTo(segment: Segment, row: number): void {
    this.segment = segment;
    this.row = row;
    this.#decoded = undefined;
  }

  /** The span's attributes. */
  get attributes(): readonly KeyValue[] {
    return this.#attributes.read(this.segment, this.row);
  }

  /** Few spans have events or links: whether this one does is seen without decoding anything. */
  get events(): readonly SpanEvent[] {
    return readEventMarks(this.segment.rest(this.row)).length === 0 ? [] : (this.#rest.events ?? []);
  }

  get links(): readonly SpanLink[] {
    return readLinkTargets(this.segment.rest(this.row)).length === 0 ? [] : (this.#rest.links ?? []);
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
        return duration(durationOf(segment, row));
      case 'name':
        return text(nameOf(store, segment, row));
      case 'status':
        return [{ type: 'status', value: statusOf(segment.kindStatus[row]) }];
      case 'kind':
        return [{ type: 'kind', value: kindOf(segment.kindStatus[row]) }];
      case 'statusMessage':
        return text(readStatusMessage(segment.rest(row)));
      case 'rootName':
        return text(this.#summaries.root(segment.trace[row]).rootSpanName);
      case 'rootServiceName':
        return text(this.#summaries.root(segment.trace[row]).rootServiceName);
      case 'traceDuration':
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
        return int(this.#ownShape.childCount(this.#index));
      case 'event:name':
        return this.events.flatMap(event => text(event.name));
      case 'event:timeSinceStart':
        return this.events.flatMap(event =>
          duration(
            Number(nanos(event.timeUnixNano) - nanosOfWords(segment.startLow[row], segment.startHigh[row])),
          ),
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
        return int(this.#ownShape.nestedSet(this.#index).left);
      case 'nestedSetRight':
        return int(this.#ownShape.nestedSet(this.#index).right);
      case 'nestedSetParent':
        return int(this.#ownShape.nestedSet(this.#index).parent);
      case 'parent':
        return [];
    }
  }

  /** Of one trace at a time: spans come trace by trace. */
  shapeOf(trace: number): TraceShape {
    const generation = this.store.traces.lastUpdateGeneration[trace];
    if (this.#shape?.trace !== trace || this.#shape.generation !== generation)
      this.#shape = { trace, generation, shape: new TraceShape(this.store, trace) };
    return this.#shape.shape;
  }

  /** Events, links and status; kept until the next span. */
  get #rest(): Partial<Span> {
    this.#decoded ??= readSpan(this.segment.rest(this.row));
    return this.#decoded;
  }

  get #ownShape(): TraceShape {
    return this.shapeOf(this.segment.trace[this.row]);
  }

  get #index(): number {
    return this.#ownShape.indexOf(spanRef(this.segment.slot, this.row));
  }
}

function int(value: number): [Static] {
  return [{ type: 'int', value: BigInt(value) }];
}

function text(value: string): [Static] {
  return [{ type: 'string', value }];
}

function duration(value: number): [Static] {
  return [{ type: 'duration', value }];
}
