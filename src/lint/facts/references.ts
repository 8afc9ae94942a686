import type { Expression } from './syntax.ts';

/** Whether it is a certain variable or field, as written: `span`, `self.span`. Without a path it is none. */
export function isReferenceTo(expression: Expression | undefined, path: string | undefined): boolean {
  return expression?.type === 'reference' && expression.path === path;
}

/** What a variable is emptied with, as written. */
export const nothing = /^(?:undefined|null|None|nil)$/;
