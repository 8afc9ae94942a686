import type { LineMap } from '../../../base/lines.ts';
import type { NameParts, SpanCallSite, SpanHelper } from '../../../model/source.ts';
import type { SpanKind } from '../../../model/span.ts';
import { rangeOf } from '../sites.ts';
import { type CallExpression, type Expression, type FileSyntax, field, staticText } from '../syntax.ts';
import { enclosing } from '../walk.ts';
import { apiCalls, type NamedCall, nameField } from './spanApis.ts';
import { Resolver } from './spanNames.ts';

/** Callees that speak of spans: `withSpan`, `instrumentAsync`, `traced`; `createTrace` and `traceLink` speak of data. */
const hint =
  /span|instrument|^(?:start|with|in|run|begin)\w*activity$|^traced?(async|sync|fn|func|function|call|method|operation)?$|^(with|in|run|run_in|start)_?trace/i;
/** Of these, the ones that start none. */
const notSpans =
  /^(set|get|end|is|has|add|remove|register|parse|update|finish|record|assert|expect|find|delete|on|use)([A-Z_]|$)|tracer$|(header|context|[Aa]ttributes?|events?|processor|exporter|instrumentations?|error|exception)$/;
/** A parameter inside a longer name is a helper's if it is called a name; `topic` and `attempt` vary the function's own span. */
const nameParameter = /name|^op$|operation|label|title|span|action|step/i;
const kinds: { readonly [name: string]: SpanKind } = {
  internal: 1,
  server: 2,
  client: 3,
  producer: 4,
  consumer: 5,
};

export interface SpanFacts {
  readonly spanCallSites: readonly SpanCallSite[];
  readonly spanHelpers: readonly SpanHelper[];
}

interface SiteCall extends NamedCall {
  /** The helper that is called. */
  readonly helper?: SpanHelper;
}

/** The calls that start spans, and the functions of the file that do so for their callers. */
export function spanFacts(file: FileSyntax, lines: LineMap): SpanFacts {
  const resolver = new Resolver(file);
  const direct = apiCalls(file, resolver);
  const helpers = findHelpers(file, direct, lines);
  const taken = new Set(direct.map(({ call }) => call));
  const viaHelper = file.calls.flatMap(call => (taken.has(call) ? [] : helperCall(call, helpers)));
  for (const { call } of viaHelper) taken.add(call);
  const hinted = file.calls.flatMap(call => (taken.has(call) ? [] : hintedCall(call, resolver)));

  const sites = (calls: readonly SiteCall[], via: SpanCallSite['via']) =>
    calls.flatMap(named => sitesOf(named, via, resolver, lines));
  return {
    spanCallSites: [...sites(direct, 'api'), ...sites(viaHelper, 'helper'), ...sites(hinted, 'hint')].sort(
      (a, b) => a.line - b.line || a.column - b.column,
    ),
    spanHelpers: helpers,
  };
}

/** Functions whose parameter is the name, alone or with static text around it; also those that call such functions. */
function findHelpers(file: FileSyntax, direct: readonly SiteCall[], lines: LineMap): SpanHelper[] {
  const helpers = new Map<string, SpanHelper>();
  let calls = direct;
  for (let round = 0; round < 4 && calls.length > 0; round++) {
    const found = calls
      .flatMap(named => helperAround(named, lines))
      .filter(helper => !helpers.has(helper.name));
    for (const helper of found) helpers.set(helper.name, helper);
    calls = file.calls.flatMap(call => helperCall(call, found));
  }
  return [...helpers.values()];
}

function helperAround({ call, value, helper: inner }: SiteCall, lines: LineMap): SpanHelper[] {
  const parts = value.type === 'text' ? value.parts : [value];
  const holes = parts.filter(part => typeof part !== 'string');
  const [hole] = holes;
  if (holes.length !== 1 || hole.type !== 'reference') return [];
  // `options.name` is the parameter `options`: the caller writes `{ name: 'load' }`.
  const path = hole.path.replace(/\.name$/, '');
  for (const { name, parameters, at } of enclosing(call.inFunction)) {
    const parameterIndex = parameters.findIndex(
      each => each.name === path || each.fields.get('name') === path,
    );
    if (parameterIndex < 0) continue;
    if (name === '' || (parts.length > 1 && !nameParameter.test(hole.path))) return [];
    const split = parts.indexOf(hole);
    const join = (pieces: typeof parts) => pieces.filter(piece => typeof piece === 'string').join('');
    const prefix = (inner?.prefix ?? '') + join(parts.slice(0, split));
    const suffix = join(parts.slice(split + 1)) + (inner?.suffix ?? '');
    const [line, endLine] = [lines.position(at.start).line, lines.position(at.end).line];
    return [{ name, parameterIndex, prefix, suffix, line, endLine }];
  }
  return [];
}

function helperCall(call: CallExpression, helpers: readonly SpanHelper[]): SiteCall[] {
  const helper = helpers.find(({ name }) => name === call.callee);
  const value = helper === undefined ? undefined : call.arguments[helper.parameterIndex];
  return helper === undefined || value === undefined
    ? []
    : [{ call, argument: helper.parameterIndex, value: nameField(value), helper }];
}

/** A call that speaks of spans and takes a text early: most likely a helper of another file. */
function hintedCall(call: CallExpression, resolver: Resolver): SiteCall[] {
  // Methods of C# begin with a capital.
  const callee = call.callee.charAt(0).toLowerCase() + call.callee.slice(1);
  if (!hint.test(callee) || notSpans.test(callee)) return [];
  if (call.receiver?.type === 'reference' && /(^|\.)(log(ger|ging)?|console)$/i.test(call.receiver.path))
    return [];
  const candidates = call.arguments.slice(0, 3).map(nameField);
  const argument = candidates.findIndex(value => resolver.names(value).some(([part]) => part !== ''));
  return argument < 0 ? [] : [{ call, argument, value: candidates[argument] }];
}

function sitesOf(
  { call, argument, value, kind, helper }: SiteCall,
  via: SpanCallSite['via'],
  resolver: Resolver,
  lines: LineMap,
): SpanCallSite[] {
  // A name that only the caller knows still makes the line a place where spans are made.
  const open: NameParts[] = via === 'api' && resolver.isOpen(value) ? [[null]] : [];
  return [...resolver.names(value), ...open].map(name => ({
    name: helper === undefined ? name : surrounded(name, helper),
    api: call.callee,
    via,
    nameArgument: argument,
    tracerName: tracerName([call.receiver, ...call.arguments.slice(0, argument)], resolver),
    kind: spanKind(call, kind, resolver),
    functionName: call.decorates ?? (call.inFunction?.qualifiedName || undefined),
    ...rangeOf(call, lines),
  }));
}

function surrounded(name: NameParts, { prefix, suffix }: SpanHelper): NameParts {
  const parts: (string | null)[] = [];
  for (const part of [prefix, ...name, suffix]) {
    const last = parts.length - 1;
    if (part === '') continue;
    if (part !== null && typeof parts[last] === 'string') parts[last] += part;
    else parts.push(part);
  }
  return parts;
}

/**
 * `trace.getTracer('x')`, `get_tracer(__name__)`, `otel.Tracer("x")`, `new ActivitySource("x")` behind the receiver, or behind a tracer that a
 * helper is given before the name.
 */
function tracerName(holders: readonly (Expression | undefined)[], resolver: Resolver): string | undefined {
  for (const holder of holders) {
    const made = holder === undefined ? undefined : resolver.resolve(holder);
    if (made?.type !== 'call' || !/(?:tracer|ActivitySource)$/i.test(made.callee)) continue;
    const argument = made.arguments[0] ?? made.named.get('instrumenting_module_name');
    if (argument?.type === 'reference' && argument.path === '__name__') return '__name__';
    return argument === undefined ? undefined : staticText(resolver.resolve(argument));
  }
  return undefined;
}

/**
 * `{ kind: SpanKind.CLIENT }`, `kind=trace.SpanKind.CLIENT`, `trace.WithSpanKind(trace.SpanKindClient)`,
 * `ActivityKind.Client`.
 */
function spanKind(
  call: CallExpression,
  given: Expression | undefined,
  resolver: Resolver,
): SpanKind | undefined {
  const values = [given, call.named.get('kind')];
  for (const argument of call.arguments) {
    const value = resolver.resolve(argument);
    if (value.type === 'object') values.push(field(value, 'kind'));
    if (value.type === 'reference') values.push(value);
    if (value.type === 'call' && value.callee === 'WithSpanKind') values.push(value.arguments[0]);
  }
  for (const value of values) {
    const word =
      value?.type === 'reference' ? /(?:Span|Activity)Kind\.?([A-Za-z]+)$/.exec(value.path)?.[1] : undefined;
    if (word !== undefined && Object.hasOwn(kinds, word.toLowerCase())) return kinds[word.toLowerCase()];
  }
  return undefined;
}
