import { statementOf } from '../facts/bindings.ts';
import { type ClientCall, optionsIndex } from '../facts/clients/clientCalls.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import { type CallExpression, field, type Place, type Statement } from '../facts/syntax.ts';
import type { Edit, Fix } from '../rules/rule.ts';
import { importNames } from './imports.ts';
import { javaInjectionFixes } from './injectJava.ts';
import { insert, insertLinesBefore, replace } from './text.ts';

/** Edits that inject the context into the headers of one request. */
export function injectionFixes(file: FileFacts, client: ClientCall): Fix[] {
  const statement = statementOf(file, client.call);
  // An arrow function's expression is no place for a statement.
  if (statement === undefined || isExpressionBody(client.call, statement)) return [];
  switch (file.language) {
    case 'python':
      return pythonFixes(file, client, statement);
    case 'go':
      return goFixes(file, client, statement);
    case 'java':
      return javaInjectionFixes(file, client, statement);
    case 'csharp':
      return [];
    default:
      return scriptFixes(file, client, statement);
  }
}

function isExpressionBody({ inFunction }: CallExpression, { at }: Statement): boolean {
  return inFunction !== undefined && inFunction.bodyAt.start === at.start && inFunction.bodyAt.end === at.end;
}

function scriptFixes(file: FileFacts, client: ClientCall, statement: Statement): Fix[] {
  const { call, headers, library } = client;
  const places = library.headers;
  if (places?.options === undefined || call.argumentsAt === undefined) return [];
  const [propagation, context] = importNames(file, [
    { module: '@opentelemetry/api', name: 'propagation' },
    { module: '@opentelemetry/api', name: 'context' },
  ]);
  const inject = (carrier: string) => `${propagation.local}.inject(${context.local}.active(), ${carrier})`;
  const semicolon = /;\s*$/m.test(file.syntax.source.slice(0, 4_000)) ? ';' : '';
  const title = 'Inject the trace context into the headers';
  if (headers?.type === 'reference') {
    // A variable of this function is filled before it is sent.
    const own = file.names.definitions(headers.path, call.inFunction, headers.at);
    if (own.some(({ kind }) => kind !== 'value')) return [];
    const edits = [
      insertLinesBefore(file.syntax.source, statement.at, [inject(headers.path) + semicolon]),
      ...propagation.edits,
    ];
    return [{ title, kind: 'unsafe', edits }];
  }
  const name = freeName(file, call, 'headers');
  const typed = file.language === 'javascript' ? '' : ': Record<string, string>';
  const written = headers?.type === 'object' ? headers.at.text : '{}';
  if (headers !== undefined && headers.type !== 'object') return [];
  const lines = [`const ${name}${typed} = ${written}${semicolon}`, inject(name) + semicolon];
  const given = optionsEdit(client, name);
  if (given === undefined) return [];
  const edits = [insertLinesBefore(file.syntax.source, statement.at, lines), given, ...propagation.edits];
  return [{ title, kind: 'unsafe', edits }];
}

/** Puts `headers` into the options of the call. */
function optionsEdit({ call, headers, library }: ClientCall, name: string): Edit | undefined {
  const text = name === 'headers' ? 'headers' : `headers: ${name}`;
  if (headers !== undefined) {
    const entry = entryOf(call, headers.at);
    return entry === undefined ? replace(headers.at, name) : replace(entry, text);
  }
  if (library.headers === undefined) return undefined;
  const position = optionsIndex(library.headers, call);
  const options = call.arguments[position];
  if (options?.type === 'object') {
    const [first] = options.entries;
    return first === undefined ? replace(options.at, `{ ${text} }`) : insert(first.at.start, `${text}, `);
  }
  const last = call.arguments.at(-1);
  if (call.arguments.length !== position || last === undefined) return undefined;
  return insert(last.at.end, `, { ${text} }`);
}

function entryOf(call: CallExpression, headers: Place): Place | undefined {
  for (const argument of call.arguments)
    if (argument.type === 'object' && field(argument, 'headers')?.at === headers)
      return argument.entries.find(entry => entry.key === 'headers')?.at;
  return undefined;
}

function pythonFixes(file: FileFacts, { call, headers, library }: ClientCall, statement: Statement): Fix[] {
  if (library.headers?.keyword !== 'headers' || call.argumentsAt === undefined) return [];
  if (call.named.has('**') || library.transport === 'messaging') return [];
  const [inject] = importNames(file, [{ module: 'opentelemetry.propagate', name: 'inject' }]);
  const title = 'Inject the trace context into the headers';
  const { source } = file.syntax;
  if (headers?.type === 'reference') {
    const own = file.names.definitions(headers.path, call.inFunction, headers.at);
    if (own.some(({ kind }) => kind !== 'value')) return [];
    const edits = [
      insertLinesBefore(source, statement.at, [`${inject.local}(${headers.path})`]),
      ...inject.edits,
    ];
    return [{ title, kind: 'unsafe', edits }];
  }
  if (headers !== undefined && headers.type !== 'object') return [];
  const name = freeName(file, call, 'headers');
  const lines = [`${name} = ${headers?.at.text ?? '{}'}`, `${inject.local}(${name})`];
  const last = [...call.arguments, ...call.named.values()].sort((a, b) => a.at.end - b.at.end).at(-1);
  const given =
    headers !== undefined
      ? replace(headers.at, name)
      : last === undefined
        ? undefined
        : insert(last.at.end, `, headers=${name}`);
  if (given === undefined) return [];
  const edits = [insertLinesBefore(source, statement.at, lines), given, ...inject.edits];
  return [{ title, kind: 'unsafe', edits }];
}

/** `client.Do(req)`: the request has headers. */
function goFixes(file: FileFacts, { call }: ClientCall, statement: Statement): Fix[] {
  const [request] = call.arguments;
  const context = contextOf(call);
  if (call.callee !== 'Do' || request?.type !== 'reference' || context === undefined) return [];
  const [otel, propagation] = importNames(file, [
    { module: 'go.opentelemetry.io/otel', name: '*' },
    { module: 'go.opentelemetry.io/otel/propagation', name: '*' },
  ]);
  const line = `${otel.local}.GetTextMapPropagator().Inject(${context}, ${propagation.local}.HeaderCarrier(${request.path}.Header))`;
  const edits = [insertLinesBefore(file.syntax.source, statement.at, [line]), ...otel.edits];
  return [{ title: 'Inject the trace context into the headers', kind: 'unsafe', edits }];
}

/** The context of the function around, or that of its request. */
function contextOf({ inFunction }: CallExpression): string | undefined {
  for (let at = inFunction; at !== undefined; at = at.parent)
    for (const { name, typeName } of at.parameters) {
      if (typeName === 'context.Context') return name;
      if (typeName === '*http.Request') return `${name}.Context()`;
    }
  return undefined;
}

function freeName(file: FileFacts, { inFunction, at }: CallExpression, wish: string): string {
  const taken = file.names.definitions(wish, inFunction, at).length > 0;
  return taken ? `${wish}WithTrace` : wish;
}
