import { type ClientLibrary, clientLibraries, sendingCallees } from './clients.ts';
import type { FileFacts } from './fileFacts.ts';
import { type CallExpression, type Expression, type FunctionSyntax, field } from './syntax.ts';
import { within } from './walk.ts';

/** A call that sends something to another process. */
export interface ClientCall {
  readonly library: ClientLibrary;
  readonly call: CallExpression;
  /** What carries the headers, if the call names it. */
  readonly headers: Expression | undefined;
  /** The options or the request come from elsewhere: what they hold is not known. */
  readonly open: boolean;
  /** The address as far as it is static, `null` for what varies; undefined if nothing is known. */
  readonly url: readonly (string | null)[] | undefined;
  readonly method: string | undefined;
}

/** The calls of a file that leave the process, in source order. */
export function clientCalls(file: FileFacts): readonly ClientCall[] {
  const libraries = clientLibraries.filter(({ languages }) => languages.includes(file.language));
  if (libraries.length === 0) return [];
  return file.syntax.calls.flatMap(call => {
    const local = call.receiver === undefined;
    if (!local && !sendingCallees.test(call.callee)) return [];
    const name = file.names.callee(call);
    if (name === undefined || name.startsWith('#')) return [];
    const library = libraries.find(({ sends }) => sends.test(name));
    return library === undefined ? [] : [described(file, library, call)];
  });
}

function described(file: FileFacts, library: ClientLibrary, call: CallExpression): ClientCall {
  const { headers, open } = headersOf(file, library, call);
  const target = call.arguments[0] ?? call.named.get('url');
  return {
    library,
    call,
    headers,
    open,
    url: library.transport === 'http' ? urlOf(file, target, call.inFunction) : undefined,
    method: methodOf(call),
  };
}

function headersOf(
  file: FileFacts,
  { headers: place }: ClientLibrary,
  call: CallExpression,
): { headers: Expression | undefined; open: boolean } {
  const spread =
    call.arguments.some(each => each.type === 'operation' && each.operator === '...') || call.named.has('**');
  if (place === undefined) return { headers: undefined, open: false };
  const given =
    (place.keyword === undefined ? undefined : call.named.get(place.keyword)) ??
    (place.argument === undefined ? undefined : call.arguments[place.argument]);
  if (given !== undefined) return { headers: given, open: false };
  if (place.options === undefined) return { headers: undefined, open: spread };
  const candidates = place.options >= 0 ? [call.arguments[place.options]] : call.arguments;
  let open = spread;
  for (const candidate of candidates) {
    if (candidate === undefined) continue;
    const value = file.names.resolve(candidate, call.inFunction);
    if (value.type === 'object') {
      const found = field(value, 'headers');
      if (found !== undefined) return { headers: found, open };
      open ||= value.entries.some(entry => entry.spread);
    } else if (
      place.options >= 0 ||
      (value.type === 'reference' && /opt|conf|init|req|param/i.test(value.path))
    )
      open = true;
  }
  return { headers: undefined, open };
}

function urlOf(
  file: FileFacts,
  target: Expression | undefined,
  from: FunctionSyntax | undefined,
): (string | null)[] | undefined {
  if (target === undefined) return undefined;
  const value = requestOf(file, target, from) ?? file.names.resolve(target, from);
  if (value.type === 'call' && value.callee === 'URL') return urlOf(file, value.arguments[0], from);
  if (value.type === 'call' && value.callee === 'toString') return urlOf(file, value.receiver, from);
  if (value.type === 'call' && /^NewRequest(?:WithContext)?$/.test(value.callee))
    return urlOf(file, value.arguments[value.callee === 'NewRequest' ? 1 : 2], from);
  if (value.type === 'reference' && value.path.endsWith('.href')) {
    const [definition, ...others] = file.names.definitions(
      value.path.slice(0, -'.href'.length),
      from,
      value.at,
    );
    return definition?.kind === 'value' && others.length === 0
      ? urlOf(file, definition.value, from)
      : undefined;
  }
  if (value.type === 'object') return urlOf(file, field(value, 'url'), from);
  if (value.type !== 'text') return undefined;
  return value.parts.flatMap((part): (string | null)[] => {
    if (typeof part === 'string') return [part];
    const inner = file.names.resolve(part, from);
    return inner.type === 'text' && inner.parts.every(each => typeof each === 'string')
      ? [inner.parts.join('')]
      : [null];
  });
}

/** Go's `req, err := http.NewRequest(…)`: the first of two results. */
function requestOf(
  file: FileFacts,
  target: Expression,
  from: FunctionSyntax | undefined,
): Expression | undefined {
  if (file.language !== 'go' || target.type !== 'reference') return undefined;
  const [definition, ...others] = file.names.definitions(target.path, from, target.at);
  return definition?.kind === 'value' && definition.from === 0 && others.length === 0
    ? definition.value
    : undefined;
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

/** Names of variables that an expression reads, first segments too. */
export function variablesIn(expression: Expression): Set<string> {
  const names = new Set<string>();
  for (const each of within(expression))
    if (each.type === 'reference') {
      names.add(each.path);
      names.add(each.path.split('.')[0]);
    }
  return names;
}
