import { literally } from '../../../base/literally.ts';
import type { FileFacts } from '../fileFacts.ts';
import { mentioningIn } from '../mentions.ts';
import type { CallExpression, Expression, FunctionSyntax, Place, Statement } from '../syntax.ts';
import { expressionsIn, statementsIn, within } from '../walk.ts';
import { isPlace } from './spanStores.ts';
import { keptPlaces } from './spansTaken.ts';
import { handedIn, isEnding, mayBeEnded, usesOfSpan } from './spanUses.ts';

/** Where a collection is emptied whose spans the function has gone over and has not ended. */
export interface ClearedSpans {
  readonly at: Place;
  /** `self.spans`, as written. */
  readonly from: string;
}

/** The spans that functions of Python drop with what the file keeps them in: `for span in self.spans.values(): …`, `self.spans.clear()`. */
export function spansCleared(file: FileFacts): readonly ClearedSpans[] {
  if (file.language !== 'python' || !file.says(clears)) return [];
  const places = file.get(keptPlaces).filter(({ guessed }) => !guessed);
  return places.flatMap(({ path: from }) =>
    file.syntax.functions.flatMap(made =>
      made.bodyAt.text.includes(from) ? (clearedIn(file, made, from) ?? []) : [],
    ),
  );
}

const clears = /\.clear\(\)|= (?:\{\}|\[\]|dict\(\)|list\(\))/;

function clearedIn(file: FileFacts, made: FunctionSyntax, from: string): ClearedSpans | undefined {
  const { body } = made;
  const cleared = statementsIn(body).find(each => empties(each, from));
  if (cleared === undefined) return undefined;
  const loops = loopsOver(body, [from, ...listsOf(body, from)]);
  if (loops.length === 0) return undefined;
  const handed = handedIn(file);
  const isLetGo = loops.some(({ variables, body: round }) =>
    variables.some(({ path }) => path !== '' && mayBeEnded(usesOfSpan(round, path, handed))),
  );
  // `self._end(key)` of each, or of all at once.
  if (isLetGo || expressionsIn(body, true).some(each => each.type === 'call' && mayEnd(each, from)))
    return undefined;
  return { at: cleared.at, from };
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

const isNew = /^(?:\{\}|\[\]|dict\(\)|list\(\))$/;

/** `open_spans` of `open_spans = list(self.spans.values())` */
function listsOf(body: readonly Statement[], from: string): string[] {
  return [...mentioningIn(body, from)].flatMap(each =>
    each.type === 'bind' && each.targets.length === 1 && each.values.some(value => isOf(value, from))
      ? each.targets[0].path
      : [],
  );
}

function loopsOver(
  body: readonly Statement[],
  lists: readonly string[],
): (Statement & { readonly type: 'loop' })[] {
  return statementsIn(body).flatMap(each =>
    each.type === 'loop' && each.over !== undefined && lists.some(list => isOf(each.over, list)) ? each : [],
  );
}

function isOf(expression: Expression | undefined, place: string): boolean {
  return expression !== undefined && within(expression).some(each => isPlace(each, place));
}

/** What is called so may end them, and so may what is called with one, or with all of them. */
function mayEnd({ callee, receiver, arguments: given, named }: CallExpression, from: string): boolean {
  if (isEnding(callee) || endsOthers.test(callee)) return true;
  if (looks.test(callee) && receiver === undefined) return false;
  const text = new RegExp(`(?<![\\w.])${literally(from)}(?![\\w(])`);
  return [...given, ...named.values()].some(({ at }) => text.test(at.text));
}

const endsOthers = /^_*(?:a?close|end|finish|stop|complete|finali[sz]e|exit|__a?exit__)(?:_\w+)?$/i;
const looks = /^(?:list|tuple|dict|set|len|sorted|reversed|enumerate|iter|bool|str|any|all|sum)$/;
