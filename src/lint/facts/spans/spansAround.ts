import type { FileFacts } from '../fileFacts.ts';
import type { CallExpression, FunctionSyntax } from '../syntax.ts';
import { contains, enclosing } from '../walk.ts';
import { spanStarts } from './spanStarts.ts';

/** Functions that call functions, this many deep. */
const maxDepth = 3;

/** Whether a span may be current at a call, as the file shows: the functions around it, or those that call them, start one. */
export function hasSpanAround(file: FileFacts, { inFunction }: CallExpression): boolean {
  const starts = file.get(spanStarts);
  if (starts.length === 0) return false;
  let functions = new Set(enclosing(inFunction));
  const seen = new Set<FunctionSyntax>();
  for (let depth = 0; depth <= maxDepth && functions.size > 0; depth++) {
    for (const each of functions) {
      seen.add(each);
      if (starts.some(({ call }) => contains(each.at, call.at))) return true;
    }
    const callers = new Set<FunctionSyntax>();
    for (const call of file.syntax.calls) {
      const called = file.names.functionCalled(call);
      if (called === undefined || !functions.has(called)) continue;
      for (const around of enclosing(call.inFunction)) if (!seen.has(around)) callers.add(around);
    }
    functions = callers;
  }
  return false;
}
