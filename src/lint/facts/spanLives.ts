import type { FileFacts } from './fileFacts.ts';
import { endsProgram, type Leak, openPaths } from './flow/openPaths.ts';
import { returnsOf, type SpanStart, spanStarts } from './spans.ts';
import { handedIn, isEnding, type SpanUse, type SpanUses, usesOfSpan } from './spanUses.ts';
import type { Expression, FunctionSyntax, Statement } from './syntax.ts';
import { bodiesOf, contains, expressionsOf, within } from './walk.ts';

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
  /** It goes where it cannot be followed: whoever has it there may end it. */
  readonly escapes: boolean;
  /** Paths on which it is not ended; empty if it is never ended or cannot be followed. */
  readonly leaks: readonly Leak[];
}

/** The lives of the spans that nothing ends by itself and that are held by a variable. */
export function spanLives(file: FileFacts): readonly SpanLife[] {
  return file.get(spanStarts).flatMap(start => lifeOf(file, start) ?? []);
}

function lifeOf(file: FileFacts, start: SpanStart): SpanLife | undefined {
  const { variable, endsItself, form, binding } = start;
  if (endsItself || variable === undefined || variable === '_' || variable === '' || variable.includes('.'))
    return undefined;
  if (form === 'callback') {
    const { callback } = start;
    if (callback === undefined) return undefined;
    return finished(file, start, variable, callback.body, callback, false);
  }
  if (form !== 'value' || binding === undefined) return undefined;
  const { inFunction } = start.call;
  const body = inFunction?.body ?? file.syntax.body;
  // Python and a `let` before: the variable lives as long as the function, if it is one of the function's own.
  const blocks = file.language !== 'python' && binding.declares;
  if (!blocks && !isOwn(file, variable, inFunction)) return undefined;
  const around = blocks || file.language === 'python' ? blockAround(body, binding) : undefined;
  const region = blocks ? (around?.statements ?? body) : body;
  return finished(file, start, variable, region, inFunction, blocks && around?.isLoopBody === true);
}

function finished(
  file: FileFacts,
  start: SpanStart,
  variable: string,
  region: readonly Statement[],
  inFunction: FunctionSyntax | undefined,
  isLoopBody: boolean,
): SpanLife {
  const uses = usesOfSpan(region, variable, handedIn(file));
  const escapes =
    uses.escapes.length > 0 ||
    // Who ends it here owns it, whoever else has a look.
    (!uses.ends.some(({ nested }) => !nested) &&
      (uses.handed.length > 0 || contextEscapes(start, inFunction))) ||
    isReassigned(region, variable, start);
  const leaks =
    escapes || uses.ends.length === 0 || uses.ends.some(isOutOfSight)
      ? []
      : openPaths(region, lifetime(start, variable, region, uses), isLoopBody);
  return { start, variable, region, inFunction, isLoopBody, uses, escapes, leaks };

  /** In a function that runs later; one that is deferred is looked into. */
  function isOutOfSight({ call, nested }: SpanUse): boolean {
    return nested && !deferredEnds(region, variable).some(statement => contains(statement.at, call.at));
  }
}

/** Whether the function itself declares the variable. */
function isOwn(file: FileFacts, variable: string, inFunction: FunctionSyntax | undefined): boolean {
  const definitions = file.names.definitions(variable, inFunction);
  return (
    definitions.length > 0 &&
    definitions.every(
      each =>
        (each.kind === 'value' && each.inFunction === inFunction) ||
        (each.kind === 'parameter' && each.function === inFunction),
    )
  );
}

/** Go: the context that carries the span is returned or stored. */
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

/** `context.WithValue(ctx, …)`, `req.WithContext(ctx)`. */
function isWrapped(value: Expression): boolean {
  return value.type === 'call' && /^With|^with|Context$/.test(value.callee);
}

/** Another span is put into the same variable: which of them an `end` is for depends on the path. */
function isReassigned(region: readonly Statement[], variable: string, { binding }: SpanStart): boolean {
  const open = [...region];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at.type === 'bind' && at !== binding && at.targets.some(({ path }) => path === variable)) return true;
    for (const body of bodiesOf(at)) open.push(...body);
  }
  return false;
}

function lifetime(
  start: SpanStart,
  variable: string,
  region: readonly Statement[],
  { ends }: SpanUses,
): Parameters<typeof openPaths>[1] {
  const deferred = new Set(deferredEnds(region, variable));
  const concerns = (expression: Expression) =>
    [...within(expression)].some(
      each => each.type === 'reference' && (each.path === variable || each.path.startsWith(`${variable}.`)),
    );
  return {
    start: start.form === 'callback' ? undefined : start.binding,
    ends: statement =>
      deferred.has(statement) ||
      ends.some(({ call }) => expressionsOf(statement).some(expression => contains(expression.at, call.at))),
    concerns,
    exits: endsProgram,
  };
}

/** `defer span.End()`, and `defer func() { … span.End() }()` where nothing in there stands before it. */
export function deferredEnds(region: readonly Statement[], variable: string): Statement[] {
  const found: Statement[] = [];
  const open = [...region];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const body of bodiesOf(at)) open.push(...body);
    if (at.type !== 'defer' || at.call.type !== 'call') continue;
    const { receiver, callee } = at.call;
    if (receiver?.type === 'reference' && receiver.path === variable && isEnding(callee)) found.push(at);
    if (receiver?.type !== 'function') continue;
    const isEnd = (statement: Statement) =>
      statement.type === 'expression' &&
      statement.expression.type === 'call' &&
      statement.expression.receiver?.type === 'reference' &&
      statement.expression.receiver.path === variable &&
      isEnding(statement.expression.callee);
    if (
      at.spawns
        ? usesOfSpan(receiver.function.body, variable, () => undefined).ends.length > 0
        : receiver.function.body.some(isEnd)
    )
      found.push(at);
  }
  return found;
}

/** The innermost statements that a statement stands among. */
export function blockAround(
  body: readonly Statement[],
  statement: Statement,
): { readonly statements: readonly Statement[]; readonly isLoopBody: boolean } | undefined {
  let statements = body;
  let isLoopBody = false;
  for (;;) {
    if (statements.includes(statement)) return { statements, isLoopBody };
    const around = statements.find(each => contains(each.at, statement.at));
    if (around === undefined) return undefined;
    const inner = bodiesOf(around).find(each => each.some(({ at }) => contains(at, statement.at)));
    if (inner === undefined) return undefined;
    isLoopBody = around.type === 'loop' || (isLoopBody && around.type === 'block');
    statements = inner;
  }
}
