import { literally } from '../../../base/literally.ts';
import { statementsAround } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import { nothing } from '../references.ts';
import type { BindStatement, Expression, FunctionSyntax, Place, Statement } from '../syntax.ts';
import { staticText } from '../syntax.ts';
import { bodiesOf, contains, expressionsIn, statementsIn } from '../walk.ts';
import { spanLives } from './spanLives.ts';
import { returnsOf, spanStarts } from './spanStarts.ts';
import { handedIn, isCalledSpan, isEnding, mayBeEnded, usesOfSpan } from './spanUses.ts';

/** A place of a span, `self.span` or `state["span"]`, that is emptied by code that has seen the span, and has not ended it. */
export interface EmptiedSpan {
  /** Where it is emptied. */
  readonly at: Place;
  /** As written. */
  readonly variable: string;
}

/** The spans that a file keeps in fields and under keys, and drops from there without having ended them. */
export function spansEmptied(file: FileFacts): readonly EmptiedSpan[] {
  if (file.language !== 'python' || !file.says(empties) || !file.importsOpenTelemetry) return [];
  const names = keptUnder(file);
  if (names.size === 0) return [];
  return file.syntax.functions.flatMap(made => {
    if (!empties.test(made.bodyAt.text)) return [];
    const emptied = statementsIn(made.body).flatMap(statement => {
      const place = placeEmptied(statement);
      return place !== undefined && names.has(place.name) ? [{ statement, place }] : [];
    });
    return emptied
      .slice(0, maxEmptied)
      .filter(({ statement, place }) => isLeftOpen(file, made, statement, place))
      .map(({ statement, place }) => ({ at: statement.at, variable: place.written }));
  });
}

/** For each, what stands around it is gone through. */
const maxEmptied = 20;
const empties = /[sS]pan(?:["']\])? *= *None\b/;

interface EmptiedPlace {
  /** As written. */
  readonly written: string;
  /** Its last name, or its key. */
  readonly name: string;
}

/** `self.span = None`, `state["span"] = None` */
function placeEmptied(statement: Statement): EmptiedPlace | undefined {
  if (statement.type !== 'bind' || statement.targets.length !== 1 || statement.values.length !== 1)
    return undefined;
  if (!nothing.test(statement.values[0].at.text)) return undefined;
  const name = nameOf(statement);
  return name !== undefined && isCalledSpan.test(name)
    ? { written: statement.targets[0].at.text, name }
    : undefined;
}

/** `span` of `self.span = …` and of `state["span"] = …` */
function nameOf({ targets: [{ path, target }] }: BindStatement): string | undefined {
  if (path !== '') return path.includes('.') ? path.split('.').at(-1) : undefined;
  return target?.type === 'index' ? staticText(target.key) : undefined;
}

/** The names under which the file puts spans that it starts and has to end. */
function keptUnder(file: FileFacts): ReadonlySet<string> {
  const names = new Set<string>();
  const add = (statement: Statement | undefined) => {
    if (statement?.type === 'bind' && statement.targets.length === 1) names.add(nameOf(statement) ?? '');
  };
  for (const { statement, endsItself, guessed } of file.get(spanStarts))
    if (!endsItself && !guessed) add(statement);
  for (const { start, uses } of file.get(spanLives)) {
    // Whoever is given it may hand it in again: `finish(span)`.
    const isReturned = uses.escapes.some(({ statement: { type } }) => type === 'return');
    if (!start.guessed && !isReturned) for (const { statement } of uses.escapes) add(statement);
  }
  // `with tracer.start_as_current_span("…", end_on_exit=False):`, and a method takes the span from the context.
  for (const { at } of file.syntax.classes)
    if (leavesOpen.test(at.text)) for (const [, name] of at.text.matchAll(takesCurrent)) names.add(name);
  names.delete('');
  // What is entered elsewhere is ended there.
  for (const name of names)
    if (
      new RegExp(
        `\\b${literally(name)}\\b.*(?:__enter__|enter_context)\\(|\\bas [\\w.]+\\.${literally(name)}\\b`,
      ).test(file.syntax.source)
    )
      names.delete(name);
  return names;
}

const leavesOpen = /\bend_on_exit ?= ?False\b/;
const takesCurrent = /\bself\.(\w+) = (?:\w+ = )?[\w.]*\bget_current_span\(\)/g;

/** Seen by the code that empties the place, and neither ended nor given away on the way through it. */
function isLeftOpen(
  file: FileFacts,
  made: FunctionSyntax,
  statement: Statement,
  { written, name }: EmptiedPlace,
): boolean {
  const way = wayThrough(made.body, statement);
  const aliases = aliasesOf(file, way, written);
  const held = [written, ...aliases];
  // `with use_span(self.span, end_on_exit=True):`
  const isManaged = [...statementsAround(made.body, statement.at)].some(
    each =>
      each.type === 'with' && each.items.some(({ value }) => held.some(path => value.at.text.includes(path))),
  );
  return (
    !isManaged &&
    (aliases.length > 0 || isSeen(made.body, way, statement, held)) &&
    !expressionsIn(way, true).some(each => isLetGo(each, held)) &&
    !held.some(path => mayBeEnded(usesOfSpan(way, path, handedIn(file)))) &&
    !callsEnder(file, way, name)
  );
}

/** What stands before or after a statement in the blocks around it; not what is in other branches. */
function wayThrough(body: readonly Statement[], statement: Statement): readonly Statement[] {
  const around = [...statementsAround(body, statement.at)];
  const lists = [body, ...around.flatMap(bodiesOf)];
  const isAround = (each: Statement) => contains(each.at, statement.at);
  return lists.flatMap((list, index) => {
    const others = list.filter(each => !isAround(each));
    if (others.length < list.length) return others;
    // `finally` of a `try` around it.
    const of = around.find(each => bodiesOf(each).includes(lists[index]));
    return of?.type === 'try' ? list : [];
  });
}

/** `span` of `span = state["span"]`, and of `span = self._ensure_span()` that returns `self._span`. */
function aliasesOf(file: FileFacts, way: readonly Statement[], written: string): string[] {
  return statementsIn(way).flatMap(each => {
    if (each.type !== 'bind' || each.targets.length !== 1 || each.values.length !== 1) return [];
    const [value] = each.values;
    const isIt =
      value.at.text === written ||
      (value.type === 'call' && returns(file.names.functionCalled(value), written));
    return isIt && /^\w+$/.test(each.targets[0].path) ? [each.targets[0].path] : [];
  });
}

function returns(made: FunctionSyntax | undefined, written: string): boolean {
  return made !== undefined && returnsOf(made).some(([value]) => value?.at.text === written);
}

/** Something is called on the span before it, or it is asked whether there is one. */
function isSeen(
  body: readonly Statement[],
  way: readonly Statement[],
  statement: Statement,
  held: readonly string[],
): boolean {
  return (
    [...statementsAround(body, statement.at)].some(
      each =>
        each.type === 'if' &&
        each.then.some(({ at }) => contains(at, statement.at)) &&
        held.some(path => asksFor(each.condition.at.text, path)),
    ) ||
    way.some(
      each =>
        each.at.end <= statement.at.start &&
        each.type === 'expression' &&
        each.expression.type === 'call' &&
        held.includes(each.expression.receiver?.at.text ?? ''),
    )
  );
}

/** `if span:`, `if span is not None and …`; not `if not span` or `if span is current`. */
function asksFor(condition: string, path: string): boolean {
  const name = literally(path);
  return (
    new RegExp(`^\\(?${name}(?: is not None)?\\)?(?: and |$)`).test(condition) ||
    new RegExp(` and ${name}(?: is not None)?(?: and |$)`).test(condition)
  );
}

/** `state["span"].end()`, `finish(state["span"])`, `spans.append(span)` */
function isLetGo(each: Expression, held: readonly string[]): boolean {
  if (each.type === 'index' || each.type === 'reference') return false;
  const isIt = ({ at }: Expression) => held.includes(at.text);
  if (each.type === 'list' || each.type === 'object') return holds(each, isIt);
  if (each.type !== 'call') return false;
  if (each.receiver !== undefined && isIt(each.receiver)) return isEnding(each.callee);
  // What a path is given to is told by its uses.
  return [...each.arguments, ...each.named.values()].some(given => given.type === 'index' && isIt(given));
}

function holds(expression: Expression, isIt: (each: Expression) => boolean): boolean {
  return expression.type === 'list'
    ? expression.values.some(isIt)
    : expression.type === 'object' && expression.entries.some(({ value }) => isIt(value));
}

/** `self._end_span()`, `self._scope.__exit__(…)`: whatever else is called there that may end it. */
function callsEnder(file: FileFacts, way: readonly Statement[], name: string): boolean {
  return expressionsIn(way, true).some(each => {
    if (each.type !== 'call') return false;
    const called = file.names.functionCalled(each);
    if (called === undefined) return endsSpan.test(each.callee);
    return called.bodyAt.text.includes(name) && endsAnything.test(called.bodyAt.text);
  });
}

const endsSpan =
  /^__a?exit__$|^_*(?:end|finish|close|stop|complete|exit|detach|cleanup)_?\w*(?:span|scope|trace|context)/i;
const endsAnything = /\.(?:end|finish|close|__a?exit__)\(/;
