import { literally } from '../../../base/literally.ts';
import { statementsAround } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import { mentioningIn } from '../mentions.ts';
import { isLeft } from '../openPaths.ts';
import { isReferenceTo, nothing } from '../references.ts';
import { returnsOf } from '../returns.ts';
import { type Expression, type FunctionSyntax, type Place, type Statement, staticText } from '../syntax.ts';
import { bodiesOf, contains, expressionsIn, statementsIn } from '../walk.ts';
import { handedIn, isEnding, isReport, mayBeEnded, usesOfSpan } from './spanUses.ts';

/** A statement that empties the place of a span. */
export interface Emptying {
  readonly statement: Statement;
  /** `self.span`, `state["span"]`, `ref.current`, as written. */
  readonly place: string;
  /** Its last name, or its key; a ref has the name of its variable. */
  readonly name: string;
}

/**
 * `self.span = None`, `state["span"] = None`, `this.span = undefined`, `current_span.set(None)`, also beside others, `span,
 * self.span = self.span, None`: of the function itself.
 */
export function emptyingsIn({ body }: FunctionSyntax): Emptying[] {
  return statementsIn(body).flatMap(statement =>
    placesEmptied(statement).map(found => ({ statement, ...found })),
  );
}

function placesEmptied(statement: Statement): Omit<Emptying, 'statement'>[] {
  if (statement.type === 'expression') {
    const { expression } = statement;
    if (expression.type !== 'call' || expression.callee !== 'set' || expression.arguments.length !== 1)
      return [];
    const { receiver } = expression;
    const isEmptied = receiver?.type === 'reference' && nothing.test(expression.arguments[0].at.text);
    return isEmptied ? [{ place: receiver.path, name: lastName(receiver.path) }] : [];
  }
  if (statement.type !== 'bind') return [];
  const { targets, values } = statement;
  return targets.flatMap(({ path, target, at, from }, index) => {
    // `self.span = self.token = None`
    const value = values.length === 1 && from === undefined ? values[0] : values[index];
    if (values.length > targets.length || !nothing.test(value?.at.text ?? '')) return [];
    const name = path === '' ? keyOf(target) : lastName(path);
    return name === undefined ? [] : [{ place: path || at.text, name }];
  });
}

export function keyOf(target: Expression | undefined): string | undefined {
  return target?.type === 'index' ? staticText(target.key) : undefined;
}

/** `span` of `self.span` and `this.#span`, `ref` of `ref.current`. */
export function lastName(path: string): string {
  const last = path
    .replace(/\.current$/, '')
    .split('.')
    .at(-1);
  return (last ?? path).replace('#', '');
}

/**
 * Whether it is emptied by code that has seen the span, and has neither ended it nor given it away on the way through it.
 * @param seen under the name of the place itself, also under others, or without having been seen at all, as by `close`
 */
export function isDropped(
  file: FileFacts,
  made: FunctionSyntax,
  { statement, place, name }: Emptying,
  seen: 'itself' | 'anyhow' | 'never' = 'anyhow',
): boolean {
  const way = wayThrough(made.body, statement, place);
  const aliases = aliasesOf(file, [...way, statement], place);
  const held = [place, ...aliases];
  // `with use_span(self.span, end_on_exit=True):`
  const isManaged = [...statementsAround(made.body, statement.at)].some(
    each =>
      each.type === 'with' && each.items.some(({ value }) => held.some(path => value.at.text.includes(path))),
  );
  const told = new Set(
    expressionsIn(way, true).flatMap(each => (each.type === 'call' && isReport(each) ? each.arguments : [])),
  );
  return (
    !isManaged &&
    (seen === 'never' ||
      (seen === 'anyhow' && aliases.length > 0) ||
      aliasesOf(file, [statement], place).length > 0 ||
      isSeen(made.body, way, statement, seen === 'itself' ? [place] : held)) &&
    !expressionsIn(way, true).some(each => isLetGo(each, held) && !told.has(each)) &&
    !held.some(path => mayBeEnded(usesOfSpan(way, path, handedIn(file)))) &&
    !callsEnder(file, way, name)
  );
}

/**
 * What stands before or after a statement in the blocks around it; not what is in other branches, nor before it in one that
 * leaves, nor what a handler cannot tell of, as it empties the place too.
 */
export function wayThrough(
  body: readonly Statement[],
  statement: Statement,
  place: string,
): readonly Statement[] {
  const around = [...statementsAround(body, statement.at)];
  const isAround = (each: Statement) => contains(each.at, statement.at);
  const isEmptied = (each: Statement) =>
    statementsIn([each]).some(inner => placesEmptied(inner).some(emptied => emptied.place === place));
  return [body, ...around.flatMap(bodiesOf)].flatMap(list => {
    const others = list.filter(each => !isAround(each));
    if (others.length < list.length) return others.filter(each => !leavesBefore(each, statement));
    const of = around.find(each => bodiesOf(each).includes(list));
    if (of?.type !== 'try') return [];
    const isLast = of.finally?.some(isAround) === true;
    if (isLast || list === of.finally || of.otherwise?.some(isAround)) return list;
    const isHandled = of.handlers.some(handler => handler.body.some(isAround));
    return isHandled && list === of.body ? list.filter(each => !isEmptied(each)) : [];
  });
}

/** `if event == STARTED: …; return` */
function leavesBefore(each: Statement, { at }: Statement): boolean {
  return each.type === 'if' && each.at.end <= at.start && each.otherwise === undefined && isLeft(each.then);
}

/** `span` of `span = state["span"]`, of `span = current.get()`, and of `span = self._ensure_span()` that returns `self._span`. */
function aliasesOf(file: FileFacts, way: readonly Statement[], place: string): string[] {
  return statementsIn(way).flatMap(each => {
    if (each.type !== 'bind' || each.targets.length !== each.values.length) return [];
    return each.targets.flatMap(({ path }, index) => {
      const value = each.values[index];
      const isIt =
        value.at.text === place ||
        (value.type === 'call' &&
          ((value.callee === 'get' && isReferenceTo(value.receiver, place)) ||
            returns(file.names.functionCalled(value), place)));
      return isIt && /^\w+$/.test(path) ? path : [];
    });
  });
}

function returns(made: FunctionSyntax | undefined, place: string): boolean {
  return made !== undefined && returnsOf(made).some(([value]) => value?.at.text === place);
}

/** Something is called on the span before it, or it is asked whether there is one. */
function isSeen(
  body: readonly Statement[],
  way: readonly Statement[],
  { at }: Statement,
  held: readonly string[],
): boolean {
  const isAsked = (each: Statement) =>
    each.type === 'if' && held.some(path => asksFor(each.condition.at.text, path));
  // `if self.span is None: return`
  const isGuard = (each: Statement) =>
    each.type === 'if' &&
    each.at.end <= at.start &&
    isLeft(each.then) &&
    held.some(path => misses(each.condition.at.text, path));
  return (
    held.some(path => [...mentioningIn(body, path)].some(isGuard)) ||
    [...statementsAround(body, at)].some(
      each =>
        (isAsked(each) && each.type === 'if' && each.then.some(inner => contains(inner.at, at))) ||
        // `finally` after a block that has asked for it.
        (each.type === 'try' &&
          each.finally?.some(inner => contains(inner.at, at)) === true &&
          each.body.some(isAsked)),
    ) ||
    way.some(
      each =>
        each.at.end <= at.start &&
        each.type === 'expression' &&
        each.expression.type === 'call' &&
        held.includes(each.expression.receiver?.at.text ?? ''),
    )
  );
}

/**
 * `if span:`, `if (this.span !== undefined && …)`; not `if not span`, nor `if span is current`: the other name may have been
 * used to end it.
 */
export function asksFor(condition: string, path: string): boolean {
  const name = `${literally(path)}(?:\\s*(?:is not|!==?)\\s*(?:None|null|undefined|nil))?\\)*(?:\\s*(?:and|&&)\\s|$)`;
  return new RegExp(`^\\(*${name}|\\s(?:and|&&)\\s+\\(*${name}`).test(condition);
}

/** `if not span`, `if (this.span === undefined)` */
function misses(condition: string, path: string): boolean {
  const name = literally(path);
  return new RegExp(
    `^\\(*(?:(?:not\\s+|!)${name}|${name}\\s*(?:is|===?)\\s*(?:None|null|nil|undefined))\\)*(?:\\s*(?:or|\\|\\|)\\s|$)`,
  ).test(condition);
}

/** `state["span"].end()`, `finish(state["span"])`, `spans.append(span)`, `span._end()` of another type. */
function isLetGo(each: Expression, held: readonly string[]): boolean {
  if (each.type === 'index' || each.type === 'reference') return false;
  const isIt = ({ at }: Expression) => held.includes(at.text);
  if (each.type === 'list' || each.type === 'object') return holds(each, isIt);
  if (each.type !== 'call') return false;
  if (each.receiver !== undefined && isIt(each.receiver))
    return isEnding(each.callee) || endsOtherwise.test(each.callee);
  // What a path is given to is told by its uses.
  return [...each.arguments, ...each.named.values()].some(given => given.type === 'index' && isIt(given));
}

const endsOtherwise = /^_*(?:end|finish|close|stop|complete)/i;

function holds(expression: Expression, isIt: (each: Expression) => boolean): boolean {
  return expression.type === 'list'
    ? expression.values.some(isIt)
    : expression.type === 'object' && expression.entries.some(({ value }) => isIt(value));
}

/** `self._end_span()`, `this.stop()`, `self._scope.__exit__(…)`: whatever else is called there that may end it. */
export function callsEnder(file: FileFacts, way: readonly Statement[], name: string): boolean {
  return expressionsIn(way, true).some(each => {
    if (each.type !== 'call') return false;
    const called = file.names.functionCalled(each);
    if (called !== undefined)
      return called.bodyAt.text.includes(name) && endsAnything.test(called.bodyAt.text);
    const isOwn = each.receiver === undefined || /^(?:this|self|super\(\))$/.test(each.receiver.at.text);
    return endsSpan.test(each.callee) || (isOwn && endsOther.test(each.callee));
  });
}

const endsSpan =
  /^__a?exit__$|^_*(?:end|finish|close|stop|complete|exit|detach|cleanup)_?\w*(?:span|scope|trace|context)/i;
/** It may leave it to another. */
const endsOther = /^_?#?(?:end|finish|close|complete|stop|exit|dispose|flush|clean)/i;
const endsAnything = /\.(?:end|finish|close|__a?exit__)\(/;

/** Where a method drops the span of a field. @param isThere whether it takes that for granted, as `close` does */
export function dropsIn(file: FileFacts, made: FunctionSyntax, field: string, isThere: boolean): Place[] {
  return emptyingsIn(made)
    .filter(each => each.place === field && isDropped(file, made, each, isThere ? 'never' : 'itself'))
    .map(({ statement }) => statement.at);
}
