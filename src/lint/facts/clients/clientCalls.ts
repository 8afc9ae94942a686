import { statementOf, variableOf } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import { withPackages } from '../packages.ts';
import {
  type CallExpression,
  type Expression,
  field,
  isScript,
  type SyntaxUnit,
  staticText,
} from '../syntax.ts';
import { enclosing } from '../walk.ts';
import { type Address, addressOf } from './addresses.ts';
import type { ClientLibrary, HeaderPlace } from './clientLibrary.ts';
import { libraryCalled, sendingCallees } from './clients.ts';
import { celery } from './clientsPython.ts';
import { proxyMade } from './goProxies.ts';

/** A call that sends something to another process. */
export interface ClientCall {
  readonly library: ClientLibrary;
  readonly call: CallExpression;
  /** What is given as headers, if the call names it. */
  readonly headers: Expression | undefined;
  /** What may have headers in it: the headers, options of unknown content, the message, the request. */
  readonly carriers: readonly Expression[];
  /** The address as far as it is static, `null` for what varies; undefined if nothing is known. */
  readonly url: Address | undefined;
  readonly method: string | undefined;
}

/** The calls of a file that leave the process, in source order. */
export function clientCalls(file: FileFacts): readonly ClientCall[] {
  return file.ofUnits(clientCallsIn).flat();
}

function clientCallsIn(file: FileFacts, { calls, objects }: SyntaxUnit): readonly ClientCall[] {
  const sent = calls.flatMap(call => {
    // A function that is called by a name of its own can be any.
    if (call.receiver !== undefined && !sendingCallees.test(call.callee)) return [];
    const name = file.names.callee(call);
    if (isTask(file, call)) return [described(file, celery, call)];
    if (isOfAnother(file, call)) return [];
    const ofOthers = name === undefined || name.startsWith('#') ? undefined : libraryOf(file, name);
    const library = ofOthers ?? ofRequest(file, call) ?? ofConnect(file, call, name) ?? ofPlugin(file, call);
    return library === undefined ? [] : [described(file, library, call)];
  });
  if (file.language !== 'go') return sent;
  const proxies = objects.flatMap(each => proxyMade(file, each) ?? []);
  const proxy = libraryCalled(file.language, 'net/http/httputil#ReverseProxy');
  if (proxy === undefined || proxies.length === 0) return sent;
  return [...sent, ...proxies.map(each => described(file, proxy, each))].toSorted(
    (a, b) => a.call.at.start - b.call.at.start,
  );
}

function libraryOf(file: FileFacts, name: string): ClientLibrary | undefined {
  return (
    withPackages(file, name)
      .map(each => libraryCalled(file.language, each))
      .find(each => each !== undefined) ?? proxied(file, name)
  );
}

/** Go: a transport sends by another one, for a client. */
function isOfAnother({ language }: FileFacts, { callee, inFunction }: CallExpression): boolean {
  return (
    language === 'go' &&
    callee === 'RoundTrip' &&
    [...enclosing(inFunction)].some(
      ({ name, results }) => name === 'RoundTrip' || /^\*?http\.Response$/.test(results[0]?.typeName ?? ''),
    )
  );
}

/** Go: what a client of whatever type is given is a request of `net/http`: of an interface of the project, too. */
function ofRequest(file: FileFacts, call: CallExpression): ClientLibrary | undefined {
  const { callee, arguments: given, inFunction } = call;
  if (file.language !== 'go' || callee !== 'Do' || given.length !== 1) return undefined;
  const made = file.names.qualified(given[0], inFunction) ?? '';
  if (!/^net\/http#(?:NewRequest(?:WithContext)?|Request)\(\)$/.test(made)) return undefined;
  // A client of the project's own sends by another what it is given.
  const isSentOn = inFunction?.name === 'Do' && made === 'net/http#Request()';
  return isSentOn || file.names.functionCalled(call) !== undefined
    ? undefined
    : libraryCalled('go', 'net/http#DefaultClient.Do');
}

/** Connect for Node sends by `http`, or by `http2`, for which there is no instrumentation; interceptors may inject. */
function ofConnect(
  { language }: FileFacts,
  { arguments: [options] }: CallExpression,
  name = '',
): ClientLibrary | undefined {
  if (!/^@connectrpc\/connect-node#create(?:Connect|GrpcWeb|Grpc)Transport$/.test(name)) return undefined;
  if (
    options?.type !== 'object' ||
    options.entries.some(({ key, spread }) => spread || key === 'interceptors')
  )
    return undefined;
  const version = field(options, 'httpVersion');
  const isFirst = version !== undefined && staticText(version) === '1.1';
  return libraryCalled(language, isFirst ? 'http#request' : 'http2#connect().request');
}

/** Fastify: `app.register(httpProxy, { upstream })`, of whatever the application is called. */
function ofPlugin(
  file: FileFacts,
  { callee, arguments: [plugin], inFunction }: CallExpression,
): ClientLibrary | undefined {
  if (callee !== 'register' || plugin?.type !== 'reference' || !isScript(file.language)) return undefined;
  const name = file.names.qualified(plugin, inFunction);
  return name === undefined ? undefined : libraryCalled(file.language, name);
}

/**
 * NestJS: only a module, mostly elsewhere, says what a `ClientProxy` sends with; a service seldom has two such libraries.
 */
function proxied(file: FileFacts, name: string): ClientLibrary | undefined {
  if (!/^@nestjs\/microservices(?:\/[\w/-]+)?#ClientProxy\(\)\.(?:emit|send)$/.test(name)) return undefined;
  const {
    language,
    service: { dependencies },
  } = file;
  const kafka = dependencies.has('kafkajs') || file.says(usesKafka);
  const rabbit =
    dependencies.has('amqplib') || dependencies.has('amqp-connection-manager') || file.says(usesRabbit);
  if (kafka === rabbit) return undefined;
  return libraryCalled(language, `@nestjs/microservices#${kafka ? 'ClientKafka' : 'ClientRMQ'}().send`);
}

const usesKafka = /\bTransport\.KAFKA\b/;
const usesRabbit = /\bTransport\.RMQ\b/;

/** `charge.delay(order)`: a function that a decorator, perhaps of another file, has made a task. */
function isTask({ language, service }: FileFacts, { callee, receiver }: CallExpression): boolean {
  return (
    language === 'python' &&
    /^(?:delay|apply_async)$/.test(callee) &&
    receiver?.type === 'reference' &&
    service.dependencies.has('celery')
  );
}

function described(file: FileFacts, library: ClientLibrary, call: CallExpression): ClientCall {
  return {
    library,
    call,
    ...headersOf(file, library, call),
    url: library.transport === 'http' ? addressOf(file, call) : undefined,
    method: methodOf(call),
  };
}

function headersOf(
  file: FileFacts,
  { headers: place }: ClientLibrary,
  call: CallExpression,
): Pick<ClientCall, 'headers' | 'carriers'> {
  if (place === undefined) return { headers: undefined, carriers: [] };
  const rest = call.named.get('**');
  const spread = rest === undefined ? [] : [rest];
  const given = place.keyword === undefined ? undefined : call.named.get(place.keyword);
  if (given !== undefined) return { headers: given, carriers: [given] };
  if (place.chain === true) return { headers: undefined, carriers: chained(file, call) };
  if (place.channel === true) return { headers: undefined, carriers: sentInto(file, call) };
  if (place.bound === true) return { headers: undefined, carriers: boundTo(file, call) };
  if (place.from !== undefined) {
    const from = call.arguments.slice(place.from, place.only === true ? place.from + 1 : undefined);
    const headers = from.map(each => field(each, 'headers')).find(each => each !== undefined);
    return { headers, carriers: [...from, ...spread] };
  }
  if (place.options === undefined) return { headers: undefined, carriers: spread };
  const index = optionsIndex(place, call);
  const options = call.arguments[index] ?? call.arguments.find(isSpread);
  if (options === undefined) {
    // `fetch(new Request(…))`, `got({ url, headers })`.
    const [only] = call.arguments;
    const value = only === undefined ? undefined : file.names.resolve(only, call.inFunction);
    const isRequest = value?.type === 'object' || (value?.type === 'call' && value.callee === 'Request');
    return { headers: field(value, 'headers'), carriers: isRequest ? [value] : [] };
  }
  const value = file.names.resolve(options, call.inFunction);
  return { headers: field(value, 'headers'), carriers: [options] };
}

/** Where the options of a call stand. */
export function optionsIndex(
  { options = 0, optionsAfterBody = options }: HeaderPlace,
  { callee }: CallExpression,
): number {
  return /^(?:post|put|patch)(?:Form)?$/.test(callee) ? optionsAfterBody : options;
}

function isSpread(argument: Expression): boolean {
  return argument.type === 'operation' && argument.operator === '...';
}

/** `producer.Input() <- message`; what is done with the channel elsewhere cannot be seen. */
function sentInto(file: FileFacts, call: CallExpression): Expression[] {
  const statement = statementOf(file, call);
  const sent = statement?.type === 'expression' ? statement.expression : undefined;
  return sent?.type === 'operation' && sent.operator === '<-' && sent.operands[0] === call
    ? sent.operands.slice(1)
    : [call];
}

/** The variable that holds what the call gives; the call itself, where none does. */
function boundTo(file: FileFacts, call: CallExpression): Expression[] {
  const path = variableOf(file, call);
  return [path === undefined ? call : { type: 'reference', at: call.at, path }];
}

/** What the other calls of a chain are given, before and after this one. */
function chained({ syntax }: FileFacts, call: CallExpression): Expression[] {
  const given: Expression[] = [];
  // Builders of Java and C# take everything else by methods of the chain, too.
  const add = ({ callee, arguments: own }: CallExpression) => {
    if (!/^(?:java|csharp)$/.test(syntax.language) || /header|cookie|filter|intercept|register/i.test(callee))
      given.push(...own);
  };
  for (let at = call.receiver; at?.type === 'call'; at = at.receiver) add(at);
  for (const each of syntax.calls) {
    let inner = each.receiver;
    while (inner?.type === 'call' && inner !== call) inner = inner.receiver;
    if (inner === call) add(each);
  }
  return given;
}

function methodOf(call: CallExpression): string | undefined {
  for (const argument of call.arguments) {
    const method = field(argument, 'method');
    if (method?.type === 'text' && typeof method.parts[0] === 'string') return method.parts[0].toUpperCase();
  }
  return /^(?:get|post|put|patch|delete|head|options)$/i.test(call.callee)
    ? call.callee.toUpperCase()
    : undefined;
}
