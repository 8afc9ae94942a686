import type { FileFacts } from './fileFacts.ts';
import type { Extent, Statement } from './syntax.ts';
import { bodiesOf, contains, expressionsOf, within } from './walk.ts';

/**
 * Whether what stands at the place happens only sometimes: in a branch, an arm or a choice of the function around it.
 * What is set up so differs by environment, and one branch tells nothing of the other.
 */
export function isConditional(
  file: FileFacts,
  at: { readonly at: Extent; readonly inFunction: { readonly body: readonly Statement[] } | undefined },
): boolean {
  let statements = at.inFunction?.body ?? file.syntax.body;
  for (;;) {
    const around = statements.find(statement => contains(statement.at, at.at));
    if (around === undefined) return false;
    const inner = bodiesOf(around).find(body => body.some(statement => contains(statement.at, at.at)));
    if (inner === undefined)
      return expressionsOf(around).some(expression =>
        [...within(expression)].some(
          each =>
            each.type === 'choice' &&
            each.values.length > 1 &&
            each.values.some(value => contains(value.at, at.at)),
        ),
      );
    if (around.type === 'if' || around.type === 'switch') return true;
    statements = inner;
  }
}
