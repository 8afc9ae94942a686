import { statementOf, variableOf } from '../facts/bindings.ts';
import type { ClientCall } from '../facts/clients/clientCalls.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import type { CallExpression, Expression, Statement } from '../facts/syntax.ts';
import { enclosing } from '../facts/walk.ts';
import type { Edit, Fix } from '../rules/rule.ts';
import { importNames } from './imports.ts';
import { insert, insertLinesAfter, insertLinesBefore, replace } from './text.ts';

/** Builders of requests: their type, and the method that sets a header. */
const builders: { readonly [library: string]: readonly [type: string, setter: string] | undefined } = {
  'java-http-client': ['HttpRequest.Builder', 'setHeader'],
  okhttp: ['Request.Builder', 'header'],
};

const setterNames = [
  ['carrier', 'key', 'value'],
  ['target', 'headerName', 'headerValue'],
] as const;

/** An expression that injects into a carrier by one of its methods. */
type Inject = (carrier: string, setter: string) => string;

/** Edits that inject the context into the headers of one request of Java. */
export function javaInjectionFixes(file: FileFacts, client: ClientCall, statement: Statement): Fix[] {
  if (client.call.inFunction === undefined || !isInBlock(file, statement)) return [];
  const own = telemetryOf(file, client.call);
  const [context, api] = importNames(file, [
    { module: 'io.opentelemetry.context', name: 'Context' },
    ...(own === undefined ? [{ module: 'io.opentelemetry.api', name: 'GlobalOpenTelemetry' }] : []),
  ]);
  // A parameter of a lambda must not be called like a variable around it.
  const names = setterNames.find(each => !each.some(name => isTaken(file, name, client.call)));
  if (names === undefined) return [];
  const [target, key, value] = names;
  const inject: Inject = (carrier, setter) =>
    `${own ?? api.local}.getPropagators().getTextMapPropagator().inject(${context.local}.current(), ${carrier}, (${target}, ${key}, ${value}) -> ${target}.${setter}(${key}, ${value}))`;
  const edits = editsOf(file, client, statement, inject);
  if (edits.length === 0) return [];
  const title = 'Inject the trace context into the headers';
  return [{ title, kind: 'unsafe', edits: [...edits, ...context.edits] }];
}

function editsOf(
  file: FileFacts,
  { call, carriers, library }: ClientCall,
  statement: Statement,
  inject: Inject,
): Edit[] {
  const { source } = file.syntax;
  const [request] = call.arguments;
  const before = (carrier: string, setter: string) => [
    insertLinesBefore(source, statement.at, [`${inject(carrier, setter)};`]),
  ];
  switch (library.id) {
    case 'httpurlconnection': {
      const connection = variableOf(file, call) ?? '';
      const line = `${inject(connection, 'setRequestProperty')};`;
      return /^\w+$/.test(connection) ? [insertLinesAfter(source, statement.at, [line])] : [];
    }
    case 'apache-httpclient':
      return request?.type === 'reference' && isVariable(request.path)
        ? before(request.path, 'setHeader')
        : [];
    case 'webclient':
    case 'restclient': {
      const added = `.headers(headers -> ${inject('headers', 'set')})`;
      return call.receiver === undefined || isTaken(file, 'headers', call)
        ? []
        : [insert(call.receiver.at.end, added)];
    }
    case 'resttemplate': {
      const headers = carriers.flatMap(each => headersIn(file, each, call)).at(0);
      return headers === undefined ? [] : before(headers, 'set');
    }
    default:
      return builtEdits(file, library.id, builtBy(file, call, statement), inject);
  }
}

/** `if (x) client.send(…);` has no room for another statement. */
function isInBlock({ syntax: { source, comments } }: FileFacts, { at }: Statement): boolean {
  let end = source.slice(0, at.start).trimEnd().length;
  for (let index = comments.length - 1; index >= 0; index--) {
    const comment = comments[index].at;
    if (comment.end === end) end = source.slice(0, comment.start).trimEnd().length;
    else if (comment.end < end) break;
  }
  return /[{};]/.test(source[end - 1] ?? '');
}

function isVariable(path: string): boolean {
  return /^[a-z_]\w*$/.test(path);
}

function isTaken(file: FileFacts, name: string, { inFunction, at }: CallExpression): boolean {
  return file.names.definitions(name, inFunction, at).length > 0;
}

/** A parameter, or a field of the class, that is the API. */
function telemetryOf({ syntax }: FileFacts, { inFunction }: CallExpression): string | undefined {
  const isApi = (typeName = '') => /^(?:final\s+)?OpenTelemetry(?:Sdk)?$/.test(typeName);
  const around = [...enclosing(inFunction)];
  for (const { parameters } of around)
    for (const { name, typeName } of parameters) if (isApi(typeName)) return name;
  if (around.some(each => each.static)) return undefined;
  const classes = new Set(around.map(({ className }) => className));
  return syntax.classes
    .filter(({ name }) => classes.has(name))
    .flatMap(({ fields }) => fields.flatMap(({ targets }) => targets))
    .find(({ typeName }) => isApi(typeName))?.path;
}

/** `new HttpEntity<>(body, headers)` */
function headersIn(file: FileFacts, given: Expression, { inFunction }: CallExpression): string[] {
  if (given.type !== 'call' || given.callee !== 'HttpEntity') return [];
  const last = given.arguments.at(-1);
  if (last?.type !== 'reference' || !isVariable(last.path)) return [];
  return /\bHttpHeaders\(\)$/.test(file.names.qualified(last, inFunction) ?? '') ? [last.path] : [];
}

interface Built {
  readonly build: CallExpression;
  readonly at: Statement;
}

/** Where the request is built: in the call, or in the one statement that gives it to the variable. */
function builtBy(
  file: FileFacts,
  { arguments: [request], inFunction }: CallExpression,
  statement: Statement,
): Built | undefined {
  if (request?.type === 'call') return { build: request, at: statement };
  if (request?.type !== 'reference') return undefined;
  const [definition, ...others] = file.names.definitions(request.path, inFunction, request.at);
  if (others.length > 0 || definition?.kind !== 'value' || definition.inFunction === undefined)
    return undefined;
  const { value } = definition;
  const at = value?.type === 'call' ? statementOf(file, value) : undefined;
  return value?.type === 'call' && at?.type === 'bind' ? { build: value, at } : undefined;
}

/** The context goes into the builder. */
function builtEdits(file: FileFacts, library: string, built: Built | undefined, inject: Inject): Edit[] {
  const known = builders[library];
  if (known === undefined || built === undefined || !isInBlock(file, built.at)) return [];
  const [type, setter] = known;
  const { build, at } = built;
  const { receiver } = build;
  if (build.callee !== 'build' || receiver === undefined) return [];
  const { source } = file.syntax;
  if (receiver.type === 'reference')
    return isVariable(receiver.path)
      ? [insertLinesBefore(source, at.at, [`${inject(receiver.path, setter)};`])]
      : [];
  const name = isTaken(file, 'builder', build) ? 'requestBuilder' : 'builder';
  if (isTaken(file, name, build)) return [];
  const lines = [`${type} ${name} = ${receiver.at.text};`, `${inject(name, setter)};`];
  return [insertLinesBefore(source, at.at, lines), replace(build.at, `${name}.build()`)];
}
