import { isDeepStrictEqual } from 'node:util';
import type { RouteSite, SourceFacts, SpanCallSite, SpanHelper } from '../model/source.ts';
import type { SourceFile } from './sourceFiles.ts';

export interface Found<Site> {
  readonly file: SourceFile;
  readonly site: Site;
}

/** Static text that a name with unknown parts must have to be told from others. */
const minStaticLength = 6;

/** The span call sites and routes of a workspace, kept up to date file by file. */
export class SourceIndex {
  readonly #files = new Map<string, { file: SourceFile; facts: SourceFacts }>();
  readonly #byName = new Map<string, Set<string>>();
  readonly #withPatterns = new Set<string>();
  readonly #withRoutes = new Set<string>();
  readonly #withHelpers = new Set<string>();
  #callSites = 0;
  #generation = 0;

  get fileCount(): number {
    return this.#files.size;
  }

  get callSiteCount(): number {
    return this.#callSites;
  }

  /** Raised by every change. */
  get generation(): number {
    return this.#generation;
  }

  set(file: SourceFile, facts: SourceFacts): void {
    if (isDeepStrictEqual(this.facts(file.uri), facts)) return;
    this.delete(file.uri);
    this.#files.set(file.uri, { file, facts });
    this.#callSites += facts.spanCallSites.length;
    this.#generation++;
    for (const { name } of facts.spanCallSites) {
      const literal = literalName(name);
      if (literal === undefined) this.#withPatterns.add(file.uri);
      else addTo(this.#byName, literal, file.uri);
    }
    if (facts.routes.length > 0 || facts.mounts.length > 0) this.#withRoutes.add(file.uri);
    if (facts.spanHelpers.length > 0) this.#withHelpers.add(file.uri);
  }

  delete(uri: string): void {
    const known = this.#files.get(uri);
    if (known === undefined) return;
    this.#files.delete(uri);
    this.#callSites -= known.facts.spanCallSites.length;
    this.#generation++;
    for (const { name } of known.facts.spanCallSites) {
      const literal = literalName(name);
      const uris = literal === undefined ? undefined : this.#byName.get(literal);
      uris?.delete(uri);
      if (literal !== undefined && uris?.size === 0) this.#byName.delete(literal);
    }
    for (const set of [this.#withPatterns, this.#withRoutes, this.#withHelpers]) set.delete(uri);
  }

  facts(uri: string): SourceFacts | undefined {
    return this.#files.get(uri)?.facts;
  }

  /** Sites whose name is this text. */
  sitesNamed(name: string): Found<SpanCallSite>[] {
    return this.#collect(this.#byName.get(name) ?? [], facts =>
      facts.spanCallSites.filter(site => literalName(site.name) === name),
    );
  }

  /** Sites whose partly static name fits, those with the most static text first. */
  sitesMatching(name: string): Found<SpanCallSite>[] {
    return this.#collect(this.#withPatterns, facts =>
      facts.spanCallSites.filter(
        site => staticLength(site) >= minStaticLength && matchesParts(site.name, name),
      ),
    ).sort((a, b) => staticLength(b.site) - staticLength(a.site));
  }

  /** Sites of a tracer whose names are not known from the code but may be this one. */
  sitesOfTracer(tracerName: string, name: string): Found<SpanCallSite>[] {
    return this.#collect(this.#withPatterns, facts =>
      facts.spanCallSites.filter(
        site => site.tracerName === tracerName && site.name.includes(null) && matchesParts(site.name, name),
      ),
    );
  }

  routes(): Found<RouteSite>[] {
    return this.#collect(this.#withRoutes, facts => facts.routes);
  }

  hasMount(prefix: string): boolean {
    return [...this.#withRoutes].some(uri => this.facts(uri)?.mounts.includes(prefix));
  }

  helpers(): Found<SpanHelper>[] {
    return this.#collect(this.#withHelpers, facts => facts.spanHelpers);
  }

  #collect<Site>(uris: Iterable<string>, pick: (facts: SourceFacts) => readonly Site[]): Found<Site>[] {
    const found: Found<Site>[] = [];
    for (const uri of uris) {
      const known = this.#files.get(uri);
      if (known !== undefined) for (const site of pick(known.facts)) found.push({ file: known.file, site });
    }
    return found;
  }
}

function addTo(map: Map<string, Set<string>>, key: string, value: string): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, new Set([value]));
  else known.add(value);
}

function literalName(name: SpanCallSite['name']): string | undefined {
  return name.length === 1 && name[0] !== null ? name[0] : undefined;
}

function staticLength(site: SpanCallSite): number {
  return site.name.reduce((sum, part) => sum + (part?.length ?? 0), 0);
}

/** Whether the text is the static parts in order with at least one character for each `null`. Linear: no expressions are built. */
export function matchesParts(parts: SpanCallSite['name'], text: string): boolean {
  let at = 0;
  let open = false;
  for (const [index, part] of parts.entries()) {
    if (part === null) {
      open = true;
      continue;
    }
    const last = index === parts.length - 1;
    const found = last && open ? text.length - part.length : open ? text.indexOf(part, at + 1) : at;
    if (found < at + (open ? 1 : 0) || !text.startsWith(part, found)) return false;
    at = found + part.length;
    open = false;
  }
  return open ? at < text.length : at === text.length;
}
