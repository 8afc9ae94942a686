import { areOnDifferentWays, blockAround, statementsAround } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import { mentioning, mentioningIn, namesIt } from '../mentions.ts';
import { isLeft } from '../openPaths.ts';
import { isReferenceTo } from '../references.ts';
import { type Expression, isScript, type Place, type Statement } from '../syntax.ts';
import { bodiesOf, contains, within } from '../walk.ts';

/** The block that declares the variable; in Python, and for `var`, the function, or the round of a loop that alone has it. */
export function blockOf(
  { language }: FileFacts,
  body: readonly Statement[],
  variable: string,
  binding: Statement & { type: 'bind' },
): { readonly statements: readonly Statement[]; readonly isLoopBody: boolean } | undefined {
  // Of other languages `var` is seen in its block only.
  const isHoisted = isScript(language) && /^var\s/.test(binding.at.text);
  if (language === 'python')
    return (
      branchOf(body, variable, binding) ?? roundOf(body, variable, binding) ?? wayOf(body, variable, binding)
    );
  if (isHoisted) return undefined;
  let found = binding.declares ? blockAround(body, binding) : undefined;
  if (found !== undefined) return found;
  // `let span;` in a block around the one with the start.
  for (const each of mentioningIn(body, variable)) {
    if (each.at.start >= binding.at.start) break;
    if (each.type !== 'bind' || !each.declares || !each.targets.some(({ path }) => path === variable))
      continue;
    const block = blockAround(body, each);
    if (block?.statements.some(({ at }) => contains(at, binding.at))) found = block;
  }
  return found;
}

/** The body of the loop that the span is started in, if the variable is asked for neither outside nor in the next round. */
function roundOf(
  body: readonly Statement[],
  variable: string,
  binding: Statement,
): { readonly statements: readonly Statement[]; readonly isLoopBody: boolean } | undefined {
  const loop = [...statementsAround(body, binding.at)].findLast(({ type }) => type === 'loop');
  if (loop?.type !== 'loop' || loop.variables.some(({ path }) => path === variable)) return undefined;
  const isAskedOutside = [...mentioningIn(body, variable)].some(
    each => !contains(loop.at, each.at) && namesIt(each, variable),
  );
  // `elif event.ends: span.end()` of a later round.
  return isAskedOutside || asks(mentioning(loop.body, variable), variable)
    ? undefined
    : { statements: loop.body, isLoopBody: true };
}

/** The branch that the span is started in, if it leaves the function: what the variable holds after it is another. */
function wayOf(
  body: readonly Statement[],
  variable: string,
  binding: Statement,
): { readonly statements: readonly Statement[]; readonly isLoopBody: boolean } | undefined {
  const around = [...statementsAround(body, binding.at)];
  const hasIt = (block: readonly Statement[]) => block.some(({ at }) => contains(at, binding.at));
  const last = around.findLastIndex(
    each => each.type === 'if' && bodiesOf(each).some(way => hasIt(way) && isLeft(way)),
  );
  const isSeenOutside = around
    .slice(0, last)
    .some(
      each =>
        each.type === 'loop' ||
        (each.type === 'try' &&
          bodiesOf(each).some(block => !hasIt(block) && !mentioningIn(block, variable).next().done)),
    );
  const statements = last < 0 || isSeenOutside ? undefined : bodiesOf(around[last]).find(hasIt);
  return statements && { statements, isLoopBody: false };
}

/** Of more statements that name a variable it is not asked which branch each is for. */
const maxNamed = 100;

/** The branch that the span is started in, if wherever else the variable is asked for it has been given something else before. */
function branchOf(
  body: readonly Statement[],
  variable: string,
  binding: Statement,
): { readonly statements: readonly Statement[]; readonly isLoopBody: boolean } | undefined {
  const around = [...statementsAround(body, binding.at)];
  const hasIt = ({ at }: Statement) => contains(at, binding.at);
  const loop = around.find(({ type }) => type === 'loop');
  for (let index = around.length - 1; index >= 0; index--) {
    const { type } = around[index];
    if (type !== 'if' && type !== 'switch') continue;
    const statements = bodiesOf(around[index]).find(block => block.some(hasIt));
    const blocks = [body, ...around.slice(0, index + 1).flatMap(bodiesOf)];
    if (statements === undefined || blocks.some(each => mentioning(each, variable).length > maxNamed))
      continue;
    const others = blocks
      .filter(block => block !== statements)
      .flatMap(block => {
        const named = mentioning(block, variable).filter(each => !hasIt(each));
        const after = named.filter(({ at }) => at.start > binding.at.start);
        // In a loop what stands before it comes after it, too; so do the other branches.
        if (loop !== undefined && block.every(({ at }) => contains(loop.at, at)))
          return [named.filter(each => !after.includes(each)), after];
        const isTried = around.some(each => each.type === 'try' && bodiesOf(each).includes(block));
        return block.some(hasIt) || isTried ? [after] : [];
      });
    if (others.some(block => asks(block, variable))) continue;
    const isElsewhere = ({ at }: Statement) => !statements.some(each => contains(each.at, at));
    const isShared = [...mentioningIn(body, variable)].some(
      each => isElsewhere(each) && namesIt(each, variable),
    );
    return isShared ? { statements, isLoopBody: false } : undefined;
  }
  return undefined;
}

/** Whether something in a block asks for what a variable holds when it is entered. */
function asks(block: readonly Statement[], variable: string): boolean {
  for (const statement of block) {
    if (namesIt(statement, variable)) return !gives(statement, variable);
    if (bodiesOf(statement).some(inner => asks(mentioning(inner, variable), variable))) return true;
  }
  return false;
}

function gives(statement: Statement, variable: string): boolean {
  const isIn = (value: Expression) => within(value).some(each => isReferenceTo(each, variable));
  switch (statement.type) {
    case 'bind':
      return statement.targets.some(({ path }) => path === variable) && !statement.values.some(isIn);
    case 'with':
      return statement.items.every(({ name, value }) => name === variable && !isIn(value));
    default:
      return false;
  }
}

/** Whether a round of a loop that comes to one place does not come to the other: they are on different branches in it. */
export function areInDifferentRounds(body: readonly Statement[], one: Place, other: Place): boolean {
  const around = [...statementsAround(body, one)];
  const loop = around.findIndex(({ type, at }) => type === 'loop' && contains(at, other));
  return loop >= 0 && around.slice(loop).some(each => areOnDifferentWays(each, one, other));
}
