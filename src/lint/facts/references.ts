import type { Expression } from './syntax.ts';

/** Whether it is a variable or a field, as written: `span`, `self.span`. */
export function isReferenceTo(expression: Expression | undefined, path: string): boolean {
  return expression?.type === 'reference' && expression.path === path;
}

/** What a variable is emptied with, as written. */
export const nothing = /^(?:undefined|null|None|nil)$/;
