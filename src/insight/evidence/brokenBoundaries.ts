import type { BrokenBoundary } from '../../model/evidence.ts';
import type { Boundaries, OpenEnd, TraceInterval } from './boundaries.ts';
import type { KnownClient } from './clientLibraries.ts';
import { kinds, type SpanHeader } from './observedSpan.ts';
import type { SpanGroup } from './spanGroups.ts';
import type { Example } from './tally.ts';
import type { Turns } from './turns.ts';

/** Clocks of processes on one machine, and the time that a request is under way. */
const skewNano = 50e6;
/** For spans within which a request must lie as a whole. */
const tightSkewNano = 5e6;
/** A message may lie in its queue for so long. */
const queueNano = 60e9;
/** Arrivals of one kind for which callers without a client span are sought: enough to be sure. */
const mostSought = 20;
/** Traces that begin before an arrival, of those that may have caused it. */
const mostLookedBack = 300;

/** The innermost span of a trace that was at work for the whole of a time. */
export interface ActiveSpan {
  readonly span: SpanHeader;
  readonly traceId: string;
  readonly spanId: string;
}

export type FindActiveSpan = (traceId: string, from: number, to: number) => ActiveSpan | undefined;

export interface BrokenFacts {
  readonly side: BrokenBoundary['side'];
  readonly from: SpanGroup;
  readonly arrival: OpenEnd;
  /** The caller's, else the receiver's. */
  readonly call: OpenEnd['call'];
  readonly callers: Example[];
  readonly arrivals: Example[];
}

/** Brings loose ends together: calls with the roots that they must have caused. */
export class BoundaryMatcher {
  readonly #boundaries: Boundaries;
  readonly #found = new Map<string, BrokenFacts>();
  readonly #sought = new Map<string, number>();
  readonly #intervals: readonly TraceInterval[];

  constructor(boundaries: Boundaries) {
    this.#boundaries = boundaries;
    this.#intervals = [...boundaries.intervals].sort((a, b) => a.start - b.start);
  }

  get found(): BrokenFacts[] {
    return [...this.#found.values()].sort((a, b) => b.callers.length - a.callers.length);
  }

  /** Pairs calls and arrivals that fit: each at most once, in the order of time. Returns the arrivals that are left. */
  async matchCalls(turns: Turns): Promise<OpenEnd[]> {
    const callsOf = new Map<string, OpenCalls>();
    for (const call of this.#boundaries.calls.toSorted((a, b) => a.place.start - b.place.start)) {
      if (turns.isOver) await turns.next();
      const alike = callsOf.get(call.call.match);
      if (alike === undefined) callsOf.set(call.call.match, new OpenCalls(call));
      else alike.add(call);
    }
    const left: OpenEnd[] = [];
    for (const arrival of this.#boundaries.arrivals.toSorted((a, b) => a.place.start - b.place.start)) {
      if (turns.isOver) await turns.next();
      const call = callsOf.get(arrival.call.match)?.take(arrival);
      if (call === undefined) left.push(arrival);
      else this.#add('client', call.group, call.call, example(call), arrival);
    }
    return left;
  }

  /**
   * For an arrival that says which library sent it: the one span of a program in that library's language that was at work
   * all the time. Where there are several, it is not told which.
   */
  matchActive(arrival: OpenEnd, findActiveSpan: FindActiveSpan): void {
    const { client, group, place, end } = arrival;
    if (client === undefined) return;
    const kind = `${group.key}\n${client.library}`;
    const sought = this.#sought.get(kind) ?? 0;
    if (sought >= mostSought) return;
    this.#sought.set(kind, sought + 1);
    const active = new Map<string, ActiveSpan>();
    for (const traceId of this.#tracesAround(arrival)) {
      const found = findActiveSpan(traceId, place.start + tightSkewNano, end - tightSkewNano);
      if (found === undefined || !mayHaveSent(found.span, arrival, client)) continue;
      active.set(found.span.group.key, found);
      if (active.size > 1) return;
    }
    if (active.size !== 1) return;
    const [{ span, traceId, spanId }] = active.values();
    this.#add('active', span.group, arrival.call, { traceId, spanId, start: span.start }, arrival);
  }

  #tracesAround({ place, end }: OpenEnd): string[] {
    const intervals = this.#intervals;
    let low = 0;
    let high = intervals.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (intervals[middle].start <= place.start + tightSkewNano) low = middle + 1;
      else high = middle;
    }
    const found: string[] = [];
    for (let at = low - 1; at >= 0 && low - at <= mostLookedBack; at--) {
      const { traceId, end: traceEnd } = intervals[at];
      if (traceId !== place.traceId && traceEnd >= end - tightSkewNano) found.push(traceId);
    }
    return found;
  }

  #add(
    side: BrokenBoundary['side'],
    from: SpanGroup,
    call: OpenEnd['call'],
    caller: Example,
    arrival: OpenEnd,
  ): void {
    const { target } = call;
    const what = [target.method, target.path, target.destination, target.rpc].join(' ');
    const key = `${side}\n${from.key}\n${arrival.group.key}\n${what}`;
    let facts = this.#found.get(key);
    if (facts === undefined) {
      facts = { side, from, arrival, call, callers: [], arrivals: [] };
      this.#found.set(key, facts);
    }
    facts.callers.push(caller);
    facts.arrivals.push(example(arrival));
  }
}

/** Calls that match the same arrivals, in the order of time. Each is taken once. */
class OpenCalls {
  readonly #calls: (OpenEnd | undefined)[];
  /** Those before are taken or over. */
  #first = 0;

  constructor(call: OpenEnd) {
    this.#calls = [call];
  }

  add(call: OpenEnd): void {
    this.#calls.push(call);
  }

  /** The first that may have caused the arrival. Arrivals must come in the order of time. */
  take(arrival: OpenEnd): OpenEnd | undefined {
    const { start } = arrival.place;
    for (let at = this.#first; at < this.#calls.length; at++) {
      const call = this.#calls[at];
      if (call === undefined || latestArrival(call) < start) {
        if (at === this.#first) this.#first++;
        continue;
      }
      if (call.place.start - skewNano > start) return undefined;
      if (!fits(call, arrival)) continue;
      this.#calls[at] = undefined;
      return call;
    }
    return undefined;
  }
}

function latestArrival({ call, end }: OpenEnd): number {
  return call.target.transport === 'messaging' ? end + queueNano : end + skewNano;
}

function example({ place: { traceId, spanId, start } }: OpenEnd): Example {
  return { traceId, spanId, start };
}

function fits(call: OpenEnd, arrival: OpenEnd): boolean {
  if (call.group.serviceName === arrival.group.serviceName) return false;
  if (call.place.traceId === arrival.place.traceId) return false;
  const { hostName } = call.call;
  if (
    hostName !== undefined &&
    arrival.call.hostName !== undefined &&
    !sameHost(hostName, arrival.call.hostName)
  )
    return false;
  return call.place.start - skewNano <= arrival.place.start && arrival.place.start <= latestArrival(call);
}

/** Some servers tell the address that they listen at, which says nothing of the name that they were called by. */
const address = /^(?:localhost|\d{1,3}(?:\.\d{1,3}){3}|\[?[\da-f]*:[\da-f:.]*\]?)$/i;

function sameHost(a: string, b: string): boolean {
  return a === b || address.test(a) || address.test(b);
}

/** A client span that was waiting meanwhile waited for something else: its own call would be a pair. */
function mayHaveSent({ group, kind }: SpanHeader, arrival: OpenEnd, client: KnownClient): boolean {
  const { sdkLanguage } = group.resource;
  return (
    kind !== kinds.client &&
    group.serviceName !== arrival.group.serviceName &&
    (sdkLanguage === undefined || sdkLanguage === client.language)
  );
}
