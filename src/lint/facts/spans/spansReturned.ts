import { statementsAround } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import { isReferenceTo } from '../references.ts';
import type { CallExpression, FunctionSyntax, Statement } from '../syntax.ts';
import { contains, statementsIn, within } from '../walk.ts';
import { isMadeOf, usesOfSpan } from './spanUses.ts';

/**
 * Whether it goes anywhere but to the caller, or is ended before it does, or if that asks for it: `if end_at_once: span.end()`.
 * @param inObject the caller gets an object with it, which may have functions that end it
 * @param methods those of which that is known
 */
export function isKeptOrEnded(
  { language }: FileFacts,
  { body, parameters }: FunctionSyntax,
  variable: string,
  inObject: boolean,
  methods: readonly FunctionSyntax[],
): boolean {
  const { escapes, ...uses } = usesOfSpan(body, variable, call =>
    isMadeOf(language, call) ? 'owns' : undefined,
  );
  const ends = uses.ends.filter(({ call }) => !methods.some(({ at }) => contains(at, call.at)));
  // An error that has it goes to the caller too.
  if (escapes.some(({ statement: { type } }) => type !== 'return' && type !== 'throw')) return true;
  if (ends.length === 0) return false;
  if (inObject && ends.some(({ within: inside }) => inside !== undefined)) return true;
  const given = inObject ? Infinity : returnedLast(body, variable);
  if (ends.some(({ call }) => call.at.start < given && isAlwaysMade(body, call))) return true;
  const names = new Set(parameters.map(({ name }) => name));
  return statementsIn(body).some(
    each =>
      each.type === 'if' &&
      ends.some(({ call }) => contains(each.at, call.at)) &&
      within(each.condition).some(asked => asked.type === 'reference' && names.has(asked.path)),
  );
}

/** Where the last `return` of it begins. */
function returnedLast(body: readonly Statement[], variable: string): number {
  return statementsIn(body).reduce(
    (last, each) =>
      each.type === 'return' && each.values.some(value => isReferenceTo(value, variable))
        ? Math.max(last, each.at.start)
        : last,
    0,
  );
}

/** `span.end(); return span;`, and what is left to a callback in the same way; not in a branch or a handler. */
function isAlwaysMade(body: readonly Statement[], { at }: CallExpression): boolean {
  return [...statementsAround(body, at)].every(each =>
    each.type === 'try'
      ? !each.handlers.some(handler => contains(handler.at, at))
      : each.type !== 'if' && each.type !== 'switch' && each.type !== 'loop',
  );
}
