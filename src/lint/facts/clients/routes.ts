import type { LineMap } from '../../../base/lines.ts';
import type { RouteSite } from '../../../model/source.ts';
import { namesFieldsPlainly } from '../scopes.ts';
import { rangeOf } from '../sites.ts';
import { Resolver } from '../spans/spanNames.ts';
import { type CallExpression, type Expression, type FileSyntax, field, staticText } from '../syntax.ts';
import { contains } from '../walk.ts';
import { annotatedRoutes } from './annotatedRoutes.ts';

const verbs = new Set(['get', 'post', 'put', 'patch', 'delete', 'head', 'options']);
const anyMethod = new Set(['all', 'any', 'handle', 'handlefunc', 'route', 'api_route', 'websocket']);
const mounting = new Set(['use', 'mount', 'group', 'include_router', 'register_blueprint', 'register']);

export interface RouteFacts {
  readonly routes: readonly RouteSite[];
  readonly mounts: readonly string[];
}

/**
 * Registrations of request handlers: `app.get('/x', …)` (Express, Koa-router, Fastify, Hono, gin, chi, echo),
 * `fastify.route({ method, url })`, `@app.get("/x")` and `@app.route("/x", methods=[…])` (Flask, FastAPI),
 * `mux.HandleFunc("GET /x", …)`, `app.MapGet("/x", …)` (ASP.NET), tables of routes (`{ 'GET /x': handler }`), methods
 * with annotations (`annotatedRoutes`); and the prefixes under which routers are mounted.
 */
export function routeFacts(file: FileSyntax, lines: LineMap): RouteFacts {
  const resolver = new Resolver(file);
  const routes: RouteSite[] = [];
  const mounts = new Set<string>();
  const annotates = namesFieldsPlainly(file.language);
  if (annotates) routes.push(...annotatedRoutes(file, lines, resolver));
  for (const call of file.calls) {
    if (annotates && call.decorates !== undefined) continue;
    const callee = call.callee.toLowerCase().replace(/^map(?=[a-z])/, '');
    for (const prefix of mountPrefixes(call, callee, resolver)) mounts.add(prefix);
    if (!verbs.has(callee) && !anyMethod.has(callee)) continue;
    for (const { method, path } of registrations(call, callee, resolver))
      routes.push({
        method,
        path,
        ...rangeOf(call, lines),
        functionName: call.decorates ?? (call.inFunction?.qualifiedName || undefined),
      });
  }
  for (const { entries } of file.objects)
    for (const { key, quoted, value, at } of entries) {
      const [, method, path] = /^([A-Z]+) (\/\S*)$/.exec(key ?? '') ?? [];
      if (!quoted || !verbs.has(method?.toLowerCase()) || !isHandler(value)) continue;
      const around = file.functions.findLast(each => contains(each.at, at));
      routes.push({
        method,
        path,
        ...rangeOf({ at, calleeAt: at }, lines),
        functionName: around?.qualifiedName || undefined,
      });
    }
  return { routes, mounts: [...mounts] };
}

function registrations(
  call: CallExpression,
  callee: string,
  resolver: Resolver,
): { method: string; path: string }[] {
  const [first] = call.arguments;
  if (first === undefined) return [];
  if (first.type === 'object') {
    const path = textOf(field(first, 'url') ?? field(first, 'path'), resolver);
    if (path === undefined || call.receiver === undefined) return [];
    return methodsOf(field(first, 'method')).map(method => ({ method, path }));
  }
  const written = textOf(first, resolver);
  if (written === undefined) return [];
  // Go 1.22: the pattern may begin with a method and a host.
  const pattern = /^(?:([A-Z]+)\s+)?[\w.-]*(\/.*)$/.exec(written);
  if (pattern === null || !takesHandler(call)) return [];
  const [, method, path] = pattern;
  if (verbs.has(callee)) return [{ method: callee.toUpperCase(), path }];
  if (method !== undefined) return [{ method, path }];
  const named = call.named.get('methods');
  // Flask without `methods` answers GET; elsewhere the method is open.
  const open = callee === 'route' && call.decorates !== undefined ? 'GET' : '*';
  return named === undefined
    ? [{ method: open, path }]
    : methodsOf(named).map(each => ({ method: each, path }));
}

/** `cache.get('/x')` and `axios.get('/x', options)` register nothing: a decorator, or a handler after the path. */
function takesHandler(call: CallExpression): boolean {
  if (call.decorates !== undefined) return true;
  if (call.receiver === undefined) return false;
  return call.arguments.slice(1).some(isHandler);
}

function isHandler(value: Expression): boolean {
  if (value.type === 'function' || value.type === 'call') return true;
  if (value.type === 'list') return value.values.some(isHandler);
  return (
    value.type === 'reference' &&
    !/^(undefined|nil|None|null|config|options?|params?|headers)$/i.test(value.path)
  );
}

function methodsOf(value: Expression | undefined): string[] {
  const list = value?.type === 'list' ? value.values : value === undefined ? [] : [value];
  const methods = list.flatMap(item => staticText(item)?.toUpperCase() ?? []);
  return methods.length > 0 ? methods : ['*'];
}

function mountPrefixes(call: CallExpression, callee: string, resolver: Resolver): string[] {
  const constructors = /^(APIRouter|Blueprint|Router)$/.test(call.callee);
  if (!mounting.has(callee) && !constructors) return [];
  const values = [call.arguments[0], call.named.get('prefix'), call.named.get('url_prefix')];
  for (const argument of call.arguments)
    if (argument.type === 'object') values.push(field(argument, 'prefix'), field(argument, 'basePath'));
  return values.flatMap(value => {
    const prefix = textOf(value, resolver);
    return prefix?.startsWith('/') && prefix.length > 1 ? [prefix.replace(/\/+$/, '')] : [];
  });
}

function textOf(value: Expression | undefined, resolver: Resolver): string | undefined {
  return value === undefined ? undefined : staticText(resolver.resolve(value));
}
