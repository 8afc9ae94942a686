import { areOnDifferentWays, statementsAround } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import type { FunctionSyntax, LoopStatement, Place, Statement, SyntaxUnit } from '../syntax.ts';
import { bodiesOf, contains, statementsIn } from '../walk.ts';
import { isIdle } from './spanJudging.ts';
import { collectionOf } from './spanLists.ts';
import { startsIn } from './spanStarts.ts';
import { handedIn, isCalledSpan, mayBeEnded, usesOfSpan } from './spanUses.ts';

/** Spans of a collection that a function goes over and leaves open, and that it ends so on another way. */
export interface SpansGoneOver {
  readonly at: Place;
  /** `pending`, as written. */
  readonly collection: string;
}

interface Round {
  readonly loop: LoopStatement;
  readonly collection: string;
  readonly ends: boolean;
  /** It tells the spans how the work went, or does nothing. */
  readonly leaves: boolean;
}

/** `for span in pending.values(): span.set_status(…)` beside a handler that ends them and leaves. */
export function spansGoneOver(file: FileFacts): readonly SpansGoneOver[] {
  return file.ofUnits(goneOverIn).flat();
}

function goneOverIn(file: FileFacts, unit: SyntaxUnit): readonly SpansGoneOver[] {
  const makers = new Set(startsIn(file, unit).map(({ call }) => call.inFunction));
  return unit.functions.flatMap(made => {
    if (!makers.has(made)) return [];
    const rounds = roundsOf(file, made);
    const ending = rounds.filter(({ ends }) => ends);
    return rounds.flatMap(({ loop, collection, leaves }) => {
      const others = ending.filter(each => each.collection === collection);
      const isApart = others.every(
        each => !mayFollow(made.body, loop, each.loop) && !mayFollow(made.body, each.loop, loop),
      );
      return leaves && others.length > 0 && isApart ? [{ at: loop.at, collection }] : [];
    });
  });
}

function roundsOf(file: FileFacts, { body }: FunctionSyntax): readonly Round[] {
  const handed = handedIn(file);
  return statementsIn(body).flatMap(loop => {
    if (loop.type !== 'loop') return [];
    const collection = collectionOf(loop.over);
    const span = loop.variables.find(({ path }) => isCalledSpan.test(path))?.path;
    // Of those of fields others know more.
    if (collection === undefined || span === undefined || collection.includes('.')) return [];
    const uses = usesOfSpan(loop.body, span, handed);
    const isTold = uses.statuses.length + uses.exceptions.length + uses.others.length > 0;
    const leaves = !mayBeEnded(uses) && (isTold || isIdle(loop.body));
    return [{ loop, collection, ends: uses.ends.length > 0, leaves }];
  });
}

/** Whether the second may run when the first has: not behind a way that leaves. */
function mayFollow(body: readonly Statement[], first: Statement, second: Statement): boolean {
  if (second.at.start < first.at.start) return false;
  for (const each of statementsAround(body, first.at))
    if (areOnDifferentWays(each, first.at, second.at) || leavesWith(each, first, second)) return false;
  return true;
}

/** The block of a statement that the first stands in, and the second does not, ends with a `return` or a `throw`. */
function leavesWith(statement: Statement, first: Statement, second: Statement): boolean {
  const block = bodiesOf(statement).find(each => each.some(({ at }) => contains(at, first.at)));
  if (block === undefined || block.some(({ at }) => contains(at, second.at))) return false;
  return /^(?:return|throw)$/.test(block.at(-1)?.type ?? '');
}
