/** Spans whose name stands in the code: the literal, or a text with unknown parts, at a call that starts spans. */
import type { SpanCallSite, SpanToLocate } from '../model/source.ts';
import { serviceFolders } from './pathMapper.ts';
import { isTestPath } from './paths.ts';
import type { Found } from './sourceIndex.ts';
import type { Place, Strategy, Workspace } from './workspace.ts';

type Site = Found<SpanCallSite>;

/** Scopes of instrumentation libraries: the name is theirs and stands in no code of the workspace. */
const libraryScope =
  /^@opentelemetry\/instrumentation|^opentelemetry\.instrumentation\.|^io\.opentelemetry\.(?!javaagent\.extension|opentelemetry-instrumentation-annotations)|^go\.opentelemetry\.io\/(contrib|auto)|^(Microsoft|System|Npgsql|OpenTelemetry|Azure)\.|^otelgrpc|^@fastify\/otel|^@prisma\/instrumentation/;

const weights = {
  api: 0.9,
  helper: 0.9,
  /** Only its callee speaks of spans. */
  hint: 0.86,
  pattern: 0.75,
  onlyOfTracer: 0.8,
  oneOfTracer: 0.5,
} as const;
/** Two places closer than this are both shown. */
const margin = 0.1;
/** Of places that cannot be told apart none is opened by itself. */
const undecided = 0.7;
/** Lines around a call, at most, in which attribute keys are looked for; those outside its function are another's. */
const attributeLines = 40;

export function isLibraryScope(scopeName: string): boolean {
  return libraryScope.test(scopeName);
}

export const bySpanName: Strategy = async (span, workspace) => {
  if (isLibraryScope(span.scopeName) || span.name === '') return [];
  const literal = [...literalSites(span.name, workspace)];
  const places = await rank(literal, span, workspace, 'span name literal');
  if (places.length > 0) return places;
  const [longest, ...rest] = workspace.index.sitesMatching(span.name);
  if (longest === undefined) return byTracer(span, workspace);
  const best = [longest, ...rest.filter(({ site }) => staticLength(site) === staticLength(longest.site))];
  const ranked = await rank(best, span, workspace, 'span name pattern');
  return ranked.map(place => ({ ...place, confidence: Math.min(place.confidence, weights.pattern) }));
};

/** The name says nothing, but few places use the tracer that the span's scope is named after. */
function byTracer({ name, scopeName }: SpanToLocate, { index }: Workspace): Place[] {
  if (scopeName === '') return [];
  const sites = index.sitesOfTracer(scopeName, name);
  return sites.map(({ file, site }) => ({
    file,
    line: site.line,
    column: site.column,
    confidence: sites.length === 1 ? weights.onlyOfTracer : weights.oneOfTracer,
    strategy: 'tracer name',
  }));
}

/** Also the literals that helpers of other files complete: `withSpan('load')` makes `shop.load`. */
function literalSites(name: string, { index }: Workspace): Site[] {
  const helpers = index.helpers().map(({ site }) => site);
  const plain = index.sitesNamed(name).filter(({ site }) => {
    if (site.via !== 'hint') return true;
    const known = helpers.filter(helper => helper.name === site.api);
    return known.length === 0 || known.some(({ prefix, suffix }) => prefix === '' && suffix === '');
  });
  const completed = helpers.flatMap(({ name: api, prefix, suffix, parameterIndex }) => {
    if ((prefix === '' && suffix === '') || !name.startsWith(prefix) || !name.endsWith(suffix)) return [];
    const inner = name.slice(prefix.length, name.length - suffix.length);
    return index
      .sitesNamed(inner)
      .filter(({ site }) => site.via === 'hint' && site.api === api && site.nameArgument === parameterIndex);
  });
  return [...plain, ...completed];
}

async function rank(
  sites: readonly Site[],
  span: SpanToLocate,
  workspace: Workspace,
  strategy: string,
): Promise<Place[]> {
  const scored = await Promise.all(
    sites.slice(0, 50).map(async found => ({ found, score: score(found, span, workspace) })),
  );
  scored.sort((a, b) => b.score - a.score);
  const close = scored.filter(({ score: own }) => own > scored[0].score - margin);
  if (close.length > 1) await voteByAttributes(close, span, workspace);
  scored.sort((a, b) => b.score - a.score);
  const decided = scored.length < 2 || scored[0].score - scored[1].score >= margin - 1e-9;
  return scored.map(({ found, score: own }, position) => ({
    file: found.file,
    line: found.site.line,
    column: found.site.column,
    confidence: Math.min(0.95, decided && position === 0 ? own : Math.min(own, undecided)),
    strategy,
  }));
}

function score({ file, site }: Site, span: SpanToLocate, { files, index, mapper }: Workspace): number {
  let own: number = weights[site.via];
  const helpers =
    site.via === 'hint' ? index.helpers().filter(({ site: helper }) => helper.name === site.api) : [];
  if (helpers.some(({ site: helper }) => helper.parameterIndex === site.nameArgument)) own = weights.helper;
  const scope = sameScope(site, file.path, span.scopeName);
  if (scope === true) own += 0.05;
  if (scope === false) own -= 0.3;
  // The kind is only known where it is written; internal is what is not written.
  if (site.kind !== undefined && span.kind !== 0 && site.kind !== span.kind) own -= 0.15;
  if (isTestPath(file.path)) own -= 0.15;
  const folders = [...mapper.learnedFolders(span.serviceName), ...serviceFolders(files, span.serviceName)];
  if (folders.length > 0) own += folders.some(folder => file.absolutePath.startsWith(folder)) ? 0.05 : -0.1;
  return own;
}

/** Whether the tracer's name is the span's scope; undefined if either is not known. */
function sameScope(site: SpanCallSite, path: string, scopeName: string): boolean | undefined {
  if (site.tracerName === undefined || site.tracerName === '' || scopeName === '') return undefined;
  if (site.tracerName !== '__name__') return site.tracerName === scopeName;
  if (scopeName === '__main__') return undefined;
  const module = path.replace(/(\/__init__)?\.pyi?$/, '').replaceAll('/', '.');
  return module === scopeName || module.endsWith(`.${scopeName}`);
}

/** The place near which most of the span's own attribute keys are written gets the better of the others. */
async function voteByAttributes(
  close: { found: Site; score: number }[],
  span: SpanToLocate,
  { files, index }: Workspace,
): Promise<void> {
  const keys = span.attributes.map(({ key }) => key).filter(key => !key.startsWith('code.'));
  if (keys.length === 0) return;
  const votes = await Promise.all(
    close.map(async ({ found: { file, site } }) => {
      const text = await files.read(file);
      if (text === undefined) return 0;
      const around = index
        .facts(file.uri)
        ?.functions.findLast(({ line, endLine }) => line < site.line && site.endLine < endLine);
      const near = text
        .split('\n')
        .slice(
          Math.max(0, around?.line ?? 0, site.line - attributeLines),
          Math.min(around?.endLine ?? Number.POSITIVE_INFINITY, site.endLine + attributeLines),
        )
        .join('\n');
      return keys.filter(key => near.includes(`'${key}'`) || near.includes(`"${key}"`)).length;
    }),
  );
  const most = Math.max(...votes);
  const leaders = votes.flatMap((vote, index) => (vote === most ? [index] : []));
  if (most > 0 && leaders.length === 1) close[leaders[0]].score += margin;
}

function staticLength(site: SpanCallSite): number {
  return site.name.reduce((sum, part) => sum + (part?.length ?? 0), 0);
}
