import { statementOf } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import { functionGiven } from '../functionGiven.ts';
import { projectFunction } from '../projectFunctions.ts';
import { isReferenceTo } from '../references.ts';
import { returnsOf } from '../returns.ts';
import { foreign, tracerOf } from '../sdk/tracers.ts';
import {
  type CallExpression,
  type Expression,
  type FunctionSyntax,
  field,
  isScript,
  type Statement,
  type SyntaxUnit,
} from '../syntax.ts';
import { type Bound, boundTo, kindOf } from './spanBinding.ts';
import { spanGivers } from './spanGivers.ts';
import { functionMaking, handle, isHandle, isHandleOf, methodsOfHandle, wrappedBy } from './spanHandles.ts';
import { type Held, propertyOf, type Result } from './spanObjects.ts';
import { takenFromContext, takenIn } from './spansInContext.ts';
import { isKeptOrEnded } from './spansReturned.ts';
import { isCalledSpan as isSpanName } from './spanUses.ts';

/** A call that starts a span. */
export interface SpanStart extends Bound {
  readonly call: CallExpression;
  /**
   * `value`: the caller must end what is returned; `callback`: the function that is given must; `scoped`: a `with`, a
   * `using` or a decorator ends it.
   */
  readonly form: 'value' | 'callback' | 'scoped';
  /** Whether the API ends it when the callback or the scope is left. */
  readonly endsItself: boolean;
  /** Whether the receiver is known to be a tracer of OpenTelemetry; otherwise it is only called one. */
  readonly certain: boolean;
  readonly name: Expression | undefined;
  /** `CLIENT`, `client`, as written. */
  readonly kind: string | undefined;
  /** The statement that the call stands in. */
  readonly statement: Statement | undefined;
  /** Of `callback`: the function that is given, if it is written there. */
  readonly callback: FunctionSyntax | undefined;
  /** A function of the project that starts the span, and returns it or gives it to the callback. */
  readonly factory: boolean;
  /** Only names speak for it: it must be ended everywhere if it is ended somewhere. */
  readonly guessed: boolean;
}

/** The spans that a file starts, in source order. */
export function spanStarts(file: FileFacts): readonly SpanStart[] {
  return file.ofUnits(startsIn).flat();
}

/** Those of a part of the file. */
export function startsIn(file: FileFacts, unit: SyntaxUnit): readonly SpanStart[] {
  const all = file.ofUnit(allStartsIn, unit);
  return all.some(isInObject) ? all.filter(each => !isInObject(each)) : all;
}

/** Those of which a variable has not the span, but an object with it: `trace.span` of `const trace = begin()`. */
export function startsInObjects(file: FileFacts, unit: SyntaxUnit): readonly SpanStart[] {
  return file.ofUnit(allStartsIn, unit).filter(isInObject);
}

function allStartsIn(file: FileFacts, { calls }: SyntaxUnit): readonly SpanStart[] {
  return calls.flatMap(call => startOf(file, call) ?? []);
}

function isInObject({ holder, isHandle: ofHandle }: SpanStart): boolean {
  return holder !== undefined || ofHandle === true;
}

function startOf(file: FileFacts, call: CallExpression): SpanStart | undefined {
  switch (file.language) {
    case 'go':
      return goStart(file, call);
    case 'python':
      return pythonStart(file, call);
    case 'java':
      return javaStart(file, call);
    case 'csharp':
      return csharpStart(file, call);
    default:
      return scriptStart(file, call);
  }
}

const none = {
  variable: undefined,
  variableAt: undefined,
  contextVariable: undefined,
  binding: undefined,
  callback: undefined,
  factory: false,
  guessed: false,
} as const;

function scriptStart(file: FileFacts, call: CallExpression): SpanStart | undefined {
  const active = call.callee === 'startActiveSpan';
  if (!active && call.callee !== 'startSpan') return factoryStart(file, call);
  const tracer = tracerOf(file, call);
  if (tracer === undefined) return factoryStart(file, call);
  // What a function of the project does with the span it tells itself.
  const isOwn =
    tracer === 'likely' && (file.names.functionCalled(call) ?? projectFunction(file, call)) !== undefined;
  if (active && isOwn) return factoryStart(file, call);
  // A tracer of the project's own may end the span itself, and set its status: in a file that does neither it does.
  const mayEndItself = tracer === 'likely' && file.project.hasOwnTracers(file.path);
  if (active && mayEndItself && !file.says(endsOrJudges(file, call))) return undefined;
  const [name, ...others] = call.arguments;
  const options = others.find(each => each.type === 'object');
  const base = {
    ...none,
    call,
    certain: tracer === 'known',
    name,
    kind: kindOf(field(options, 'kind')),
    endsItself: false,
    statement: statementOf(file, call),
  };
  if (!active) {
    const taken = takenFromContext(file, call);
    return taken === undefined
      ? { ...base, form: 'value', ...boundTo(file, call) }
      : { ...base, form: 'callback', ...taken };
  }
  const last = call.arguments.at(-1);
  const given = last === undefined ? undefined : functionGiven(file, last, call.inFunction);
  const parameter = given?.parameters[0];
  return {
    ...base,
    form: 'callback',
    callback: given,
    variable: parameter?.name || undefined,
    variableAt: parameter?.at,
  };
}

/** What a file writes that leaves nothing to its tracer; one that another file made may end what gets its status here. */
function endsOrJudges(file: FileFacts, { receiver, inFunction }: CallExpression): RegExp {
  const name = (receiver && file.names.qualified(receiver, inFunction)) ?? '';
  return /^[.~@#]\.?[./]/.test(name) ? onlyEnds : endsOrSets;
}

const onlyEnds = /\bend\b/;
const endsOrSets = /\bend\b|\bsetStatus\(/;

function pythonStart(file: FileFacts, call: CallExpression): SpanStart | undefined {
  const current = call.callee === 'start_as_current_span';
  if (!current && call.callee !== 'start_span') return factoryStart(file, call);
  const tracer = tracerOf(file, call);
  if (tracer === undefined) return factoryStart(file, call);
  if (tracer !== 'known' && [...call.named.keys()].some(each => !ofApi.test(each)))
    return factoryStart(file, call);
  const kept = call.named.get('end_on_exit');
  const ends = !(kept?.type === 'constant' && kept.value === false);
  const statement = statementOf(file, call);
  const base = {
    ...none,
    call,
    certain: tracer === 'known',
    name: call.arguments[0] ?? call.named.get('name'),
    kind: kindOf(call.named.get('kind')),
    statement,
  };
  if (call.decorates !== undefined) return { ...base, form: 'scoped', endsItself: true };
  const item = statement?.type === 'with' ? statement.items.find(({ value }) => value === call) : undefined;
  if (item !== undefined) {
    // Without `as`, the block may take it from the context.
    const taken = !ends && !item.name && statement?.type === 'with' ? takenIn(statement.body) : undefined;
    return {
      ...base,
      form: 'scoped',
      endsItself: ends,
      variable: item.name || undefined,
      variableAt: item.at,
      ...taken,
    };
  }
  // A context manager that is kept or entered elsewhere ends when that is left.
  if (current) return { ...base, form: 'scoped', endsItself: true, ...boundTo(file, call) };
  return { ...base, form: 'value', endsItself: false, ...boundTo(file, call) };
}

/** What tracers of Python take; of others by that name the project knows more. */
const ofApi =
  /^(?:name|context|kind|attributes|links|start_time|record_exception|set_status_on_exception|end_on_exit|\*\*)$/;

/** `Start` has two results in OpenTelemetry; components have a `Start` too. */
function goStart(file: FileFacts, call: CallExpression): SpanStart | undefined {
  if (call.callee !== 'Start' || call.arguments.length < 2)
    return factoryStart(file, call) ?? goWrapper(file, call);
  const tracer = tracerOf(file, call);
  if (tracer === undefined) return factoryStart(file, call) ?? goWrapper(file, call);
  const bound = boundTo(file, call, 1);
  const statement = statementOf(file, call);
  // A tracer of the project's own may have more to give.
  if (bound.binding !== undefined && bound.binding.targets.length !== 2) return factoryStart(file, call);
  if (tracer === 'likely' && bound.binding === undefined && statement?.type !== 'return') return undefined;
  const kind = call.arguments
    .slice(2)
    .flatMap(each => (each.type === 'call' && each.callee === 'WithSpanKind' ? each.arguments : []));
  return {
    ...none,
    call,
    form: 'value',
    endsItself: false,
    certain: tracer === 'known',
    name: call.arguments[1],
    kind: kindOf(kind[0]),
    statement,
    ...bound,
  };
}

/** `ctx, span := tracing.Start(ctx, "name")` of what is not known: nothing else has these two results in this order. */
function goWrapper(file: FileFacts, call: CallExpression): SpanStart | undefined {
  if (!startsTrace.test(call.callee) || call.arguments.length === 0) return undefined;
  if (!isTraced(file)) return undefined;
  const bound = boundTo(file, call, 1);
  if (bound.binding?.targets.length !== 2 || bound.binding.values.length !== 1) return undefined;
  const { variable = '', contextVariable = '' } = bound;
  if (!isCalledSpan.test(variable) || !/^_$|ctx$|context$/i.test(contextVariable)) return undefined;
  if (isOfOthers.test(file.names.callee(call) ?? '')) return undefined;
  const name = call.arguments.find(each => each.type === 'text');
  return {
    ...none,
    call,
    form: 'value',
    endsItself: false,
    certain: false,
    name,
    kind: undefined,
    statement: statementOf(file, call),
    factory: true,
    ...bound,
  };
}

/** `StartSpan`, `tracer.TracerStart`, `TraceAPICall`, `addTrace`. */
const startsTrace = /^[sS]tart|Span|Start$|^[tT]race[A-Z]|^(?:[aA]dd|[bB]egin|[nN]ew)Trace$/;

/** Not `ctx, endSpan := startSpan(ctx)`, a function; `spanQuery`, not `spanCtx`. */
const isCalledSpan =
  /^(?!(?:[eE]nd|[fF]inish|[cC]lose|[sS]top|[dD]one|[cC]ancel))(?:\w*[sS]pan\d?|[sS]pan(?!Ctx|Context|I[dD]|Name|End|Finish|Close|Stop|Done|Cancel|F(?:n|unc))_?[A-Z]\w*)$/;
/** What has spans that are ended in other ways, `span.Send()`. */
const isOfOthers = new RegExp(`${foreign.source}|beeline|xray|elastic\\.co`, 'i');

function javaStart(file: FileFacts, call: CallExpression): SpanStart | undefined {
  if (call.callee !== 'startSpan') return factoryStart(file, call);
  let builder: Expression | undefined = call.receiver;
  let kind: Expression | undefined;
  for (let hop = 0; hop < 32 && builder !== undefined; hop++) {
    const made = file.names.resolve(builder, call.inFunction);
    if (made.type !== 'call') return undefined;
    if (made.callee === 'setSpanKind') [kind] = made.arguments;
    if (made.callee === 'spanBuilder') {
      const name =
        made.receiver === undefined ? undefined : file.names.qualified(made.receiver, made.inFunction);
      return {
        ...none,
        call,
        form: 'value',
        endsItself: false,
        certain: name !== undefined && /opentelemetry/.test(name),
        name: made.arguments[0],
        kind: kindOf(kind),
        statement: statementOf(file, call),
        ...boundTo(file, call),
      };
    }
    builder = made.receiver;
  }
  return undefined;
}

function csharpStart(file: FileFacts, call: CallExpression): SpanStart | undefined {
  if (call.callee !== 'StartActivity') return factoryStart(file, call);
  const source =
    call.receiver === undefined ? undefined : file.names.qualified(call.receiver, call.inFunction);
  const statement = statementOf(file, call);
  const base = {
    ...none,
    call,
    certain: /ActivitySource\(\)$/.test(source ?? ''),
    name: call.arguments[0] ?? call.named.get('name'),
    kind: kindOf(call.arguments[1] ?? call.named.get('kind')),
    statement,
  };
  const item = statement?.type === 'with' ? statement.items.find(({ value }) => value === call) : undefined;
  if (item !== undefined)
    return {
      ...base,
      form: 'scoped',
      endsItself: true,
      variable: item.name || undefined,
      variableAt: item.at,
    };
  return { ...base, form: 'value', endsItself: false, ...boundTo(file, call) };
}

/** A function of the project that returns a span that it has started. */
function factoryStart(file: FileFacts, call: CallExpression): SpanStart | undefined {
  const result = returnedSpan(file, call);
  // Few calls are one: the statement of the others is not looked for.
  const base = () =>
    ({
      ...none,
      call,
      endsItself: false,
      certain: true,
      name: undefined,
      kind: undefined,
      statement: statementOf(file, call),
      factory: true,
    }) as const;
  if (result !== undefined) {
    const bound = boundTo(file, call, result);
    // An object with a span that goes elsewhere is not followed, but for a handle, which is as a span.
    if (result === handle && bound.binding === undefined)
      return { ...base(), form: 'value', ...bound, isHandle: true };
    if (typeof result === 'string' && bound.binding === undefined) return undefined;
    return { ...base(), form: 'value', ...bound };
  }
  if (file.language === 'go' || file.language === 'java' || file.language === 'csharp') return undefined;
  const index = callbackGiven(file, call);
  // Options may be left out before it.
  const given = index === undefined ? undefined : (call.arguments[index] ?? call.arguments.at(-1));
  if (given?.type === 'function') {
    const [parameter] = given.function.parameters;
    return {
      ...base(),
      form: 'callback',
      callback: given.function,
      variable: parameter?.name || undefined,
      variableAt: parameter?.at,
    };
  }
  // `await createSpan(name, async span => …)`: what comes back is the callback's.
  if (call.arguments.some(({ type }) => type === 'function')) return undefined;
  const isOfTracer = file.language === 'python' && isOfOwnTracer(call);
  if (!isOfTracer && !makesSpan.test(call.callee)) return undefined;
  if (foreign.test(file.names.callee(call) ?? '')) return undefined;
  const bound = boundTo(file, call);
  if (bound.binding === undefined) return undefined;
  if (isOfTracer && !(isTraced(file) && isSpanName.test(bound.variable?.split('.').at(-1) ?? '')))
    return undefined;
  const isKnown = !isOfTracer && file.project.startsSpans(call.callee);
  return { ...base(), form: 'value', certain: isKnown, guessed: !isKnown, ...bound };
}

/** `traces.createChildSpan('x')` of what is not known. */
const makesSpan = /^_?(?:start|create|begin|open)_?(?:\w+_)?[a-zA-Z]*[sS]pan$/;

/** Python: `span, ctx = tracer.start_span_from_context('x')`, which no tracer of OpenTelemetry has. */
export function isOfOwnTracer({ callee, receiver }: CallExpression): boolean {
  return /^start_span_\w+$/.test(callee) && /tracer$/i.test(receiver?.at.text ?? '');
}

function isTraced({ importsOpenTelemetry, service }: FileFacts): boolean {
  return importsOpenTelemetry || service.usesOpenTelemetry;
}

/** Index of the callback that a function of the project runs in a span, and that must end it. */
function callbackGiven(file: FileFacts, call: CallExpression): number | undefined {
  if (!call.arguments.some(({ type }) => type === 'function')) return undefined;
  const own = file.names.functionCalled(call);
  if (own === undefined) return projectFunction(file, call)?.givesSpan;
  return file.get(spanGivers).get(own);
}

/** Only functions of other files: those of this one are found by what they return, when the summary is made. */
function returnedSpan(file: FileFacts, call: CallExpression): Result | undefined {
  const own = functionMaking(file, call);
  if (own !== undefined) return ownFactories(file).get(own);
  return projectFunction(file, call)?.returnsSpan;
}

const reading = new WeakSet<FileFacts>();

/** Functions of the file that return a span which they start. */
function ownFactories(file: FileFacts): ReadonlyMap<FunctionSyntax, Result> {
  // Asked for while it is made: it goes from level to level itself.
  if (reading.has(file)) return new Map();
  reading.add(file);
  try {
    return file.get(spanFactories);
  } finally {
    reading.delete(file);
  }
}

/** The functions of a file that return a span that they start, or have from one that does. */
export function spanFactories(file: FileFacts): ReadonlyMap<FunctionSyntax, Result> {
  const found = new Map(file.ofUnits(factoriesIn).flat());
  const asksOthers = file.syntax.calls.some(call => mayComeFromOthers(file, call));
  for (let level = 1, before = asksOthers ? -1 : 0; level < maxLevels && found.size > before; level++) {
    before = found.size;
    addFactories(file, file.syntax.calls, call => heldFrom(file, call, found), found);
  }
  return found;
}

/** Whether another file of the project may have the function: of Go it has the name of one that starts something. */
function mayComeFromOthers({ language }: FileFacts, { callee }: CallExpression): boolean {
  return isScript(language) || (language === 'go' && startsTrace.test(callee));
}

/** Those that start the span themselves. */
function factoriesIn(file: FileFacts, { calls }: SyntaxUnit): readonly (readonly [FunctionSyntax, Result])[] {
  const found = new Map<FunctionSyntax, Result>();
  addFactories(file, calls, call => heldOf(file, call), found);
  return [...found];
}

function addFactories(
  file: FileFacts,
  calls: readonly CallExpression[],
  heldBy: (call: CallExpression) => Held | undefined,
  found: Map<FunctionSyntax, Result>,
): void {
  for (const call of calls) {
    const { inFunction } = call;
    if (inFunction === undefined || found.has(inFunction)) continue;
    const held = heldBy(call);
    const field = /^this\.([#\w]+)$/.exec(held?.variable ?? '')?.[1];
    if (field !== undefined && isHandleOf(file, inFunction, field)) found.set(inFunction, handle);
    // What a field or a collection holds too is shared by all who ask for it.
    const name = held?.holder ?? held?.variable;
    if (held === undefined || name?.includes('.') === true) continue;
    const { variable, holder } = held;
    let methods: readonly FunctionSyntax[] = [];
    const returned = returnsOf(inFunction).flatMap((values): readonly Result[] => {
      const ofHandle = values.length === 1 ? methodsOfHandle(file, values[0], variable, inFunction) : [];
      methods = [...methods, ...ofHandle];
      if (ofHandle.length > 0 || wraps(file, values, call, held)) return [handle];
      const property = isScript(file.language) ? propertyOf(values, call, held) : undefined;
      if (property !== undefined) return [property];
      const index = values.findIndex(value => isReferenceTo(value, variable));
      if (variable !== undefined && index >= 0) return [isHandle(held.result) ? handle : index];
      const inList = listed(values).findIndex(value => isReferenceTo(value, variable));
      if (variable !== undefined && inList > 0) return [inList];
      return values.length === 1 && values[0] === call ? [held.result] : [];
    });
    const index = returned.at(-1);
    // Asked last: it takes a walk over the function.
    if (index === undefined) continue;
    const names = [variable ?? [], holder ?? []].flat();
    if (names.some(each => isKeptOrEnded(file, inFunction, each, typeof index === 'string', methods)))
      continue;
    found.set(inFunction, index);
  }
}

/** `return new Handle(span)`, `return wrap(tracer.startSpan('x'))` */
function wraps(
  file: FileFacts,
  [value, ...others]: readonly Expression[],
  call: CallExpression,
  { variable }: Held,
): boolean {
  const made = value && file.names.resolve(value, call.inFunction);
  const span = made?.type === 'call' && others.length === 0 ? wrappedBy(file, made) : undefined;
  return span !== undefined && (span === call || isReferenceTo(span, variable));
}

/** `return [response, span]`; what comes first in a list could be any element of it. */
function listed([only, ...others]: readonly Expression[]): readonly Expression[] {
  return others.length === 0 && only?.type === 'list' ? only.values : [];
}

/** Functions that return what another returns, followed from one to the next. */
const maxLevels = 4;

function heldOf(file: FileFacts, call: CallExpression): Held | undefined {
  if (!/^(?:startSpan|start_(?:as_current_)?span|Start|StartActivity)$/.test(call.callee)) return undefined;
  const start = startOf(file, call);
  if (start === undefined || start.form === 'callback' || start.endsItself || start.guessed) return undefined;
  return { variable: start.variable, result: file.language === 'go' ? 1 : 0 };
}

function heldFrom(
  file: FileFacts,
  call: CallExpression,
  factories: ReadonlyMap<FunctionSyntax, Result>,
): Held | undefined {
  const others = () => (mayComeFromOthers(file, call) ? projectFunction(file, call)?.returnsSpan : undefined);
  const called = functionMaking(file, call);
  const result = called === undefined ? others() : factories.get(called);
  if (result === undefined) return undefined;
  const { variable, holder } = boundTo(file, call, result);
  return { variable, holder, result };
}
