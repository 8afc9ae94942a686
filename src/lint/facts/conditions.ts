import { statementsAround } from './bindings.ts';
import type { FileFacts } from './fileFacts.ts';
import type { CallExpression } from './syntax.ts';
import { contains, expressionsOf, within } from './walk.ts';

/**
 * Whether a call is made only sometimes: in a branch, an arm or a choice of the function around it. What is set up so
 * differs by environment, and one branch tells nothing of the other.
 */
export function isConditional(file: FileFacts, { at, inFunction }: CallExpression): boolean {
  const around = [...statementsAround(inFunction?.body ?? file.syntax.body, at)];
  const innermost = around.pop();
  if (innermost === undefined) return false;
  if (around.some(({ type }) => type === 'if' || type === 'switch')) return true;
  return expressionsOf(innermost).some(expression =>
    [...within(expression)].some(
      each =>
        each.type === 'choice' && each.values.length > 1 && each.values.some(value => contains(value.at, at)),
    ),
  );
}
