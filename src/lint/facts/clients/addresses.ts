import type { FileFacts } from '../fileFacts.ts';
import { returnsOf } from '../returns.ts';
import type { Definition } from '../scopes.ts';
import {
  type CallExpression,
  type Expression,
  type FunctionSyntax,
  field,
  type Parameter,
} from '../syntax.ts';
import { baseOfChain, builtFrom } from './addressesJava.ts';
import { isOwnEndpoint } from './endpoints.ts';

/** Text as far as it is static; `null` for what varies. */
export type Address = readonly (string | null)[];

/** A longer chain of definitions is a circle, or more than a reader would follow. */
const maxHops = 8;

/** Options of a client that its addresses are relative to. */
const bases = ['baseURL', 'baseUrl', 'prefixUrl', 'base_url'];

/** Where an HTTP call goes; undefined if nothing of it is known. */
export function addressOf(file: FileFacts, call: CallExpression): Address | undefined {
  const target = targetOf(call);
  const address = target === undefined ? undefined : read(file, target, call.inFunction, 0);
  if (address !== undefined && typeof address[0] === 'string' && /^[a-z]+:\/\//i.test(address[0]))
    return address;
  const base = baseOf(file, call);
  if (base !== undefined) return [...base, ...(address ?? [null])];
  // What a client is asked for is relative to where it was made to go, wherever that was.
  return address !== undefined && isOfClient(file, call) ? [null, ...address] : address;
}

function isOfClient(file: FileFacts, call: CallExpression): boolean {
  const name = file.names.callee(call) ?? '';
  return call.receiver !== undefined && name.includes('()') && !/^(?:global#|@angular\/)/.test(name);
}

/** The argument that is the address. */
export function targetOf(call: CallExpression): Expression | undefined {
  const { callee, receiver, arguments: given, named } = call;
  // Java: `url.openConnection()`, `client.get().uri(…).retrieve()`.
  if (/^(?:openConnection|retrieve|exchangeTo(?:Mono|Flux))$/.test(callee)) return receiver;
  const isMethodFirst = /^(?:request|stream|NewRequest|open)$/.test(callee) && isMethod(given[0]);
  return named.get('url') ?? given[isMethodFirst ? 1 : targetIndex(call)];
}

/** Of Go: `grpc.DialContext(ctx, address)`, `pingv1connect.NewPingClient(client, address)`, `pb.RegisterStockHandlerFromEndpoint(ctx, mux, address, options)`. */
export function targetIndex({ callee, receiver }: CallExpression): number {
  // Of Fastify: `app.register(httpProxy, { upstream })`.
  if (callee === 'register') return 1;
  if (callee === 'DialContext') return 1;
  if (receiver?.type === 'reference' && receiver.path.endsWith('connect') && /^New\w+Client$/.test(callee))
    return 1;
  return /HandlerFromEndpoint$/.test(callee) ? 2 : 0;
}

function isMethod(expression: Expression | undefined): boolean {
  return expression?.type === 'text' && /^[A-Z]+$/.test(expression.parts.join(''));
}

/** Where a client was made to go, if the request is made with one. */
function baseOf(file: FileFacts, call: CallExpression): Address | undefined {
  const base = baseGiven(file, call);
  return base === undefined ? undefined : (read(file, base.expression, base.from, 0) ?? [null]);
}

/** `axios.create({ baseURL })`, `httpx.Client(base_url=…)`. */
export function baseGiven(
  file: FileFacts,
  { receiver, inFunction }: CallExpression,
): { readonly expression: Expression; readonly from: FunctionSyntax | undefined } | undefined {
  if (receiver === undefined) return undefined;
  if (file.language === 'java') {
    const base = baseOfChain(receiver);
    return base && { expression: base, from: inFunction };
  }
  const client = opened(file, file.names.resolve(receiver, inFunction), inFunction);
  if (client.type !== 'call') return undefined;
  for (const name of bases) {
    const base = client.named.get(name) ?? client.arguments.map(each => field(each, name)).find(each => each);
    if (base !== undefined) return { expression: base, from: client.inFunction };
  }
  return undefined;
}

/** `with httpx.Client(…) as client` */
function opened(file: FileFacts, client: Expression, from: FunctionSyntax | undefined): Expression {
  if (client.type !== 'reference') return client;
  const [definition, ...others] = file.names.definitions(client.path, from, client.at);
  return definition?.kind === 'item' && others.length === 0
    ? file.names.resolve(definition.value, definition.inFunction)
    : client;
}

function read(
  file: FileFacts,
  expression: Expression,
  from: FunctionSyntax | undefined,
  hops: number,
): Address | undefined {
  if (hops > maxHops) return undefined;
  const value = file.names.resolve(expression, from);
  const next = (inner: Expression | undefined) =>
    inner === undefined ? undefined : read(file, inner, from, hops + 1);
  switch (value.type) {
    case 'text':
      return value.parts.flatMap(part => (typeof part === 'string' ? [part] : (next(part) ?? [null])));
    case 'object':
      return next(['url', 'uri', 'host', 'hostname'].map(name => field(value, name)).find(each => each));
    // `process.env.STOCK_URL ?? 'http://stock:8080'`
    case 'choice':
      return value.values.map(next).find(each => each !== undefined);
    case 'call':
      return (
        readCall(value, next) ??
        readReturned(file, value, hops) ??
        (file.language === 'java' ? next(builtFrom(value)) : undefined)
      );
    case 'reference':
      return readName(file, value.path, value, from, hops);
    default:
      return undefined;
  }
}

function readCall(
  { callee, receiver, arguments: given }: CallExpression,
  next: (inner: Expression | undefined) => Address | undefined,
): Address | undefined {
  switch (callee) {
    case 'URL': {
      const path = next(given[0]);
      return given.length < 2 ? path : [...(next(given[1]) ?? [null]), ...(path ?? [null])];
    }
    case 'Request':
    case 'String':
    case 'urljoin':
      return next(given[0]);
    case 'Sprintf':
      return next(given[0])?.flatMap(part => (part === null ? [null] : formatted(part)));
    case 'toString':
    case 'rstrip':
    case 'replace':
      return next(receiver);
    case 'NewRequest':
      return next(given[1]);
    case 'NewRequestWithContext':
      return next(given[2]);
    // `os.getenv('STOCK_URL', 'http://stock:8080')`
    case 'getenv':
    case 'getOrDefault':
    case 'get':
      return next(given[1]);
    default:
      return undefined;
  }
}

/** `http://stock/%s` → `http://stock/`, `null` */
function formatted(text: string): Address {
  return text
    .split(/%[-+# 0]*[\d.*]*[a-zA-Z]/)
    .flatMap((part, index) => [...(index > 0 ? [null] : []), ...(part === '' ? [] : [part])]);
}

/** `baseUrl()`, of the same file. */
function readReturned(file: FileFacts, call: CallExpression, hops: number): Address | undefined {
  const own = file.names.functionCalled(call);
  const values = own === undefined ? [] : returnsOf(own).flatMap(each => each.slice(0, 1));
  return values.length === 1 ? read(file, values[0], own, hops + 1) : undefined;
}

/** `req = req.WithContext(ctx)` */
export function isSameRequest(value: Expression | undefined, name: string): boolean {
  return (
    value?.type === 'call' &&
    /^(?:WithContext|Clone)$/.test(value.callee) &&
    value.receiver?.type === 'reference' &&
    value.receiver.path === name
  );
}

/**
 * What `resolve` does not follow: one of several values, the first of several results, the default of a parameter,
 * `url.href`.
 */
function readName(
  file: FileFacts,
  path: string,
  { at }: Expression,
  from: FunctionSyntax | undefined,
  hops: number,
): Address | undefined {
  const name = path.replace(/\.(?:href|String|host|hostname|origin)$/, '');
  const definitions = file.names
    .definitions(name, from, at)
    .filter(each => !(each.kind === 'value' && isSameRequest(each.value, name)));
  if (definitions.length > 1 && definitions.some(({ kind }) => kind !== 'value')) return undefined;
  const addresses = definitions.map(each => readDefinition(file, each, at, hops));
  // One of its own among others is what matters; what is not known may be one.
  return (
    addresses.find(isOwnEndpoint) ?? (addresses.every(each => each !== undefined) ? addresses[0] : undefined)
  );
}

/** What the one call in the file gives. */
function readGiven(file: FileFacts, made: FunctionSyntax, index: number, hops: number): Address | undefined {
  if (made.exported) return undefined;
  const [call, ...others] = file.syntax.calls.filter(each => file.names.functionCalled(each) === made);
  if (call === undefined || others.length > 0 || call.arguments.length <= index) return undefined;
  return read(file, call.arguments[index], call.inFunction, hops + 1);
}

function readDefinition(
  file: FileFacts,
  definition: Definition,
  at: Expression['at'],
  hops: number,
): Address | undefined {
  if (definition.kind === 'parameter') {
    const parameter: Parameter | undefined = definition.function.parameters[definition.index];
    if (definition.property !== undefined) return undefined;
    return parameter?.value === undefined
      ? readGiven(file, definition.function, definition.index, hops)
      : read(file, parameter.value, definition.function, hops + 1);
  }
  if (definition.kind !== 'value' || definition.value === undefined || definition.value.at === at)
    return undefined;
  return definition.from === undefined || definition.from === 0
    ? read(file, definition.value, definition.inFunction, hops + 1)
    : undefined;
}
