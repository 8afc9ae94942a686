import type { FileFacts } from '../fileFacts.ts';
import { declares, mentioningIn } from '../mentions.ts';
import { type Leak, openPaths } from '../openPaths.ts';
import { sharesVariable } from '../pythonSharing.ts';
import { isReferenceTo } from '../references.ts';
import { returnsOf } from '../returns.ts';
import {
  type Expression,
  type FunctionSyntax,
  isScript,
  type Statement,
  type SyntaxUnit,
} from '../syntax.ts';
import { contains, enclosing, expressionsOf, within } from '../walk.ts';
import { withoutIdleAliases, withScopedAliases } from './spanAliases.ts';
import { SpanFlow } from './spanFlow.ts';
import { withoutIdleLists } from './spanLists.ts';
import { blockOf } from './spanRegions.ts';
import { type SpanStart, startsIn, startsInObjects } from './spanStarts.ts';
import { withoutBorrowers } from './spansLent.ts';
import { carriesSpan, handedIn, isEnding, isStored, type SpanUses, usesOfSpan } from './spanUses.ts';

/** A span that somebody must end, and what becomes of it. */
export interface SpanLife {
  readonly start: SpanStart;
  readonly variable: string;
  /** The statements in whose scope the variable lives: a block, or the body of the callback. */
  readonly region: readonly Statement[];
  /** The function that the region belongs to; undefined at the top of the file. */
  readonly inFunction: FunctionSyntax | undefined;
  /** The region is the body of a loop. */
  readonly isLoopBody: boolean;
  readonly uses: SpanUses;
  /** Nothing in sight ends it, and it goes where it cannot be followed: whoever has it there may end it. */
  readonly escapes: boolean;
  /** The variable holds other spans as well. */
  readonly shared: boolean;
  /** Paths on which it is not ended; empty if it is never ended or cannot be followed. */
  readonly leaks: readonly Leak[];
}

/** The lives of the spans that nothing ends by itself and that are held by a variable. */
export function spanLives(file: FileFacts): readonly SpanLife[] {
  return file.ofUnits(livesIn).flat();
}

/** Those of a part of the file. */
export function livesIn(file: FileFacts, unit: SyntaxUnit): readonly SpanLife[] {
  const starts = [...file.ofUnit(startsIn, unit), ...startsInObjects(file, unit)];
  const bindings = new Set<Statement>(starts.flatMap(({ binding }) => binding ?? []));
  return starts.flatMap(start => {
    const life = lifeOf(file, start, bindings);
    // Where the object goes, the span is found under other names.
    return life === undefined || (start.holder !== undefined && life.escapes) ? [] : life;
  });
}

/** @param starts statements that start any span */
function lifeOf(file: FileFacts, start: SpanStart, starts: ReadonlySet<Statement>): SpanLife | undefined {
  const { variable, endsItself, form, binding } = start;
  const name = start.holder ?? variable;
  if (endsItself || variable === undefined || name === undefined || /^_?$|\./.test(name)) return undefined;
  if (form === 'callback') {
    const { callback } = start;
    if (callback === undefined) return undefined;
    return finished(file, start, variable, afterBinding(callback.body, binding), callback, false, starts);
  }
  const { inFunction } = start.call;
  const body = inFunction?.body ?? file.syntax.body;
  if (form === 'scoped' && start.statement?.type === 'with') {
    const region = afterBinding(start.statement.body, binding);
    return isEndedAfter(file, start.statement, start)
      ? undefined
      : finished(file, start, variable, region, inFunction, false, starts);
  }
  if (form !== 'value' || binding === undefined) return undefined;
  if (file.language === 'python' && inFunction !== undefined && isOfOthers(file, variable, inFunction))
    return ofFunctionAround(file, start, variable, inFunction);
  const around = blockOf(file, body, name, binding);
  if (
    (around === undefined || file.language === 'python') &&
    (!isOwn(file, name, inFunction) || isOfOthers(file, name, inFunction))
  )
    return isScript(file.language) ? ofVariableAround(file, start, variable, inFunction) : undefined;
  const { statements, isLoopBody } = around ?? { statements: body, isLoopBody: false };
  return finished(file, start, variable, statements, inFunction, isLoopBody, starts);
}

/** What comes after the span has been taken from the context; all of it, where it is given. */
function afterBinding(body: readonly Statement[], binding: Statement | undefined): readonly Statement[] {
  return binding === undefined ? body : body.slice(body.indexOf(binding) + 1);
}

/** Stands among the names of `Project.releases` for the span of a context that is handed on. */
export const spanOfContext = '(context)';

/** Python's `nonlocal span`, or no declaration elsewhere: what is around has the variable, and may end what is put into it. */
export function isOfOthers(
  file: FileFacts,
  variable: string,
  inFunction: FunctionSyntax | undefined,
): boolean {
  if (inFunction === undefined) return false;
  if (file.language !== 'python')
    return (
      !inFunction.parameters.some(({ name }) => name === variable) && !declares(inFunction.body, variable)
    );
  return file.says(shares) && sharesVariable(inFunction, variable);
}

const shares = /\b(?:nonlocal|global)\b/;

/**
 * Python's `nonlocal span` and `global _span`: the life in the function, or in the file, that has the variable, if nothing in
 * there can end the span.
 */
function ofFunctionAround(
  file: FileFacts,
  start: SpanStart,
  variable: string,
  inFunction: FunctionSyntax,
): SpanLife | undefined {
  const owner = [...enclosing(inFunction.parent)].find(each => isOwn(file, variable, each));
  if (owner === undefined) {
    // Other files reach those that are not private.
    if (!variable.startsWith('_') || file.releases(variable)) return undefined;
    file.dependOnAll();
  }
  const life = finished(file, start, variable, owner?.body ?? file.syntax.body, owner, false, new Set());
  return life.escapes || life.uses.ends.length > 0 ? undefined : { ...life, shared: true };
}

/**
 * A variable of a function around, or of a file that does not export it: the life in there, if nothing in there can end
 * the span.
 */
function ofVariableAround(
  file: FileFacts,
  start: SpanStart,
  variable: string,
  inFunction: FunctionSyntax | undefined,
): SpanLife | undefined {
  if (inFunction === undefined) return undefined;
  const held = start.holder ?? variable;
  const owner = [...enclosing(inFunction.parent)].find(each => hasName(each, held));
  if (owner?.parameters.some(({ name }) => name === held)) return undefined;
  const region = owner?.body ?? file.syntax.body;
  if (!declares(region, held)) return undefined;
  if (owner === undefined) {
    if ([...file.syntax.exports.values()].includes(held)) return undefined;
    file.dependOnAll();
  }
  const life = finished(file, start, variable, region, owner, false, new Set());
  return life.escapes || life.uses.ends.length > 0 ? undefined : { ...life, shared: true };
}

function hasName({ body, parameters }: FunctionSyntax, variable: string): boolean {
  return parameters.some(({ name }) => name === variable) || declares(body, variable);
}

/** Python's `end_on_exit=False`: the name is still there after the `with`. */
function isEndedAfter(
  { syntax }: FileFacts,
  { at }: Statement,
  { call: { inFunction }, variable }: SpanStart,
): boolean {
  const after = syntax.source.slice(at.end, inFunction?.at.end);
  return after.includes(`${variable}.end(`);
}

function finished(
  file: FileFacts,
  start: SpanStart,
  variable: string,
  region: readonly Statement[],
  inFunction: FunctionSyntax | undefined,
  isLoopBody: boolean,
  starts: ReadonlySet<Statement>,
): SpanLife {
  const own = withScopedAliases(file, usesOfSpan(region, variable, handedIn(file)), variable, region);
  const given = withHolder(file, own, start, region);
  // What it is given to may be told by others that it is given to; of Python, those that end it need not be asked.
  const isAsked = isScript(file.language) || given.ends.length === 0;
  const all = isAsked ? withoutBorrowers(file, given) : given;
  const uses = withoutIdleLists(file, withoutIdleAliases(file, all, inFunction), inFunction);
  const isOwned = uses.ends.length > 0;
  const isCurrent = file.language === 'csharp' && file.get(endsActivityOfOthers);
  const { form } = start;
  const escapes =
    isCurrent ||
    (!isOwned &&
      !isUnused(file, start, uses) &&
      (start.guessed ||
        escapesOf(file, uses, inFunction).length > 0 ||
        mayBeEndedByOthers(file, start, uses) ||
        contextIsLetGo(file, start, inFunction) ||
        contextIsStored(file, start, region) ||
        isFoundById(variable, region) ||
        // `end_on_exit=False`, and somebody else ends the current one.
        (form === 'scoped' && start.binding === undefined && file.releases(spanOfContext)) ||
        (mayTakeFromContext(file) && contextIsKept(variable, region)) ||
        // Who sets its status keeps it.
        ((form === 'value' || form === 'callback') &&
          uses.statuses.length + uses.exceptions.length === 0 &&
          isTakenFromContext(file, variable, region))));
  const shared = isShared(region, variable, start);
  const life = { start, variable, region, inFunction, isLoopBody, uses, escapes, shared };
  if (
    escapes &&
    isOnlyLetGo(file, uses) &&
    start.form !== 'callback' &&
    !contextIsLetGo(file, start, inFunction)
  ) {
    const open = openPaths(region, new SpanFlow(file.language, life, starts, false), isLoopBody);
    // What is kept only on some paths may be of no use on others; who returns before that has failed.
    const isKept = uses.escapes.some(({ statement: { type } }) => type === 'bind');
    const leaks = open.filter(({ kind }) => kind === 'return' || !isKept);
    return { ...life, escapes: leaks.length === 0, leaks };
  }
  if (escapes || !isOwned || (file.says(endOfCurrent) && endsInContext(start, region)))
    return { ...life, leaks: [] };
  const held = { ...life, uses: { ...uses, escapes: withoutYields(uses.escapes, inFunction) } };
  const flow = new SpanFlow(file.language, held, starts);
  return { ...life, leaks: openPaths(region, flow, isLoopBody) };
}

/** Whoever gets the object that has the span has the span too. */
export function withHolder(
  file: FileFacts,
  uses: SpanUses,
  { holder, variable }: Pick<SpanStart, 'holder' | 'variable'>,
  region: readonly Statement[],
): SpanUses {
  if (holder === undefined || variable === undefined) return uses;
  const handed = handedIn(file);
  const rest = variable.slice(holder.length + 1).split('.');
  const held = rest.map((_, index) => {
    const [object, property] = [[holder, ...rest.slice(0, index)], rest.slice(index)].map(each =>
      each.join('.'),
    );
    return usesOfSpan(region, object, (call, argument) => {
      const [whole, part] = [handed(call, argument), handed(call, argument, property)];
      return whole === 'looks' ? part : (whole ?? part);
    });
  });
  return {
    ...uses,
    ends: [...uses.ends, ...held.flatMap(({ ends }) => ends)],
    escapes: [...uses.escapes, ...held.flatMap(({ escapes }) => escapes)],
    handed: [...uses.handed, ...held.flatMap(each => each.handed)],
  };
}

/** Go does not compile with a variable that nothing reads: nobody leaves it to others to end such a span. */
function isUnused(
  { language, syntax }: FileFacts,
  { binding, variable, call: { inFunction } }: SpanStart,
  { statuses, exceptions, others, escapes, handed }: SpanUses,
): boolean {
  if (language !== 'go' || binding?.declares !== true || inFunction === undefined) return false;
  if ([statuses, exceptions, others, escapes, handed].some(each => each.length > 0)) return false;
  return !new RegExp(`\\b${variable}\\b`).test(syntax.source.slice(binding.at.end, inFunction.at.end));
}

/** What a context manager yields is its own to end, and nobody ends what is kept in a context that nobody takes a span from. */
function escapesOf(
  file: FileFacts,
  { escapes }: SpanUses,
  inFunction: FunctionSyntax | undefined,
): SpanUses['escapes'] {
  return withoutYields(escapes, inFunction).filter(
    ({ at }) => !isContextOfSpan.test(at.text) || file.releases(spanOfContext),
  );
}

/** Python: what a context manager yields comes back to it. */
function withoutYields(
  escapes: SpanUses['escapes'],
  inFunction: FunctionSyntax | undefined,
): SpanUses['escapes'] {
  const isManager = inFunction?.decorators.some(({ at }) => /contextmanager\b/.test(at.text)) === true;
  return isManager ? escapes.filter(({ statement }) => !isYield(statement)) : escapes;
}

/** `contexts.set(request, trace.setSpan(active, span))` */
const isContextOfSpan = /^[\w.]*\b(?:setSpan|set_span_in_context)\(/;

function isYield(statement: Statement): boolean {
  return statement.type === 'expression' && /^yield\b/.test(statement.at.text);
}

/**
 * What gets the span may end it. Where its status is set by the one who started it, and in Go, only what is called so
 * does, or runs beside; what the caller hands in does not.
 */
function mayBeEndedByOthers(
  { language }: FileFacts,
  { call: { inFunction } }: SpanStart,
  { handed, statuses, exceptions }: SpanUses,
): boolean {
  if (language === 'go')
    return handed.some(
      ({ call, statement }) =>
        ending.test(call.callee) || (statement.type === 'defer' && statement.spawns) || call.callee === '',
    );
  const callbacks = new Set(
    [...enclosing(inFunction)].flatMap(each => each.parameters.map(({ name }) => name)),
  );
  const tells = statuses.length + exceptions.length > 0;
  return handed.some(
    ({ call: { receiver, callee } }) =>
      !tells || (ending.test(callee) && !(receiver === undefined && callbacks.has(callee))),
  );
}

const ending =
  /end|finish|close|complete|done|stop|wrap|clean|release|dispose|exit|observe|track|run|go$|stream|flush|finali|schedule|defer|settle|^on[A-Z]/i;

/** Those who get it are the callers, or of Go what has it in a field: other ways to leave must end it. */
function isOnlyLetGo({ language }: FileFacts, { ends, escapes, handed }: SpanUses): boolean {
  return (
    ends.length === 0 &&
    handed.length === 0 &&
    escapes.length > 0 &&
    escapes.every(({ statement: { type } }) => type === 'return' || (type === 'bind' && language === 'go'))
  );
}

/** Whether the function itself declares the variable. */
function isOwn(file: FileFacts, variable: string, inFunction: FunctionSyntax | undefined): boolean {
  const definitions = file.names.definitions(variable, inFunction);
  return (
    definitions.length > 0 &&
    definitions.every(
      each =>
        (each.kind === 'value' && each.inFunction === inFunction) ||
        (each.kind === 'item' && each.inFunction === inFunction) ||
        (each.kind === 'element' && (inFunction === undefined || contains(inFunction.at, each.at))) ||
        (each.kind === 'parameter' && each.function === inFunction),
    )
  );
}

/** Go: the context that carries the span is returned or stored, and somebody takes spans out of contexts to end them. */
export function contextIsLetGo(
  file: FileFacts,
  start: SpanStart,
  inFunction: FunctionSyntax | undefined,
): boolean {
  return file.releases(spanOfContext) && contextEscapes(start, inFunction);
}

function contextEscapes({ contextVariable }: SpanStart, inFunction: FunctionSyntax | undefined): boolean {
  if (contextVariable === undefined || contextVariable === '_' || inFunction === undefined) return false;
  if (contextVariable.includes('.')) return true;
  return returnsOf(inFunction).some(values =>
    values.some(value =>
      [...within(value)].some(
        each =>
          each.type === 'reference' &&
          each.path === contextVariable &&
          // Given to a call, it is for what the call does.
          (value === each || value.type === 'object' || isWrapped(value)),
      ),
    ),
  );
}

/** `s.open[name] = ctx`, `s.history = append(s.history, entry{ctx: ctx})`, and somebody ends the span of such a context. */
function contextIsStored(
  file: FileFacts,
  { contextVariable }: SpanStart,
  region: readonly Statement[],
): boolean {
  if (contextVariable === undefined || contextVariable === '_' || !file.releases(spanOfContext)) return false;
  const { escapes } = usesOfSpan(region, contextVariable, call => (isStored(call) ? 'owns' : 'looks'));
  return escapes.some(
    ({ statement }) => statement.type === 'bind' && statement.targets.some(({ path }) => !/^\w+$/.test(path)),
  );
}

/** `return spans.get_by_id(span.context.span_id)`: others have the span, and give it on. */
function isFoundById(variable: string, region: readonly Statement[]): boolean {
  const isId = (each: Expression) =>
    each.type === 'reference'
      ? each.path.startsWith(`${variable}.context.`)
      : each.type === 'member' && /^(?:span_?id|trace_?id)$/i.test(each.property) && isOf(each, variable);
  return [...mentioningIn(region, variable)].some(
    statement =>
      (statement.type === 'bind' || statement.type === 'return') &&
      statement.values.some(value =>
        within(value).some(
          each =>
            each.type === 'call' &&
            looksUp.test(each.callee) &&
            each.arguments.some(given => within(given).some(isId)),
        ),
      ),
  );
}

function isOf(expression: Expression, variable: string): boolean {
  return within(expression).some(each => isReferenceTo(each, variable));
}

const looksUp = /^(?:get|find|look_?up|fetch|load|pop|take)_?\w*(?:span|by_?id)\w*$/i;

/** Somebody takes spans out of contexts to end them, or those may who use the library. */
function mayTakeFromContext(file: FileFacts): boolean {
  return file.releases(spanOfContext) || (isScript(file.language) && file.service.role === 'library');
}

/** `const ctx = trace.setSpan(active, span)`, and that is returned or stored: whoever has it may end the span. */
function contextIsKept(variable: string, region: readonly Statement[]): boolean {
  for (const statement of mentioningIn(region, variable)) {
    const values = statement.type === 'bind' || statement.type === 'return' ? statement.values : [];
    if (!values.some(value => value.type === 'call' && carriesSpan(value, variable))) continue;
    if (statement.type !== 'bind') return true;
    for (const { path } of statement.targets)
      if (path.includes('.') || usesOfSpan(region, path, () => 'looks').escapes.length > 0) return true;
  }
  return false;
}

/** It is put into a context, and the file takes the span of the active one to end it. */
function isTakenFromContext(file: FileFacts, variable: string, region: readonly Statement[]): boolean {
  if (!file.says(takesOut) || !file.releases(spanOfContext)) return false;
  for (const statement of mentioningIn(region, variable))
    for (const expression of expressionsOf(statement))
      for (const each of within(expression))
        if (each.type === 'call' && carriesSpan(each, variable)) return true;
  return false;
}

/** `trace.getSpan(activeContext)`; not what is only written to: `trace.getActiveSpan()?.addEvent('done')`. */
const takesOut =
  /\b(?:getSpan\(\s*(?:[\w.]*context\.active\(\s*\)|(?:active|current)\w*)\s*\)|getActiveSpan\(\s*\)|get_current_span\(\s*\))(?!\s*[?!]*\.(?!end\b)\w)/;

/** `context.WithValue(ctx, …)`, `req.WithContext(ctx)`. */
function isWrapped(value: Expression): boolean {
  return value.type === 'call' && /^With|^with|Context$/.test(value.callee);
}

/** `trace.SpanFromContext(ctx).End()`, `trace.getActiveSpan()?.end()`: which span that is, is not told. */
function endsInContext({ contextVariable }: SpanStart, region: readonly Statement[]): boolean {
  return contextVariable !== '_' && region.some(({ at }) => endOfCurrent.test(at.text));
}

const endOfCurrent =
  /(?:SpanFromContext\(\w+\)|getActiveSpan\(\)|get_current_span\(\)|Span\.current\(\)|Activity\.Current)\??\.(?:[eE]nd|Dispose|Stop)\(/;

/**
 * .NET: starting an activity makes it the current one, and some function of the file stops the one that is current, as
 * listeners do that are told of a start and of an end.
 */
function endsActivityOfOthers(file: FileFacts): boolean {
  if (!file.says(currentActivity)) return false;
  file.dependOnAll();
  return file.syntax.calls.some(
    ({ callee, receiver, inFunction }) =>
      isEnding(callee) && receiver !== undefined && isCurrentActivity(file, receiver, inFunction),
  );
}

const currentActivity = /\bActivity\.Current\b/;

/** Longer chains of variables are not followed. */
const maxVariables = 5;

function isCurrentActivity(
  file: FileFacts,
  expression: Expression,
  inFunction: FunctionSyntax | undefined,
): boolean {
  const seen = new Set<string>();
  const open = [expression];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (currentActivity.test(next.at.text)) return true;
    for (const each of within(next)) {
      if (each.type !== 'reference' || seen.has(each.path) || seen.size >= maxVariables) continue;
      seen.add(each.path);
      for (const definition of file.names.definitions(each.path, inFunction))
        if (definition.kind === 'value' && definition.value !== undefined) open.push(definition.value);
    }
  }
  return false;
}

function isShared(region: readonly Statement[], variable: string, { binding, holder }: SpanStart): boolean {
  return [...mentioningIn(region, holder ?? variable)].some(
    each =>
      each.type === 'bind' &&
      each !== binding &&
      each.values.some(({ type }) => type !== 'constant') &&
      each.targets.some(({ path }) => path === variable || path === holder),
  );
}
