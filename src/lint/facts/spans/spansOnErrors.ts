import { statementsAround } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import {
  type CallExpression,
  type Expression,
  type FunctionSyntax,
  type Place,
  type Statement,
  type SyntaxUnit,
  staticText,
} from '../syntax.ts';
import { contains, enclosing } from '../walk.ts';
import { fails, observes } from './spanAlternatives.ts';
import { functionsGiven } from './spanCallbacks.ts';
import { isLeftTo } from './spanGuards.ts';
import { livesIn, type SpanLife } from './spanLives.ts';
import { isGivenIn, type SpanUse } from './spanUses.ts';

/** The spans of a file that are ended only where something fails: what goes well leaves them open. */
export function spansEndedOnErrors(file: FileFacts): readonly SpanLife[] {
  return file.ofUnits(endedOnErrorsIn).flat();
}

function endedOnErrorsIn(file: FileFacts, unit: SyntaxUnit): readonly SpanLife[] {
  const lives = file.ofUnit(livesIn, unit).filter(isEndedElsewhere);
  if (lives.length === 0) return [];
  const givenTo = file.ofUnit(functionsGiven, unit);
  return lives.filter(life => {
    const { region, uses } = life;
    if (region.some(({ at }) => takesCurrent.test(at.text))) return false;
    const others = uses.ends.filter(use => !isOnError(use, life, file.syntax.body, givenTo));
    if (others.length === 0) return true;
    const onErrors = uses.ends.flatMap(use => (others.includes(use) ? [] : (use.call.inFunction ?? [])));
    return (
      onErrors.length > 0 &&
      others.every(({ call }) =>
        onErrors.every(made => made !== call.inFunction && isLeftTo(made, call, region)),
      )
    );
  });
}

/** In functions inside the one that starts it, as far as can be seen: the paths of that one itself have been walked. */
function isEndedElsewhere({ start, leaks, escapes, uses, inFunction }: SpanLife): boolean {
  return (
    !start.guessed &&
    !escapes &&
    leaks.length + uses.escapes.length === 0 &&
    uses.ends.some(({ call }) => call.inFunction !== inFunction) &&
    uses.handed.every(({ call }) => isGivenIn(call, inFunction))
  );
}

/** Who takes it from there may end it. */
const takesCurrent = /\b(?:getActiveSpan|getSpan|get_current_span|SpanFromContext)\(/;

function isOnError(
  { call }: SpanUse,
  { inFunction }: SpanLife,
  top: readonly Statement[],
  givenTo: ReadonlyMap<FunctionSyntax, CallExpression>,
): boolean {
  for (const made of enclosing(call.inFunction)) {
    if (isHandling(made, call.at)) return true;
    if (made === inFunction) return false;
    if (handlesErrors(made, givenTo.get(made))) return true;
  }
  return [...statementsAround(top, call.at)].some(each => isForErrors(each, call.at));
}

/** Whether a place in a function is reached only where something fails there. */
export function isHandling({ body }: FunctionSyntax, at: Place): boolean {
  return [...statementsAround(body, at)].some(each => isForErrors(each, at));
}

/** `catch (error) { … }`, `if (error) { … }` */
function isForErrors(statement: Statement, end: Place): boolean {
  const has = (body: readonly Statement[]) => body.some(({ at }) => contains(at, end));
  if (statement.type === 'try') return statement.handlers.some(({ body }) => has(body));
  return statement.type === 'if' && isError(statement.condition) && has(statement.then);
}

function isError(condition: Expression): boolean {
  return condition.type === 'reference' && error.test(condition.path);
}

const error = /(?:^|\.)(?:e|ex|err)$|(?:^|\.|_)error$|Error$/;

/** `.catch(made)`, `catchError(made)`, `.then(…, made)`, `request.on('error', made)`, `const onError = made`, `{ error: made }`. */
export function handlesErrors(made: FunctionSyntax, given?: CallExpression): boolean {
  if (given === undefined) return named.test(made.name) || fails.test(made.name);
  if (/^catch(?:Error)?$/.test(given.callee)) return true;
  const index = given.arguments.findIndex(each => each.type === 'function' && each.function === made);
  if (given.callee === 'then' || observes.test(given.callee)) return index === 1;
  return listens.test(given.callee) && failing.test(staticText(given.arguments[0]) ?? '');
}

const named = /^_?(?:on|handle)_?(?:error|exception|fail|reject|abort)|^(?:error|abort)$/i;
const listens = /^(?:on|once|addListener|addEventListener)$/;
const failing = /^(?:error|abort|aborted|timeout|cancel)$/;
