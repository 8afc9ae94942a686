import { statementOf } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import { functionGiven } from '../functionGiven.ts';
import type { BindStatement, CallExpression, FunctionSyntax, Place, Statement } from '../syntax.ts';
import { expressionsOf, within } from '../walk.ts';
import { makesContext } from './spanUses.ts';

/** Where a function takes the span from the context that it is called in. */
export interface TakenFromContext {
  readonly callback: FunctionSyntax;
  readonly variable: string;
  readonly variableAt: Place;
  readonly binding: BindStatement;
}

const takesActive = /\.(?:getActiveSpan|getSpan)\(/;

/**
 * Scripts: the variable that gets what a call starts for the context of a function.
 * `context.with(trace.setSpan(context.active(), tracer.startSpan('x')), () => { const span = trace.getActiveSpan(); … })`
 */
export function takenFromContext(file: FileFacts, start: CallExpression): TakenFromContext | undefined {
  if (!file.says(takesActive)) return undefined;
  const statement = statementOf(file, start);
  const around = statement === undefined ? [] : expressionsOf(statement).flatMap(each => within(each));
  for (const each of around) {
    if (each.type !== 'call' || each.callee !== 'with') continue;
    const [context, given] = each.arguments;
    if (context?.type !== 'call' || !makesContext.test(context.callee) || !context.arguments.includes(start))
      continue;
    const callback = given && functionGiven(file, given, each.inFunction);
    const binding = callback?.body.find(isTaken);
    if (callback === undefined || binding === undefined) return undefined;
    const [{ path: variable, at: variableAt }] = binding.targets;
    return { callback, variable, variableAt, binding };
  }
  return undefined;
}

/** `const span = trace.getActiveSpan();` */
function isTaken(statement: Statement): statement is BindStatement {
  if (statement.type !== 'bind' || !statement.declares || statement.targets.length !== 1) return false;
  const [value, ...others] = statement.values;
  return value?.type === 'call' && others.length === 0 && takesActive.test(`.${value.callee}(`);
}
