import type { Expression, FunctionSyntax, Statement } from './syntax.ts';
import { bodiesOf } from './walk.ts';

/** The values of each `return` of the function itself. */
export function returnsOf({ body: all }: FunctionSyntax): readonly (readonly Expression[])[] {
  const known = returned.get(all);
  if (known !== undefined) return known;
  const returns: (readonly Expression[])[] = [];
  const open = [...all];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at.type === 'return') returns.push(at.values);
    for (const body of bodiesOf(at)) open.push(...body);
  }
  returned.set(all, returns);
  return returns;
}

/** Kept as long as the syntax is. */
const returned = new WeakMap<readonly Statement[], readonly (readonly Expression[])[]>();
