import {
  type BrokenBoundary,
  type CallTarget,
  type Evidence,
  type SeenService,
  type Sighting,
  type SpanExample,
  type SpanSighting,
  valueTypes,
} from '../../model/evidence.ts';
import { maskSensitive } from '../../semconv/sensitive/values.ts';
import type { TraceStore } from '../../store/traceStore.ts';
import type { BrokenFacts } from './brokenBoundaries.ts';
import type { Observations } from './observations.ts';
import type { SeenFacts } from './seenSpans.ts';
import type { SpanGroup } from './spanGroups.ts';
import { spanToLocate } from './spanToLocate.ts';
import type { Example, Sightings } from './tally.ts';
import type { Turns } from './turns.ts';

const mostItems = 5000;
const mostExamples = 1000;
const mostScopesOfService = 100;

/** Turns what was observed into plain data. */
export class Answers {
  readonly #store: TraceStore;
  readonly #turns: Turns;

  constructor(store: TraceStore, turns: Turns) {
    this.#store = store;
    this.#turns = turns;
  }

  /** @param now nanoseconds since 1970; `settlesAt` too: when something that was missing will be told of */
  async of(
    seen: Observations,
    broken: readonly BrokenFacts[],
    now: number,
  ): Promise<{ evidence: Omit<Evidence, 'samplingGaps'>; settlesAt: number | undefined }> {
    const { spans, families } = seen.seenSpans.result();
    const orphans = seen.missingParents.result(now);
    const evidence: Omit<Evidence, 'samplingGaps'> = {
      traces: seen.traces,
      spans: seen.spans,
      services: services(seen, spans),
      seenSpans: await this.#each(spans, each => ({
        ...this.#spanSighting(each, each.facts.group),
        errors: each.facts.errors,
      })),
      seenAttributes: await this.#each(seen.attributeKeys.list(), each => ({
        ...this.#sighting(each, each.facts.group.serviceName),
        scopeName: each.facts.group.scopeName,
        attributeKey: each.facts.key,
        types: valueTypes.filter((_, index) => (each.facts.types & (1 << index)) !== 0),
        longest: each.facts.longest,
        sensitiveSpans: each.facts.sensitiveSpans,
      })),
      brokenBoundaries: await this.#each(broken, each => this.#brokenBoundary(each)),
      keptBoundaries: await this.#each(seen.boundaries.kept.list(), each => ({
        ...this.#spanSighting(each, each.facts.group),
        target: each.facts.call.target,
        to: receivingSide(each.facts.to),
        ...(each.facts.client !== undefined && { library: each.facts.client.library }),
      })),
      sensitiveValues: await this.#each(seen.sensitive.list(), each => ({
        ...this.#spanSighting(each, each.facts.group),
        attributeKey: each.facts.attributeKey,
        carrier: each.facts.carrier,
        ...each.facts.hit,
        severalValues: each.facts.severalValues,
      })),
      missingParents: await this.#each(orphans.items, each => ({
        ...this.#spanSighting(each, each.facts.group),
        parent: each.facts.parent,
      })),
      nameFamilies: await this.#each(families, ({ template, names, seen }) => ({
        ...this.#spanSighting(seen, seen.facts.group),
        ...{ template, names },
      })),
      bursts: await this.#each(seen.bursts.list(), each => ({
        ...this.#spanSighting(each, each.facts.group),
        form: each.facts.form,
        parentName: shownName(each.facts.parentName),
        ...(each.facts.operation !== undefined && { operation: each.facts.operation }),
        most: each.facts.most,
      })),
      resourceGaps: await this.#each(seen.processes.gaps(), ({ problem, detail, process }) => ({
        ...this.#sighting(process, process.facts.resource.serviceName),
        problem,
        ...(detail !== undefined && { detail }),
        ...sdkLanguageOf(process.facts.resource.sdkLanguage),
      })),
      legacyAttributes: await this.#each(seen.attributeKeys.deprecated(), ({ seen, renamedTo, note }) => ({
        ...this.#sighting(seen, seen.facts.group.serviceName),
        scopeName: seen.facts.group.scopeName,
        scopeVersion: seen.facts.group.scopeVersion,
        attributeKey: seen.facts.key,
        ...(renamedTo !== undefined && { renamedTo }),
        note,
        ...this.#located(seen.examples),
      })),
      errorMismatches: await this.#each(seen.errors.list(), each => ({
        ...this.#spanSighting(each, each.facts.group),
        form: each.facts.form,
      })),
      clientRoots: await this.#each(seen.clientRoots.list(), each => this.#spanSighting(each, each.facts)),
      inactiveSpans: await this.#each(seen.inactiveSpans.list(), each =>
        this.#spanSighting(each, each.facts),
      ),
      clockSkews: await this.#each(seen.clockSkews.list(), each => ({
        ...this.#spanSighting(each, each.facts.group),
        parentServiceName: each.facts.parentServiceName,
        mostNano: each.facts.mostNano.toFixed(0),
        form: each.facts.form,
      })),
    };
    return { evidence, settlesAt: orphans.settlesAt };
  }

  async #each<From, To>(items: readonly From[], make: (item: From) => To): Promise<To[]> {
    const made: To[] = [];
    for (const item of items.slice(0, mostItems)) {
      if (this.#turns.isOver) await this.#turns.next();
      made.push(make(item));
    }
    return made;
  }

  #brokenBoundary({ side, from, arrival, call, callers, arrivals }: BrokenFacts): BrokenBoundary {
    const { target }: { target: CallTarget } = call;
    const newest = callers.map((_, at) => at).sort((a, b) => callers[b].start - callers[a].start);
    const shown = newest.slice(0, mostExamples);
    const traces = new Set(callers.map(({ traceId }) => traceId)).size;
    return {
      ...groupNames(from),
      ...{ side, target, spans: callers.length, traces },
      to: receivingSide(arrival.group),
      ...(arrival.client !== undefined && { library: arrival.client.library }),
      examples: shown.map(at => ids(callers[at])),
      arrivals: shown.map(at => ids(arrivals[at])),
      lastSeenUnixNano: nanoText(callers[newest[0]].start),
      ...this.#located(shown.map(at => callers[at])),
    };
  }

  #spanSighting(seen: Sightings<unknown>, group: SpanGroup): SpanSighting {
    return {
      ...groupNames(group),
      ...this.#sighting(seen, group.serviceName),
      ...this.#located(seen.examples),
    };
  }

  #sighting({ spans, traces, examples, lastSeen }: Sightings<unknown>, serviceName: string): Sighting {
    const newest = examples.toSorted((a, b) => b.start - a.start);
    return { serviceName, spans, traces, examples: newest.map(ids), lastSeenUnixNano: nanoText(lastSeen) };
  }

  #located(examples: readonly SpanExample[]): Pick<SpanSighting, 'span'> {
    for (const example of examples) {
      const span = spanToLocate(this.#store, example);
      if (span !== undefined) return { span };
    }
    return {};
  }
}

function services(seen: Observations, spans: readonly Sightings<SeenFacts>[]): SeenService[] {
  const found = new Map<string, { spans: number; sdkLanguage?: string; scopes: Set<string> }>();
  for (const { spans, facts } of seen.processes.list()) {
    const { serviceName, sdkLanguage } = facts.resource;
    const service = found.get(serviceName) ?? { spans: 0, scopes: new Set<string>() };
    found.set(serviceName, service);
    service.spans += spans;
    if (sdkLanguage !== undefined) service.sdkLanguage = sdkLanguage;
  }
  for (const { facts } of spans) {
    const { serviceName, scopeName, scopeVersion } = facts.group;
    const scopes = found.get(serviceName)?.scopes;
    if (scopes !== undefined && scopes.size < mostScopesOfService) scopes.add(`${scopeName}@${scopeVersion}`);
  }
  return [...found].map(([serviceName, { scopes, ...rest }]) => ({
    serviceName,
    ...rest,
    scopes: [...scopes],
  }));
}

function groupNames(group: SpanGroup) {
  const { serviceName, spanKind, scopeName, scopeVersion } = group;
  return { serviceName, spanName: shownName(group.spanName), spanKind, scopeName, scopeVersion };
}

function receivingSide({ serviceName, spanName, scopeName }: SpanGroup) {
  return { serviceName, spanName: shownName(spanName), scopeName };
}

/** Names may hold what attributes must not. */
function shownName(name: string): string {
  return maskSensitive(name);
}

function sdkLanguageOf(sdkLanguage: string | undefined) {
  return sdkLanguage === undefined ? {} : { sdkLanguage };
}

function ids({ traceId, spanId }: Example | SpanExample): SpanExample {
  return { traceId, spanId };
}

function nanoText(nanoseconds: number): string {
  return nanoseconds.toFixed(0);
}
