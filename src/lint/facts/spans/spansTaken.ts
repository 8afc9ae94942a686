import { blockAround, statementOf, statementsAround } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import { mentioningIn, namesIt } from '../mentions.ts';
import { isLeft, type Leak, type Lifetime, openPaths } from '../openPaths.ts';
import { isReferenceTo, nothing } from '../references.ts';
import { returnsOf } from '../returns.ts';
import {
  type BindStatement,
  type CallExpression,
  type Expression,
  type FunctionSyntax,
  type Place,
  type Statement,
  staticText,
} from '../syntax.ts';
import { bodiesOf, contains, expressionsOf, statementsIn, within } from '../walk.ts';
import { boundTo } from './spanBinding.ts';
import { leakFrom, SpanFlow } from './spanFlow.ts';
import { withoutIdleLists } from './spanLists.ts';
import { type SpanLife, spanLives } from './spanLives.ts';
import { type SpanStart, spanStarts, startsInObjects } from './spanStarts.ts';
import { declaredPlaces, isPlace, placeOf, removesFrom, type StoredPlace } from './spanStores.ts';
import { handedIn, joinedUses, usesOfSpan } from './spanUses.ts';

/** A span that is taken away from where it is kept, so that nobody else can end it, and that is left open. */
export interface TakenSpan {
  /** Where it is taken. */
  readonly at: Place;
  readonly variable: string;
  /** `self.spans`, as written. */
  readonly from: string;
  /** Where a path leaves with it open; undefined if nothing ends it. */
  readonly leak: Leak | undefined;
  /** Who started it has it too; the function is called so that it ends it. */
  readonly isShared: boolean;
  /** Only what is thrown on the way to its end leaves it open, in a handler. */
  readonly isThrown: boolean;
}

/** The spans that functions of a file take from where the file keeps them, and do not end. */
export function spansTaken(file: FileFacts): readonly TakenSpan[] {
  const kept = file.get(keptPlaces);
  const declared = file
    .get(declaredPlaces)
    .filter(({ path }) => !kept.some(each => each.path === path))
    .map((place): Kept => ({ ...place, guessed: false, isShared: true }));
  const places = [...kept, ...declared];
  if (places.length === 0) return [];
  const takers = takersOf(file, places);
  return [
    ...file.syntax.functions.flatMap(made => takenBy(file, made, places, takers)),
    ...file.get(spanLives).flatMap(life => takenBack(file, life) ?? []),
  ];
}

/** Kept somewhere, and taken from there by the function itself: `spans[id] = span; …; del spans[id]`. */
function takenBack(file: FileFacts, life: SpanLife): TakenSpan | undefined {
  const { start, variable, region, uses } = life;
  if (uses.escapes.length !== 1 || uses.handed.length > 0 || start.form === 'callback') return undefined;
  const place = placeOf(uses.escapes[0].statement, value => isReferenceTo(value, variable));
  if (place === undefined) return undefined;
  const removals = [...mentioningIn(region, place.path)].filter(each => removesFrom(each, place.path));
  if (removals.length === 0) return undefined;
  const kept = { variable, region, uses: { ...uses, escapes: [] } };
  const flow = new SpanFlow(file.language, { ...kept, start }, new Set());
  const left = leftAfter(file, flow, kept, removals, start.call);
  const { at } = left?.removal ?? {};
  return at && { at, variable, from: place.path, leak: undefined, isShared: false, isThrown: false };
}

/** A place in which a file keeps spans; where only names say that they are spans, it must end one to be believed. */
type Kept = StoredPlace & { readonly guessed: boolean; readonly isShared: boolean };

export function keptPlaces(file: FileFacts): readonly Kept[] {
  const found = new Map<string, Kept>();
  const add = (place: StoredPlace | undefined, guessed: boolean, isShared = false) => {
    if (place !== undefined && found.get(place.path)?.guessed !== false)
      found.set(place.path, { ...place, guessed, isShared });
  };
  for (const { call, statement, variable, form, endsItself, guessed } of file.get(spanStarts)) {
    if (form === 'callback' || endsItself || statement === undefined) continue;
    if (variable?.includes('.')) add({ path: variable, key: undefined }, guessed);
    else
      add(
        placeOf(statement, value => value === call),
        guessed,
      );
  }
  for (const { start, variable, uses, inFunction } of file.get(spanLives)) {
    const placeIn = ({ statement }: { readonly statement: Statement }) =>
      placeOf(statement, value => isReferenceTo(value, variable));
    const kept = uses.escapes.filter(({ statement: { type } }) => type !== 'return');
    // `entries[id] = Entry(span=span)` is an argument first.
    const places = [...kept.map(placeIn), ...uses.handed.flatMap(each => placeIn(each) ?? [])];
    // What is in two places may be taken from one, and ended by who takes it from the other.
    if (start.form !== 'callback' && new Set(places.map(place => place?.path)).size === 1) {
      const isReturned = kept.length < uses.escapes.length;
      add(places[0], start.guessed, isReturned && !isLeftOpenByCallers(file, inFunction));
    }
  }
  for (const start of file.ofUnits(startsInObjects).flat())
    for (const place of placesOf(file, start)) add(place, false);
  return [...found.values()];
}

/** `requests.set(id, trace)` of `const trace = begin()` with the span in `trace.span`, or with a handle; `this.trace = begin()`. */
function placesOf(
  file: FileFacts,
  { variable = '', holder = variable, statement, call }: SpanStart,
): readonly StoredPlace[] {
  const { inFunction } = call;
  if (holder === '') return [(statement && placeOf(statement, value => value === call)) ?? []].flat();
  const rest = variable.slice(holder.length + 1) || undefined;
  if (holder.includes('.')) return [{ path: holder, key: rest }];
  const uses = usesOfSpan(inFunction?.body ?? file.syntax.body, holder, handedIn(file));
  const places = uses.escapes.map(({ statement }) =>
    placeOf(statement, value => isReferenceTo(value, holder)),
  );
  const [place, ...others] = places;
  if (place === undefined || others.some(each => each?.path !== place.path)) return [];
  const key = [place.key ?? [], rest ?? []].flat().join('.');
  return [{ path: place.path, key: key || undefined }];
}

/** Functions that give what they take away to their callers, `return self._spans.pop(id, None)`: → from where. */
function takersOf(file: FileFacts, places: readonly Kept[]): ReadonlyMap<FunctionSyntax, Kept> {
  const found = new Map<FunctionSyntax, Kept>();
  for (const made of file.syntax.functions) {
    const { text } = made.bodyAt;
    const from = places.find(({ path }) => text.includes(path) && givesOn(made, path));
    if (from !== undefined) found.set(made, from);
  }
  return found;
}

function givesOn(made: FunctionSyntax, path: string): boolean {
  const taken = new Set(
    statementsIn(made.body).flatMap(each =>
      each.type === 'bind' && takes(each, path, made.body) ? each.targets.map(target => target.path) : [],
    ),
  );
  return returnsOf(made).some(
    ([value, ...others]) =>
      others.length === 0 &&
      (value?.type === 'reference'
        ? taken.has(value.path)
        : value?.type === 'call' && isPlace(value.receiver, path) && takesAway.test(value.callee)),
  );
}

/** Whoever of the file gets the span that is kept, too, only writes to it. */
function isLeftOpenByCallers(file: FileFacts, made: FunctionSyntax | undefined): boolean {
  const calls = file.syntax.calls.filter(({ callee }) => callee === made?.name);
  return (
    calls.length > 0 &&
    calls.every(call => {
      const { variable = '' } = boundTo(file, call);
      if (!isName.test(variable)) return statementOf(file, call)?.type === 'expression';
      const { ends, escapes, handed } = usesOfSpan(
        call.inFunction?.body ?? file.syntax.body,
        variable,
        handedIn(file),
      );
      return ends.length + escapes.length + handed.length === 0;
    })
  );
}

function takenBy(
  file: FileFacts,
  made: FunctionSyntax,
  places: readonly Kept[],
  takers: ReadonlyMap<FunctionSyntax, Kept>,
): TakenSpan[] {
  const { text } = made.bodyAt;
  const known = places.filter(({ path }) => text.includes(path));
  const names = new Set([...takers.keys()].map(({ name }) => name).filter(name => text.includes(name)));
  if (known.length + names.size === 0) return [];
  const given = ([value, ...others]: readonly Expression[]) => {
    const call = value?.type === 'operation' && value.operator === 'await' ? value.operands[0] : value;
    if (others.length > 0 || call?.type !== 'call' || !names.has(call.callee)) return undefined;
    const called = file.names.functionCalled(call);
    return called && takers.get(called);
  };
  const found: TakenSpan[] = [];
  for (const statement of statementsIn(made.body)) {
    if (statement.type !== 'bind') continue;
    const from =
      known.find(({ path }) => takes(statement, path, made.body)) ??
      (takers.has(made) ? undefined : given(statement.values));
    for (const held of from === undefined ? [] : heldBy(made, statement, from)) {
      const leak = leftOpen(file, made, held, from === undefined ? [] : removalsAfter(made, statement, from));
      if (from === undefined || leak === undefined || (leak.leak === undefined && from.guessed)) continue;
      const { path, isShared } = from;
      if (!isShared || (leak.leak === undefined && ends.test(made.name)))
        found.push({ at: statement.at, variable: held.variable, from: path, isShared, ...leak });
    }
  }
  return found.slice(0, 1);
}

/** `finish`, `finalizeSpan`, `endCallSpan`, `finish_call_span_error`, `shutdown`. */
const ends =
  /^_*(?:end|finish|close|stop|shutdown|complete|finali[sz]e)(?:_?\w*span(?:_(?:success|ok|error|failure))?)?$/i;

/** `span = self.spans.pop(id)`; `spans[id]` beside `del spans[id]`; `this.span` before `this.span = undefined`. */
function takes(taking: BindStatement, path: string, body: readonly Statement[]): boolean {
  const { values, targets, at } = taking;
  if (targets.some(target => target.path.includes('.') && target.path !== path)) return false;
  return values
    .flatMap(value => (value.type === 'choice' ? value.values : [value]))
    .some(value => {
      const isTaken = (key?: Expression) =>
        statementsIn(body).some(
          each =>
            each.at.end >= at.end && removesFrom(each, path, key?.at.text) && mayFollow(body, taking, each),
        );
      if (isPlace(value, path)) return isTaken();
      if (value.type === 'index') return isPlace(value.object, path) && isTaken(value.key);
      if (value.type !== 'call' || !isPlace(value.receiver, path)) return false;
      return takesAway.test(value.callee) || (value.callee === 'get' && isTaken(value.arguments[0]));
    });
}

/** Not after a branch that leaves, nor in the other one. */
function mayFollow(body: readonly Statement[], { at }: Statement, later: Statement): boolean {
  return [...statementsAround(body, at)].every(around => {
    if (around.type !== 'if') return true;
    const branch = bodiesOf(around).find(list => list.some(each => contains(each.at, at)));
    if (branch === undefined || branch.some(each => contains(each.at, later.at))) return true;
    return !contains(around.at, later.at) && !isLeft(branch);
  });
}

const takesAway = /^(?:pop|popitem|popleft|shift|LoadAndDelete)$/;

/** Where what was only looked up is removed: `spans.get(id)` before `spans.delete(id)`. Empty if it was taken away at once. */
function removalsAfter(
  { body }: FunctionSyntax,
  taking: BindStatement,
  { path }: Kept,
): readonly Statement[] {
  const takings = taking.values.flatMap(value => within(value));
  const isAway = takings.some(
    each => each.type === 'call' && takesAway.test(each.callee) && isPlace(each.receiver, path),
  );
  if (isAway) return [];
  const [key] = takings.flatMap(each => {
    if (each.type === 'index') return isPlace(each.object, path) ? each.key : [];
    return each.type === 'call' && each.callee === 'get' && isPlace(each.receiver, path)
      ? (each.arguments[0] ?? [])
      : [];
  });
  return [...mentioningIn(body, path)].filter(
    each => each.at.end >= taking.at.end && removesFrom(each, path, key?.at.text),
  );
}

interface Held {
  readonly variable: string;
  readonly binding: BindStatement;
  readonly region: readonly Statement[];
  /** What else stands for the span: `entry.span`. */
  readonly others: readonly string[];
}

/** The variables that have the span; of `const entry = spans.get(id)` what it is taken out to, or the entry. */
function heldBy({ body }: FunctionSyntax, taking: BindStatement, { key }: StoredPlace): readonly Held[] {
  const region = (taking.declares ? blockAround(body, taking)?.statements : undefined) ?? body;
  return heldIn(region, taking, key).flatMap(held => (taking.declares ? held : (alone(body, held) ?? [])));
}

/**
 * Where a language knows no blocks, other statements may put other spans into the variable: what it holds since this one
 * is told up to the next, unless somebody asks for it after the block.
 */
function alone(body: readonly Statement[], held: Held): Held | undefined {
  const { variable, binding } = held;
  const all = [...mentioningIn(body, variable)];
  const others = all.filter(each => each !== binding && binds(each, variable));
  if (others.every(each => empties(each, variable)))
    return isAskedInNextRound(body, held, all, others) ? undefined : held;
  const block = blockAround(body, binding);
  if (block === undefined) return undefined;
  const rest = block.statements.slice(block.statements.indexOf(binding));
  const until = rest.findIndex(each => others.some(({ at }) => contains(each.at, at)));
  const region = until < 0 ? rest : rest.slice(0, until);
  const end = region.at(-1)?.at.end ?? binding.at.end;
  const next = Math.min(...others.filter(({ at }) => at.start > binding.at.end).map(({ at }) => at.start));
  const isAskedLater = all.some(
    each => each.at.start >= end && each.at.start < next && namesIt(each, variable),
  );
  return isAskedLater || isAskedInNextRound(body, held, all, others) ? undefined : { ...held, region };
}

/** `if span: span.end()` before it in the loop that it is taken in. */
function isAskedInNextRound(
  body: readonly Statement[],
  { variable, binding }: Held,
  all: readonly Statement[],
  others: readonly Statement[],
): boolean {
  const loop = [...statementsAround(body, binding.at)].findLast(({ type }) => type === 'loop');
  if (loop === undefined) return false;
  const before = all.filter(
    each => each !== loop && contains(loop.at, each.at) && each.at.start < binding.at.start,
  );
  const first = before.find(each => namesIt(each, variable));
  return first !== undefined && !others.includes(first);
}

/** `span = None` */
function empties(statement: Statement, variable: string): boolean {
  return (
    statement.type === 'bind' &&
    statement.targets.every(
      ({ path }, index) => path !== variable || nothing.test(statement.values[index]?.at.text ?? ''),
    )
  );
}

function binds(statement: Statement, variable: string): boolean {
  switch (statement.type) {
    case 'bind':
      return statement.targets.some(({ path }) => path === variable);
    case 'loop':
      return statement.variables.some(({ path }) => path === variable);
    case 'with':
      return statement.items.some(({ name }) => name === variable);
    default:
      return false;
  }
}

function heldIn(
  region: readonly Statement[],
  taking: BindStatement,
  key: StoredPlace['key'],
): readonly Held[] {
  const part = taking.targets.find(({ from }) => key !== undefined && from === key);
  // `key, span = spans.popitem()`
  const isItem = taking.targets.length === 2 && taking.values.some(isItemTaken);
  const variable = (part ?? taking.targets[isItem ? 1 : 0]).path;
  if (!isName.test(variable)) return [];
  if (part !== undefined) return [{ variable, binding: taking, region, others: [] }];
  const asserted = key === undefined ? assertedIn(region, variable) : undefined;
  if (asserted !== undefined) return [asserted];
  if (key === undefined)
    return isTakenApart(region, variable) ? [] : [{ variable, binding: taking, region, others: [] }];
  const parts = [...mentioningIn(region, variable)].flatMap((statement): Held[] => {
    if (statement.type !== 'bind') return [];
    const isWhole = statement.values.some(value => isReferenceTo(value, variable));
    if (!isWhole && !statement.values.some(value => isPart(value, variable, key))) return [];
    const span =
      statement.targets.find(({ from }) => (isWhole ? from === key : from === undefined))?.path ?? '';
    return isName.test(span) ? [{ variable: span, binding: statement, region, others: [] }] : [];
  });
  // `entry["span"].end()` is not followed.
  if (parts.length === 0 && [...mentioningIn(region, variable)].some(each => isIndexed(each, variable)))
    return [];
  return parts.length > 0 ? parts : [{ variable, binding: taking, region, others: [`${variable}.${key}`] }];
}

/** Of Go: `span` of `span, ok := entry.(trace.Span)`. */
function assertedIn(region: readonly Statement[], entry: string): Held | undefined {
  for (const binding of mentioningIn(region, entry)) {
    if (binding.type !== 'bind' || !binding.at.text.includes(`${entry}.(`)) continue;
    const [{ path: variable }] = binding.targets;
    if (!isReferenceTo(binding.values[0], entry) || !isName.test(variable)) continue;
    return { variable, binding, region: blockAround(region, binding)?.statements ?? region, others: [] };
  }
  return undefined;
}

function isItemTaken(value: Expression): boolean {
  return value.type === 'call' && value.callee === 'popitem';
}

/** `entry.span`, `entry["span"]` */
function isPart(value: Expression, variable: string, key: string | number): boolean {
  if (value.type === 'index') return isReferenceTo(value.object, variable) && staticText(value.key) === key;
  return isReferenceTo(value, `${variable}.${key}`);
}

function isIndexed(statement: Statement, variable: string): boolean {
  return expressionsOf(statement).some(expression =>
    within(expression).some(each => each.type === 'index' && isReferenceTo(each.object, variable)),
  );
}

/** `span = entry.span`: it is no span itself. */
function isTakenApart(region: readonly Statement[], variable: string): boolean {
  return [...mentioningIn(region, variable)].some(
    each =>
      each.type === 'bind' &&
      each.values.some(value => value.type === 'reference' && value.path.startsWith(`${variable}.`)),
  );
}

const isName = /^(?!_$)[\w$]+$/;

function leftOpen(
  file: FileFacts,
  made: FunctionSyntax,
  held: Held,
  removals: readonly Statement[],
): Pick<TakenSpan, 'leak' | 'isThrown'> | undefined {
  const { variable, binding, region, others } = held;
  const all = [variable, ...others]
    .map(path => usesOfSpan(region, path, handedIn(file)))
    .reduce((sum, each) => joinedUses(sum, each));
  const uses = withoutIdleLists(file, all, made, true);
  if (uses.escapes.length + uses.handed.length > 0) return undefined;
  if (uses.ends.length === 0) return { leak: undefined, isThrown: false };
  const start = {
    form: 'value',
    binding,
    call: uses.ends[0].call,
    variable,
    contextVariable: undefined,
  } as const;
  const taken = { start, variable, region, uses };
  const flow = new SpanFlow(file.language, taken, new Set());
  const [leak] = openPaths(region, flow, false);
  if (leak === undefined) return undefined;
  const isThrown =
    openPaths(region, new SpanFlow(file.language, taken, new Set(), false), false).length === 0;
  // Where it is not removed it stays for those who come later.
  const inside = removals.filter(({ at }) => region.some(each => contains(each.at, at)));
  if (inside.length === 0 || inside.length < removals.length) return { leak, isThrown };
  const left = leftAfter(file, flow, { variable, region, uses }, inside, start.call);
  return left && { leak: left.leak, isThrown };
}

/** Where a path comes to a removal with the span open, and leaves with it open after that. */
function leftAfter(
  file: FileFacts,
  flow: SpanFlow,
  { variable, region, uses }: Pick<SpanLife, 'variable' | 'region' | 'uses'>,
  removals: readonly Statement[],
  start: CallExpression,
): { readonly removal: Statement; readonly leak: Leak } | undefined {
  const asked = new Set(removals);
  const until: Lifetime = {
    start: flow.start,
    ends: each => flow.ends(each),
    givesAway: () => false,
    replaces: each => (asked.has(each) ? 'next' : flow.replaces(each)),
    concerns: condition => flow.concerns(condition),
    asserts: condition => flow.asserts(condition),
    throws: each => flow.throws(each),
  };
  const open = new Set(openPaths(region, until, false).map(({ at }) => at));
  for (const removal of removals) {
    const leak = open.has(removal.at) && leakFrom(file, removal, { variable, region, uses }, start);
    if (leak) return { removal, leak };
  }
  return undefined;
}
