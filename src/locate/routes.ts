/** Route patterns of all frameworks in one form, and how well a request fits them. */

export type RouteFit = 'exact' | 'mounted' | 'path' | 'mounted path';

interface Segment {
  readonly kind: 'static' | 'parameter' | 'rest';
  readonly text: string;
}

/** `/a/:id`, `/a/{id}`, `/a/{id:int}`, `/a/<int:id>`, `/a/[id]`, `/files/*`, `/files/{path...}`. */
export function routeSegments(route: string): Segment[] {
  const path = route
    .replace(/^\^/, '')
    .replace(/\$$/, '')
    .replace(/[?#].*$/, '');
  return path
    .split('/')
    .filter(part => part !== '')
    .map((text): Segment => {
      if (/^\*|^\(\.\*\)|^\{\*|\.\.\.[\]}]?|^<path:/.test(text)) return { kind: 'rest', text: '' };
      if (/^[:{<[]|^\$[a-z{]/i.test(text)) return { kind: 'parameter', text: '' };
      return { kind: 'static', text };
    });
}

/**
 * Whether the site's route is the request's route, or its end: a router that is mounted elsewhere. `prefix` is what
 * the mounting must have added; for the route `/` it is everything.
 */
export function fitRoute(site: string, requested: string): { fit: RouteFit; prefix: string } | undefined {
  const own = routeSegments(site);
  const wanted = routeSegments(requested);
  if (own.length === 0 && wanted.length > 0)
    return { fit: 'mounted', prefix: requestedPrefix(requested, wanted.length) };
  if (own.length > wanted.length || (own.length < wanted.length && !own.some(isStatic))) return undefined;
  const lead = wanted.length - own.length;
  if (!own.every((segment, index) => sameSegment(segment, wanted[lead + index]))) return undefined;
  return lead === 0
    ? { fit: 'exact', prefix: '' }
    : { fit: 'mounted', prefix: requestedPrefix(requested, lead) };
}

/** Whether the site's route takes a request to this path, wholly or as a mounted router. */
export function fitPath(site: string, path: string): { fit: RouteFit; prefix: string } | undefined {
  const own = routeSegments(site);
  const wanted = path
    .replace(/[?#].*$/, '')
    .split('/')
    .filter(part => part !== '');
  if (own.length > 0 && !own.some(isStatic)) return undefined;
  const rest = own[own.length - 1]?.kind === 'rest';
  if (rest) {
    const head = own.slice(0, -1);
    return wanted.length >= head.length && head.every((segment, index) => takes(segment, wanted[index]))
      ? { fit: 'path', prefix: '' }
      : undefined;
  }
  const lead = wanted.length - own.length;
  if (lead < 0 || (lead > 0 && own.length === 0)) return undefined;
  if (!own.every((segment, index) => takes(segment, wanted[lead + index]))) return undefined;
  return lead === 0
    ? { fit: 'path', prefix: '' }
    : { fit: 'mounted path', prefix: `/${wanted.slice(0, lead).join('/')}` };
}

/** Static segments weigh most, then parameters, then rests: the route that a framework would choose. */
export function specificity(route: string): number {
  const weights = { static: 10_000, parameter: 100, rest: 1 };
  return routeSegments(route).reduce((sum, { kind }) => sum + weights[kind], 0);
}

function requestedPrefix(route: string, segments: number): string {
  return `/${route
    .split('/')
    .filter(part => part !== '')
    .slice(0, segments)
    .join('/')}`;
}

function isStatic(segment: Segment): boolean {
  return segment.kind === 'static';
}

function sameSegment(a: Segment, b: Segment): boolean {
  return a.kind === b.kind && a.text === b.text;
}

function takes(segment: Segment, part: string): boolean {
  return segment.kind !== 'static' || segment.text === part;
}
