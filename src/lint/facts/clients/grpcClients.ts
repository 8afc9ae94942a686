import { statementOf, variableOf } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import { functionGiven } from '../functionGiven.ts';
import { carriers } from '../propagation/carriers.ts';
import type { Carrying, Given } from '../propagation/carrying.ts';
import { isReferenceTo } from '../references.ts';
import { returnsOf } from '../returns.ts';
import {
  type CallExpression,
  type Expression,
  type FunctionSyntax,
  field,
  type ReferenceExpression,
  staticText,
} from '../syntax.ts';
import { within } from '../walk.ts';
import { targetIndex, targetOf } from './addresses.ts';

/** Code of the program's own that injects into calls of gRPC of Go: perhaps an interceptor. */
export const ownInterceptor = 'grpc.ClientInterceptor';

/** More options than this are made by code, not written. */
const maxSteps = 80;

/** Names of handlers and interceptors that say that they propagate. */
const telling = /otel|telemetry|trac(?:e|ing|er)|instrument|propagat|datadog|apm/i;
/** Names of those that do something else. */
const other =
  /retry|timeout|deadline|log|auth|token|cred|metric|prometheus|stats?d|recover|validat|limit|backoff|zap|compress|balanc|userAgent|error|hedg|circuit|breaker|bulkhead/i;
/** An interceptor of one's own that may pass the context on: with headers of another call, or by what the words tell. */
const mayPass =
  /\bmetadata\.(?:FromIncomingContext|Join)\b|\brange \w*(?:md|MD|[hH]eaders?)\b|traceparent|inject|propagat|otel|trac(?:e|ing)(?!_?id)/i;

/** A function that makes one option says what it is by its name; one that makes a list may make anything. */
const harmless =
  /(?:Credentials?|Creds|Token|Certs?|TLS|Timeout|Compressor|Keepalive|Params|Agent|Policy|Config|Balancer|Resolver|Dialer|Authority|CallOptions?|Option)$/;

/** gRPC's own option for telemetry. */
const ofGrpc = /^google\.golang\.org\/grpc\/stats\/opentelemetry#DialOption$/;

/** The dial options of a connection of Go. */
export function dialOptions(call: CallExpression): readonly Expression[] {
  return call.arguments.slice(targetIndex(call) + 1);
}

/**
 * Whether calls over a connection of Go propagate, as its dial options show.
 * @param given gets the parameters that options come from
 * @param calls those that are streams have interceptors of their own
 */
export function dialCarrying(
  file: FileFacts,
  options: readonly Expression[],
  inFunction: FunctionSyntax | undefined,
  given: Given[] = [],
  calls: 'Unary' | 'Stream' = 'Unary',
): Carrying {
  const open = options.map(expression => ({ expression, from: inFunction }));
  const seen = new Set<Expression>();
  const lists = new Set<Expression>();
  let unknown = false;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const { expression, from } = at;
    if (seen.has(expression)) continue;
    seen.add(expression);
    if (seen.size > maxSteps) return 'unknown';
    if (expression.type === 'list') push(expression.values, from);
    else if (expression.type === 'operation') {
      if (expression.operator === '...') for (const each of expression.operands) lists.add(each);
      push(expression.operands, from);
    } else if (expression.type === 'reference') {
      const definitions = file.names.definitions(expression.path, from, expression.at);
      // What a field held before it was added to is not in sight.
      unknown ||= definitions.length === 0 || expression.path.includes('.');
      for (const definition of definitions)
        if (definition.kind === 'value') {
          if (definition.value === undefined) continue;
          if (lists.has(expression)) lists.add(definition.value);
          push([definition.value], definition.inFunction);
        } else {
          unknown = true;
          if (definition.kind === 'parameter')
            given.push({ function: definition.function, index: definition.index });
        }
    } else if (expression.type === 'call') {
      const own = file.names.functionCalled(expression);
      const summary = own === undefined ? file.get(carriers).summaryOf(expression) : undefined;
      if (summary?.returnsCarrier === true) return 'yes';
      if (summary?.returnsOptions === true) continue;
      // A list that is made elsewhere may hold anything.
      unknown ||= own === undefined && lists.has(expression) && expression.callee !== 'append';
      if (expression.callee === 'append' && expression.receiver === undefined)
        push(expression.arguments, from);
      else if (/^With(?:StatsHandler|(?:Chain)?(?:Unary|Stream)Interceptor)$/.test(expression.callee)) {
        const found = handlersCarrying(file, expression);
        const isForThese = !expression.callee.endsWith('Interceptor') || expression.callee.includes(calls);
        if (found === 'yes' && isForThese) return 'yes';
        unknown ||= found === 'unknown';
      } else if (ofGrpc.test(file.names.callee(expression) ?? '')) {
        const [settings] = expression.arguments;
        // With metrics alone it starts no spans.
        if (settings?.type !== 'object' || field(settings, 'TraceOptions') !== undefined) return 'yes';
      } else if (own !== undefined) for (const values of returnsOf(own)) push(values, own);
      else if (telling.test(/^[\w.]*/.exec(expression.at.text)?.[0] ?? '')) return 'yes';
      else
        unknown ||=
          !harmless.test(expression.callee) &&
          !/^google\.golang\.org\/grpc#/.test(file.names.callee(expression) ?? '');
    } else unknown ||= expression.type === 'unknown' || expression.type === 'index';
  }
  return unknown ? 'unknown' : 'no';

  function push(expressions: readonly Expression[], from: FunctionSyntax | undefined): void {
    for (const expression of expressions) open.push({ expression, from });
  }
}

/** Whether the project opens streams with a client that is made of a connection. */
export function opensStreams(file: FileFacts, connection: CallExpression): boolean {
  const variable = variableOf(file, connection);
  if (variable === undefined) return false;
  return file.syntax.calls.some(({ callee, arguments: given, inFunction }) => {
    const service = inFunction === connection.inFunction ? clientMade.exec(callee)?.[1] : undefined;
    const isMade = service !== undefined && given.some(each => isReferenceTo(each, variable));
    return isMade && file.project.does('streams', serviceNamed(service));
  });
}

const clientMade = /^New(\w+)Client$/;

/** The services that the file has streams of, as `serviceNamed` has them. */
export function streamsOpened(file: FileFacts): ReadonlySet<string> {
  const found = new Set<string>();
  if (file.language !== 'go' || !file.says(ofStreams)) return found;
  for (const { callee, receiver, arguments: given, inFunction, at } of file.syntax.calls) {
    if (!usesStream.test(callee) || given.length > 0 || receiver?.type !== 'reference') continue;
    for (const definition of file.names.definitions(receiver.path, inFunction, at)) {
      if (definition.kind === 'parameter') {
        // `pb.Stock_WatchClient`
        const service = /^(?:\w+\.)?(\w+)_\w+Client$/.exec(definition.typeName ?? '')?.[1];
        if (service !== undefined) found.add(serviceNamed(service));
      }
      const opened = definition.kind === 'value' ? definition.value : undefined;
      if (opened?.type !== 'call' || opened.receiver?.type !== 'reference') continue;
      if (!/ctx|context/i.test(opened.arguments[0]?.at.text ?? '')) continue;
      for (const name of servicesOf(file, opened, opened.receiver)) found.add(name);
    }
  }
  return found;
}

const ofStreams = /\.(?:Recv|CloseSend|CloseAndRecv)\(\)/;
const usesStream = /^(?:Recv|CloseSend|CloseAndRecv)$/;

/** Of `h.stockClient` it is told by the name, of `client` by what makes it, or the one type of the file. */
function servicesOf(
  { names, syntax: { source } }: FileFacts,
  { inFunction, at }: CallExpression,
  { path }: ReferenceExpression,
): ReadonlySet<string> {
  const name = serviceNamed(path.split('.').at(-1) ?? '');
  if (name.length > 1) return new Set([name]);
  const made = names
    .definitions(path, inFunction, at)
    .map(each => (each.kind === 'value' && each.value?.type === 'call' ? each.value.callee : ''))
    .flatMap(callee => clientMade.exec(callee)?.[1] ?? []);
  const found =
    made.length > 0 ? made : [...source.matchAll(/\.(?:New)?(\w+)Client\b/g)].map(([, each]) => each);
  const services = new Set(found.map(serviceNamed));
  return services.size === 1 ? services : new Set();
}

/** `stock` of `StockService` and of `stockSvcClient`. */
function serviceNamed(name: string): string {
  return name.replace(/(?:client|grpc|service|svc|api|conn)+$/i, '').toLowerCase();
}

function handlersCarrying(file: FileFacts, { arguments: given, inFunction }: CallExpression): Carrying {
  let unknown = false;
  for (const each of given.flatMap(value => elementsOf(file, value, inFunction))) {
    const found = handlerCarrying(file, each, inFunction);
    if (found === 'yes') return 'yes';
    unknown ||= found === 'unknown';
  }
  return unknown ? 'unknown' : 'no';
}

/** `interceptors...` */
function elementsOf(
  file: FileFacts,
  value: Expression,
  from: FunctionSyntax | undefined,
): readonly Expression[] {
  if (value.type !== 'operation' || value.operator !== '...') return [value];
  const [definition, ...others] = definitionsOf(file, value.operands[0], from);
  const list = definition?.kind === 'value' && others.length === 0 ? definition.value : value.operands[0];
  return list?.type === 'list' ? list.values : [value];
}

function definitionsOf(
  { names }: FileFacts,
  value: Expression | undefined,
  from: FunctionSyntax | undefined,
): ReturnType<FileFacts['names']['definitions']> {
  return value?.type === 'reference' ? names.definitions(value.path, from, value.at) : [];
}

/** Of an interceptor of the project's own what it does tells, of those of others their names. */
function handlerCarrying(file: FileFacts, handler: Expression, from: FunctionSyntax | undefined): Carrying {
  const known = file.get(carriers);
  if (known.holds(handler, from)) return 'yes';
  if (handler.type === 'function') return 'no';
  // What a function of the project returns from a library.
  const made = file.names.qualified(handler, from) ?? '#';
  const isReturned = handler.type === 'call' && made !== `${file.names.callee(handler)}()`;
  if (isReturned && !made.startsWith('#') && telling.test(made)) return 'yes';
  // `intercept` and `intercept(breaker)`.
  const own =
    handler.type === 'call' ? file.names.functionCalled(handler) : functionGiven(file, handler, from);
  if (own !== undefined) {
    if (known.injects(own)) return 'yes';
    return mayPass.test(own.bodyAt.text) ? 'unknown' : 'no';
  }
  const name = nameOf(file, handler, from);
  const summary = handler.type === 'call' ? known.summaryOf(handler) : undefined;
  if (summary === undefined) return telling.test(name) ? 'yes' : other.test(name) ? 'no' : 'unknown';
  if (summary.returnsCarrier || summary.injects.length > 0) return 'yes';
  // `ForwardAuth` passes on that alone.
  const mayPassAll = passing.test(summary.name) && !other.test(summary.name);
  return telling.test(name) || mayPassAll ? 'unknown' : 'no';
}

const passing = /forward|pass|header|metadata|context/i;

function nameOf(file: FileFacts, expression: Expression, from: FunctionSyntax | undefined): string {
  const names = [file.names.qualified(expression, from) ?? ''];
  for (const each of within(expression)) {
    if (each.type === 'call') names.push(file.names.callee(each) ?? each.callee);
    if (each.type === 'reference') names.push(each.path);
  }
  return names.join(' ');
}

/** Whether a channel of Python or Java goes through an interceptor of the program's own. */
export function channelIsIntercepted(file: FileFacts, call: CallExpression): boolean {
  if (file.language === 'java') return isInterceptedByJava(file);
  if (call.named.has('interceptors')) return true;
  const variable = variableOf(file, call);
  return file.syntax.calls.some(
    each =>
      each.callee === 'intercept_channel' &&
      each.arguments.some(
        argument => argument === call || (variable !== undefined && isReferenceTo(argument, variable)),
      ),
  );
}

/** `builder.intercept(…)`, `ClientInterceptors.intercept(channel, …)`, `stub.withInterceptors(…)`, of any channel here. */
function isInterceptedByJava({ syntax }: FileFacts): boolean {
  return syntax.calls.some(
    ({ callee, arguments: given }) =>
      /^(?:intercept\w*|withInterceptors)$/.test(callee) &&
      !(given.length > 0 && given.every(({ at }) => other.test(at.text) && !telling.test(at.text))),
  );
}

/**
 * Whether the connection is one of an exporter, or stays in this process.
 * @param isServed the project serves what is asked over it: then a collector is one of its services
 */
export function isOwnConnection(file: FileFacts, call: CallExpression, isServed = false): boolean {
  const target = targetOf(call);
  const value = target && file.names.resolve(target, call.inFunction);
  const read = (text: string) => (isServed ? text.replace(/collector/gi, '') : text);
  if (isExporters(read(`${call.at.text} ${staticText(value) ?? ''}`))) return true;
  if (
    /exporter|otlp|otel(?:col|conn|client|grpc)|collector|telemetry|tracerprovider|initprovider/i.test(
      read(call.inFunction?.qualifiedName ?? ''),
    )
  )
    return true;
  const variable = file.language === 'java' ? builtInto(file, call) : variableOf(file, call);
  if (variable === undefined) return false;
  return (
    isForProbes(file, call, variable) ||
    file.syntax.calls.some(
      each =>
        /^(?:WithGRPCConn|OTLP\w*Exporter|setChannel)$/.test(each.callee) &&
        [...each.arguments, ...each.named.values()].some(argument => isReferenceTo(argument, variable)),
    )
  );
}

/** `ManagedChannel channel = ManagedChannelBuilder.forTarget(…).build()` */
function builtInto(file: FileFacts, call: CallExpression): string | undefined {
  const statement = statementOf(file, call);
  return statement?.type === 'bind' ? statement.targets[0]?.path : undefined;
}

/** All that is made of the connection are clients of health checks; who gets it may make others. */
function isForProbes({ syntax }: FileFacts, { inFunction }: CallExpression, variable: string): boolean {
  const isReturned =
    inFunction !== undefined &&
    returnsOf(inFunction).some(values => values.some(each => isReferenceTo(each, variable)));
  if (isReturned) return false;
  const clients = syntax.calls.filter(
    ({ callee, arguments: given }) =>
      /^New\w*Client$/.test(callee) && given.some(each => isReferenceTo(each, variable)),
  );
  return clients.length > 0 && clients.every(({ callee }) => callee === 'NewHealthClient');
}

export function isExporters(text: string): boolean {
  return /:431[78]\b|otlp|exporter|collector|jaeger|bufnet|bufconn|passthrough:|otel.*endpoint|listener?\.addr\(\)|unix:|socket/i.test(
    text,
  );
}
