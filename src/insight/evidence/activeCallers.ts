import type { OpenEnd, TraceInterval } from './boundaries.ts';
import { kinds } from './observedSpan.ts';
import type { SpanGroup } from './spanGroups.ts';
import type { Example } from './tally.ts';
import type { Turns } from './turns.ts';

/** Clocks of processes on one machine that are read once a millisecond. */
const skewNano = 5e6;
/** A request for which nobody waits may arrive so long after the span that sent it. */
const afterwardsNano = 20e6;
/** Of arrivals alike, the newest are looked at: enough to be sure. */
const mostSought = 12;
/** Before it is given up that somebody was there nearly every time. */
const leastLooked = 4;
/** Kinds of arrivals that are looked into. */
const mostKinds = 50;
/** Traces that began before an arrival, of those that may have caused it. */
const mostLookedBack = 100;
/** Traces whose spans are kept while looking. */
const mostKept = 500;
/** Of the arrivals, those during which a caller was at work. */
const leastShare = 0.8;

export interface StoredSpan {
  readonly group: SpanGroup;
  /** 0–5. */
  readonly kind: number;
  /** Nanoseconds since 1970, as doubles. */
  readonly start: number;
  readonly end: number;
  readonly traceId: string;
  readonly spanId: string;
}

export interface CallerOfArrival {
  readonly arrival: OpenEnd;
  readonly from: SpanGroup;
  readonly caller: Example;
}

/** Spans of one group, as they were at work during arrivals that are alike. */
interface Suspect {
  readonly group: SpanGroup;
  readonly seen: Map<OpenEnd, Example>;
  /** Arrivals that it outlasted. */
  outlasted: number;
  /** Sum of the times from its starts to the arrivals. */
  lead: number;
}

/**
 * Finds who sent requests that came without context, though no client span tells: spans of programs in the language of the client library
 * that the requests name, which were at work, or had just been, whenever one arrived.
 */
export class ActiveCallers {
  readonly #intervals: readonly TraceInterval[];
  readonly #read: (traceId: string) => readonly StoredSpan[];
  /** Of traces that were at work during several arrivals. */
  readonly #spans = new Map<string, readonly StoredSpan[]>();

  /** @param read the spans of a trace */
  constructor(intervals: readonly TraceInterval[], read: (traceId: string) => readonly StoredSpan[]) {
    this.#intervals = intervals.toSorted((a, b) => a.start - b.start);
    this.#read = read;
  }

  /** @param arrivals in the order of time */
  async of(arrivals: readonly OpenEnd[], turns: Turns): Promise<CallerOfArrival[]> {
    const alike = new Map<string, OpenEnd[]>();
    for (const arrival of arrivals.toReversed()) {
      if (arrival.client === undefined) continue;
      const key = `${arrival.group.key}\n${arrival.client.library}`;
      const others = alike.get(key);
      if (others === undefined) alike.set(key, [arrival]);
      else if (others.length < mostSought) others.push(arrival);
    }
    const found: CallerOfArrival[] = [];
    for (const each of [...alike.values()].slice(0, mostKinds))
      found.push(...(await this.#callersOf(each, turns)));
    return found;
  }

  async #callersOf(arrivals: readonly OpenEnd[], turns: Turns): Promise<CallerOfArrival[]> {
    const suspects = new Map<string, Suspect>();
    for (const [at, arrival] of arrivals.entries()) {
      if (at >= leastLooked && !canBeFound(suspects, at)) return [];
      const { start } = arrival.place;
      for (const traceId of this.#tracesAround(arrival)) {
        if (turns.isOver) await turns.next();
        for (const span of this.#spansOf(traceId))
          if (span.start !== 0 && span.start <= start + skewNano && span.end >= start - afterwardsNano)
            if (mayHaveSent(span, arrival)) suspect(suspects, span, arrival);
      }
    }
    const caller = culprit(
      [...suspects.values()].filter(({ seen }) => seen.size >= arrivals.length * leastShare),
    );
    if (caller === undefined) return [];
    return Array.from(caller.seen, ([arrival, example]) => ({
      arrival,
      from: caller.group,
      caller: example,
    }));
  }

  #spansOf(traceId: string): readonly StoredSpan[] {
    let spans = this.#spans.get(traceId);
    if (spans === undefined) {
      if (this.#spans.size >= mostKept) this.#spans.clear();
      this.#spans.set(traceId, (spans = this.#read(traceId)));
    }
    return spans;
  }

  #tracesAround({ place: { traceId: own, start } }: OpenEnd): string[] {
    const intervals = this.#intervals;
    let low = 0;
    let high = intervals.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (intervals[middle].start <= start + skewNano) low = middle + 1;
      else high = middle;
    }
    const found: string[] = [];
    for (let at = low - 1; at >= 0 && low - at <= mostLookedBack; at--) {
      const { traceId, end } = intervals[at];
      if (traceId !== own && end >= start - afterwardsNano) found.push(traceId);
    }
    return found;
  }
}

/** After so many arrivals, somebody has been there nearly every time. */
function canBeFound(suspects: ReadonlyMap<string, Suspect>, arrivals: number): boolean {
  for (const { seen } of suspects.values()) if (seen.size >= arrivals * leastShare - 1) return true;
  return false;
}

/** A client span waits for something else: its own call would be known as one. */
function mayHaveSent({ group, kind }: StoredSpan, { client, group: receiver }: OpenEnd): boolean {
  const { sdkLanguage } = group.resource;
  return (
    kind !== kinds.client &&
    kind !== kinds.producer &&
    group.serviceName !== receiver.serviceName &&
    (sdkLanguage === undefined || sdkLanguage === client?.language)
  );
}

/** Of several spans of a group, the one that began last is the suspect. */
function suspect(
  suspects: Map<string, Suspect>,
  { group, start, end, traceId, spanId }: StoredSpan,
  arrival: OpenEnd,
): void {
  let known = suspects.get(group.key);
  if (known === undefined) {
    known = { group, seen: new Map(), outlasted: 0, lead: 0 };
    suspects.set(group.key, known);
  }
  const other = known.seen.get(arrival);
  if (other !== undefined && other.start >= start) return;
  if (other === undefined) {
    known.lead += arrival.place.start - start;
    if (end + skewNano >= arrival.end) known.outlasted++;
  }
  known.seen.set(arrival, { traceId, spanId, start });
}

/**
 * The one that must have sent: the nearest around, or just before, the arrivals. Nobody, where programs that have nothing to do with each
 * other were at work every time, or where the nearest had ended while another still worked.
 */
function culprit(suspects: readonly Suspect[]): Suspect | undefined {
  const services = new Map<string, Suspect>();
  for (const each of suspects) {
    const { serviceName } = each.group;
    const other = services.get(serviceName);
    if (other === undefined || isNearer(each, other)) services.set(serviceName, each);
  }
  const [nearest, ...others] = [...services.values()].sort((a, b) => leadOf(a) - leadOf(b));
  if (nearest === undefined) return undefined;
  const isSure = others.every(
    other => areConnected(nearest, other) && (outlasts(nearest) || !outlasts(other)),
  );
  return isSure ? nearest : undefined;
}

function isNearer(a: Suspect, b: Suspect): boolean {
  return outlasts(a) === outlasts(b) ? leadOf(a) < leadOf(b) : outlasts(a);
}

function leadOf({ lead, seen }: Suspect): number {
  return lead / seen.size;
}

function outlasts({ outlasted, seen }: Suspect): boolean {
  return outlasted * 2 > seen.size;
}

/** They were at work in the same traces. */
function areConnected(a: Suspect, b: Suspect): boolean {
  let together = 0;
  for (const [arrival, { traceId }] of a.seen) if (b.seen.get(arrival)?.traceId === traceId) together++;
  return together >= a.seen.size * leastShare;
}
