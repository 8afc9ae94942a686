import type { SpanExample } from '../../model/evidence.ts';

/** Of an item, the examples that are kept while counting; answers carry fewer. */
const mostExamples = 1000;
/** Of one trace. */
const mostPerTrace = 3;

/** Where and when something was seen. */
export interface Place {
  /** Other traces, other numbers; the spans of a trace come one after the other. */
  readonly traceNumber: number;
  readonly traceId: string;
  readonly spanId: string;
  /** Start, nanoseconds since 1970, as a double. */
  readonly start: number;
}

export interface Example extends SpanExample {
  readonly start: number;
}

/** How often, where and when something of one kind was seen. */
export class Sightings<Facts> {
  facts: Facts;
  spans = 0;
  traces = 0;
  lastSeen = 0;
  readonly examples: Example[] = [];
  #lastTrace = -1;
  #inLastTrace = 0;

  constructor(facts: Facts) {
    this.facts = facts;
  }

  add(place: Place, most = mostExamples): void {
    this.spans++;
    if (place.traceNumber !== this.#lastTrace) {
      this.traces++;
      this.#lastTrace = place.traceNumber;
      this.#inLastTrace = 0;
    }
    if (place.start > this.lastSeen) this.lastSeen = place.start;
    if (this.#inLastTrace++ < mostPerTrace && this.examples.length < most) {
      const { traceId, spanId, start } = place;
      this.examples.push({ traceId, spanId, start });
    }
  }

  /** Adds what was seen in other traces. */
  addAll(other: Sightings<Facts>, most = mostExamples): void {
    this.spans += other.spans;
    this.traces += other.traces;
    this.lastSeen = Math.max(this.lastSeen, other.lastSeen);
    for (const example of other.examples) {
      if (this.examples.length >= most) return;
      this.examples.push(example);
    }
  }
}

export interface TallyOptions<Facts> {
  /** Items that are told apart. */
  readonly items?: number;
  readonly examples?: number;
  /** Puts together what two items with the same key say. */
  readonly combine?: (mine: Facts, other: Facts) => Facts;
}

/** Sightings by what was seen, within bounds. */
export class Tally<Facts> {
  readonly #items = new Map<string, Sightings<Facts>>();
  readonly #options: TallyOptions<Facts>;

  constructor(options: TallyOptions<Facts> = {}) {
    this.#options = options;
  }

  /** @param factsOf is asked for the first sighting with this key, and again where facts are combined */
  add(key: string, place: Place, factsOf: () => Facts): void {
    const { items = 2000, examples, combine } = this.#options;
    let item = this.#items.get(key);
    if (item === undefined) {
      if (this.#items.size >= items) return;
      this.#items.set(key, (item = new Sightings(factsOf())));
    } else if (combine !== undefined) {
      item.facts = combine(item.facts, factsOf());
    }
    item.add(place, examples);
  }

  /** Adds what was seen in other traces. */
  merge(other: Tally<Facts>): void {
    const { items = 2000, examples, combine } = this.#options;
    for (const [key, theirs] of other.#items) {
      let mine = this.#items.get(key);
      if (mine === undefined) {
        if (this.#items.size >= items) continue;
        this.#items.set(key, (mine = new Sightings(theirs.facts)));
      } else if (combine !== undefined) {
        mine.facts = combine(mine.facts, theirs.facts);
      }
      mine.addAll(theirs, examples);
    }
  }

  /** What was seen most comes first. */
  list(): Sightings<Facts>[] {
    return [...this.#items.values()].sort((a, b) => b.spans - a.spans);
  }
}
