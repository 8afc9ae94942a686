import { noSpan, type SpanRef } from '../../store/spanRef.ts';
import { type Call, callOf, isCaller, isReceiver, isSending, isTaking } from './callTargets.ts';
import { clientOf, type KnownClient } from './clientLibraries.ts';
import type { ObservedSpan } from './observedSpan.ts';
import type { ObservedTrace, Observer } from './observer.ts';
import type { SpanGroup } from './spanGroups.ts';
import { type Place, Tally } from './tally.ts';

const mostOpen = 10_000;

/** A call that nobody answered within its trace, or a root that somebody must have called. */
export interface OpenEnd {
  readonly call: Call;
  readonly group: SpanGroup;
  readonly place: Place;
  readonly end: number;
  /** Of an arrival: who says to have sent it. */
  readonly client: KnownClient | undefined;
}

export interface TraceInterval {
  readonly traceId: string;
  readonly start: number;
  readonly end: number;
}

export interface KeptFacts {
  readonly group: SpanGroup;
  readonly call: Call;
  readonly to: SpanGroup;
  readonly client: KnownClient | undefined;
}

interface Received {
  readonly arrival: OpenEnd;
  readonly parent: SpanRef;
  readonly from: SpanGroup;
  /** Of the parent. */
  readonly place: Place;
}

/** E1 and E2: calls between services: those that stay in their trace, and the loose ends of the others. */
export class Boundaries implements Observer<Boundaries> {
  readonly kept = new Tally<KeptFacts>({ examples: 50 });
  readonly calls: OpenEnd[] = [];
  readonly arrivals: OpenEnd[] = [];
  readonly intervals: TraceInterval[] = [];
  /** Of the current trace. */
  #callers = new Map<SpanRef, OpenEnd>();
  readonly #answered = new Set<SpanRef>();
  #received: Received[] = [];

  span(span: ObservedSpan): void {
    const { group, kind, parent } = span;
    const parentHeader = parent === noSpan ? undefined : span.parentHeader();
    const crossed = parentHeader !== undefined && parentHeader.group.serviceName !== group.serviceName;
    if (crossed) this.#answered.add(parent);
    if (isCaller(kind) && isSending(span)) {
      const call = callOf(span);
      if (call !== undefined) this.#callers.set(span.ref, openEnd(span, call, undefined));
    } else if (isReceiver(kind) && isTaking(span) && (crossed || (!span.hasParentId && span.links === 0))) {
      const call = callOf(span);
      if (call === undefined) return;
      const arrival = openEnd(span, call, clientOf(span.text('user_agent.original', 'http.user_agent')));
      if (parentHeader === undefined) push(this.arrivals, arrival);
      else {
        const { group: from, start } = parentHeader;
        const place = { ...arrival.place, spanId: span.parentSpanId, start };
        this.#received.push({ arrival, parent, from, place });
      }
    }
  }

  endOfTrace({ traceId, start, end }: ObservedTrace): void {
    push(this.intervals, { traceId, start, end });
    for (const [ref, call] of this.#callers) if (!this.#answered.has(ref)) push(this.calls, call);
    for (const { parent, arrival, from, place } of this.#received) {
      const call = this.#callers.get(parent)?.call ?? arrival.call;
      const { target } = call;
      const { group: to, client } = arrival;
      const what = [target.method, target.path, target.host, target.destination, target.rpc].join(' ');
      this.kept.add(`${from.key}\n${to.key}\n${what}`, place, () => ({
        ...{ group: from, call, to, client },
      }));
    }
    this.#callers = new Map();
    this.#answered.clear();
    this.#received = [];
  }

  merge(other: Boundaries): void {
    this.kept.merge(other.kept);
    for (const each of other.calls) push(this.calls, each);
    for (const each of other.arrivals) push(this.arrivals, each);
    for (const each of other.intervals) push(this.intervals, each);
  }
}

function push<T>(list: T[], item: T): void {
  if (list.length < mostOpen) list.push(item);
}

function openEnd(span: ObservedSpan, call: Call, client: KnownClient | undefined): OpenEnd {
  const { traceNumber, traceId, spanId, start, end, group } = span;
  return { call, group, place: { traceNumber, traceId, spanId, start }, end, client };
}
