import type { BrokenBoundary } from '../../model/evidence.ts';
import type { CallerOfArrival } from './activeCallers.ts';
import type { Boundaries, OpenEnd } from './boundaries.ts';
import type { SpanGroup } from './spanGroups.ts';
import type { Example } from './tally.ts';
import type { Turns } from './turns.ts';

/** Clocks of processes on one machine, and the time that a request is under way. */
const skewNano = 50e6;
/** A message may lie in its queue for so long. */
const queueNano = 60e9;

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

  constructor(boundaries: Boundaries) {
    this.#boundaries = boundaries;
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

  /** Takes down whom calls without a client span came from. */
  addCallers(found: readonly CallerOfArrival[]): void {
    for (const { arrival, from, caller } of found) this.#add('active', from, arrival.call, caller, arrival);
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
