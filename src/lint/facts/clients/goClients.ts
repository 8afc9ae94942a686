import { variableOf } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import { functionGiven } from '../functionGiven.ts';
import { carriers } from '../propagation/carriers.ts';
import type { Carrying, Given } from '../propagation/carrying.ts';
import { returnsOf } from '../returns.ts';
import type { Definition } from '../scopes.ts';
import {
  type CallExpression,
  type Expression,
  type FunctionSyntax,
  field,
  type ObjectExpression,
  type ReferenceExpression,
} from '../syntax.ts';
import { statementsIn, within } from '../walk.ts';
import type { ClientLibrary } from './clientLibrary.ts';
import { writtenProxy } from './goProxies.ts';

/** What `http.DefaultTransport = otelhttp.NewTransport(…)` is in force as, for the whole program. */
export const defaultTransport = 'http.DefaultTransport';

/** Code of the program's own that injects into headers of HTTP: perhaps a transport. */
export const ownTransport = 'http.RoundTripper';

const maxHops = 6;

/** Names of transports, and of what makes clients, that say that they propagate. */
const telling = /otel|telemetry|instrument|trac(?:e|ing|er)|propagat/i;

/**
 * Whether the transport of the client that a call of `net/http` is made with propagates.
 * @param given gets the parameters that the client comes from
 */
export function transportOf(file: FileFacts, call: CallExpression, given: Given[] = []): Carrying {
  const { callee, receiver, inFunction } = call;
  if (callee === 'RoundTrip' && receiver !== undefined) return roundTripperOf(file, receiver, inFunction, 0);
  if (callee === 'NewSingleHostReverseProxy' || callee === 'ReverseProxy') return proxyOf(file, call);
  const name = receiver === undefined ? undefined : file.names.qualified(receiver, inFunction);
  const isDefault = name === 'net/http#' || name === 'net/http#DefaultClient';
  // A function that returns it may have given it a transport.
  const isMade = receiver !== undefined && file.names.resolve(receiver, inFunction).type === 'call';
  if (receiver === undefined || (isDefault && !isMade))
    return file.service.instrumentations.has(defaultTransport) ? 'yes' : 'no';
  const found = clientOf(file, receiver, inFunction, 0, given);
  return found === 'no' && file.service.instrumentations.has(defaultTransport) ? 'unknown' : found;
}

/** What a function takes for a parameter if it is given none: `if client == nil { client = &http.Client{} }`. */
export function clientWithout(
  file: FileFacts,
  { function: made, index, field: name }: Given,
): Carrying | undefined {
  const parameter = made.parameters[index].name;
  const taken =
    name === undefined ? assignedTo(file, parameter, made) : insteadOf(file, `${parameter}.${name}`, made);
  return taken.length === 0 ? undefined : combined(taken.map(each => clientOf(file, each, made)));
}

/** `if cfg.Client == nil { cfg.Client = &http.Client{} }`, and the same with a variable that it was put into. */
function insteadOf(file: FileFacts, path: string, made: FunctionSyntax): readonly Expression[] {
  const variable = statementsIn(made.body).flatMap(each =>
    each.type === 'bind' && each.targets.length === 1 && each.values[0]?.at.text === path
      ? each.targets[0].path
      : [],
  )[0];
  return [path, ...(variable === undefined ? [] : [variable])].flatMap(each =>
    assignedTo(file, each, made).filter(({ at }) => at.text !== path),
  );
}

/** Whether a proxy propagates: by its transport, or by what it does with the requests. */
function proxyOf(file: FileFacts, call: CallExpression): Carrying {
  const { path = variableOf(file, call), written, fields = [] } = writtenProxy(file, call) ?? {};
  if (written === undefined && path === undefined) return 'unknown';
  const here = (value: Expression) => ({ value, from: call.inFunction });
  const given = (name: string) => [
    ...(path === undefined ? [] : assignedTo(file, `${path}.${name}`, call.inFunction)).map(here),
    ...fields.flatMap(each => assignedUnder(file, `.${each}.${name}`)),
    ...[field(written, name) ?? []].flat().map(here),
  ];
  const known = file.get(carriers);
  for (const { value, from } of ['Director', 'Rewrite'].flatMap(given)) {
    const made = functionGiven(file, value, from);
    if (made === undefined ? known.holds(value, from) : known.injects(made)) return 'yes';
  }
  const transports = given('Transport');
  return transports.length === 0
    ? 'no'
    : combined(transports.map(({ value, from }) => roundTripperOf(file, value, from, 0)));
}

/** What is given to a field of a variable in the same function. */
function assignedTo(file: FileFacts, path: string, from: FunctionSyntax | undefined): readonly Expression[] {
  return statementsIn(from?.body ?? file.syntax.body).flatMap(each =>
    each.type === 'bind' && each.targets.length === 1 && each.targets[0].path === path ? each.values : [],
  );
}

/** Whether a client that an expression makes or names propagates. */
export function clientOf(
  file: FileFacts,
  expression: Expression,
  from: FunctionSyntax | undefined,
  hops = 0,
  outer: Given[] = [],
): Carrying {
  if (hops > maxHops) return 'unknown';
  switch (expression.type) {
    case 'object': {
      // One of the project's own sends by another, and may do anything before.
      if (file.names.qualified(expression, from) !== 'net/http#Client()') return 'unknown';
      const transport = field(expression, 'Transport');
      return transport === undefined ? 'no' : roundTripperOf(file, transport, from, hops + 1);
    }
    case 'call': {
      if (expression.callee === 'new' && expression.receiver === undefined) return 'no';
      const own = file.names.functionCalled(expression);
      if (own !== undefined)
        return combined(
          returnsOf(own).flatMap(([value]) =>
            // `return nil, err`
            value?.type === 'constant' ? [] : clientOf(file, value ?? expression, own, hops + 1, outer),
          ),
        );
      return madeCarrying(file, expression);
    }
    case 'reference': {
      if (expression.path === 'http.DefaultClient')
        return file.service.instrumentations.has(defaultTransport) ? 'yes' : 'no';
      const client = file.names.definitions(expression.path, from, expression.at);
      outer.push(...fieldGiven(file, expression, from));
      const transport = file.names.definitions(`${expression.path}.Transport`, from, expression.at);
      if (transport.length > 0)
        return combined(
          transport.map(each => fromDefinition(each, value => roundTripperOf(file, value, from, hops + 1))),
        );
      // The declaration of a field says nothing where something is given to it.
      const given = client.filter(each => each.kind !== 'value' || each.value !== undefined);
      // Also by the options of whoever makes it: `func(s *Shop) { s.client = client }`.
      const assigned = fieldsAssigned(file, expression.path)
        .filter(({ value }) => !given.some(each => 'value' in each && each.value === value))
        .map(each => clientOf(file, each.value, each.from, hops + 1, outer));
      if (client.length === 0 && assigned.length === 0) return clientOfOtherFile(file, expression, from);
      const known = given.length > 0 || assigned.length > 0 ? given : client;
      return combined([
        ...assigned,
        ...known.map(each =>
          fromDefinition(each, (value, inside) => clientOf(file, value, inside, hops + 1, outer), outer),
        ),
      ]);
    }
    default:
      return 'unknown';
  }
}

/** `config.HTTPClient` of a parameter. */
function fieldGiven(
  { names }: FileFacts,
  { path, at }: ReferenceExpression,
  from: FunctionSyntax | undefined,
): Given[] {
  const [head, name, ...deeper] = path.split('.');
  if (name === undefined || deeper.length > 0) return [];
  return names
    .definitions(head, from, at)
    .flatMap(each =>
      each.kind === 'parameter' ? { function: each.function, index: each.index, field: name } : [],
    );
}

/** What somebody else's function makes its name tells; of one of the project only what it returns. */
function madeCarrying(file: FileFacts, call: CallExpression): Carrying {
  const summary = file.get(carriers).summaryOf(call);
  const name = summary === undefined ? (file.names.callee(call) ?? call.callee) : summary.returns;
  return telling.test(name ?? '') ? 'yes' : 'unknown';
}

/** `shop.client = &http.Client{…}` of another function, for the field `s.client`. */
function fieldsAssigned(file: FileFacts, path: string): ReturnType<typeof assignedUnder> {
  return path.includes('.') ? assignedUnder(file, path.slice(path.lastIndexOf('.'))) : [];
}

/** What is given in any function to a name that ends so. */
function assignedUnder(
  { syntax }: FileFacts,
  field: string,
): { readonly value: Expression; readonly from: FunctionSyntax }[] {
  return syntax.functions.flatMap(from =>
    [...statementsIn(from.body)].flatMap(statement =>
      statement.type === 'bind' && statement.targets.length === 1 && statement.targets[0].path.endsWith(field)
        ? statement.values.slice(0, 1).map(value => ({ value, from }))
        : [],
    ),
  );
}

/** Whether the clients propagate that a file puts into fields of its structs, as far as it shows: `Shop.client.Transport`. */
export function clientsInFields(file: FileFacts): ReadonlyMap<string, Carrying> {
  const found = new Map<string, Carrying>();
  for (const { name, fields } of file.syntax.classes)
    for (const { path, typeName = '' } of fields.flatMap(({ targets }) => targets)) {
      if (!/^\*?http\.Client$/.test(typeName)) continue;
      const given = file.names.scopes
        .field(name, path)
        .filter(each => each.kind !== 'value' || each.value !== undefined);
      // The other files may not have been read yet.
      if (!given.every(each => each.kind === 'value' && each.value && isOfFile(file, each.value))) continue;
      // An option of whoever makes it: `func(s *Shop) { s.client = client }`.
      const assigned = [`.${path}`, `.${path}.Transport`].flatMap(each => assignedUnder(file, each));
      if (assigned.some(({ value }) => !given.some(each => 'value' in each && each.value === value)))
        continue;
      const carrying = combined(
        given.map(each => fromDefinition(each, (value, from) => clientOf(file, value, from))),
      );
      if (carrying !== 'unknown') found.set(`${name}.${path}.Transport`, carrying);
    }
  return found;
}

/** What it is made with is of the file, or of the libraries that are known. */
function isOfFile({ names }: FileFacts, value: Expression): boolean {
  return within(value).every(
    each =>
      each.type !== 'call' ||
      names.functionCalled(each) !== undefined ||
      /^(?:net\/http|go\.opentelemetry\.io|golang\.org|time)\b/.test(names.callee(each) ?? ''),
  );
}

/** `shop.client` of a struct that another file of the package has. */
function clientOfOtherFile(
  { names, path, project }: FileFacts,
  { path: written, at }: ReferenceExpression,
  from: FunctionSyntax | undefined,
): Carrying {
  const [head, name, ...deeper] = written.split('.');
  if (name === undefined || deeper.length > 0) return 'unknown';
  const type = names.qualified({ type: 'reference', path: head, at }, from);
  const [, struct] = /^(?:global)?#(\w+)\(\)$/.exec(type ?? '') ?? [];
  const found = struct && project.valueOf(path, '.', `${struct}.${name}.Transport`);
  return found === 'yes' || found === 'no' ? found : 'unknown';
}

/** Whether what `http.DefaultTransport` or `http.DefaultClient` is replaced by sends only what it is given. */
export function isPlain(
  file: FileFacts,
  replaced: string,
  value: Expression | undefined,
  from: FunctionSyntax | undefined,
): boolean {
  if (value === undefined) return false;
  if (/^http\.Default(?:Transport|Client(?:\.Transport)?)$/.test(value.at.text)) return true;
  const found = replaced.endsWith('Transport')
    ? roundTripperOf(file, value, from, 0)
    : clientOf(file, value, from);
  return found === 'no';
}

/** Where a client of a library around `net/http` is given the one that it sends by. */
const takesClient = /^(?:NewWithClient|SetTransport)$/;
/** Where it is given what changes requests before they are sent. */
const takesHook = /^(?:OnBeforeRequest|AddRequestMiddleware|SetPreRequestHook)$/;
const makesOuter = /resty(?:\/v\d)?#New\w*$|^github\.com\/hashicorp\/go-retryablehttp#(?:NewClient|Client)$/;

/** Whether the clients of resty and retryablehttp propagate that a file makes. */
export function outerClients(file: FileFacts): Carrying {
  const found: Carrying[] = [];
  let isMade = false;
  for (const call of file.syntax.calls) {
    const { callee, arguments: given, inFunction } = call;
    if (takesClient.test(callee) && given.length > 0)
      found.push(
        callee === 'SetTransport'
          ? roundTripperOf(file, given[0], inFunction, 0)
          : clientOf(file, given[0], inFunction),
      );
    else if (takesHook.test(callee) && given.length > 0) {
      const hook = functionGiven(file, given[0], inFunction);
      found.push(hook === undefined ? 'unknown' : file.get(carriers).injects(hook) ? 'yes' : 'no');
    } else if (makesOuter.test(file.names.callee(call) ?? '')) isMade = true;
    // `otelresty.TraceClient(client)`
    else if (/resty/i.test(call.at.text) && telling.test(file.names.callee(call) ?? '')) found.push('yes');
  }
  for (const { value, from } of assignedUnder(file, '.HTTPClient')) found.push(clientOf(file, value, from));
  for (const { value, from } of assignedUnder(file, '.HTTPClient.Transport'))
    found.push(roundTripperOf(file, value, from, 0));
  return found.length > 0 ? combined(found) : isMade ? 'no' : 'unknown';
}

/** Whether what generated code sends by the client that it is given propagates; its options may add interceptors. */
export function generatedCarrying(
  file: FileFacts,
  { arguments: given, inFunction }: CallExpression,
  { client: index, options = 2 }: NonNullable<ClientLibrary['generated']>,
  outer: Given[] = [],
): Carrying {
  if (index === 'option') return optionsCarrying(file, given.slice(options), inFunction, outer);
  const client = given[index];
  return client === undefined || given.slice(options).some(each => !harmlessOption.test(each.at.text))
    ? 'unknown'
    : clientOf(file, client, inFunction, 0, outer);
}

/** `WithHTTPClient(client), WithRequestEditorFn(edit)`: without the first it is a plain one. */
function optionsCarrying(
  file: FileFacts,
  options: readonly Expression[],
  from: FunctionSyntax | undefined,
  outer: Given[],
): Carrying {
  const found = options.map((option): Carrying => {
    const [value] = option.type === 'call' ? option.arguments : [];
    if (option.type !== 'call' || value === undefined) return 'unknown';
    if (option.callee === 'WithHTTPClient') return clientOf(file, value, from, 0, outer);
    if (option.callee !== 'WithRequestEditorFn') return option.callee === 'WithBaseURL' ? 'no' : 'unknown';
    const edit = functionGiven(file, value, from);
    return edit === undefined ? 'unknown' : file.get(carriers).injects(edit) ? 'yes' : 'no';
  });
  return found.find(each => each === 'yes') ?? found.find(each => each === 'unknown') ?? 'no';
}

const harmlessOption =
  /^connect\.With(?:GRPC|GRPCWeb|ProtoJSON|SendGzip|SendCompression|SendMaxBytes|ReadMaxBytes|HTTPGet\w*)\(/;

/** `http.DefaultTransport` and `&http.Transport{…}` send what they are given. */
function roundTripperOf(
  file: FileFacts,
  expression: Expression,
  from: FunctionSyntax | undefined,
  hops: number,
): Carrying {
  if (hops > maxHops) return 'unknown';
  if (expression.type === 'constant') return 'no';
  if (expression.type === 'reference') {
    const name = file.names.qualified(expression, from);
    if (name === 'net/http#DefaultTransport')
      return file.service.instrumentations.has(defaultTransport) ? 'yes' : 'no';
    const definitions = file.names.definitions(expression.path, from, expression.at);
    if (definitions.length === 0) return telling.test(expression.path) ? 'yes' : 'unknown';
    return combined(
      definitions.map(each =>
        fromDefinition(each, (value, inside) => roundTripperOf(file, value, inside, hops + 1)),
      ),
    );
  }
  for (const each of within(expression)) {
    if (each.type === 'call') {
      const own = file.names.functionCalled(each);
      const made =
        own === undefined
          ? madeCarrying(file, each)
          : combined(
              returnsOf(own).flatMap(([value]) =>
                value === undefined ? [] : roundTripperOf(file, value, own, hops + 1),
              ),
            );
      if (made === 'yes') return made;
    }
    if (each.type === 'object' && each.typeName !== undefined && propagatesByItself(file, each.typeName))
      return 'yes';
  }
  const name = file.names.qualified(expression, from);
  if (name === 'net/http#Transport()' || name === 'golang.org/x/net/http2#Transport()')
    return dialsItself(file, expression, from) ? 'unknown' : 'no';
  const next = sentOnBy(file, expression, hops);
  if (next !== undefined) return roundTripperOf(file, next, from, hops + 1);
  // `http.DefaultTransport.(*http.Transport).Clone()`
  return /^(?:&|\*)?http\.(?:DefaultTransport|Transport)\b/.test(expression.at.text) ? 'no' : 'unknown';
}

/** The transport that one of the project's own sends on by: a field of it, or what its constructor is given. */
function sentOnBy(file: FileFacts, expression: Expression, hops: number): Expression | undefined {
  if (expression.type === 'object') return transportIn(file, expression);
  if (expression.type !== 'call') return undefined;
  const own = file.names.functionCalled(expression);
  const index =
    own === undefined
      ? file.get(carriers).summaryOf(expression)?.sendsOnBy
      : transportGiven(file, own, hops + 1);
  return index === undefined ? undefined : expression.arguments[index];
}

/** The parameter with the transport that the one which a function of Go makes sends on by, if that injects nothing itself. */
export function transportGiven(file: FileFacts, made: FunctionSyntax, hops = 0): number | undefined {
  const index = made.parameters.findIndex(({ typeName }) => typeName === 'http.RoundTripper');
  if (index < 0) return undefined;
  const { name } = made.parameters[index];
  const returned = returnsOf(made);
  const isSentOn = returned.every(([value]) => {
    const object = value && file.names.resolve(value, made);
    const next = object?.type === 'object' ? transportIn(file, object) : undefined;
    if (next?.type !== 'reference' || next.path !== name) return false;
    const others = file.names.definitions(name, made, next.at).filter(({ kind }) => kind !== 'parameter');
    return others.every(
      each => fromDefinition(each, (given, from) => roundTripperOf(file, given, from, hops + 1)) === 'no',
    );
  });
  return isSentOn && returned.length > 0 ? index : undefined;
}

/** `&retrying{next: transport}` of a type of the file that is a transport and injects nothing itself. */
function transportIn(file: FileFacts, { typeName = '', entries }: ObjectExpression): Expression | undefined {
  const isOwn = file.syntax.functions.some(
    ({ className, name }) => className === typeName && name === 'RoundTrip',
  );
  if (!isOwn || propagatesByItself(file, typeName)) return undefined;
  const made = file.syntax.classes.find(({ name }) => name === typeName);
  const fields = (made?.fields ?? []).flatMap(({ targets }) => targets);
  return entries.find(
    ({ key }) =>
      key === 'RoundTripper' ||
      fields.some(({ path, typeName: type }) => path === key && type === 'http.RoundTripper'),
  )?.value;
}

/** It connects to what the program itself chooses: a socket, memory, its own server. */
function dialsItself(file: FileFacts, transport: Expression, from: FunctionSyntax | undefined): boolean {
  const dial = field(transport, 'DialContext') ?? field(transport, 'Dial');
  if (dial?.type === 'function') return true;
  return (
    dial?.type === 'reference' &&
    file.names.definitions(dial.path, from, dial.at).some(({ kind }) => kind === 'parameter')
  );
}

/** A type of the file whose `RoundTrip` injects, or whose name says so. */
function propagatesByItself(file: FileFacts, typeName: string): boolean {
  if (telling.test(typeName)) return true;
  return file.syntax.functions.some(
    each => each.className === typeName && each.name === 'RoundTrip' && file.get(carriers).injects(each),
  );
}

function fromDefinition(
  definition: Definition,
  read: (value: Expression, from: FunctionSyntax | undefined) => Carrying,
  outer: Given[] = [],
): Carrying {
  if (definition.kind === 'parameter') outer.push({ function: definition.function, index: definition.index });
  if (definition.kind !== 'value') return 'unknown';
  // `var client http.Client` has no transport; a field is set where this file does not show it.
  if (definition.value === undefined)
    return definition.inFunction !== undefined && /^http\.Client$/.test(definition.typeName ?? '')
      ? 'no'
      : 'unknown';
  return read(definition.value, definition.inFunction);
}

/** Of several that it can be, the one that speaks least for a gap. */
function combined(each: readonly Carrying[]): Carrying {
  if (each.length === 0) return 'unknown';
  if (each.includes('yes')) return 'yes';
  return each.includes('unknown') ? 'unknown' : 'no';
}
