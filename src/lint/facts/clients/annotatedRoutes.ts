import type { LineMap } from '../../../base/lines.ts';
import type { RouteSite } from '../../../model/source.ts';
import { rangeOf } from '../sites.ts';
import type { Resolver } from '../spans/spanNames.ts';
import {
  type CallExpression,
  type ClassSyntax,
  type Expression,
  type FileSyntax,
  type FunctionSyntax,
  staticText,
} from '../syntax.ts';

/** Spring and Micronaut: `@GetMapping("/x")`, `@Get("/x")`; JAX-RS says the path apart; ASP.NET: `[HttpGet("x")]`. */
const handling =
  /^(?:(Get|Post|Put|Patch|Delete|Head|Options)(?:Mapping)?|(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)|Http(Get|Post|Put|Patch|Delete|Head|Options))$/;
/** Say a path for any method, or with `method = RequestMethod.POST`. */
const anyMethod = /^(?:RequestMapping|Path|Route)$/;
/** Before a class: what all its handlers begin with. */
const prefixing = /^(?:RequestMapping|Path|Controller|Route)$/;
/** Interfaces of clients have the annotations of the handlers that they call. */
const clients = /^(?:FeignClient|HttpExchange|RegisterRestClient|Client)$/;

interface Annotation {
  readonly name: string;
  readonly expression: Expression;
  /** undefined where none is written. */
  readonly path: string | undefined;
}

/** The methods of Java and C# whose annotations and attributes make them handlers of requests. */
export function annotatedRoutes(file: FileSyntax, lines: LineMap, resolver: Resolver): RouteSite[] {
  return file.functions.flatMap(handler => {
    if (handler.className === undefined || handler.decorators.length === 0) return [];
    const owner = file.classes.findLast(each => each.methods.includes(handler));
    return owner === undefined ? [] : routesOf(handler, owner, lines, resolver);
  });
}

function routesOf(
  handler: FunctionSyntax,
  owner: ClassSyntax,
  lines: LineMap,
  resolver: Resolver,
): RouteSite[] {
  const above = owner.decorators.flatMap(each => annotation(each, resolver) ?? []);
  // A method without a body is called, or handled elsewhere.
  if (handler.bodyAt === handler.at || above.some(({ name }) => clients.test(name))) return [];
  const own = handler.decorators.flatMap(each => annotation(each, resolver) ?? []);
  const path = own.find(({ name, path: written }) => anyMethod.test(name) && written !== undefined)?.path;
  const verbs = own.filter(({ name }) => handling.test(name));
  const places = verbs.length > 0 ? verbs : own.filter(({ name }) => anyMethod.test(name));
  const prefix = above.find(({ name, path: written }) => prefixing.test(name) && written !== undefined)?.path;
  return places.map(place => ({
    method: methodOf(place),
    path: joined(prefix, place.path ?? path, owner.name, handler.name),
    ...rangeOf(placeOf(place.expression), lines),
    functionName: handler.qualifiedName || undefined,
  }));
}

function annotation(expression: Expression, resolver: Resolver): Annotation | undefined {
  const name =
    expression.type === 'call'
      ? expression.callee
      : expression.type === 'reference'
        ? expression.path.replace(/^.*\./, '')
        : undefined;
  if (name === undefined) return undefined;
  return { name, expression, path: expression.type === 'call' ? pathOf(expression, resolver) : undefined };
}

/** `("/x")`, `(value = "/x")`, `(path = {"/x", "/y"})`, `(Template = "x")`. */
function pathOf({ arguments: given, named }: CallExpression, resolver: Resolver): string | undefined {
  const written = given[0] ?? named.get('value') ?? named.get('path') ?? named.get('template');
  const first = written?.type === 'list' ? written.values[0] : written;
  return first === undefined ? undefined : staticText(resolver.resolve(first));
}

function methodOf({ name, expression }: Annotation): string {
  const [, verb, upper, attribute] = handling.exec(name) ?? [];
  const known = verb ?? upper ?? attribute;
  if (known !== undefined) return known.toUpperCase();
  const method = expression.type === 'call' ? expression.named.get('method') : undefined;
  const one = method?.type === 'list' && method.values.length === 1 ? method.values[0] : method;
  return one?.type === 'reference' ? one.path.replace(/^.*\./, '') : '*';
}

/** A path that begins with `/` or `~/` stands alone in ASP.NET, where prefixes do not begin with `/`. */
function joined(prefix = '', path = '', className: string, method: string): string {
  const alone = path.startsWith('~/') || (path.startsWith('/') && prefix !== '' && !prefix.startsWith('/'));
  const parts = alone ? [path.replace(/^~/, '')] : [prefix, path];
  const whole = parts
    .map(part => part.replace(/^\/+|\/+$/g, ''))
    .filter(part => part !== '')
    .join('/')
    .replace('[controller]', className.replace(/Controller$/, ''))
    .replace('[action]', method);
  return `/${whole}`;
}

function placeOf(expression: Expression): { at: Expression['at']; calleeAt: Expression['at'] } {
  return expression.type === 'call' ? expression : { at: expression.at, calleeAt: expression.at };
}
