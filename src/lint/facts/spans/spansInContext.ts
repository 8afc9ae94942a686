import type { FileFacts } from '../fileFacts.ts';
import { functionGiven } from '../functionGiven.ts';
import type {
  BindStatement,
  CallExpression,
  Expression,
  FunctionSyntax,
  Place,
  Statement,
} from '../syntax.ts';
import { makesContext } from './spanUses.ts';

/** Where a function takes the span from the context that it is called in. */
export interface TakenFromContext {
  readonly callback: FunctionSyntax;
  readonly variable: string;
  readonly variableAt: Place;
  readonly binding: BindStatement;
}

const takesActive = /\.(?:getActiveSpan|getSpan|get_current_span)\(/;

/**
 * Scripts: the variable that gets what a call starts for the context of a function.
 * `context.with(trace.setSpan(context.active(), tracer.startSpan('x')), () => { const span = trace.getActiveSpan(); … })`
 */
export function takenFromContext(file: FileFacts, start: CallExpression): TakenFromContext | undefined {
  if (!file.says(takesActive)) return undefined;
  const around = file.get(callsWithContext).get(start);
  const given = around?.arguments[1];
  const callback = given && functionGiven(file, given, around.inFunction);
  const taken = callback && takenIn(callback.body.filter(each => each.type === 'bind' && each.declares));
  return taken && { callback, ...taken };
}

/** The first variable that gets the span of the active context. */
export function takenIn(body: readonly Statement[]): Omit<TakenFromContext, 'callback'> | undefined {
  const binding = body.find(isTaken);
  if (binding === undefined) return undefined;
  const [{ path: variable, at: variableAt }] = binding.targets;
  return { variable, variableAt, binding };
}

/** What is put into a context right where a function is called with that → that call. */
function callsWithContext({ syntax }: FileFacts): ReadonlyMap<Expression, CallExpression> {
  const found = new Map<Expression, CallExpression>();
  for (const call of syntax.calls) {
    const [context] = call.arguments;
    if (call.callee !== 'with' || context?.type !== 'call' || !makesContext.test(context.callee)) continue;
    for (const each of context.arguments) found.set(each, call);
  }
  return found;
}

/** `const span = trace.getActiveSpan();`, `span = trace.get_current_span()` */
function isTaken(statement: Statement): statement is BindStatement {
  if (statement.type !== 'bind' || statement.targets.length !== 1) return false;
  const [value, ...others] = statement.values;
  return value?.type === 'call' && others.length === 0 && takesActive.test(`.${value.callee}(`);
}
