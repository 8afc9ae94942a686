/** Server spans: the place where the handler of their route is registered. */
import type { RouteSite, SpanToLocate } from '../model/source.ts';
import { routeKeys } from '../semconv/http.ts';
import { attribute, textOf } from './codeAttributes.ts';
import { serviceFolders } from './pathMapper.ts';
import { isTestPath } from './paths.ts';
import { fitPath, fitRoute, type RouteFit, specificity } from './routes.ts';
import type { Found } from './sourceIndex.ts';
import type { Strategy, Workspace } from './workspace.ts';

const weights: { readonly [fit in RouteFit]: number } = {
  exact: 0.93,
  mounted: 0.8,
  path: 0.85,
  'mounted path': 0.75,
};
/** A mounted router whose prefix is written in the workspace. */
const confirmedMount = 0.88;
/** Of routes that cannot be told apart none is opened by itself. */
const undecided = 0.7;

const serverKind = 2;

interface Request {
  readonly method?: string;
  readonly route?: string;
  readonly path?: string;
}

export const byRoute: Strategy = async (span, workspace) => {
  const request = requestOf(span);
  if (request === undefined) return [];
  const fits = workspace.index
    .routes()
    .flatMap(found => fitting(found, request, workspace))
    .map(entry => ({ ...entry, weight: weighed(entry, span, workspace) }))
    .sort((a, b) => b.weight - a.weight || b.specific - a.specific);
  const [best] = fits;
  if (best === undefined) return [];
  const equal = fits.filter(entry => entry.weight >= best.weight - 0.03 && entry.specific === best.specific);
  return equal.map(({ file, site, weight }) => ({
    file,
    line: site.line,
    column: site.column,
    confidence: equal.length > 1 ? Math.min(weight, undecided) : weight,
    strategy: request.route === undefined ? 'request path' : 'http.route',
  }));
};

/** Undefined for spans that handle no request; client spans carry the same attributes. */
function requestOf(span: SpanToLocate): Request | undefined {
  const value = (...keys: string[]) => textOf(attribute(span.attributes, keys));
  const route = value(...routeKeys.route);
  if (span.kind !== serverKind && (span.kind !== 1 || route === undefined)) return undefined;
  // A middleware's span has the route of the handler behind it.
  if (span.kind === 1 && value(...routeKeys.layer) === 'middleware') return undefined;
  const named = /^([A-Z]+) (\/\S*)$/.exec(span.name);
  const method = value(...routeKeys.method) ?? named?.[1];
  const path = value('url.path', 'http.target');
  const known = route ?? named?.[2];
  return known === undefined && path === undefined ? undefined : { method, route: known, path };
}

interface Fit extends Found<RouteSite> {
  readonly fit: RouteFit;
  readonly prefix: string;
  readonly specific: number;
}

function fitting({ file, site }: Found<RouteSite>, request: Request, { index }: Workspace): Fit[] {
  if (request.method !== undefined && site.method !== '*' && site.method !== request.method.toUpperCase())
    return [];
  const found =
    request.route === undefined ? fitPath(site.path, request.path ?? '') : fitRoute(site.path, request.route);
  if (found === undefined) return [];
  // `/` fits below every prefix, so that the prefix must be known.
  if (specificity(site.path) === 0 && found.prefix !== '' && !index.hasMount(found.prefix)) return [];
  return [{ file, site, ...found, specific: specificity(site.path) }];
}

function weighed(entry: Fit, span: SpanToLocate, { files, index, mapper }: Workspace): number {
  let weight = weights[entry.fit];
  if (entry.fit === 'mounted' && index.hasMount(entry.prefix)) weight = confirmedMount;
  if (isTestPath(entry.file.path)) weight -= 0.2;
  const folders = [...mapper.learnedFolders(span.serviceName), ...serviceFolders(files, span.serviceName)];
  if (folders.length > 0 && !folders.some(folder => entry.file.absolutePath.startsWith(folder)))
    weight -= 0.2;
  return weight;
}
