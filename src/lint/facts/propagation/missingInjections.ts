import type { FileFacts } from '../fileFacts.ts';
import { isUsed } from '../imports.ts';
import { isReferenceTo } from '../references.ts';
import type { CallExpression, Expression, FunctionSyntax, Import, Parameter, Place } from '../syntax.ts';
import { contains, expressionsIn, statementsIn, within } from '../walk.ts';
import { carriers } from './carriers.ts';
import { injections, isInjection } from './injections.ts';

/** Something that is there to inject the context, and does not. */
export interface MissingInjection {
  readonly at: Place;
  readonly name: string;
  /** An import, a propagator, a setter or a type of carriers that nothing uses; a function whose name says what its body does not do. */
  readonly kind: 'import' | 'propagator' | 'setter' | 'type' | 'function';
}

const mayMatter = /inject|propagat/i;

/** What propagates, as it is imported: module → names. */
const propagators: readonly { readonly module: RegExp; readonly name: RegExp }[] = [
  { module: /^opentelemetry\.propagate$/, name: /^(?:\*|inject|get_global_textmap)$/ },
  { module: /^opentelemetry$/, name: /^propagate$/ },
  { module: /^opentelemetry\.trace\.propagation\.tracecontext$/, name: /^TraceContextTextMapPropagator$/ },
  { module: /^opentelemetry\.propagators\.\w/, name: /Propagator$|Format$/ },
  { module: /^@opentelemetry\/api$/, name: /^propagation$/ },
  { module: /^@opentelemetry\/(?:core|propagator-\w+)$/, name: /Propagator$/ },
  { module: /^go\.opentelemetry\.io\/otel\/propagation$/, name: /./ },
  { module: /^io\.opentelemetry\.context\.propagation$/, name: /^(?:TextMapPropagator|TextMapSetter)$/ },
];

export function missingInjections(file: FileFacts): readonly MissingInjection[] {
  if (!mayMatter.test(file.syntax.source)) return [];
  return [...unusedImports(file), ...idlePropagators(file), ...idleFunctions(file)];
}

/** Whether a file imports what the context is injected with, or taken out of carriers. */
export function knowsPropagation(file: FileFacts): boolean {
  const { language, path, project, syntax, importsOpenTelemetry } = file;
  // Another file of the package, or another package, may hand the propagator out.
  if (language === 'go')
    return (importsOpenTelemetry && project.packageImports(path, propagatesInGo)) || file.get(extracts);
  return syntax.imports.some(
    each =>
      isPropagator(each) || (each.module === '@opentelemetry/api' && /^(?:\*|default)$/.test(each.name)),
  );
}

/** `observability.Propagator().Extract(ctx, carrier)` */
function extracts(file: FileFacts): boolean {
  return (
    file.says(mayExtract) &&
    file.syntax.calls.some(
      call => call.callee === 'Extract' && /opentelemetry/.test(file.names.callee(call) ?? ''),
    )
  );
}

const mayExtract = /\.Extract\(/;

const propagatesInGo = /^go\.opentelemetry\.io\/otel(?:\/propagation)?$/;

function isPropagator({ module, name, typeOnly }: Import): boolean {
  return !typeOnly && propagators.some(each => each.module.test(module) && each.name.test(name));
}

function* unusedImports(file: FileFacts): Generator<MissingInjection> {
  const { path, syntax } = file;
  // What a package imports there others take from it.
  if (path.endsWith('__init__.py')) return;
  for (const each of syntax.imports) {
    if (!isPropagator(each) || !/^\w+$/.test(each.local)) continue;
    const seenIn = each.late ? functionAround(syntax, each) : undefined;
    if (isUsed(syntax, each, seenIn?.at)) continue;
    // Where something injects by another name, it is only a spare one.
    const isInjected = (call: CallExpression) =>
      (seenIn === undefined || contains(seenIn.at, call.at)) && isInjection(file, call);
    if (syntax.calls.some(isInjected)) continue;
    yield { at: each.at, name: each.local, kind: 'import' };
  }
}

/** Python: an import in a function is for that alone. */
function functionAround({ functions }: FileFacts['syntax'], { at }: Import): FunctionSyntax | undefined {
  return functions.findLast(made => contains(made.at, at));
}

/** `propagator := otel.GetTextMapPropagator()`, in a function that does nothing with it. */
function* idlePropagators({ syntax }: FileFacts): Generator<MissingInjection> {
  for (const { body, bodyAt } of syntax.functions)
    for (const statement of makesPropagator.test(bodyAt.text) ? statementsIn(body) : []) {
      if (statement.type !== 'bind' || statement.targets.length !== 1) continue;
      const [{ path: name, at }] = statement.targets;
      const [value] = statement.values;
      const made =
        value?.type === 'call' ? `${value.callee}(` : value?.type === 'object' ? value.at.text : '';
      if (!makesPropagator.test(made) || !/^\w+$/.test(name)) continue;
      const isAlone = bodyAt.text.split(new RegExp(`(?<![\\w$.])${name}(?![\\w$])`)).length === 2;
      if (isAlone) yield { at, name, kind: 'propagator' };
    }
}

const makesPropagator =
  /\b(?:TraceContextTextMapPropagator|W3CTraceContextPropagator|Composite(?:HTTP)?Propagator|get_global_textmap|GetTextMapPropagator)\(|\bpropagation\.TraceContext\{/;

/** A method or a function of that name alone: what it belongs to, or is given, tells. */
const justInject = /^_*inject$/i;
const ofTraces = /trac(?:e|ing)|carrier|propagat|span|otel|telemetry/i;
const saysInject =
  /^_*inject(?!or)(?=\w*(?:trac|context|ctx|span|header|propagat|carrier|metadata|otel|telemetry|amqp|kafka|rabbit|nats|grpc|http|map|message|request))/i;
/** What else is injected into requests. */
const otherwise =
  /auth|token|cookie|user|tenant|cred|depend|env|config|secret|css|script|style|mock|fault|err|latency|chaos|prompt|logger|correlation|tracer\b|provider/i;
/** `injectTraceContextIntoEnv(carrier)`: that of a process to be started, or an envelope. */
const intoEnvironment = /_?(?:in)?to_?env\w*$/i;
const holdsHeaders =
  /headers?|carrier|metadata|\bmd\b|req(?:uest)?\b|(?:msg|message)s?\b|map\[string\]|Table|attributes|record|options/i;
/** A propagator of its own makes the header, or it takes the context out of one. */
const byHand = /trace_?id|span_?context\b(?!\.)|traceparent|x-b3|extract/i;
/** Comments, and of Go what is only taken out of headers before. */
const beside = /(?<!:)\/\/.*$|^\s*case\b.*:$|\bdelete\(.*\)$/gm;

/** What stands in where nothing is traced. */
const doesNothing = /no_?op|null|dummy|disabled|fake/i;

/** Functions that are to inject, as their names say, and call nothing that does. */
function* idleFunctions(file: FileFacts): Generator<MissingInjection> {
  if (!knowsPropagation(file)) return;
  const known = file.get(carriers);
  for (const made of file.syntax.functions) {
    const { name, nameAt, className, bodyAt, broken } = made;
    if (
      broken ||
      doesNothing.test(className ?? '') ||
      !isToInject(made) ||
      otherwise.test(name.replace(intoEnvironment, '')) ||
      known.injects(made)
    )
      continue;
    if (!isGivenHeaders(made) || byHand.test(bodyAt.text.replace(beside, '')) || isOfPropagator(file, made))
      continue;
    if (expressionsIn(made.body, true).some(each => each.type === 'call' && mayInject(each))) continue;
    if (injectsOtherHeaders(file, made) || returnsMore(made)) continue;
    yield { at: nameAt, name, kind: 'function' };
  }
}

function isToInject({ name, className, parameters }: FunctionSyntax): boolean {
  if (!justInject.test(name)) return saysInject.test(name);
  return (
    ofTraces.test(className ?? '') ||
    parameters.some(({ name, typeName }) => /propagator|carrier/i.test(`${name} ${typeName ?? ''}`))
  );
}

function isGivenHeaders({ name, parameters, results }: FunctionSyntax): boolean {
  const text = ({ name: own, typeName }: Pick<Parameter, 'name' | 'typeName'>) => `${own} ${typeName ?? ''}`;
  if (justInject.test(name)) return true;
  return holdsHeaders.test([name, ...parameters.map(text), ...results.map(text)].join(' '));
}

/**
 * By its name it may be about any header, and it has one of its own to put there. If it is given the context, that is of
 * what the context holds, where another function of the file injects.
 */
function injectsOtherHeaders(file: FileFacts, { name, parameters, bodyAt, body }: FunctionSyntax): boolean {
  if (namesTraces.test(name) || namesTraces.test(bodyAt.text)) return false;
  const context = parameters.find(each => /^(?:ctx|context)$/i.test(each.name));
  const isRead = context && expressionsIn(body, true).some(each => isReferenceTo(each, context.name));
  if (context && !(isRead && file.get(injections).length > 0)) return false;
  const isWritten = statementsIn(body, true).some(
    each =>
      each.type === 'bind' &&
      each.targets.some(({ target, path }) => target?.type === 'index' || path.includes('.')),
  );
  return isWritten || expressionsIn(body, true).some(each => each.type === 'call' && puts.test(each.callee));
}

/** `return { ...headers, [KEY]: encode(info) }`: it puts something of its own beside the headers, as its name says. */
function returnsMore({ body, parameters }: FunctionSyntax): boolean {
  const given = new Set(parameters.map(({ name }) => name));
  return statementsIn(body).some(
    each =>
      each.type === 'return' &&
      each.values.some(
        value =>
          value.type === 'object' &&
          value.entries.some(({ spread, value: whole }) => spread && isOf(whole, given)) &&
          value.entries.some(entry => !entry.spread && within(entry.value).some(inner => isOf(inner, given))),
      ),
  );
}

function isOf(value: Expression, names: ReadonlySet<string>): boolean {
  return value.type === 'reference' && names.has(value.path.split('.')[0]);
}

const namesTraces = /trac(?:e|ing)|propagat|carrier|otel|telemetry|span/i;
const puts = /^(?:update|[sS]et|[aA]dd|[aA]ppend|put|extend|merge|assign|setdefault)(?:_?[hH]eaders?)?$/;

/** One of the methods that the API asks of propagators. */
function isOfPropagator({ syntax }: FileFacts, { className, at }: FunctionSyntax): boolean {
  return syntax.functions.some(
    each =>
      /^fields$/i.test(each.name) &&
      (className === undefined ? contains(each.at, at) : each.className === className),
  );
}

function mayInject({ callee, receiver }: CallExpression): boolean {
  // To have a propagator is not to use it.
  if (/Propagators?$|^get_global_textmap$|^fields$/.test(callee)) return false;
  return /inject|propagat|trac(?:e|ing)/i.test(callee) || /propagat/i.test(receiver?.at.text ?? '');
}
