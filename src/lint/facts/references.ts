import type { Expression } from './syntax.ts';
import { within } from './walk.ts';

/** Whether it is a certain variable or field, as written: `span`, `self.span`. Without a path it is none. */
export function isReferenceTo(expression: Expression | undefined, path: string | undefined): boolean {
  return expression?.type === 'reference' && expression.path === path;
}

/** What a variable is emptied with, as written. */
export const nothing = /^(?:undefined|null|None|nil)$/;

/** The variables and fields that an expression speaks of. */
export function pathsIn(expression: Expression): readonly string[] {
  return within(expression).flatMap(each => (each.type === 'reference' ? each.path : []));
}
