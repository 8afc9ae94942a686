import { blockAround, statementsAround } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import { mentioning, mentioningIn, namesIt } from '../mentions.ts';
import { isReferenceTo, nothing } from '../references.ts';
import { type Expression, type FunctionSyntax, type Place, type Statement, staticText } from '../syntax.ts';
import { contains, statementsIn, within } from '../walk.ts';
import { callsEnder, lastName } from './spanDrops.ts';
import { withoutIdleLists } from './spanLists.ts';
import { spanLives } from './spanLives.ts';
import { spanStarts } from './spanStarts.ts';
import { pathOf, placeOf, removesFrom, type StoredPlace } from './spanStores.ts';
import { isWrittenAtTheEnd } from './spansRemoved.ts';
import { keptPlaces } from './spansTaken.ts';
import { handedIn, isCalledSpan, isEnding, type SpanUses, usesOfSpan } from './spanUses.ts';

/** A span that a function has looked up where its work has come to an end, has written to and has left open. */
export interface ConcludedSpan {
  /** Where it is looked up. */
  readonly at: Place;
  readonly variable: string;
  /** As written: `request.state.span`, `self.spans`. */
  readonly from: string;
  /** The last name of the place, or the key: others take it from there by that. */
  readonly key: string;
}

interface LookedUp extends ConcludedSpan {
  readonly made: FunctionSyntax;
  readonly region: readonly Statement[];
  readonly uses: SpanUses;
  readonly removes: boolean;
}

/**
 * Python: the spans that functions which come last, `after_request`, `on_tool_error`, look up and write to but do not end, where
 * the one that comes before, `on_tool_start`, has started them, and none after it ends them; and those that functions take away.
 */
export function spansConcluded(file: FileFacts): readonly ConcludedSpan[] {
  if (file.language !== 'python' || !(file.importsOpenTelemetry || file.service.usesOpenTelemetry)) return [];
  const candidates = file.syntax.functions.flatMap(made =>
    mayTake.test(made.bodyAt.text) ? lookedUpIn(file, made) : [],
  );
  const open = candidates.filter(each => isLeftOpen(file, each));
  if (open.length === 0) return [];
  const kept = new Set<string>();
  const shared = keysEndedAtOnce(file);
  for (const { path, key, guessed, isShared } of file.get(keptPlaces))
    if (!guessed)
      for (const each of [keyOfPath(path), ...(typeof key === 'string' ? [key] : [])])
        (isShared ? shared : kept).add(each);
  const starters = startersIn(file);
  const enders = [
    ...candidates.filter(({ uses }) => uses.ends.length + uses.handed.length > 0),
    ...endersInPlace(file),
  ];
  return open.filter(each => {
    if (shared.has(each.key)) return false;
    const others = enders.filter(({ key, made }) => key === each.key && made !== each.made);
    if (others.length === 0 && !kept.has(each.key)) return false;
    if (each.removes) return true;
    // Nobody else ends what is there, and this one comes last: it need not be called as the one that starts it.
    if (others.length === 0 && comesLast(each.made.name) && !isReleasedAnywhere(file, each.key)) return true;
    const isStarted = starters.some(
      ({ key, name }) => key === each.key && workOf(name) === workOf(each.made.name),
    );
    return isStarted && !others.some(({ made }) => mayComeAfter(made.name, each, enders));
  });
}

const mayTake = /span/i;
/** For each, the function is gone through. */
const maxLookedUp = 20;

function lookedUpIn(file: FileFacts, made: FunctionSyntax): LookedUp[] {
  const found: LookedUp[] = [];
  const whole = new Set<string>();
  for (const statement of statementsIn(made.body)) {
    if (found.length === maxLookedUp) break;
    const place = placeOfTaking(statement, made);
    const variable = place && variableOf(statement);
    if (place === undefined || variable === undefined) continue;
    const all = statementsIn(made.body);
    const isRemoved = place.isAway || all.some(each => removesFrom(each, place.from));
    const region = regionAfter(statement, variable, made);
    if (region === made.body && whole.has(variable)) continue;
    if (region === made.body) whole.add(variable);
    const uses = withoutIdleLists(file, usesOfSpan(region, variable, handedIn(file)), made, true);
    const isJudged = uses.statuses.length + uses.exceptions.length > 0;
    const removes = isRemoved || (isJudged && all.some(each => replaces(each, place.from, statement)));
    found.push({
      at: statement.at,
      variable,
      from: place.from,
      key: place.key,
      made,
      region,
      uses,
      removes,
    });
  }
  return found;
}

/** `self.span = tracer.start_span(…)` after it was looked up. */
function replaces(statement: Statement, from: string, taking: Statement): boolean {
  return (
    statement.type === 'bind' &&
    statement.at.start > taking.at.end &&
    statement.targets.length === 1 &&
    statement.targets[0].path === from
  );
}

/** Where the variable holds what the statement puts into it, if that can be told; otherwise the whole function. */
function regionAfter(statement: Statement, variable: string, { body }: FunctionSyntax): readonly Statement[] {
  if (statement.type === 'loop') return statement.body;
  const block = blockAround(body, statement)?.statements;
  if (block === undefined) return body;
  const all = [...mentioningIn(body, variable)].filter(each => namesIt(each, variable));
  const isAlone = all.every(each => each === statement || !binds(each, variable));
  const inLoop = [...statementsAround(body, statement.at)].some(({ type }) => type === 'loop');
  if (isAlone || (inLoop && all[0] !== statement)) return body;
  const rest = block.slice(block.indexOf(statement) + 1);
  const next = rest.findIndex(each => binds(each, variable));
  if (next >= 0) return rest.slice(0, next);
  return isAskedAfter(statement, variable, body, all) ? body : rest;
}

/** Whether what a block leaves in the variable is asked for after it; the other branch of an `if` does not come after it. */
function isAskedAfter(
  statement: Statement,
  variable: string,
  body: readonly Statement[],
  all: readonly Statement[],
): boolean {
  for (const around of [...statementsAround(body, statement.at)].toReversed().slice(1)) {
    const isInside = (each: Statement) => contains(around.at, each.at) && each.at.start > statement.at.end;
    if (around.type === 'try' && all.some(isInside)) return true;
    const list = blockAround(body, around)?.statements ?? [];
    const after = mentioning(list, variable).find(({ at }) => at.start >= around.at.end);
    if (after !== undefined) return !binds(after, variable);
  }
  return false;
}

function binds(statement: Statement, variable: string): boolean {
  return (
    statement.type === 'bind' &&
    statement.targets.some(({ path }) => path === variable) &&
    !statement.values.some(value => within(value).some(each => isReferenceTo(each, variable)))
  );
}

/** What a statement takes from where, also `for span in open_spans`, of `open_spans = [self.spans.pop(key) for key in keys]`. */
function placeOfTaking(statement: Statement, { body }: FunctionSyntax): PlaceTaken | undefined {
  if (statement.type === 'bind') return statement.values.flatMap(value => placeTaken(value) ?? [])[0];
  if (statement.type !== 'loop' || statement.over === undefined) return undefined;
  const { over } = statement;
  if (!statement.variables.some(({ path }) => mayTake.test(path))) return undefined;
  const lists = within(over).flatMap(each =>
    each.type === 'reference' && isName.test(each.path) && mayTake.test(each.path) ? each.path : [],
  );
  const values = [...mentioningIn(body, lists[0] ?? '')].flatMap(each =>
    each.type === 'bind' && each.targets.some(({ path }) => path === lists[0]) ? each.values : [],
  );
  return [over, ...(lists.length === 0 ? [] : values)]
    .flatMap(value => within(value))
    .flatMap(each => (each.type === 'call' ? (placeTaken(each) ?? []) : []))[0];
}

function variableOf(statement: Statement): string | undefined {
  if (statement.type !== 'bind' && statement.type !== 'loop') return undefined;
  const targets: readonly { readonly path: string }[] =
    statement.type === 'bind' ? statement.targets : statement.variables;
  const name =
    targets.length === 1 ? targets[0].path : (targets.find(({ path }) => mayTake.test(path))?.path ?? '');
  return isName.test(name) ? name : undefined;
}

const isName = /^(?!_$)\w+$/;

interface PlaceTaken {
  readonly from: string;
  readonly key: string;
  /** Nobody else has it then. */
  readonly isAway: boolean;
}

/** `self.spans.pop(id)`, `spans[id]`, `getattr(g, "span", None)`, `request.ctx.span`: of what is called so. */
function placeTaken(value: Expression): PlaceTaken | undefined {
  const taken = (from: string, key: string | undefined, isAway = false) =>
    key !== undefined && mayTake.test(key) ? { from, key, isAway } : undefined;
  switch (value.type) {
    case 'choice':
      return value.values.flatMap(each => placeTaken(each) ?? [])[0];
    case 'reference':
      return value.path.includes('.') ? taken(value.path, lastName(value.path)) : undefined;
    case 'index': {
      const path = pathOf(value.object);
      return taken(path, staticText(value.key) ?? keyOfPath(path));
    }
    case 'call': {
      if (value.callee === 'getattr' && value.receiver === undefined)
        return taken(value.arguments[0]?.at.text ?? '', staticText(value.arguments[1]));
      if (!takes.test(value.callee) || value.receiver === undefined) return undefined;
      const path = pathOf(value.receiver);
      return taken(path, staticText(value.arguments[0]) ?? keyOfPath(path), /^pop/.test(value.callee));
    }
    default:
      return undefined;
  }
}

const takes = /^(?:get|pop|popitem|popleft|values|items)$/;

/** `spans` of `self.spans` and of `state["spans"]`. */
function keyOfPath(path: string): string {
  return /\["(\w+)"\]$/.exec(path)?.[1] ?? lastName(path);
}

function isLeftOpen(file: FileFacts, { made, variable, key, region, uses, removes }: LookedUp): boolean {
  if (uses.ends.length + uses.escapes.length + uses.handed.length > 0) return false;
  if (!removes && orderOf(made.name) === 0) return false;
  if (!isWrittenAtTheEnd(uses, made, variable) || callsEnder(file, made.body, key)) return false;
  // What else the variable may hold is taken from there too: `for each in self.spans.values(): span = each`.
  return statementsIn(region).every(each => {
    const index = each.type === 'bind' ? each.targets.findIndex(({ path }) => path === variable) : -1;
    if (each.type !== 'bind' || index < 0) return true;
    const value = each.values[each.values.length === 1 ? 0 : index];
    return (
      value === undefined ||
      value.type === 'reference' ||
      nothing.test(value.at.text) ||
      placeTaken(value) !== undefined
    );
  });
}

/** Under which name what starts a span has it kept, though it ends the span itself. */
function keysEndedAtOnce(file: FileFacts): Set<string> {
  return new Set(
    file.get(spanLives).flatMap(({ variable, uses: { ends, escapes } }) =>
      ends.length === 0
        ? []
        : escapes.flatMap(({ statement }) => {
            const place = placeOf(statement, value => isReferenceTo(value, variable));
            return place === undefined ? [] : [keyOfPath(place.path), String(place.key)];
          }),
    ),
  );
}

/** The functions that start spans and put them away: their names, and the keys. */
function startersIn(file: FileFacts): readonly { readonly key: string; readonly name: string }[] {
  const found: { key: string; name: string }[] = [];
  const add = (place: StoredPlace | undefined, made: FunctionSyntax | undefined) => {
    if (place === undefined || made === undefined) return;
    const key = typeof place.key === 'string' ? [place.key] : [];
    for (const each of [keyOfPath(place.path), ...key]) found.push({ key: each, name: made.name });
  };
  for (const { call, statement, variable } of file.get(spanStarts)) {
    if (variable?.includes('.')) add({ path: variable, key: undefined }, call.inFunction);
    else add(statement && placeOf(statement, value => value === call), call.inFunction);
  }
  for (const { variable, inFunction, uses } of file.get(spanLives))
    for (const { statement } of [...uses.escapes, ...uses.handed])
      add(
        placeOf(statement, value => isReferenceTo(value, variable)),
        inFunction,
      );
  return found;
}

/** `on_tool` of `on_tool_start` and of `on_tool_error`. */
function workOf(name: string): string {
  return name.replace(turns, '');
}

const turns =
  /(?:^|_)(?:start|started|begin|before|pre|prerun|request|enter|open|create|after|post|postrun|response|result|end|ended|finish|finished|complete|completed|success|succeeded|error|errored|exception|fail|failed|failure|done|cancel|cancelled|abort|aborted|stop|stopped|close|closed|exit|teardown)(?=_|$)/g;

/** `self._span.end()`, `state["span"].end()` */
function endersInPlace(file: FileFacts): readonly Pick<LookedUp, 'key' | 'made'>[] {
  return file.syntax.calls.flatMap(({ callee, receiver, inFunction: made }) => {
    if (made === undefined || receiver === undefined || !isEnding(callee)) return [];
    const place = placeTaken(receiver);
    return place === undefined ? [] : [{ key: place.key, made }];
  });
}

/**
 * Whether the one that ends the span comes after the other: `teardown_request` after `after_request`, and what tells of an
 * error before all of them, unless others that tell of errors end spans. Of one span, events of other work come when they
 * will: `on_transcript_done` after `on_speech_stopped`.
 */
function mayComeAfter(
  ender: string,
  { key, made: { name } }: Pick<LookedUp, 'key' | 'made'>,
  enders: readonly Pick<LookedUp, 'made'>[],
): boolean {
  const order = orderOf(ender);
  if (order === 0) return true;
  const areEvents = event.test(ender) && event.test(name) && !failing.test(ender);
  if (areEvents && isCalledSpan.test(key) && workOf(ender) !== workOf(name)) return true;
  if (failing.test(name) && !failing.test(ender) && !(hook.test(name) && hook.test(ender)))
    return !enders.some(({ made }) => failing.test(made.name));
  return order > orderOf(name);
}

function comesLast(name: string): boolean {
  return orderOf(name) > 1;
}

/** Whether some file that may run with this one takes something from there that it may end. */
function isReleasedAnywhere(file: FileFacts, key: string): boolean {
  return [key, `*#${key}`, `[${key}]`].some(name => file.releases(name));
}

/** 0: it does not come last. */
function orderOf(name: string): number {
  const order = last.findLastIndex(pattern => pattern.test(name));
  return order + 1;
}

/** Of frameworks for agents, which call the one or the other. */
const hook = /^on_\w+_(?:end|error)$/;
const event = /^_*on_/;
const failing = /(?:^|_)(?:error|errored|exception|fail|failed|failure)(?:_|$)/;
const last = [
  /(?:^|_)(?:after|post|response|result)(?:_|$)/,
  /(?:^|_)(?:end|ended|finish|finished|complete|completed|success|succeeded|error|errored|exception|fail|failed|failure|done|cancel|cancelled|abort|aborted)(?:_|$)/,
  /(?:^|_)(?:postrun|teardown|stop|stopped|close|closed|exit|cleanup|shutdown|dispose|flush|finali[sz]e|clear|reset|expired?)(?:_|$)/,
];
