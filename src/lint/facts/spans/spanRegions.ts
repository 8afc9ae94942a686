import { blockAround, statementsAround } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import { mentioningIn, namesIt } from '../mentions.ts';
import { isLeft } from '../openPaths.ts';
import { isScript, type Statement } from '../syntax.ts';
import { bodiesOf, contains } from '../walk.ts';

/** The block that declares the variable; in Python, and for `var`, the function, or the round of a loop that alone has it. */
export function blockOf(
  { language }: FileFacts,
  body: readonly Statement[],
  variable: string,
  binding: Statement & { type: 'bind' },
): { readonly statements: readonly Statement[]; readonly isLoopBody: boolean } | undefined {
  // Of other languages `var` is seen in its block only.
  const isHoisted = isScript(language) && /^var\s/.test(binding.at.text);
  if (language === 'python') return roundOf(body, variable, binding) ?? wayOf(body, variable, binding);
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

/** The body of the loop that the span is started in, if the variable is not asked for outside. */
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
  return isAskedOutside ? undefined : { statements: loop.body, isLoopBody: true };
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
