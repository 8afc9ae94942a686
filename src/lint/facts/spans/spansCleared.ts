import { literally } from '../../../base/literally.ts';
import type { FileFacts } from '../fileFacts.ts';
import { mentioningIn } from '../mentions.ts';
import { isReferenceTo } from '../references.ts';
import {
  type CallExpression,
  type Expression,
  type FunctionSyntax,
  isScript,
  type Place,
  type Statement,
} from '../syntax.ts';
import { contains, expressionsIn, statementsIn, within } from '../walk.ts';
import { withoutIdleAliases } from './spanAliases.ts';
import { wayThrough } from './spanDrops.ts';
import { isOfOthers, spanLives } from './spanLives.ts';
import { spanStarts } from './spanStarts.ts';
import { declaredPlaces, isPlace } from './spanStores.ts';
import { spansRemoved } from './spansRemoved.ts';
import { keptPlaces } from './spansTaken.ts';
import {
  handedIn,
  isCalledSpan,
  isEnding,
  makesContext,
  mayBeEnded,
  usesOfSpan,
  writesToSpan,
} from './spanUses.ts';

/** Where a collection is emptied, or gone over at the last, whose spans the function does not end. */
export interface ClearedSpans {
  readonly at: Place;
  /** `self.spans`, as written. */
  readonly from: string;
}

/**
 * The spans that functions of scripts and of Python drop with what the file keeps them in: `for span in self.spans.values(): …`,
 * `self.spans.clear()`.
 */
export function spansCleared(file: FileFacts): readonly ClearedSpans[] {
  if ((file.language !== 'python' && !isScript(file.language)) || !file.says(clears)) return [];
  const kept = file.get(keptPlaces).flatMap(({ path, guessed }) => (guessed ? [] : path));
  const declared = file.get(declaredPlaces).map(({ path }) => path);
  const told = file.get(spansRemoved);
  const isTold = ({ at, from }: ClearedSpans) =>
    told.some(each => each.from === from && areTogether(file, each.at, at));
  const found = [...new Set([...kept, ...declared, ...mapsOfLists(file)])].flatMap(from =>
    file.syntax.functions.flatMap(made =>
      made.bodyAt.text.includes(from) ? (clearedIn(file, made, from) ?? []) : [],
    ),
  );
  return found.filter(each => !isTold(each));
}

/** `self.spans` of `self.spans.setdefault(name, []).append(tracer.start_span(name))` and of `self.spans[name].append(span)`. */
function mapsOfLists(file: FileFacts): string[] {
  const started = file.get(spanStarts).map(({ call, statement }) => ({
    statement,
    isSpan: (value: Expression | undefined) => value === call,
  }));
  const lived = file.get(spanLives).flatMap(({ variable, uses }) =>
    uses.escapes.map(({ statement }) => ({
      statement,
      isSpan: (value: Expression | undefined) => isReferenceTo(value, variable),
    })),
  );
  return [...started, ...lived].flatMap(({ statement, isSpan }) => {
    const added = statement?.type === 'expression' ? statement.expression : undefined;
    if (added?.type !== 'call' || !/^(?:append|push)$/.test(added.callee)) return [];
    const { receiver, arguments: given } = added;
    const map =
      receiver?.type === 'index'
        ? receiver.object
        : receiver?.type === 'call' && receiver.callee === 'setdefault'
          ? receiver.receiver
          : undefined;
    return map?.type === 'reference' && map.path.includes('.') && isSpan(given[0]) ? map.path : [];
  });
}

/** In one function. */
function areTogether({ syntax }: FileFacts, one: Place, other: Place): boolean {
  return syntax.functions.some(({ at }) => contains(at, one) && contains(at, other));
}

const clears = /\.clear\(\)|= (?:\{\}|\[\]|dict\(\)|list\(\)|new (?:Map|Set)\b)/;

function clearedIn(file: FileFacts, made: FunctionSyntax, from: string): ClearedSpans | undefined {
  const sweep = sweepIn(file, made, from);
  if (sweep === undefined) return undefined;
  const { at, way } = sweep;
  const rounds = roundsOver(way, [from, ...listsOf(way, from)]);
  if (rounds.length === 0) return undefined;
  const handed = handedIn(file);
  const isLetGo = rounds.some(({ variables, body: round }) => {
    const spans = variables.filter(each => isCalledSpan.test(each));
    // Of `for _, (span, end) in spans.items()` the one is told to others.
    return (spans.length > 0 ? spans : variables).some(
      each => each !== '' && mayBeEnded(withoutIdleAliases(file, usesOfSpan(round, each, handed), made)),
    );
  });
  // `self._end(key)` of each, or of all at once.
  if (isLetGo || expressionsIn(way, true).some(each => each.type === 'call' && mayEnd(each, from)))
    return undefined;
  return { at, from };
}

/** Where a function is done with the spans of a collection, and what comes to that: what is taken out elsewhere is no part of it. */
function sweepIn(
  file: FileFacts,
  made: FunctionSyntax,
  from: string,
): { readonly at: Place; readonly way: readonly Statement[] } | undefined {
  const { body } = made;
  const cleared = statementsIn(body).find(each => empties(each, from));
  if (cleared === undefined) return undefined;
  const isMade = /^\w+$/.test(from) && cleared.type === 'bind' && !isOfOthers(file, from, made);
  if (!isMade) return { at: cleared.at, way: wayThrough(body, cleared, from) };
  // A variable of the function is gone with it: what writes to those that are left is the last to have them.
  const uses = usesOfSpan(body, from, handedIn(file));
  if (mayBeEnded(uses) || uses.others.some(({ within: inside }) => inside !== undefined)) return undefined;
  const last = body.findLastIndex(each => each.type === 'loop' && isOf(each.over, from));
  const loop = body[last];
  if (loop?.type !== 'loop') return undefined;
  const isWritten = loop.variables.some(({ path }) => {
    const { statuses, others } = usesOfSpan(loop.body, path, handedIn(file));
    return statuses.length > 0 || others.some(writesToSpan);
  });
  return isWritten ? { at: loop.at, way: body.slice(last) } : undefined;
}

/** `self.spans.clear()`, `self.spans = {}` */
function empties(statement: Statement, from: string): boolean {
  if (statement.type === 'expression') {
    const { expression } = statement;
    return expression.type === 'call' && expression.callee === 'clear' && isPlace(expression.receiver, from);
  }
  if (statement.type !== 'bind') return false;
  return statement.targets.some(
    ({ path }, index) => path === from && isNew.test(statement.values[index]?.at.text ?? ''),
  );
}

const isNew = /^(?:\{\}|\[\]|dict\(\)|list\(\)|new (?:Map|Set)(?:<.*>)?(?:\(\))?)$/;

/** `open_spans` of `open_spans = list(self.spans.values())` */
function listsOf(body: readonly Statement[], from: string): string[] {
  return [...mentioningIn(body, from)].flatMap(each =>
    each.type === 'bind' && each.targets.length === 1 && each.values.some(value => isOf(value, from))
      ? each.targets[0].path
      : [],
  );
}

/** What is done for each element. */
interface Round {
  readonly variables: readonly string[];
  readonly body: readonly Statement[];
}

/** `for (const span of spans.values())`, `spans.forEach(span => …)` */
function roundsOver(body: readonly Statement[], lists: readonly string[]): Round[] {
  const isOfAny = (each: Expression | undefined) => lists.some(list => isOf(each, list));
  const loops = statementsIn(body).flatMap((each): readonly Round[] => {
    if (each.type !== 'loop' || !isOfAny(each.over)) return [];
    const variables = each.variables.map(({ path }) => path);
    // `for spans in self.spans.values(): for span in spans: …`
    const inner = each.body.flatMap(inside =>
      inside.type === 'loop' && variables.some(list => isReferenceTo(inside.over, list))
        ? { variables: inside.variables.map(({ path }) => path), body: inside.body }
        : [],
    );
    return inner.length > 0 ? inner : [{ variables, body: each.body }];
  });
  const calls = expressionsIn(body).flatMap(each => {
    const [round] = each.type === 'call' && each.callee === 'forEach' ? each.arguments : [];
    if (each.type !== 'call' || round?.type !== 'function' || !isOfAny(each.receiver)) return [];
    return { variables: round.function.parameters.map(({ name }) => name), body: round.function.body };
  });
  return [...loops, ...calls];
}

function isOf(expression: Expression | undefined, place: string): boolean {
  return expression !== undefined && within(expression).some(each => isPlace(each, place));
}

/** What is called so may end them, and so may what is called with one, or with all of them. */
function mayEnd({ callee, receiver, arguments: given, named }: CallExpression, from: string): boolean {
  if (isEnding(callee) || endsOthers.test(callee)) return true;
  if (makesContext.test(callee) || (looks.test(callee) && receiver === undefined)) return false;
  const text = new RegExp(`(?<![\\w.])${literally(from)}(?![\\w(])`);
  return [...given, ...named.values()].some(({ at }) => text.test(at.text));
}

const endsOthers = /^_*(?:a?close|end|finish|stop|complete|finali[sz]e|exit|__a?exit__)(?:_\w+)?$/i;
const looks = /^(?:list|tuple|dict|set|len|sorted|reversed|enumerate|iter|bool|str|any|all|sum)$/;
